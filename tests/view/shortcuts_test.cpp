#include "viz/app/shortcuts.h"

#include "tests/support/catch.h"
#include "viz/app/gamepad.h"

#include <GLFW/glfw3.h>

#include <cstring>
#include <set>
#include <string>
#include <tuple>

using namespace convscope;

TEST_CASE("no key means two things in one place") {
    std::set<std::tuple<int, bool, bool, Scope>> seen;
    for (const Shortcut& shortcut : shortcuts()) {
        INFO(shortcut.keys << " " << shortcut.what);
        for (int i = 0; i < shortcut.count; ++i)
            CHECK(seen.insert({shortcut.key + i, shortcut.shift, shortcut.control, shortcut.scope}).second);
    }
}

TEST_CASE("every action has a key that the help page lists") {
    std::set<Action> listed;
    for (const Shortcut& shortcut : shortcuts()) {
        if (!*shortcut.keys) continue;
        CHECK(*shortcut.what);
        CHECK(*shortcut.group);
        for (int i = 0; i < shortcut.count; ++i)
            listed.insert(static_cast<Action>(static_cast<int>(shortcut.action) + i));
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
    CHECK(find_action({GLFW_KEY_PAGE_UP, 0, false, nullptr}) == Action::PreviousProbe);
    CHECK(find_action({GLFW_KEY_PAGE_DOWN, 0, true, nullptr}) == Action::NextProbe);
    CHECK(find_action({GLFW_KEY_COMMA, 0, false, ","}) == Action::PreviousChannel);
    CHECK(find_action({GLFW_KEY_PERIOD, 0, false, "."}) == Action::NextChannel);
    CHECK(find_action({GLFW_KEY_F9, 0, false, nullptr}) == Action::Workspace6);
}

TEST_CASE("Tab walks the layers forwards, with Shift backwards, in the scene and outside") {
    const bool in_scene = GENERATE(false, true);
    CHECK(find_action({GLFW_KEY_TAB, 0, false, nullptr}, in_scene) == Action::NextLayer);
    CHECK(find_action({GLFW_KEY_TAB, GLFW_MOD_SHIFT, false, nullptr}, in_scene) == Action::PreviousLayer);
    CHECK_FALSE(find_action({GLFW_KEY_TAB, GLFW_MOD_ALT, false, nullptr}, in_scene));
}

TEST_CASE("the scene's keys are the scene's alone, and there they come first") {
    const KeyPress focus{GLFW_KEY_F, 0, false, "f"};
    CHECK_FALSE(find_action(focus));
    CHECK(find_action(focus, true) == Action::FocusSelection);
    CHECK(find_action({GLFW_KEY_H, 0, false, "h"}, true) == Action::TogglePanels);
    CHECK_FALSE(find_action({GLFW_KEY_HOME, 0, false, nullptr}));
    CHECK(find_action({GLFW_KEY_HOME, 0, false, nullptr}, true) == Action::FrameAll);
    CHECK(find_action({GLFW_KEY_ESCAPE, 0, false, nullptr}) == Action::Close);
    CHECK(find_action({GLFW_KEY_ESCAPE, 0, false, nullptr}, true) == Action::StepOut);
    CHECK(find_action({GLFW_KEY_0, GLFW_MOD_CONTROL, false, "0"}) == Action::NormalSize);
    CHECK(find_action({GLFW_KEY_0, GLFW_MOD_CONTROL, false, "0"}, true) == Action::StoreBookmark0);
    CHECK(find_action({GLFW_KEY_SPACE, 0, false, nullptr}, true) == Action::RunPause);
    CHECK(find_action({GLFW_KEY_R, 0, false, "r"}, true) == Action::Reset);
}

TEST_CASE("each digit has its own bookmark") {
    std::set<Action> recalled;
    for (int digit = 0; digit < 10; ++digit) {
        const auto action = find_action({GLFW_KEY_0 + digit, 0, false, nullptr}, true);
        REQUIRE(action);
        CHECK(static_cast<int>(*action) - static_cast<int>(Action::RecallBookmark0) == digit);
        CHECK(find_action({GLFW_KEY_KP_0 + digit, 0, false, nullptr}, true) == action);
        CHECK_FALSE(find_action({GLFW_KEY_0 + digit, 0, false, nullptr}));
        const auto store = find_action({GLFW_KEY_0 + digit, GLFW_MOD_CONTROL, false, nullptr}, true);
        REQUIRE(store);
        CHECK(static_cast<int>(*store) - static_cast<int>(Action::StoreBookmark0) == digit);
    }
    CHECK(find_action({GLFW_KEY_9, 0, false, nullptr}, true) == Action::RecallBookmark9);
    CHECK(find_action({GLFW_KEY_1, 0, false, "&"}, true) != Action::RecallBookmark0);  // French
    CHECK(find_action({GLFW_KEY_0, 0, false, "\xC3\xA0"}, true) == Action::RecallBookmark0);
}

TEST_CASE("flying keys move and do nothing else in the scene, whatever is printed on them") {
    for (const int key : {GLFW_KEY_W, GLFW_KEY_A, GLFW_KEY_S, GLFW_KEY_D, GLFW_KEY_Q, GLFW_KEY_E}) {
        REQUIRE(movement_key(key));
        CHECK_FALSE(find_action({key, 0, false, nullptr}, true));
        CHECK_FALSE(find_action({key, GLFW_MOD_SHIFT, false, nullptr}, true));
        for (const char* printed : {"r", "t", "m", "f", "h", ",", "."})
            CHECK_FALSE(find_action({key, 0, false, printed}, true));
    }
    CHECK(movement_key(GLFW_KEY_RIGHT_SHIFT) == MovementKey::Fast);
    CHECK_FALSE(movement_key(GLFW_KEY_R));
    CHECK(find_action({GLFW_KEY_S, GLFW_MOD_CONTROL, false, "s"}, true) == Action::Save);
    CHECK(find_action({GLFW_KEY_S, 0, false, "r"}) == Action::Reset);  // Colemak, outside the scene
}

TEST_CASE("every button of a gamepad but three does what a key does") {
    std::set<Action> seen;
    int idle = 0;
    for (std::size_t i = 0; i < kPadButtonCount; ++i) {
        const auto action = action_of(static_cast<PadButton>(i));
        if (action)
            CHECK(seen.insert(*action).second);
        else
            ++idle;
    }
    CHECK(idle == 3);
    CHECK(action_of(PadButton::A) == Action::FocusSelection);
    CHECK(action_of(PadButton::Start) == Action::RunPause);
    CHECK(action_of(PadButton::Up) == Action::Faster);
}

TEST_CASE("keys that train or look elsewhere rest while a page is open, those of the window and the pages do not") {
    for (const Action action : {Action::RunPause, Action::Step, Action::Reset, Action::Save, Action::NextMistake,
                                Action::NextLayer, Action::FrameAll, Action::StoreBookmark9})
        CHECK_FALSE(works_over_pages(action));
    for (const Action action : {Action::Workspace1, Action::Theme, Action::Larger, Action::FullScreen, Action::Help,
                                Action::RecipePage, Action::EditNetwork, Action::Close, Action::StepOut})
        CHECK(works_over_pages(action));
}

TEST_CASE("plus is plus wherever the keyboard has it") {
    CHECK(find_action({GLFW_KEY_EQUAL, GLFW_MOD_SHIFT, false, "="}) == Action::Faster);  // US
    CHECK(find_action({GLFW_KEY_EQUAL, 0, false, "="}) == Action::Faster);               // US, lazily
    CHECK(find_action({GLFW_KEY_RIGHT_BRACKET, 0, false, "+"}) == Action::Faster);       // German
    CHECK(find_action({GLFW_KEY_SLASH, 0, false, "-"}) == Action::Slower);               // German
    CHECK(find_action({GLFW_KEY_EQUAL, GLFW_MOD_SHIFT | GLFW_MOD_CONTROL, false, "="}) == Action::Larger);
    CHECK(find_action({GLFW_KEY_LEFT_BRACKET, 0, false, "\xC3\xBC"}) ==
          Action::PreviousLayer);                                                // German: u umlaut there
    CHECK(find_action({GLFW_KEY_M, 0, false, ","}) == Action::PreviousChannel);  // French
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
