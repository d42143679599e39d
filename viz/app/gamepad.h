// The gamepad as GLFW has it: which one, what it says, and what its buttons do. UI thread.
#pragma once

#include "viz/scene/gamepad.h"
#include "viz/view/ui_command.h"

#include <optional>

namespace convscope {

// What the first gamepad says now; nothing when there is none. Never waits; GLFW must be running.
std::optional<GamepadState> read_gamepad();

// The same as keys do; nothing for a button that stands for none.
std::optional<UiCommand> command_of(PadButton button);

}  // namespace convscope
