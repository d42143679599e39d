#include "viz/app/shortcuts.h"

#include <GLFW/glfw3.h>

namespace convscope {
namespace {

constexpr const char* kTraining = "Training";
constexpr const char* kLooking = "What is looked at";
constexpr const char* kWindow = "Window";

constexpr Shortcut on(int key, Action action, const char* group, const char* keys, const char* what) {
    return {.action = action, .key = key, .keys = keys, .what = what, .group = group};
}
// A second key for an action that is listed with its first.
constexpr Shortcut also(int key, Action action) { return {.action = action, .key = key}; }

constexpr Shortcut held(Shortcut shortcut) {
    shortcut.repeats = true;
    return shortcut;
}
constexpr Shortcut shift(Shortcut shortcut) {
    shortcut.shift = true;
    return shortcut;
}
constexpr Shortcut control(Shortcut shortcut) {
    shortcut.control = true;
    return shortcut;
}

constexpr Shortcut kShortcuts[] = {
    on(GLFW_KEY_SPACE, Action::RunPause, kTraining, "Space", "Run or pause"),
    held(on(GLFW_KEY_RIGHT, Action::Step, kTraining, "Right arrow", "Train one iteration, then pause")),
    held(on(GLFW_KEY_EQUAL, Action::Faster, kTraining, "+", "Faster, up to flat out")),
    held(also(GLFW_KEY_KP_ADD, Action::Faster)),
    held(on(GLFW_KEY_MINUS, Action::Slower, kTraining, "-", "Slower, down to one iteration in 2 s")),
    held(also(GLFW_KEY_KP_SUBTRACT, Action::Slower)),
    on(GLFW_KEY_R, Action::Reset, kTraining, "R", "Start over with the same seed"),
    shift(on(GLFW_KEY_R, Action::ResetNewSeed, kTraining, "Shift R", "Start over with the next seed")),
    control(on(GLFW_KEY_S, Action::Save, kTraining, "Ctrl S", "Save the run to its file")),

    held(on(GLFW_KEY_COMMA, Action::PreviousProbe, kLooking, ", comma", "Previous picture")),
    held(on(GLFW_KEY_PERIOD, Action::NextProbe, kLooking, ". full stop", "Next picture")),
    on(GLFW_KEY_M, Action::NextMistake, kLooking, "M", "Next held-out picture that is got wrong"),
    held(on(GLFW_KEY_LEFT_BRACKET, Action::PreviousLayer, kLooking, "[", "Previous layer")),
    held(on(GLFW_KEY_RIGHT_BRACKET, Action::NextLayer, kLooking, "]", "Next layer")),

    on(GLFW_KEY_F1, Action::Help, kWindow, "F1", "All keys"),
    on(GLFW_KEY_F2, Action::Workspace1, kWindow, "F2", "Workspace Overview"),
    on(GLFW_KEY_F3, Action::Workspace2, kWindow, "F3", "Workspace Features"),
    on(GLFW_KEY_F4, Action::Workspace3, kWindow, "F4", "Workspace Training"),
    on(GLFW_KEY_F5, Action::Workspace4, kWindow, "F5", "Workspace All: every panel"),
    on(GLFW_KEY_F6, Action::Workspace5, kWindow, "F6", "Workspace Data"),
    on(GLFW_KEY_F7, Action::RecipePage, kWindow, "F7", "The recipe in effect"),
    on(GLFW_KEY_F8, Action::EditNetwork, kWindow, "F8", "Edit the network"),
    on(GLFW_KEY_T, Action::Theme, kWindow, "T", "Dark or light"),
    control(held(on(GLFW_KEY_EQUAL, Action::Larger, kWindow, "Ctrl +", "Larger type"))),
    control(held(also(GLFW_KEY_KP_ADD, Action::Larger))),
    control(held(on(GLFW_KEY_MINUS, Action::Smaller, kWindow, "Ctrl -", "Smaller type"))),
    control(held(also(GLFW_KEY_KP_SUBTRACT, Action::Smaller))),
    control(on(GLFW_KEY_0, Action::NormalSize, kWindow, "Ctrl 0", "Type of normal size")),
    on(GLFW_KEY_F11, Action::FullScreen, kWindow, "F11", "Full screen"),
    on(GLFW_KEY_F12, Action::Screenshot, kWindow, "F12", "Screenshot into the current folder"),
    on(GLFW_KEY_ESCAPE, Action::Close, kWindow, "Esc", "Close this page"),
};

bool is_letter(int key) { return key >= GLFW_KEY_A && key <= GLFW_KEY_Z; }

std::optional<Action> find(int key, const KeyPress& press) {
    // With Alt or Super it is somebody else's key.
    if (press.modifiers & (GLFW_MOD_ALT | GLFW_MOD_SUPER)) return std::nullopt;
    const bool shift_down = (press.modifiers & GLFW_MOD_SHIFT) != 0;
    const bool control_down = (press.modifiers & GLFW_MOD_CONTROL) != 0;
    for (const Shortcut& shortcut : kShortcuts) {
        // Signs are typed with Shift on some keyboards and without on others.
        const bool shift_fits = !is_letter(key) || shortcut.shift == shift_down;
        if (shortcut.key == key && shift_fits && shortcut.control == control_down)
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
