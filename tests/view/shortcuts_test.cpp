#include "viz/app/shortcuts.h"

#include "tests/support/catch.h"
#include "viz/app/gamepad.h"
#include "viz/view/place_in_time.h"

#include "viz/app/workspaces.h"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

using namespace convscope;

namespace {

// Commands to the session are alike when they are of one kind.
bool same(const std::optional<UiCommand>& found, const UiCommand& wanted) {
    if (!found || found->index() != wanted.index()) return false;
    return std::visit(
        [&](const auto& command) {
            using Kind = std::decay_t<decltype(command)>;
            const Kind& other = std::get<Kind>(wanted);
            if constexpr (std::is_same_v<Kind, ui::Post>)
                return command.command.index() == other.command.index();
            else
                return command == other;
        },
        *found);
}

bool finds(const UiCommand& wanted, const KeyPress& press, bool in_scene = false) {
    return same(find_command(press, in_scene), wanted);
}

}  // namespace

TEST_CASE("no key means two things in one place") {
    std::set<std::tuple<int, bool, bool, Scope>> seen;
    for (const Shortcut& shortcut : shortcuts()) {
        INFO(shortcut.keys << " " << shortcut.what);
        CHECK(seen.insert({shortcut.key, shortcut.shift, shortcut.control, shortcut.scope}).second);
    }
}

TEST_CASE("every key that the help page lists says what it does, and every one more does what a listed one does") {
    std::vector<UiCommand> listed;
    for (const Shortcut& shortcut : shortcuts()) {
        if (!*shortcut.keys) continue;
        CHECK(*shortcut.what);
        CHECK(*shortcut.group);
        listed.push_back(shortcut.command);
    }
    for (const Shortcut& shortcut : shortcuts())
        CHECK(std::any_of(listed.begin(), listed.end(),
                          [&](const UiCommand& command) { return command.index() == shortcut.command.index(); }));
}

TEST_CASE("every workspace has a tab's key, and the key opens that workspace") {
    for (std::size_t i = 0; i < workspaces().size(); ++i) {
        const Workspace& workspace = workspaces()[i];
        INFO(std::string(workspace.id));
        const int key = workspace.function_key > 0 ? GLFW_KEY_F1 + workspace.function_key - 1 : workspace.key.back();
        const bool shift = workspace.key.starts_with("Shift ");
        if (workspace.function_key > 0)
            CHECK(std::string(workspace.key) == "F" + std::to_string(workspace.function_key));
        else
            CHECK(workspace.key.size() == (shift ? 7 : 1));
        CHECK(finds(ui::OpenWorkspace{static_cast<int>(i)}, {key, shift ? GLFW_MOD_SHIFT : 0, false, nullptr}));
    }
}

TEST_CASE("the keys of the issue do what it says") {
    CHECK(finds(ui::RunOrPause{}, {GLFW_KEY_SPACE, 0, false, nullptr}));
    CHECK(finds(ui::MoveInTime{1}, {GLFW_KEY_RIGHT, 0, false, nullptr}));
    CHECK(finds(ui::ToggleLanes{}, {GLFW_KEY_L, 0, false, nullptr}));
    CHECK(finds(ui::ToggleLanes{}, {GLFW_KEY_L, 0, false, nullptr}, /*in_scene=*/true));
    CHECK(finds(ui::StartOver{0}, {GLFW_KEY_R, 0, false, "r"}));
    CHECK(finds(ui::StartOver{1}, {GLFW_KEY_R, GLFW_MOD_SHIFT, false, "r"}));
    CHECK(finds(ui::Post{command::Save{}}, {GLFW_KEY_S, GLFW_MOD_CONTROL, false, "s"}));
    CHECK_FALSE(find_command({GLFW_KEY_S, 0, false, "s"}));
    CHECK(finds(ui::TakeBack{}, {GLFW_KEY_Z, GLFW_MOD_CONTROL, false, "z"}));
    CHECK(finds(ui::TogglePage{Page::Help}, {GLFW_KEY_F1, 0, false, nullptr}));
    CHECK(finds(ui::OpenWorkspace{3}, {GLFW_KEY_F5, 0, false, nullptr}));
    CHECK(finds(ui::OpenWorkspace{4}, {GLFW_KEY_F6, 0, false, nullptr}));
    CHECK(finds(ui::ChangeSpeed{1}, {GLFW_KEY_KP_ADD, 0, false, nullptr}));
    CHECK(finds(ui::MoveProbe{-1}, {GLFW_KEY_PAGE_UP, 0, false, nullptr}));
    CHECK(finds(ui::MoveProbe{1}, {GLFW_KEY_PAGE_DOWN, 0, true, nullptr}));
    CHECK(finds(ui::MoveChannel{-1}, {GLFW_KEY_COMMA, 0, false, ","}));
    CHECK(finds(ui::MoveChannel{1}, {GLFW_KEY_PERIOD, 0, false, "."}));
    CHECK(finds(ui::OpenWorkspace{5}, {GLFW_KEY_F9, 0, false, nullptr}));
}

TEST_CASE("Tab walks the layers forwards, with Shift backwards, in the scene and outside") {
    const bool in_scene = GENERATE(false, true);
    CHECK(finds(ui::MoveLayer{1}, {GLFW_KEY_TAB, 0, false, nullptr}, in_scene));
    CHECK(finds(ui::MoveLayer{-1}, {GLFW_KEY_TAB, GLFW_MOD_SHIFT, false, nullptr}, in_scene));
    CHECK_FALSE(find_command({GLFW_KEY_TAB, GLFW_MOD_ALT, false, nullptr}, in_scene));
}

TEST_CASE("arrows go through time: by one, with Shift by ten, with Control to either end, in the scene and outside") {
    const bool in_scene = GENERATE(false, true);
    CHECK(finds(ui::MoveInTime{-1}, {GLFW_KEY_LEFT, 0, false, nullptr}, in_scene));
    CHECK(finds(ui::MoveInTime{1}, {GLFW_KEY_RIGHT, 0, false, nullptr}, in_scene));
    CHECK(finds(ui::MoveInTime{-10}, {GLFW_KEY_LEFT, GLFW_MOD_SHIFT, false, nullptr}, in_scene));
    CHECK(finds(ui::MoveInTime{10}, {GLFW_KEY_RIGHT, GLFW_MOD_SHIFT, false, nullptr}, in_scene));
    CHECK(finds(ui::GoToIteration{0}, {GLFW_KEY_LEFT, GLFW_MOD_CONTROL, false, nullptr}, in_scene));
    CHECK(finds(ui::GoToIteration{PlaceInTime::kNewest}, {GLFW_KEY_RIGHT, GLFW_MOD_CONTROL, false, nullptr}, in_scene));
    CHECK_FALSE(find_command({GLFW_KEY_LEFT, GLFW_MOD_ALT, false, nullptr}, in_scene));
}

TEST_CASE("the scene's keys are the scene's alone, and there they come first") {
    const KeyPress focus{GLFW_KEY_F, 0, false, "f"};
    CHECK_FALSE(find_command(focus));
    CHECK(finds(ui::FlyToSelection{}, focus, true));
    CHECK(finds(ui::TogglePanels{}, {GLFW_KEY_H, 0, false, "h"}, true));
    CHECK_FALSE(find_command({GLFW_KEY_HOME, 0, false, nullptr}));
    CHECK(finds(ui::FlyHome{}, {GLFW_KEY_HOME, 0, false, nullptr}, true));
    CHECK(finds(ui::ClosePage{}, {GLFW_KEY_ESCAPE, 0, false, nullptr}));
    CHECK(finds(ui::StepOut{}, {GLFW_KEY_ESCAPE, 0, false, nullptr}, true));
    CHECK(finds(ui::Set<float>{&Settings::font_scale, 1.0F}, {GLFW_KEY_0, GLFW_MOD_CONTROL, false, "0"}));
    CHECK(finds(ui::Set<float>{&Settings::font_scale, 1.0F}, {GLFW_KEY_0, GLFW_MOD_CONTROL, false, "0"}, true));
    CHECK(finds(ui::RunOrPause{}, {GLFW_KEY_SPACE, 0, false, nullptr}, true));
    CHECK(finds(ui::StartOver{0}, {GLFW_KEY_R, 0, false, "r"}, true));
}

TEST_CASE("each digit but 0 has its own bookmark") {
    for (int digit = 1; digit < 10; ++digit) {
        CHECK(finds(ui::FlyToBookmark{digit}, {GLFW_KEY_0 + digit, 0, false, nullptr}, true));
        CHECK(finds(ui::FlyToBookmark{digit}, {GLFW_KEY_KP_0 + digit, 0, false, nullptr}, true));
        CHECK_FALSE(find_command({GLFW_KEY_0 + digit, 0, false, nullptr}));
        CHECK(finds(ui::KeepBookmark{digit}, {GLFW_KEY_0 + digit, GLFW_MOD_CONTROL, false, nullptr}, true));
    }
    CHECK_FALSE(finds(ui::FlyToBookmark{0}, {GLFW_KEY_1, 0, false, "&"}, true));  // French
    CHECK(finds(ui::FlyToBookmark{2}, {GLFW_KEY_2, 0, false, "\xC3\xA9"}, true));
    CHECK_FALSE(find_command({GLFW_KEY_0, 0, false, "0"}, true));
}

TEST_CASE("flying keys move and do nothing else in the scene, whatever is printed on them") {
    for (const int key : {GLFW_KEY_W, GLFW_KEY_A, GLFW_KEY_S, GLFW_KEY_D, GLFW_KEY_Q, GLFW_KEY_E}) {
        REQUIRE(movement_key(key));
        CHECK_FALSE(find_command({key, 0, false, nullptr}, true));
        CHECK_FALSE(find_command({key, GLFW_MOD_SHIFT, false, nullptr}, true));
        for (const char* printed : {"r", "t", "m", "f", "h", ",", "."})
            CHECK_FALSE(find_command({key, 0, false, printed}, true));
    }
    CHECK(movement_key(GLFW_KEY_RIGHT_SHIFT) == MovementKey::Fast);
    CHECK_FALSE(movement_key(GLFW_KEY_R));
    CHECK(finds(ui::Post{command::Save{}}, {GLFW_KEY_S, GLFW_MOD_CONTROL, false, "s"}, true));
    CHECK(finds(ui::StartOver{0}, {GLFW_KEY_S, 0, false, "r"}));  // Colemak, outside the scene
}

TEST_CASE("every button of a gamepad but three does what a key does") {
    std::vector<UiCommand> seen;
    for (std::size_t i = 0; i < kPadButtonCount; ++i) {
        const auto command = command_of(static_cast<PadButton>(i));
        if (!command) continue;
        CHECK(std::none_of(seen.begin(), seen.end(), [&](const UiCommand& other) { return same(command, other); }));
        const std::span<const Shortcut> keys = shortcuts();
        CHECK(std::any_of(keys.begin(), keys.end(), [&](const Shortcut& key) { return same(command, key.command); }));
        seen.push_back(*command);
    }
    CHECK(seen.size() == kPadButtonCount - 3);
    CHECK(same(command_of(PadButton::A), ui::FlyToSelection{}));
    CHECK(same(command_of(PadButton::Start), ui::RunOrPause{}));
    CHECK(same(command_of(PadButton::Up), ui::ChangeSpeed{1}));
}

TEST_CASE("keys that train or look elsewhere rest while a page is open, those of the window and the pages do not") {
    for (const UiCommand& command :
         {UiCommand(ui::RunOrPause{}), UiCommand(ui::MoveInTime{-1}), UiCommand(ui::GoToIteration{}),
          UiCommand(ui::ToggleLanes{}), UiCommand(ui::StartOver{0}), UiCommand(ui::Post{command::Save{}}),
          UiCommand(ui::MoveLayer{1}), UiCommand(ui::FlyHome{}), UiCommand(ui::KeepBookmark{9})})
        CHECK_FALSE(works_over_pages(command));
    for (const UiCommand& command :
         {UiCommand(ui::OpenWorkspace{0}), UiCommand(ui::SwitchTheme{}), UiCommand(ui::ChangeFontSize{1}),
          UiCommand(ui::Set<float>{&Settings::font_scale, 1.0F}), UiCommand(ui::ToggleFullScreen{}),
          UiCommand(ui::TogglePage{Page::Help}), UiCommand(ui::ClosePage{}), UiCommand(ui::StepOut{})})
        CHECK(works_over_pages(command));
}

TEST_CASE("plus is plus wherever the keyboard has it") {
    CHECK(finds(ui::ChangeSpeed{1}, {GLFW_KEY_EQUAL, GLFW_MOD_SHIFT, false, "="}));  // US
    CHECK(finds(ui::ChangeSpeed{1}, {GLFW_KEY_EQUAL, 0, false, "="}));               // US, lazily
    CHECK(finds(ui::ChangeSpeed{1}, {GLFW_KEY_RIGHT_BRACKET, 0, false, "+"}));       // German
    CHECK(finds(ui::ChangeSpeed{-1}, {GLFW_KEY_SLASH, 0, false, "-"}));              // German
    CHECK(finds(ui::ChangeFontSize{1}, {GLFW_KEY_EQUAL, GLFW_MOD_SHIFT | GLFW_MOD_CONTROL, false, "="}));
    CHECK(finds(ui::MoveLayer{-1}, {GLFW_KEY_LEFT_BRACKET, 0, false, "\xC3\xBC"}));  // German: u umlaut there
    CHECK(finds(ui::MoveChannel{-1}, {GLFW_KEY_M, 0, false, ","}));                  // French
}

namespace {

// What layouts say of a key: its place on a US keyboard, what is printed on it, and what it types then.
struct LayoutKey {
    int place;
    const char* name;
    char32_t typed;
    int modifiers = 0;
};

bool finds(const UiCommand& wanted, const LayoutKey& key, bool latin, bool in_scene = false) {
    return finds(wanted, {key.place, key.modifiers, false, key.name, key.typed, latin}, in_scene);
}

constexpr int kShift = GLFW_MOD_SHIFT;

}  // namespace

TEST_CASE("letters are found in their places where a layout has none from A to Z") {
    struct Letters {
        const char* layout;
        const char *r, *t, *m, *f, *z;
        char32_t typed_r, typed_t, typed_m, typed_f;
    };
    for (const Letters& is : {Letters{"Russian", "к", "е", "ь", "а", "я", U'к', U'е', U'ь', U'а'},
                              {"Greek", "ρ", "τ", "μ", "φ", "ζ", U'ρ', U'τ', U'μ', U'φ'},
                              {"Hebrew", "ר", "א", "צ", "כ", "ז", U'ר', U'א', U'צ', U'כ'}}) {
        CAPTURE(is.layout);
        CHECK(finds(ui::StartOver{0}, {GLFW_KEY_R, is.r, is.typed_r}, false));
        CHECK(finds(ui::StartOver{1}, {GLFW_KEY_R, is.r, is.typed_r, kShift}, false));
        CHECK(finds(ui::SwitchTheme{}, {GLFW_KEY_T, is.t, is.typed_t}, false));
        CHECK(finds(ui::MoveMistake{}, {GLFW_KEY_M, is.m, is.typed_m}, false));
        CHECK(finds(ui::FlyToSelection{}, {GLFW_KEY_F, is.f, is.typed_f}, false, /*in_scene=*/true));
        CHECK(finds(ui::Post{command::Save{}}, {GLFW_KEY_S, "ы", 0, GLFW_MOD_CONTROL}, false));
        CHECK(finds(ui::TakeBack{}, {GLFW_KEY_Z, is.z, 0, GLFW_MOD_CONTROL}, false));
    }
    // Where it has them, a place that prints another letter than the US keyboard's does nothing.
    CHECK_FALSE(find_command({GLFW_KEY_R, 0, false, "ı", U'ı', true}));  // Turkish F
}

TEST_CASE("signs are found where the layout has them, whatever it takes to type them, and nowhere else") {
    const UiCommand back = ui::MoveChannel{-1}, on = ui::MoveChannel{1};
    SECTION("French") {
        CHECK(finds(back, {GLFW_KEY_M, ",", U','}, true));
        CHECK(finds(on, {GLFW_KEY_COMMA, ";", U'.', kShift}, true));
        CHECK_FALSE(find_command({GLFW_KEY_COMMA, 0, false, ";", U';', true}));
        CHECK_FALSE(find_command({GLFW_KEY_PERIOD, 0, false, ":", U':', true}));
        CHECK(finds(ui::ChangeSpeed{-1}, {GLFW_KEY_6, "-", U'-'}, true));
        CHECK(finds(ui::MoveLayer{-1}, {GLFW_KEY_5, "(", U'['}, true));  // AltGr
        CHECK(finds(ui::MoveLayer{1}, {GLFW_KEY_MINUS, ")", U']'}, true));
        CHECK(finds(ui::ChangeSpeed{1}, {GLFW_KEY_EQUAL, "=", U'+', kShift}, true));
        CHECK(finds(ui::FlyToBookmark{4}, {GLFW_KEY_4, "'", U'\''}, true, /*in_scene=*/true));
    }
    SECTION("German") {
        CHECK(finds(ui::MoveLayer{-1}, {GLFW_KEY_8, "8", U'['}, true, /*in_scene=*/true));  // AltGr
        CHECK(finds(ui::MoveLayer{1}, {GLFW_KEY_9, "9", U']'}, true, /*in_scene=*/true));
        CHECK(finds(ui::FlyToBookmark{8}, {GLFW_KEY_8, "8", U'8'}, true, /*in_scene=*/true));
        CHECK(finds(ui::ChangeSpeed{1}, {GLFW_KEY_RIGHT_BRACKET, "+", U'+'}, true));
        CHECK(finds(ui::ChangeSpeed{-1}, {GLFW_KEY_SLASH, "-", U'-'}, true));
        CHECK(finds(ui::MoveLayer{-1}, {GLFW_KEY_LEFT_BRACKET, "ü", U'ü'}, true));
    }
    SECTION("Russian") {
        CHECK(finds(on, {GLFW_KEY_SLASH, ".", U'.'}, false));
        CHECK(finds(back, {GLFW_KEY_SLASH, ".", U',', kShift}, false));
        CHECK(finds(back, {GLFW_KEY_COMMA, "б", U'б'}, false));
        CHECK(finds(ui::MoveLayer{1}, {GLFW_KEY_RIGHT_BRACKET, "ъ", U'ъ'}, false));
    }
    SECTION("Hebrew") {
        CHECK(finds(on, {GLFW_KEY_SLASH, ".", U'.'}, false));
        CHECK(finds(back, {GLFW_KEY_APOSTROPHE, ",", U','}, false));
    }
    SECTION("US") {
        CHECK(finds(back, {GLFW_KEY_COMMA, ",", U'<', kShift}, true));  // as ever
        CHECK(finds(ui::ChangeFontSize{1}, {GLFW_KEY_EQUAL, "=", 0, kShift | GLFW_MOD_CONTROL}, true));
    }
}

TEST_CASE("a held key repeats only what may be repeated") {
    CHECK(finds(ui::MoveInTime{1}, {GLFW_KEY_RIGHT, 0, true, nullptr}));
    CHECK(finds(ui::MoveInTime{-10}, {GLFW_KEY_LEFT, GLFW_MOD_SHIFT, true, nullptr}));
    CHECK_FALSE(find_command({GLFW_KEY_LEFT, GLFW_MOD_CONTROL, true, nullptr}));
    CHECK_FALSE(find_command({GLFW_KEY_SPACE, 0, true, nullptr}));
    CHECK_FALSE(find_command({GLFW_KEY_T, 0, true, "t"}));
}

TEST_CASE("keys with Alt or Super belong to the window manager") {
    CHECK_FALSE(find_command({GLFW_KEY_SPACE, GLFW_MOD_ALT, false, nullptr}));
    CHECK_FALSE(find_command({GLFW_KEY_R, GLFW_MOD_SUPER, false, "r"}));
    CHECK_FALSE(find_command({GLFW_KEY_R, GLFW_MOD_CONTROL, false, "r"}));
    CHECK_FALSE(find_command({GLFW_KEY_Q, 0, false, "q"}));
}

TEST_CASE(
    "no two keys of one place are the same: what a key does elsewhere it does in the scene, or something of the "
    "scene's") {
    for (const Shortcut& one : shortcuts())
        for (const Shortcut& other : shortcuts()) {
            if (&one == &other || one.key != other.key || one.control != other.control || one.shift != other.shift)
                continue;
            INFO(one.what << " and " << other.what);
            // A step out; a workspace whose panel opens over the scene there.
            const bool leave =
                one.key == GLFW_KEY_ESCAPE || one.key == GLFW_KEY_J || one.key == GLFW_KEY_L || one.key == GLFW_KEY_M;
            CHECK((one.scope != other.scope && leave));
        }
}
