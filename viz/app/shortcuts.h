// Every key, in one table: what is pressed, what it does, how the help page and the README say so.
#pragma once

#include "viz/scene/held_keys.h"
#include "viz/view/ui_command.h"

#include <optional>
#include <span>

namespace convscope {

// A page hides what training and looking do: their keys rest while one is open.
bool works_over_pages(const UiCommand& command);

// Where a key means that. In the scene its own rows come first.
enum class Scope { Anywhere, Scene };

struct Shortcut {
    UiCommand command;
    int key;  // GLFW_KEY_*
    Scope scope = Scope::Anywhere;
    bool shift = false;
    bool control = false;
    bool repeats = false;   // while the key is held
    const char* keys = "";  // "Ctrl +"; empty: one more key for the same or its like, not listed
    const char* what = "";  // "Larger type"
    const char* group = "";
};

// Neighbours of the same group belong together. Those of the workspaces are made of their table.
std::span<const Shortcut> shortcuts();

// A key as GLFW reports it. `name` is glfwGetKeyName's, which follows the keyboard's layout; null for keys without one.
struct KeyPress {
    int key = 0;
    int modifiers = 0;
    bool repeated = false;
    const char* name = nullptr;
    // What it types with Shift and AltGr as they are; 0: nothing, or not known.
    char32_t typed = 0;
    // Whether any key of the layout has a letter from A to Z.
    bool latin = true;
};

// Signs are those that are typed, wherever the layout has them and whatever it takes (AZERTY's full stop, German
// brackets), then those that are printed on the key. Letters are those that are printed, and where a layout has none
// from A to Z (Russian, Greek, Hebrew) those that a US keyboard has in their places. So are the digits, and what is
// printed as no sign that anybody knows here (a German umlaut). In the scene the places of the movement keys are
// theirs, whatever is printed there.
std::optional<UiCommand> find_command(const KeyPress& press, bool in_scene = false);

// The key that moves as long as it is held at this GLFW_KEY_* place.
std::optional<MovementKey> movement_key(int key);

}  // namespace convscope
