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

std::optional<UiCommand> command_of(PadButton button) {
    switch (button) {
        case PadButton::A:
            return ui::FlyToSelection{};
        case PadButton::B:
            return ui::FlyHome{};
        case PadButton::X:
            return ui::MoveInTime{1};
        case PadButton::Y:
            return ui::TogglePanels{};
        case PadButton::LeftBumper:
            return ui::MoveLayer{-1};
        case PadButton::RightBumper:
            return ui::MoveLayer{1};
        case PadButton::Back:
            return ui::TogglePage{Page::Help};
        case PadButton::Start:
            return ui::RunOrPause{};
        case PadButton::Up:
            return ui::ChangeSpeed{1};
        case PadButton::Right:
            return ui::MoveChannel{1};
        case PadButton::Down:
            return ui::ChangeSpeed{-1};
        case PadButton::Left:
            return ui::MoveChannel{-1};
        case PadButton::Guide:  // the system's own
        case PadButton::LeftThumb:
        case PadButton::RightThumb:
            break;
    }
    return std::nullopt;
}

}  // namespace convscope
