// Every key, in one table: what is pressed, what it does, how the help page and the README say so.
#pragma once

#include "viz/scene/held_keys.h"

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
    PreviousChannel,
    NextChannel,
    FocusSelection,
    FrameAll,
    StepOut,
    TogglePanels,
    RecallBookmark0,
    RecallBookmark9 = RecallBookmark0 + 9,
    StoreBookmark0,
    StoreBookmark9 = StoreBookmark0 + 9,
    Workspace1,
    Workspace2,
    Workspace3,
    Workspace4,
    Workspace5,
    Workspace6,
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

// A page hides what training and looking do: their keys rest while one is open.
constexpr bool works_over_pages(Action action) { return action >= Action::Workspace1 || action == Action::StepOut; }

// Where a key means that. In the scene its own rows come first.
enum class Scope { Anywhere, Scene };

struct Shortcut {
    Action action;
    int key;        // GLFW_KEY_*
    int count = 1;  // of neighbouring keys from there on; each stands for the next action
    Scope scope = Scope::Anywhere;
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
// a US keyboard does. In the scene the places of the movement keys are theirs, whatever is printed there.
std::optional<Action> find_action(const KeyPress& press, bool in_scene = false);

// The key that moves as long as it is held at this GLFW_KEY_* place.
std::optional<MovementKey> movement_key(int key);

}  // namespace convscope
