#include "viz/scene/scene_input.h"

#include <cmath>

namespace convscope {
namespace {

constexpr float kWheelLimit = 10.0F;

// The stronger of the two ways to steer in each direction.
float stronger(float a, float b) { return std::abs(a) >= std::abs(b) ? a : b; }

FlyInput both(const FlyInput& a, const FlyInput& b) {
    return {.forward = stronger(a.forward, b.forward),
            .right = stronger(a.right, b.right),
            .up = stronger(a.up, b.up),
            .turn_right = stronger(a.turn_right, b.turn_right),
            .turn_down = stronger(a.turn_down, b.turn_down),
            .fast = a.fast || b.fast};
}

}  // namespace

PointerResult SceneInput::drag(const PointerInput& pointer, bool flying, Navigator& navigator) {
    PointerResult result;
    const bool down = pointer.left || pointer.right || pointer.middle;
    const bool began = down && !was_down_;
    if (began) {
        ours_ = pointer.over_scene;
        left_alone_ = true;
        moved_ = double_ = looking_ = false;
        way_ = {};
    }
    if (!down && was_down_ && ours_ && left_alone_ && !moved_)
        (double_ ? result.double_clicked : result.clicked) = true;
    if (!down) ours_ = false;
    was_down_ = down;
    if (!ours_) return result;

    if (pointer.double_click) double_ = true;
    if (pointer.right || pointer.middle) left_alone_ = false;
    // What the pointer moved in the frame of the press it moved before it.
    Vec2 step = began ? Vec2{0.0F} : pointer.delta;
    if (!std::isfinite(step.x) || !std::isfinite(step.y)) step = {};
    way_ += step;
    if (!moved_) {
        if (glm::length(way_) <= kClickPixels) return result;
        moved_ = true;
        step = way_;  // what was held back, so that what was taken hold of is under the pointer again
    }
    result.dragging = true;
    looking_ = pointer.right && (looking_ || pointer.left || flying);
    result.looking = looking_;
    if (looking_)
        navigator.look(step.x, step.y);
    else if (pointer.right || pointer.middle || pointer.shift)
        navigator.pan(step.x, step.y);
    else
        navigator.orbit(step.x, step.y);
    return result;
}

PointerResult SceneInput::apply(const PointerInput& pointer, const FlyInput& keys, const FlyInput& pad,
                                Navigator& navigator) {
    const FlyInput fly = both(keys, pad);
    const PointerResult result = drag(pointer, fly.any(), navigator);
    if (pointer.wheel != 0.0F && pointer.over_scene) {
        const float steps = glm::clamp(pointer.wheel, -kWheelLimit, kWheelLimit);
        if (pointer.hit)
            navigator.zoom(steps, *pointer.hit);
        else
            navigator.zoom(steps, navigator.camera().ray(pointer.position));
    }
    navigator.fly(fly);
    return result;
}

}  // namespace convscope
