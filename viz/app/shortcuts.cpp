#include "viz/app/shortcuts.h"

#include <GLFW/glfw3.h>

namespace convscope {
namespace {

constexpr const char* kTraining = "Training";
constexpr const char* kLooking = "What is looked at";
constexpr const char* kScene = "Scene";
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

constexpr Shortcut scene(Shortcut shortcut) {
    shortcut.scope = Scope::Scene;
    return shortcut;
}
constexpr Shortcut digits(Shortcut shortcut) {
    shortcut.count = 10;
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

    held(on(GLFW_KEY_PAGE_UP, Action::PreviousProbe, kLooking, "Page up", "Previous picture")),
    held(on(GLFW_KEY_PAGE_DOWN, Action::NextProbe, kLooking, "Page down", "Next picture")),
    on(GLFW_KEY_M, Action::NextMistake, kLooking, "M", "Next held-out picture that is got wrong"),
    held(on(GLFW_KEY_TAB, Action::NextLayer, kLooking, "Tab", "Next layer")),
    shift(held(on(GLFW_KEY_TAB, Action::PreviousLayer, kLooking, "Shift Tab", "Previous layer"))),
    held(also(GLFW_KEY_LEFT_BRACKET, Action::PreviousLayer)),
    held(also(GLFW_KEY_RIGHT_BRACKET, Action::NextLayer)),
    held(on(GLFW_KEY_COMMA, Action::PreviousChannel, kLooking, ", comma", "Previous channel or unit")),
    held(on(GLFW_KEY_PERIOD, Action::NextChannel, kLooking, ". full stop", "Next channel or unit")),

    scene(on(GLFW_KEY_F, Action::FocusSelection, kScene, "F", "Fly to what is selected")),
    scene(on(GLFW_KEY_HOME, Action::FrameAll, kScene, "Home", "Fly to where everything is seen")),
    scene(on(GLFW_KEY_ESCAPE, Action::StepOut, kScene, "Esc", "Select the map, the layer, everything again")),
    scene(on(GLFW_KEY_H, Action::TogglePanels, kScene, "H", "Hide every panel, or show them")),
    scene(digits(on(GLFW_KEY_0, Action::RecallBookmark0, kScene, "0 to 9", "Fly to a kept view"))),
    scene(digits(also(GLFW_KEY_KP_0, Action::RecallBookmark0))),
    scene(control(digits(on(GLFW_KEY_0, Action::StoreBookmark0, kScene, "Ctrl 0 to 9", "Keep this view")))),
    scene(control(digits(also(GLFW_KEY_KP_0, Action::StoreBookmark0)))),

    on(GLFW_KEY_F1, Action::Help, kWindow, "F1", "All keys"),
    on(GLFW_KEY_F2, Action::Workspace1, kWindow, "F2", "Workspace Overview"),
    on(GLFW_KEY_F3, Action::Workspace2, kWindow, "F3", "Workspace Features"),
    on(GLFW_KEY_F4, Action::Workspace3, kWindow, "F4", "Workspace Training"),
    on(GLFW_KEY_F5, Action::Workspace4, kWindow, "F5", "Workspace All: every panel"),
    on(GLFW_KEY_F6, Action::Workspace5, kWindow, "F6", "Workspace Data"),
    on(GLFW_KEY_F7, Action::RecipePage, kWindow, "F7", "The recipe in effect"),
    on(GLFW_KEY_F8, Action::EditNetwork, kWindow, "F8", "Edit the network"),
    on(GLFW_KEY_F9, Action::Workspace6, kWindow, "F9", "Workspace Scene"),
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

// Signs are typed with Shift on some keyboards and without on others.
bool shift_counts(int key) { return is_letter(key) || key == GLFW_KEY_TAB; }

std::optional<Action> find(int key, const KeyPress& press, Scope scope) {
    const bool shift_down = (press.modifiers & GLFW_MOD_SHIFT) != 0;
    const bool control_down = (press.modifiers & GLFW_MOD_CONTROL) != 0;
    for (const Shortcut& shortcut : kShortcuts) {
        const int nth = key - shortcut.key;
        const bool shift_fits = !shift_counts(key) || shortcut.shift == shift_down;
        if (shortcut.scope != scope || nth < 0 || nth >= shortcut.count || !shift_fits ||
            shortcut.control != control_down)
            continue;
        if (press.repeated && !shortcut.repeats) return std::nullopt;
        return static_cast<Action>(static_cast<int>(shortcut.action) + nth);
    }
    return std::nullopt;
}

std::optional<Action> find(int key, const KeyPress& press, bool in_scene) {
    if (in_scene)
        if (auto action = find(key, press, Scope::Scene)) return action;
    return find(key, press, Scope::Anywhere);
}

// GLFW numbers the printing keys by the capital letters and signs on them.
int key_of_sign(char sign) {
    if (sign == '+') return GLFW_KEY_EQUAL;
    if (sign >= 'a' && sign <= 'z') return sign - 'a' + GLFW_KEY_A;
    return sign;
}

}  // namespace

std::span<const Shortcut> shortcuts() { return kShortcuts; }

std::optional<Action> find_action(const KeyPress& press, bool in_scene) {
    // With Alt or Super it is somebody else's key.
    if (press.modifiers & (GLFW_MOD_ALT | GLFW_MOD_SUPER)) return std::nullopt;
    // On Colemak an R is printed where S is: flying back must not start the training over.
    if (in_scene && !(press.modifiers & GLFW_MOD_CONTROL) && movement_key(press.key)) return std::nullopt;
    const bool printing = press.key >= GLFW_KEY_SPACE && press.key < GLFW_KEY_ESCAPE;
    if (printing && press.name && press.name[0] != '\0' && press.name[1] == '\0')
        if (auto action = find(key_of_sign(press.name[0]), press, in_scene)) return action;
    // A letter's place must not answer for another letter: on AZERTY the key at M's place types a comma.
    if (printing && is_letter(press.key) && press.name) return std::nullopt;
    return find(press.key, press, in_scene);
}

std::optional<MovementKey> movement_key(int key) {
    switch (key) {
        case GLFW_KEY_W:
            return MovementKey::Forward;
        case GLFW_KEY_S:
            return MovementKey::Back;
        case GLFW_KEY_A:
            return MovementKey::Left;
        case GLFW_KEY_D:
            return MovementKey::Right;
        case GLFW_KEY_Q:
            return MovementKey::Down;
        case GLFW_KEY_E:
            return MovementKey::Up;
        case GLFW_KEY_LEFT_SHIFT:
        case GLFW_KEY_RIGHT_SHIFT:
            return MovementKey::Fast;
        default:
            return std::nullopt;
    }
}

}  // namespace convscope
