// What a gamepad says, and what that means for the camera. Pure; app/gamepad asks the device.
#pragma once

#include "viz/scene/navigator.h"

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace convscope {

// In the order of GLFW's standard mapping, which is SDL's.
enum class PadButton {
    A,
    B,
    X,
    Y,
    LeftBumper,
    RightBumper,
    Back,
    Start,
    Guide,
    LeftThumb,
    RightThumb,
    Up,
    Right,
    Down,
    Left
};
inline constexpr std::size_t kPadButtonCount = 15;

enum class PadAxis { LeftX, LeftY, RightX, RightY, LeftTrigger, RightTrigger };
inline constexpr std::size_t kPadAxisCount = 6;

// Sticks from -1 to 1, right and down; triggers from -1, released, to 1.
struct GamepadState {
    std::array<float, kPadAxisCount> axes{0.0F, 0.0F, 0.0F, 0.0F, -1.0F, -1.0F};
    std::array<bool, kPadButtonCount> buttons{};

    float axis(PadAxis which) const { return axes[static_cast<std::size_t>(which)]; }
    bool held(PadButton which) const { return buttons[static_cast<std::size_t>(which)]; }
};

// The left stick flies, the right one turns the head, the triggers go down and up; pressing the left stick is fast.
// Sticks at rest wander: within the dead zone nothing moves, and from its edge on motion begins softly.
FlyInput pad_motion(const GamepadState& state);

inline constexpr float kDeadZone = 0.15F;  // of the way out

// Follows the one gamepad that is listened to, through being plugged in and pulled out.
class GamepadInput {
public:
    // What the gamepad says now; nothing when there is none, or the window is not the one in front.
    void update(const std::optional<GamepadState>& state);

    bool present() const { return present_; }
    // Nothing as soon as the gamepad is gone.
    const FlyInput& motion() const { return motion_; }
    // Those that went down with the last update(), in the enum's order. What was down already when the gamepad came was
    // not pressed here.
    const std::vector<PadButton>& pressed() const { return pressed_; }

private:
    bool present_ = false;
    FlyInput motion_;
    std::array<bool, kPadButtonCount> down_{};
    std::vector<PadButton> pressed_;
};

}  // namespace convscope
