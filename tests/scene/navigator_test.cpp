#include "viz/scene/navigator.h"

#include "tests/support/catch.h"
#include "tests/support/no_numbers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

using namespace convscope;

namespace {

constexpr Vec2 kViewport{1200, 800};
const CameraPose kStart{.pivot = {3, 2, 10}, .distance = 60.0F, .yaw = 0.6F, .pitch = 0.3F};

Box scene_box() {
    Box box;
    box.add(Vec3{-40, -20, -150});
    box.add(Vec3{40, 20, 150});
    return box;
}

Navigator at(const CameraPose& pose) {
    Navigator navigator;
    navigator.set_viewport(kViewport);
    navigator.set_scene(scene_box());
    navigator.jump(pose);
    return navigator;
}

// At most ten seconds.
int ticks_until_rest(Navigator& navigator, double seconds = 1.0 / 60.0) {
    int ticks = 0;
    while (navigator.moving() && ticks < static_cast<int>(10.0 / seconds)) {
        navigator.tick(seconds);
        ++ticks;
    }
    return ticks;
}

Vec2 pixel_of(const Navigator& navigator, const Vec3& point) {
    const auto pixel = navigator.camera().project(point);
    REQUIRE(pixel);
    return Vec2(*pixel);
}

bool same(const CameraPose& a, const CameraPose& b, float tolerance) {
    return glm::length(a.pivot - b.pivot) <= tolerance * b.distance && std::abs(a.yaw - b.yaw) <= tolerance &&
           std::abs(a.pitch - b.pitch) <= tolerance && std::abs(a.distance / b.distance - 1.0F) <= tolerance;
}

struct Motion {
    const char* what;
    std::function<void(Navigator&)> begin;      // once
    std::function<void(Navigator&)> each_tick;  // as long as it is held
};

}  // namespace

TEST_CASE("the same second ends at the same pose, at 30, 60, 144 and at uneven frames") {
    const std::vector<Motion> motions{
        {"orbit", [](Navigator& n) { n.orbit(300, -120); }, {}},
        {"pan", [](Navigator& n) { n.pan(-200, 90); }, {}},
        {"look", [](Navigator& n) { n.look(400, 50); }, {}},
        {"zoom",
         [](Navigator& n) {
             n.zoom(5, Vec3{5, 5, 5});
         },
         {}},
        {"a flight", [](Navigator& n) { n.frame(scene_box(), 2.5F, 0.5F); }, {}},
        {"flying", [](Navigator&) {}, [](Navigator& n) { n.fly({.forward = 1, .right = -0.5F, .up = 0.2F}); }},
        {"flying around a bend", [](Navigator&) {},
         [](Navigator& n) { n.fly({.forward = 0.5F, .turn_right = 1, .turn_down = 0.2F}); }},
    };
    for (const Motion& motion : motions) {
        INFO(motion.what);
        auto after_half_a_second = [&](const std::vector<double>& pattern) {
            Navigator navigator = at(kStart);
            motion.begin(navigator);
            double left = 0.5;
            for (std::size_t i = 0; left > 1e-9; ++i) {
                const double seconds = std::min(left, pattern[i % pattern.size()]);
                if (motion.each_tick) motion.each_tick(navigator);
                navigator.tick(seconds);
                left -= seconds;
            }
            return navigator.pose();
        };
        const CameraPose sixty = after_half_a_second({1.0 / 60.0});
        CHECK_FALSE(same(sixty, kStart, 1e-2F));
        CHECK(same(after_half_a_second({1.0 / 30.0}), sixty, 1e-3F));
        CHECK(same(after_half_a_second({1.0 / 144.0}), sixty, 1e-3F));
        CHECK(same(after_half_a_second({0.004, 0.051, 0.017}), sixty, 1e-3F));
    }
}

TEST_CASE("motion comes to rest at its goal, soon, and does not begin by itself") {
    Navigator navigator = at(kStart);
    CHECK_FALSE(navigator.moving());
    navigator.tick(1.0);
    CHECK(navigator.pose() == kStart);
    navigator.orbit(100, 40);
    navigator.pan(30, -10);
    CHECK(navigator.moving());
    CHECK(ticks_until_rest(navigator) < 70);
    CHECK(navigator.pose() == navigator.goal());
    navigator.orbit(0, 0);
    navigator.zoom(0, Vec3{1, 2, 3});
    navigator.fly({});
    CHECK_FALSE(navigator.moving());
}

TEST_CASE("motion comes to rest also where rounding keeps it from its goal") {
    Navigator navigator = at({.pivot = {-39.9F, 19.7F, 149.3F}, .distance = 0.3F, .yaw = 1.1F, .pitch = 0.4F});
    for (int i = 0; i < 20; ++i) {
        navigator.look(7, 3);
        navigator.tick(1.0 / 60.0);
    }
    CHECK(ticks_until_rest(navigator) < 70);
}

TEST_CASE("a drag to the right turns what is in front to the right, a drag down shows it from above") {
    Navigator navigator = at({.pivot = {0, 0, 0}, .distance = 50.0F});
    const Vec3 front{0, 0, 10};
    navigator.orbit(60, 40);
    ticks_until_rest(navigator);
    CHECK(pixel_of(navigator, front).x > 610.0F);
    CHECK(pixel_of(navigator, front).y > 405.0F);
    CHECK(navigator.camera().eye().y > 1.0F);
    CHECK(glm::length(navigator.pose().pivot) < 1e-4F);
    CHECK(navigator.pose().distance == Approx(50.0F));
}

TEST_CASE("panning keeps what is at the pivot's depth under the pointer") {
    Navigator navigator = at(kStart);
    const Vec2 from{300, 650};
    const Vec2 way{170, -230};
    const Vec3 taken = navigator.camera().unproject(from, kStart.distance);
    navigator.pan(way.x, way.y);
    ticks_until_rest(navigator);
    CHECK(glm::length(pixel_of(navigator, taken) - (from + way)) < 0.1F);
}

TEST_CASE("zooming keeps the point under the pointer in its place, at every moment on the way") {
    const float depth = GENERATE(25.0F, 60.0F, 110.0F);
    const float steps = GENERATE(1.0F, -2.0F, 8.0F);
    Navigator navigator = at(kStart);
    const Vec2 pixel{950, 120};
    const Vec3 point = navigator.camera().unproject(pixel, depth);
    const float before = navigator.camera().pixels_per_unit(point);
    navigator.zoom(steps, point);
    while (navigator.moving()) {
        navigator.tick(1.0 / 60.0);
        CHECK(glm::length(pixel_of(navigator, point) - pixel) < 0.5F);
    }
    CHECK(navigator.camera().pixels_per_unit(point) / before == Approx(std::pow(1.25F, steps)).epsilon(1e-3));
}

TEST_CASE("zooming on nothing zooms on the pivot's depth") {
    Navigator navigator = at(kStart);
    const Vec2 pixel{200, 500};
    const Vec3 point = navigator.camera().unproject(pixel, kStart.distance);
    navigator.zoom(3, navigator.camera().ray(pixel));
    ticks_until_rest(navigator);
    CHECK(glm::length(pixel_of(navigator, point) - pixel) < 0.5F);
    CHECK(navigator.pose().distance == Approx(kStart.distance * std::pow(0.8F, 3.0F)));
}

TEST_CASE("after zooming on something it is what one turns about") {
    Navigator navigator = at(kStart);
    const Vec3 point = navigator.camera().unproject({600, 400}, 20.0F);  // far in front of the pivot
    navigator.zoom(1, point);
    ticks_until_rest(navigator);
    navigator.orbit(250, 60);
    ticks_until_rest(navigator);
    CHECK(glm::length(pixel_of(navigator, point) - Vec2{600, 400}) < 0.5F);
}

TEST_CASE("looking around leaves the eye where it is, also on the way") {
    Navigator navigator = at(kStart);
    const Vec3 eye = kStart.eye();
    navigator.look(500, -200);
    while (navigator.moving()) {
        navigator.tick(1.0 / 60.0);
        CHECK(glm::length(navigator.camera().eye() - eye) < 1e-3F * kStart.distance);
    }
    CHECK(navigator.pose().yaw > kStart.yaw);
    CHECK(navigator.pose().pitch < kStart.pitch);
}

TEST_CASE("flying goes where the eye looks, in proportion to the distance, four times as fast with Shift") {
    auto flown = [](float distance, const FlyInput& input) {
        const CameraPose start{.pivot = {0, 0, 0}, .distance = distance, .yaw = 0.5F, .pitch = 0.0F};
        Navigator navigator = at(start);
        for (int i = 0; i < 30; ++i) {
            navigator.fly(input);
            navigator.tick(1.0 / 60.0);
        }
        ticks_until_rest(navigator);
        CHECK(navigator.pose().distance == Approx(distance));
        return navigator.pose().eye() - start.eye();
    };
    const Vec3 far = flown(100.0F, {.forward = 1});
    const Vec3 near = flown(10.0F, {.forward = 1});
    CHECK(glm::length(far) > 20.0F);
    CHECK(glm::length(far - 10.0F * near) < 0.1F);
    CHECK(glm::length(glm::normalize(near) - CameraPose{.yaw = 0.5F}.forward()) < 1e-3F);
    CHECK(glm::length(flown(10.0F, {.forward = 1, .fast = true}) - 4.0F * near) < 0.01F);
    CHECK(flown(10.0F, {.up = 1}).y > 1.0F);
    CHECK(glm::dot(flown(10.0F, {.right = -1}), CameraPose{.yaw = 0.5F}.right()) < -1.0F);
}

TEST_CASE("flying ends with the key: what nobody asks for any more does not go on") {
    Navigator navigator = at(kStart);
    for (int i = 0; i < 30; ++i) {
        navigator.fly({.forward = 1});
        navigator.tick(1.0 / 60.0);
    }
    CHECK(ticks_until_rest(navigator) < 70);
    const CameraPose rest = navigator.pose();
    navigator.tick(0.1);
    CHECK(navigator.pose() == rest);
}

TEST_CASE("framing shows the whole box from the same side, or from another") {
    Box box;
    box.add(Vec3{10, -5, 30});
    box.add(Vec3{16, 4, 60});
    Navigator navigator = at(kStart);
    navigator.frame(box);
    ticks_until_rest(navigator);
    CHECK(navigator.pose().yaw == Approx(kStart.yaw));
    CHECK(navigator.pose().pitch == Approx(kStart.pitch));
    auto is_framed = [&] {
        for (const Vec3& corner : {box.low, box.high}) {
            const Vec2 pixel = pixel_of(navigator, corner);
            CHECK(pixel.x > 0.0F);
            CHECK(pixel.x < kViewport.x);
            CHECK(pixel.y > 0.0F);
            CHECK(pixel.y < kViewport.y);
        }
    };
    is_framed();
    navigator.frame(box, -1.0F, 0.8F);
    ticks_until_rest(navigator);
    CHECK(navigator.pose().yaw == Approx(-1.0F));
    CHECK(navigator.pose().pitch == Approx(0.8F));
    is_framed();
    const CameraPose framed = navigator.pose();
    navigator.frame(Box{});
    CHECK_FALSE(navigator.moving());
    CHECK(navigator.pose() == framed);
}

TEST_CASE("a flight arrives exactly, softly at both ends, and is not begun when one is there already") {
    Navigator navigator = at(kStart);
    const CameraPose there{.pivot = {-20, 5, -100}, .distance = 4.0F, .yaw = 1.2F, .pitch = -0.2F};
    navigator.go_to(there);
    navigator.tick(1.0 / 60.0);
    CHECK(same(navigator.pose(), kStart, 0.01F));
    std::vector<float> steps;
    while (navigator.moving()) {
        const float before = navigator.pose().yaw;
        navigator.tick(1.0 / 60.0);
        steps.push_back(std::abs(navigator.pose().yaw - before));
    }
    CHECK(navigator.pose() == there);
    CHECK(steps.size() > 20);
    CHECK(steps.size() < 100);
    CHECK(steps.back() < 0.2F * *std::max_element(steps.begin(), steps.end()));
    navigator.go_to(there);
    CHECK_FALSE(navigator.moving());
}

TEST_CASE("a flight turns the short way round") {
    Navigator navigator = at({.yaw = 3.0F});
    navigator.go_to({.yaw = -3.0F});
    while (navigator.moving()) {
        navigator.tick(1.0 / 60.0);
        CHECK(std::abs(wrap_angle(navigator.pose().yaw - 3.0F)) < 0.3F);
    }
    CHECK(navigator.pose().yaw == Approx(-3.0F));
}

TEST_CASE("turning on and on keeps the angle small") {
    Navigator navigator = at(kStart);
    for (int i = 0; i < 100; ++i) {
        navigator.orbit(500, 0);
        ticks_until_rest(navigator);
    }
    CHECK(std::abs(navigator.pose().yaw) <= 3.15F);
}

TEST_CASE("any input takes over from a flight where it is") {
    const std::vector<Motion> inputs{{"orbit", [](Navigator& n) { n.orbit(2, 0); }, {}},
                                     {"pan", [](Navigator& n) { n.pan(0, 2); }, {}},
                                     {"look", [](Navigator& n) { n.look(2, 0); }, {}},
                                     {"zoom", [](Navigator& n) { n.zoom(0.1F, n.pose().pivot); }, {}},
                                     {"fly", [](Navigator& n) { n.fly({.forward = 0.1F}); }, {}}};
    for (const Motion& input : inputs) {
        INFO(input.what);
        Navigator navigator = at(kStart);
        navigator.go_to({.pivot = {-20, 5, -100}, .distance = 4.0F, .yaw = 1.2F, .pitch = -0.2F});
        for (int i = 0; i < 20; ++i) navigator.tick(1.0 / 60.0);
        const CameraPose interrupted = navigator.pose();
        input.begin(navigator);
        ticks_until_rest(navigator);
        CHECK(same(navigator.pose(), interrupted, 0.05F));
        CHECK_FALSE(navigator.pose() == interrupted);
    }
}

TEST_CASE("a second flight begins where the first one is and does not stand still first") {
    Navigator navigator = at(kStart);
    navigator.go_to({.pivot = {-20, 5, -100}, .distance = 60.0F, .yaw = 0.6F, .pitch = 0.3F});
    for (int i = 0; i < 20; ++i) navigator.tick(1.0 / 60.0);
    const CameraPose before = navigator.pose();
    navigator.go_to({.pivot = {-20, 5, -140}, .distance = 60.0F, .yaw = 0.6F, .pitch = 0.3F});
    CHECK(navigator.pose() == before);
    navigator.tick(1.0 / 60.0);
    CHECK(glm::length(navigator.pose().pivot - before.pivot) > 1.0F);
}

TEST_CASE("there are limits: no looking over one's head, not into nothing, not out of sight") {
    Navigator navigator = at(kStart);
    navigator.orbit(0, 1e6F);
    ticks_until_rest(navigator);
    CHECK(navigator.pose().pitch == Approx(Navigator::kSteepest));
    navigator.orbit(0, -1e6F);
    ticks_until_rest(navigator);
    CHECK(navigator.pose().pitch == Approx(-Navigator::kSteepest));
    for (int i = 0; i < 40; ++i) navigator.zoom(5, navigator.camera().ray({600, 400}));
    ticks_until_rest(navigator);
    CHECK(navigator.pose().distance == Approx(navigator.least_distance()));
    for (int i = 0; i < 40; ++i) navigator.zoom(-5, navigator.camera().ray({600, 400}));
    ticks_until_rest(navigator);
    CHECK(navigator.pose().distance == Approx(navigator.greatest_distance()));
    CHECK(navigator.greatest_distance() > 2.0F * scene_box().radius());
    for (int i = 0; i < 3000; ++i) {
        navigator.fly({.forward = 1, .right = 1, .fast = true});
        navigator.tick(0.2);
    }
    CHECK(glm::length(navigator.pose().pivot) < 10.0F * scene_box().radius());
}

TEST_CASE("a scene that becomes smaller calls back who is far outside, without a jump") {
    Navigator navigator = at(kStart);
    const bool flying = GENERATE(false, true);
    if (flying) {
        navigator.go_to({.pivot = {0, 0, 140}, .distance = 500.0F});
        for (int i = 0; i < 30; ++i) navigator.tick(1.0 / 60.0);
    }
    const CameraPose before = navigator.pose();
    Box small;
    small.add(Vec3{-1, -1, -1});
    small.add(Vec3{1, 1, 1});
    navigator.set_scene(small);
    CHECK(navigator.pose() == before);
    navigator.tick(1e-3);
    CHECK(same(navigator.pose(), before, 0.1F));
    ticks_until_rest(navigator);
    CHECK(navigator.pose().distance <= navigator.greatest_distance());
    CHECK(glm::length(navigator.pose().pivot) < 20.0F);
}

TEST_CASE("not-a-number, infinity and a huge time change nothing bad") {
    for (const float bad : {kNan, kInfinity, -kInfinity}) {
        INFO(bad);
        Navigator navigator = at(kStart);
        navigator.orbit(bad, 0);
        navigator.pan(0, bad);
        navigator.look(bad, bad);
        navigator.zoom(bad, Vec3{0, 0, 0});
        navigator.zoom(1, Vec3{bad, 0, 0});
        navigator.go_to({.distance = bad});
        navigator.jump({.yaw = bad});
        Box box;
        box.low = Vec3{-1};
        box.high = Vec3{1, bad, 1};
        navigator.frame(box);
        navigator.set_scene(box);
        navigator.set_viewport({bad, bad});
        navigator.set_viewport(kViewport);
        CHECK_FALSE(navigator.moving());
        navigator.fly({.forward = kNan, .turn_right = kNan});
        CHECK_FALSE(navigator.moving());
        navigator.tick(0.1);
        CHECK(navigator.pose() == kStart);

        navigator.orbit(10, 10);
        navigator.tick(static_cast<double>(bad));
        navigator.tick(-1.0);
        CHECK(navigator.pose() == kStart);
        navigator.fly({.forward = 1});
        navigator.tick(1e9);
        CHECK(navigator.pose().finite());
        CHECK(glm::length(navigator.pose().pivot - kStart.pivot) < kStart.distance);
    }
}

TEST_CASE("without a scene and without a viewport one may still move") {
    Navigator navigator;
    navigator.orbit(3, 4);
    navigator.zoom(2, navigator.camera().ray({0, 0}));
    navigator.frame(Box{});
    navigator.fly({.forward = 1});
    CHECK(ticks_until_rest(navigator) < 200);
    CHECK(navigator.pose().finite());
}
