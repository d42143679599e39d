#include "viz/app/gamepad.h"

#include <GLFW/glfw3.h>

namespace convscope {

static_assert(kPadButtonCount == GLFW_GAMEPAD_BUTTON_LAST + 1 && kPadAxisCount == GLFW_GAMEPAD_AXIS_LAST + 1);
static_assert(static_cast<int>(PadButton::Start) == GLFW_GAMEPAD_BUTTON_START &&
              static_cast<int>(PadButton::Left) == GLFW_GAMEPAD_BUTTON_DPAD_LEFT &&
              static_cast<int>(PadAxis::RightTrigger) == GLFW_GAMEPAD_AXIS_RIGHT_TRIGGER);

std::optional<GamepadState> read_gamepad() {
    for (int joystick = GLFW_JOYSTICK_1; joystick <= GLFW_JOYSTICK_LAST; ++joystick) {
        GLFWgamepadstate read;
        if (!glfwGetGamepadState(joystick, &read)) continue;  // gone, or a joystick without a known mapping
        GamepadState state;
        for (std::size_t i = 0; i < kPadAxisCount; ++i) state.axes[i] = read.axes[i];
        for (std::size_t i = 0; i < kPadButtonCount; ++i) state.buttons[i] = read.buttons[i] == GLFW_PRESS;
        return state;
    }
    return std::nullopt;
}

std::optional<Action> action_of(PadButton button) {
    switch (button) {
        case PadButton::A:
            return Action::FocusSelection;
        case PadButton::B:
            return Action::FrameAll;
        case PadButton::X:
            return Action::Step;
        case PadButton::Y:
            return Action::TogglePanels;
        case PadButton::LeftBumper:
            return Action::PreviousLayer;
        case PadButton::RightBumper:
            return Action::NextLayer;
        case PadButton::Back:
            return Action::Help;
        case PadButton::Start:
            return Action::RunPause;
        case PadButton::Up:
            return Action::Faster;
        case PadButton::Right:
            return Action::NextChannel;
        case PadButton::Down:
            return Action::Slower;
        case PadButton::Left:
            return Action::PreviousChannel;
        case PadButton::Guide:  // the system's own
        case PadButton::LeftThumb:
        case PadButton::RightThumb:
            break;
    }
    return std::nullopt;
}

}  // namespace convscope
