#include "viz/app/shortcuts.h"

#include "tests/support/catch.h"

#include <GLFW/glfw3.h>

#include <cstring>
#include <set>
#include <string>
#include <tuple>

using namespace convscope;

TEST_CASE("no key means two things") {
    std::set<std::tuple<int, bool, bool>> seen;
    for (const Shortcut& shortcut : shortcuts()) {
        INFO(shortcut.keys << " " << shortcut.what);
        CHECK(seen.insert({shortcut.key, shortcut.shift, shortcut.control}).second);
    }
}

TEST_CASE("every action has a key that the help page lists") {
    std::set<Action> listed;
    for (const Shortcut& shortcut : shortcuts()) {
        if (!*shortcut.keys) continue;
        CHECK(*shortcut.what);
        CHECK(*shortcut.group);
        listed.insert(shortcut.action);
    }
    for (int action = 0; action <= static_cast<int>(Action::Close); ++action)
        CHECK(listed.count(static_cast<Action>(action)) == 1);
}

TEST_CASE("the keys of the issue do what it says") {
    CHECK(find_action({GLFW_KEY_SPACE, 0, false, nullptr}) == Action::RunPause);
    CHECK(find_action({GLFW_KEY_RIGHT, 0, false, nullptr}) == Action::Step);
    CHECK(find_action({GLFW_KEY_R, 0, false, "r"}) == Action::Reset);
    CHECK(find_action({GLFW_KEY_R, GLFW_MOD_SHIFT, false, "r"}) == Action::ResetNewSeed);
    CHECK(find_action({GLFW_KEY_S, GLFW_MOD_CONTROL, false, "s"}) == Action::Save);
    CHECK_FALSE(find_action({GLFW_KEY_S, 0, false, "s"}));
    CHECK(find_action({GLFW_KEY_F1, 0, false, nullptr}) == Action::Help);
    CHECK(find_action({GLFW_KEY_F5, 0, false, nullptr}) == Action::Workspace4);
    CHECK(find_action({GLFW_KEY_F6, 0, false, nullptr}) == Action::Workspace5);
    CHECK(find_action({GLFW_KEY_KP_ADD, 0, false, nullptr}) == Action::Faster);
}

TEST_CASE("plus is plus wherever the keyboard has it") {
    CHECK(find_action({GLFW_KEY_EQUAL, GLFW_MOD_SHIFT, false, "="}) == Action::Faster);  // US
    CHECK(find_action({GLFW_KEY_EQUAL, 0, false, "="}) == Action::Faster);               // US, lazily
    CHECK(find_action({GLFW_KEY_RIGHT_BRACKET, 0, false, "+"}) == Action::Faster);       // German
    CHECK(find_action({GLFW_KEY_SLASH, 0, false, "-"}) == Action::Slower);               // German
    CHECK(find_action({GLFW_KEY_EQUAL, GLFW_MOD_SHIFT | GLFW_MOD_CONTROL, false, "="}) == Action::Larger);
    CHECK(find_action({GLFW_KEY_LEFT_BRACKET, 0, false, "\xC3\xBC"}) ==
          Action::PreviousLayer);                                              // German: u umlaut there
    CHECK(find_action({GLFW_KEY_M, 0, false, ","}) == Action::PreviousProbe);  // French
}

TEST_CASE("a held key repeats only what may be repeated") {
    CHECK(find_action({GLFW_KEY_RIGHT, 0, true, nullptr}) == Action::Step);
    CHECK_FALSE(find_action({GLFW_KEY_SPACE, 0, true, nullptr}));
    CHECK_FALSE(find_action({GLFW_KEY_T, 0, true, "t"}));
}

TEST_CASE("keys with Alt or Super belong to the window manager") {
    CHECK_FALSE(find_action({GLFW_KEY_SPACE, GLFW_MOD_ALT, false, nullptr}));
    CHECK_FALSE(find_action({GLFW_KEY_R, GLFW_MOD_SUPER, false, "r"}));
    CHECK_FALSE(find_action({GLFW_KEY_R, GLFW_MOD_CONTROL, false, "r"}));
    CHECK_FALSE(find_action({GLFW_KEY_Q, 0, false, "q"}));
}
