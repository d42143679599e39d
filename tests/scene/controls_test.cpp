// Held keys, gamepad, mouse, bookmarks: what they ask of the navigator.
#include "tests/support/catch.h"
#include "viz/scene/bookmarks.h"
#include "viz/scene/gamepad.h"
#include "viz/scene/held_keys.h"
#include "viz/scene/scene_input.h"

#include <cmath>
#include <limits>

using namespace convscope;

namespace {

GamepadState with(PadAxis axis, float value) {
    GamepadState state;
    state.axes[static_cast<std::size_t>(axis)] = value;
    return state;
}

GamepadState with(PadButton button) {
    GamepadState state;
    state.buttons[static_cast<std::size_t>(button)] = true;
    return state;
}

// A mouse on a scene of 1000 x 800 pixels; each call is a frame.
struct Desk {
    Desk() {
        navigator.set_viewport({1000, 800});
        Box box;
        box.add(Vec3{-100});
        box.add(Vec3{100});
        navigator.set_scene(box);
        navigator.jump({.distance = 100.0F});
        pointer.position = {500, 400};
        pointer.over_scene = true;
    }
    PointerResult frame() {
        const PointerResult result = input.apply(pointer, keys, {}, navigator);
        pointer.delta = {};
        pointer.wheel = 0.0F;
        pointer.double_click = false;
        return result;
    }
    PointerResult move(float dx, float dy) {
        pointer.delta = {dx, dy};
        pointer.position += pointer.delta;
        return frame();
    }
    bool orbited() const { return navigator.goal().yaw != 0.0F && navigator.goal().pivot == Vec3{0.0F}; }
    bool panned() const { return navigator.goal().yaw == 0.0F && navigator.goal().pivot != Vec3{0.0F}; }
    bool looked() const { return navigator.goal().yaw != 0.0F && navigator.goal().pivot != Vec3{0.0F}; }

    Navigator navigator;
    SceneInput input;
    PointerInput pointer;
    FlyInput keys;
};

}  // namespace

TEST_CASE("held keys fly, opposite ones cancel, and two ways at once are no faster") {
    HeldKeys keys;
    CHECK_FALSE(keys.fly().any());
    keys.set(MovementKey::Forward, true);
    CHECK(keys.fly().forward == 1.0F);
    keys.set(MovementKey::Right, true);
    CHECK(keys.fly().forward == Approx(std::sqrt(0.5F)));
    CHECK(keys.fly().right == Approx(std::sqrt(0.5F)));
    keys.set(MovementKey::Left, true);
    keys.set(MovementKey::Back, true);
    CHECK_FALSE(keys.fly().any());
    keys.set(MovementKey::Down, true);
    keys.set(MovementKey::Fast, true);
    CHECK(keys.fly().up == -1.0F);
    CHECK(keys.fly().fast);
    keys.set(MovementKey::Down, false);
    CHECK_FALSE(keys.fly().any());
}

TEST_CASE("a stick at rest moves nothing, and from the dead zone on motion begins softly") {
    CHECK_FALSE(pad_motion(GamepadState{}).any());
    CHECK_FALSE(pad_motion(with(PadAxis::LeftX, 0.149F)).any());
    CHECK_FALSE(pad_motion(with(PadAxis::RightY, -0.149F)).any());
    CHECK(pad_motion(with(PadAxis::LeftX, 0.2F)).right > 0.0F);
    CHECK(pad_motion(with(PadAxis::LeftX, 0.2F)).right < 0.01F);
    CHECK(pad_motion(with(PadAxis::LeftX, 1.0F)).right == 1.0F);
    float last = 0.0F;
    for (float way = 0.16F; way < 1.0F; way += 0.01F) {
        const float now = pad_motion(with(PadAxis::LeftX, way)).right;
        CHECK(now > last);
        CHECK(now - last < 0.03F);
        last = now;
    }
}

TEST_CASE("the left stick flies, the right one turns, the triggers go down and up") {
    CHECK(pad_motion(with(PadAxis::LeftY, -1.0F)).forward == 1.0F);
    CHECK(pad_motion(with(PadAxis::LeftX, -1.0F)).right == -1.0F);
    CHECK(pad_motion(with(PadAxis::RightX, 1.0F)).turn_right == 1.0F);
    CHECK(pad_motion(with(PadAxis::RightY, 1.0F)).turn_down == 1.0F);
    CHECK(pad_motion(with(PadAxis::RightTrigger, 1.0F)).up == 1.0F);
    CHECK(pad_motion(with(PadAxis::LeftTrigger, 1.0F)).up == -1.0F);
    CHECK(pad_motion(with(PadButton::LeftThumb)).fast);
}

TEST_CASE("a slanting stick goes where it points and no faster than a straight one") {
    GamepadState corner = with(PadAxis::LeftX, 1.0F);
    corner.axes[static_cast<std::size_t>(PadAxis::LeftY)] = -1.0F;
    const FlyInput fly = pad_motion(corner);
    CHECK(fly.right == Approx(fly.forward));
    CHECK(std::hypot(fly.right, fly.forward) == Approx(1.0F));
    GamepadState slight = with(PadAxis::LeftX, 0.6F);
    slight.axes[static_cast<std::size_t>(PadAxis::LeftY)] = 0.1F;  // within the dead zone if taken by itself
    CHECK(pad_motion(slight).forward / pad_motion(slight).right == Approx(-1.0F / 6.0F));
}

TEST_CASE("a broken stick moves nothing") {
    CHECK_FALSE(pad_motion(with(PadAxis::LeftX, std::numeric_limits<float>::quiet_NaN())).any());
    CHECK_FALSE(pad_motion(with(PadAxis::LeftTrigger, std::numeric_limits<float>::quiet_NaN())).any());
    CHECK(pad_motion(with(PadAxis::LeftY, -7.0F)).forward == 1.0F);
}

TEST_CASE("a button acts once when it goes down") {
    GamepadInput pad;
    pad.update(GamepadState{});
    CHECK(pad.pressed().empty());
    pad.update(with(PadButton::X));
    REQUIRE(pad.pressed().size() == 1);
    CHECK(pad.pressed()[0] == PadButton::X);
    pad.update(with(PadButton::X));
    CHECK(pad.pressed().empty());
    pad.update(GamepadState{});
    pad.update(with(PadButton::X));
    CHECK(pad.pressed().size() == 1);
}

TEST_CASE("a gamepad pulled out stops at once, and plugged in again presses nothing by itself") {
    GamepadInput pad;
    CHECK_FALSE(pad.present());
    pad.update(with(PadAxis::LeftY, -1.0F));
    CHECK(pad.present());
    CHECK(pad.motion().any());
    pad.update(std::nullopt);
    CHECK_FALSE(pad.present());
    CHECK_FALSE(pad.motion().any());
    CHECK(pad.pressed().empty());
    pad.update(with(PadButton::A));
    CHECK(pad.pressed().empty());
    pad.update(GamepadState{});
    pad.update(with(PadButton::A));
    CHECK(pad.pressed().size() == 1);
}

TEST_CASE("left drag turns, right, middle and Shift left drag move") {
    Desk left;
    left.pointer.left = true;
    left.frame();
    CHECK(left.move(20, 5).dragging);
    CHECK(left.orbited());

    for (const int button : {0, 1, 2}) {
        Desk desk;
        (button == 0 ? desk.pointer.right : button == 1 ? desk.pointer.middle : desk.pointer.left) = true;
        desk.pointer.shift = button == 2;
        desk.frame();
        CHECK(desk.move(20, 5).dragging);
        CHECK(desk.panned());
    }
}

TEST_CASE("what was held back as a possible click is made up for: a point taken hold of stays under the pointer") {
    Desk desk;
    const Vec3 taken = desk.navigator.camera().unproject(desk.pointer.position, 100.0F);
    desk.pointer.right = true;
    desk.frame();
    for (int i = 0; i < 30; ++i) desk.move(1, -0.5F);
    for (int i = 0; i < 120; ++i) desk.navigator.tick(1.0 / 60.0);
    const Vec2 pixel(*desk.navigator.camera().project(taken));
    CHECK(glm::length(pixel - desk.pointer.position) < 0.1F);
}

TEST_CASE("both buttons, or the right one while flying, turn the head until the right one is let go") {
    Desk both;
    both.pointer.left = both.pointer.right = true;
    both.frame();
    CHECK(both.move(20, 5).looking);
    CHECK(both.looked());

    Desk flying;
    flying.pointer.right = true;
    flying.keys.forward = 1.0F;
    flying.frame();
    CHECK(flying.move(20, 5).looking);
    flying.keys = {};
    CHECK(flying.move(20, 5).looking);
    CHECK(flying.looked());
    flying.pointer.right = false;
    CHECK_FALSE(flying.frame().dragging);
    flying.pointer.right = true;
    flying.frame();
    CHECK_FALSE(flying.move(20, 5).looking);
}

TEST_CASE("a press that moves four pixels at most is a click and moves nothing") {
    Desk desk;
    desk.pointer.left = true;
    CHECK_FALSE(desk.frame().clicked);
    CHECK_FALSE(desk.move(3, 2).dragging);
    desk.pointer.left = false;
    const PointerResult let_go = desk.frame();
    CHECK(let_go.clicked);
    CHECK_FALSE(let_go.double_clicked);
    CHECK_FALSE(desk.navigator.moving());
    CHECK_FALSE(desk.frame().clicked);
}

TEST_CASE("where the pointer came from in the frame of the press does not count") {
    Desk desk;
    desk.pointer.left = true;
    desk.move(300, 200);
    desk.pointer.left = false;
    CHECK(desk.frame().clicked);
}

TEST_CASE("a press that moves further, even back again, is no click") {
    Desk desk;
    desk.pointer.left = true;
    desk.frame();
    desk.move(5, 0);
    desk.move(-5, 0);
    desk.pointer.left = false;
    CHECK_FALSE(desk.frame().clicked);
}

TEST_CASE("a second press in time is a double click instead of a click") {
    Desk desk;
    desk.pointer.left = desk.pointer.double_click = true;
    desk.frame();
    desk.pointer.left = false;
    const PointerResult result = desk.frame();
    CHECK(result.double_clicked);
    CHECK_FALSE(result.clicked);
}

TEST_CASE("the right button alone, or beside the left one, clicks nothing") {
    Desk desk;
    desk.pointer.right = true;
    desk.frame();
    desk.pointer.left = true;
    desk.frame();
    desk.pointer.right = false;
    desk.frame();
    desk.pointer.left = false;
    const PointerResult result = desk.frame();
    CHECK_FALSE(result.clicked);
    CHECK_FALSE(result.double_clicked);
}

TEST_CASE("a press on a panel is the panel's, wherever it is dragged to, and one on the scene stays the scene's") {
    Desk desk;
    desk.pointer.over_scene = false;
    desk.pointer.left = true;
    desk.frame();
    desk.pointer.over_scene = true;
    CHECK_FALSE(desk.move(50, 0).dragging);
    desk.pointer.left = false;
    CHECK_FALSE(desk.frame().clicked);
    CHECK_FALSE(desk.navigator.moving());

    desk.pointer.left = true;
    desk.frame();
    desk.pointer.over_scene = false;
    CHECK(desk.move(50, 0).dragging);
    CHECK(desk.orbited());
}

TEST_CASE("the wheel zooms on what is drawn under the pointer, and a panel's wheel does not") {
    Desk desk;
    desk.pointer.over_scene = false;
    desk.pointer.wheel = 2.0F;
    desk.frame();
    CHECK_FALSE(desk.navigator.moving());

    desk.pointer.over_scene = true;
    desk.pointer.position = {800, 300};
    const Vec3 hit = desk.navigator.camera().unproject(desk.pointer.position, 70.0F);
    desk.pointer.hit = hit;
    desk.pointer.wheel = 2.0F;
    desk.frame();
    for (int i = 0; i < 120; ++i) desk.navigator.tick(1.0 / 60.0);
    const Vec3 pixel = *desk.navigator.camera().project(hit);
    CHECK(glm::length(Vec2(pixel) - desk.pointer.position) < 0.5F);
    CHECK(pixel.z == Approx(70.0F * 0.64F).epsilon(1e-3));

    desk.pointer.hit.reset();
    desk.pointer.wheel = -1.0F;
    const float before = desk.navigator.goal().distance;
    desk.frame();
    CHECK(desk.navigator.goal().distance == Approx(1.25F * before).epsilon(1e-3));
}

TEST_CASE("keys and gamepad fly together, the stronger in each direction") {
    Desk desk;
    desk.keys.forward = 1.0F;
    desk.input.apply(desk.pointer, desk.keys, {.forward = 0.1F, .right = 1.0F}, desk.navigator);
    CHECK(desk.navigator.moving());
    desk.navigator.tick(0.1);
    CHECK(desk.navigator.goal().pivot.x > 1.0F);
    CHECK(desk.navigator.goal().pivot.z == Approx(-desk.navigator.goal().pivot.x));
}

TEST_CASE("a bookmark brings the pose back, and there are ten") {
    Settings settings;
    const CameraPose pose{.pivot = {1.5F, -2.0F, 3.0F}, .distance = 7.0F, .yaw = 0.5F, .pitch = -0.25F};
    CHECK_FALSE(recall_bookmark(settings, 4));
    store_bookmark(settings, 4, pose);
    REQUIRE(recall_bookmark(settings, 4));
    CHECK(*recall_bookmark(settings, 4) == pose);
    CHECK_FALSE(recall_bookmark(settings, 5));
    const Settings before = settings;
    for (const int slot : {-1, 10}) {
        store_bookmark(settings, slot, pose);
        CHECK_FALSE(recall_bookmark(settings, slot));
    }
    store_bookmark(settings, 2, {.yaw = std::numeric_limits<float>::quiet_NaN()});
    CHECK(settings == before);
}
