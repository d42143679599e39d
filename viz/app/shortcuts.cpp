#include "viz/app/shortcuts.h"

#include <GLFW/glfw3.h>

namespace convscope {
namespace {

constexpr const char* kTraining = "Training";
constexpr const char* kLooking = "What is looked at";
constexpr const char* kWindow = "Window";

constexpr Shortcut kShortcuts[] = {
    {.action = Action::RunPause, .key = GLFW_KEY_SPACE, .keys = "Space", .what = "Run or pause", .group = kTraining},
    {.action = Action::Step, .key = GLFW_KEY_RIGHT, .repeats = true, .keys = "Right arrow", .what = "Train one iteration, then pause", .group = kTraining},
    {.action = Action::Faster, .key = GLFW_KEY_EQUAL, .repeats = true, .keys = "+", .what = "Faster, up to flat out", .group = kTraining},
    {.action = Action::Faster, .key = GLFW_KEY_KP_ADD, .repeats = true},
    {.action = Action::Slower, .key = GLFW_KEY_MINUS, .repeats = true, .keys = "-", .what = "Slower, down to one iteration in 2 s", .group = kTraining},
    {.action = Action::Slower, .key = GLFW_KEY_KP_SUBTRACT, .repeats = true},
    {.action = Action::Reset, .key = GLFW_KEY_R, .keys = "R", .what = "Start over with the same seed", .group = kTraining},
    {.action = Action::ResetNewSeed, .key = GLFW_KEY_R, .shift = true, .keys = "Shift R", .what = "Start over with the next seed", .group = kTraining},

    {.action = Action::PreviousProbe, .key = GLFW_KEY_COMMA, .repeats = true, .keys = ", comma", .what = "Previous picture", .group = kLooking},
    {.action = Action::NextProbe, .key = GLFW_KEY_PERIOD, .repeats = true, .keys = ". full stop", .what = "Next picture", .group = kLooking},
    {.action = Action::NextMistake, .key = GLFW_KEY_M, .keys = "M", .what = "Next test picture that is got wrong", .group = kLooking},
    {.action = Action::PreviousLayer, .key = GLFW_KEY_LEFT_BRACKET, .repeats = true, .keys = "[", .what = "Previous layer", .group = kLooking},
    {.action = Action::NextLayer, .key = GLFW_KEY_RIGHT_BRACKET, .repeats = true, .keys = "]", .what = "Next layer", .group = kLooking},

    {.action = Action::Help, .key = GLFW_KEY_F1, .keys = "F1", .what = "All keys", .group = kWindow},
    {.action = Action::Workspace1, .key = GLFW_KEY_F2, .keys = "F2", .what = "Workspace Overview", .group = kWindow},
    {.action = Action::Workspace2, .key = GLFW_KEY_F3, .keys = "F3", .what = "Workspace Features", .group = kWindow},
    {.action = Action::Workspace3, .key = GLFW_KEY_F4, .keys = "F4", .what = "Workspace Training", .group = kWindow},
    {.action = Action::Workspace4, .key = GLFW_KEY_F5, .keys = "F5", .what = "Workspace All: every panel", .group = kWindow},
    {.action = Action::Theme, .key = GLFW_KEY_T, .keys = "T", .what = "Dark or light", .group = kWindow},
    {.action = Action::Larger, .key = GLFW_KEY_EQUAL, .control = true, .repeats = true, .keys = "Ctrl +", .what = "Larger type", .group = kWindow},
    {.action = Action::Larger, .key = GLFW_KEY_KP_ADD, .control = true, .repeats = true},
    {.action = Action::Smaller, .key = GLFW_KEY_MINUS, .control = true, .repeats = true, .keys = "Ctrl -", .what = "Smaller type", .group = kWindow},
    {.action = Action::Smaller, .key = GLFW_KEY_KP_SUBTRACT, .control = true, .repeats = true},
    {.action = Action::NormalSize, .key = GLFW_KEY_0, .control = true, .keys = "Ctrl 0", .what = "Type of normal size", .group = kWindow},
    {.action = Action::FullScreen, .key = GLFW_KEY_F11, .keys = "F11", .what = "Full screen", .group = kWindow},
    {.action = Action::Screenshot, .key = GLFW_KEY_F12, .keys = "F12", .what = "Screenshot into the current folder", .group = kWindow},
    {.action = Action::Close, .key = GLFW_KEY_ESCAPE, .keys = "Esc", .what = "Close this page", .group = kWindow},
};

bool is_letter(int key) { return key >= GLFW_KEY_A && key <= GLFW_KEY_Z; }

std::optional<Action> find(int key, const KeyPress& press) {
    // With Alt or Super it is somebody else's key.
    if (press.modifiers & (GLFW_MOD_ALT | GLFW_MOD_SUPER)) return std::nullopt;
    const bool shift = (press.modifiers & GLFW_MOD_SHIFT) != 0;
    const bool control = (press.modifiers & GLFW_MOD_CONTROL) != 0;
    for (const Shortcut& shortcut : kShortcuts) {
        // Signs are typed with Shift on some keyboards and without on others.
        const bool shift_fits = !is_letter(key) || shortcut.shift == shift;
        if (shortcut.key == key && shift_fits && shortcut.control == control)
            return press.repeated && !shortcut.repeats ? std::nullopt : std::optional(shortcut.action);
    }
    return std::nullopt;
}

// GLFW numbers the printing keys by the capital letters and signs on them.
int key_of_sign(char sign) {
    if (sign == '+') return GLFW_KEY_EQUAL;
    if (sign >= 'a' && sign <= 'z') return sign - 'a' + GLFW_KEY_A;
    return sign;
}

}  // namespace

std::span<const Shortcut> shortcuts() { return kShortcuts; }

std::optional<Action> find_action(const KeyPress& press) {
    const bool printing = press.key >= GLFW_KEY_SPACE && press.key < GLFW_KEY_ESCAPE;
    if (printing && press.name && press.name[0] != '\0' && press.name[1] == '\0')
        if (auto action = find(key_of_sign(press.name[0]), press)) return action;
    // A letter's place must not answer for another letter: on AZERTY the key at M's place types a comma.
    if (printing && is_letter(press.key) && press.name) return std::nullopt;
    return find(press.key, press);
}

}  // namespace convscope
