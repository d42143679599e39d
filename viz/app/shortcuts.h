// Every key, in one table: what is pressed, what it does, how the help page and the README say so.
#pragma once

#include <optional>
#include <span>

namespace convscope {

enum class Action {
    RunPause,
    Step,
    Reset,
    ResetNewSeed,
    Save,
    Faster,
    Slower,
    PreviousProbe,
    NextProbe,
    NextMistake,
    PreviousLayer,
    NextLayer,
    Workspace1,
    Workspace2,
    Workspace3,
    Workspace4,
    Workspace5,
    Theme,
    Larger,
    Smaller,
    NormalSize,
    FullScreen,
    Screenshot,
    Help,
    RecipePage,
    EditNetwork,
    Close,
};

struct Shortcut {
    Action action;
    int key;  // GLFW_KEY_*
    bool shift = false;
    bool control = false;
    bool repeats = false;   // while the key is held
    const char* keys = "";  // "Ctrl +"; empty: a second key for the same, not listed
    const char* what = "";  // "Larger type"
    const char* group = "";
};

// Neighbours of the same group belong together.
std::span<const Shortcut> shortcuts();

// A key as GLFW reports it. `name` is glfwGetKeyName's, which follows the keyboard's layout; null for keys without one.
struct KeyPress {
    int key = 0;
    int modifiers = 0;
    bool repeated = false;
    const char* name = nullptr;
};

// What is printed on the key counts first, so that + is + on every layout; where nothing answers to that, its place on
// a US keyboard does.
std::optional<Action> find_action(const KeyPress& press);

}  // namespace convscope
