#include "viz/scene/gamepad.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

// 0 within the dead zone, 1 at the end of the way, and flat where it begins.
float response(float deflection) {
    if (!(deflection > kDeadZone)) return 0.0F;
    const float way = (std::min(deflection, 1.0F) - kDeadZone) / (1.0F - kDeadZone);
    return way * way;
}

float number(float value) { return std::isfinite(value) ? std::clamp(value, -1.0F, 1.0F) : 0.0F; }

// By the stick's deflection as a whole: a dead zone of each axis would pull slanting motions onto the axes.
Vec2 stick(float x, float y) {
    const Vec2 place{number(x), number(y)};
    const float deflection = glm::length(place);
    const float wanted = response(deflection);
    return wanted > 0.0F ? place * (wanted / deflection) : Vec2{0.0F};
}

float trigger(float value) { return response(std::isfinite(value) ? 0.5F * (value + 1.0F) : 0.0F); }

}  // namespace

FlyInput pad_motion(const GamepadState& state) {
    const Vec2 left = stick(state.axis(PadAxis::LeftX), state.axis(PadAxis::LeftY));
    const Vec2 right = stick(state.axis(PadAxis::RightX), state.axis(PadAxis::RightY));
    const float up = trigger(state.axis(PadAxis::RightTrigger)) - trigger(state.axis(PadAxis::LeftTrigger));
    return {.forward = left.y == 0.0F ? 0.0F : -left.y,
            .right = left.x,
            .up = up,
            .turn_right = right.x,
            .turn_down = right.y,
            .fast = state.held(PadButton::LeftThumb)};
}

void GamepadInput::update(const std::optional<GamepadState>& state) {
    pressed_.clear();
    motion_ = state ? pad_motion(*state) : FlyInput{};
    if (state) {
        for (std::size_t i = 0; i < kPadButtonCount && present_; ++i)
            if (state->buttons[i] && !down_[i]) pressed_.push_back(static_cast<PadButton>(i));
        down_ = state->buttons;
    }
    present_ = state.has_value();
}

}  // namespace convscope
