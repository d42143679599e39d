#include "viz/app/shortcuts.h"

#include "viz/app/workspaces.h"
#include "viz/scene/bookmarks.h"
#include "viz/view/place_in_time.h"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {
namespace {

constexpr const char* kTraining = "Training";
constexpr const char* kTime = "Time";
constexpr const char* kHands = "By hand";
constexpr const char* kLooking = "What is looked at";
constexpr const char* kScene = "Scene";
constexpr const char* kWindow = "Window";

Shortcut on(int key, UiCommand command, const char* group, const char* keys, const char* what) {
    return {.command = std::move(command), .key = key, .keys = keys, .what = what, .group = group};
}
// A second key for a command that is listed with its first.
Shortcut also(int key, UiCommand command) { return {.command = std::move(command), .key = key}; }

Shortcut held(Shortcut shortcut) {
    shortcut.repeats = true;
    return shortcut;
}
Shortcut shift(Shortcut shortcut) {
    shortcut.shift = true;
    return shortcut;
}
Shortcut control(Shortcut shortcut) {
    shortcut.control = true;
    return shortcut;
}
Shortcut scene(Shortcut shortcut) {
    shortcut.scope = Scope::Scene;
    return shortcut;
}

std::vector<Shortcut> keys_of_training() {
    return {
        on(GLFW_KEY_SPACE, ui::RunOrPause{}, kTraining, "Space", "Run or pause"),
        held(on(GLFW_KEY_EQUAL, ui::ChangeSpeed{1}, kTraining, "+", "Faster, up to flat out")),
        held(also(GLFW_KEY_KP_ADD, ui::ChangeSpeed{1})),
        held(on(GLFW_KEY_MINUS, ui::ChangeSpeed{-1}, kTraining, "-", "Slower, down to one iteration in 2 s")),
        held(also(GLFW_KEY_KP_SUBTRACT, ui::ChangeSpeed{-1})),
        on(GLFW_KEY_R, ui::StartOver{0}, kTraining, "R", "Start over with the same seed"),
        shift(on(GLFW_KEY_R, ui::StartOver{1}, kTraining, "Shift R", "Start over with the next seed")),
        control(on(GLFW_KEY_Z, ui::TakeBack{}, kTraining, "Ctrl Z",
                   "Take back the latest change by hand, or bring back the run that another has replaced")),
        on(GLFW_KEY_B, ui::TogglePage{Page::Breakpoints}, kTraining, "B", "Breakpoints: what pauses the run by itself"),
        control(on(GLFW_KEY_S, ui::Post{command::Save{}}, kTraining, "Ctrl S", "Save the run to its file")),
    };
}

std::vector<Shortcut> keys_of_time() {
    return {
        held(on(GLFW_KEY_LEFT, ui::MoveInTime{-1}, kTime, "Left arrow", "One iteration back")),
        held(on(GLFW_KEY_RIGHT, ui::MoveInTime{1}, kTime, "Right arrow", "One on: train it where it is the newest")),
        shift(held(on(GLFW_KEY_LEFT, ui::MoveInTime{-10}, kTime, "Shift arrow", "Ten back, or ten on"))),
        shift(held(also(GLFW_KEY_RIGHT, ui::MoveInTime{10}))),
        control(on(GLFW_KEY_LEFT, ui::GoToIteration{0}, kTime, "Ctrl arrow", "To the start, or to the newest")),
        control(also(GLFW_KEY_RIGHT, ui::GoToIteration{PlaceInTime::kNewest})),
        on(GLFW_KEY_Y, ui::HoldPhase{Phase::Batch}, kTime, "Y U I O P",
           "Hold at batch, forward, loss, backward, update"),
        also(GLFW_KEY_U, ui::HoldPhase{Phase::Forward}),
        also(GLFW_KEY_I, ui::HoldPhase{Phase::Loss}),
        also(GLFW_KEY_O, ui::HoldPhase{Phase::Backward}),
        also(GLFW_KEY_P, ui::HoldPhase{Phase::Update}),
        held(on(GLFW_KEY_C, ui::MovePhase{-1}, kTime, "C V", "A phase back, or on")),
        held(also(GLFW_KEY_V, ui::MovePhase{1})),
        control(
            on(GLFW_KEY_N, ui::TogglePage{Page::Places}, kTime, "Ctrl N", "Name this iteration, to come back to it")),
        on(GLFW_KEY_L, ui::ToggleLanes{}, kTime, "L", "The lanes: every way that the run has gone"),
        on(GLFW_KEY_G, ui::NextTwinView{}, kTime, "G", "Race a twin; then run, both, twin or difference"),
        shift(on(GLFW_KEY_G, ui::TogglePage{Page::Twin}, kTime, "Shift G", "Another twin, or end it")),
    };
}

std::vector<Shortcut> keys_of_hands() {
    return {
        on(GLFW_KEY_X, ui::DoByHand{HandAction::Silence}, kHands, "X", "Silence the selected channel, or let go of it"),
        shift(on(GLFW_KEY_X, ui::DoByHand{HandAction::HoldAtMean}, kHands, "Shift X", "Hold it at its mean")),
        on(GLFW_KEY_K, ui::DoByHand{HandAction::FreezeFilter}, kHands, "K",
           "Freeze the selected filter, or let it learn"),
        shift(on(GLFW_KEY_K, ui::DoByHand{HandAction::FreezeLayer}, kHands, "Shift K", "Freeze the selected layer")),
    };
}

std::vector<Shortcut> keys_of_looking() {
    return {
        held(on(GLFW_KEY_PAGE_UP, ui::MoveProbe{-1}, kLooking, "Page up", "Previous picture")),
        held(on(GLFW_KEY_PAGE_DOWN, ui::MoveProbe{1}, kLooking, "Page down", "Next picture")),
        on(GLFW_KEY_M, ui::MoveMistake{1}, kLooking, "M",
           "Next held-out picture that is got wrong, or of the chosen cell"),
        held(on(GLFW_KEY_TAB, ui::MoveLayer{1}, kLooking, "Tab", "Next layer")),
        shift(held(on(GLFW_KEY_TAB, ui::MoveLayer{-1}, kLooking, "Shift Tab", "Previous layer"))),
        held(also(GLFW_KEY_LEFT_BRACKET, ui::MoveLayer{-1})),
        held(also(GLFW_KEY_RIGHT_BRACKET, ui::MoveLayer{1})),
        held(on(GLFW_KEY_COMMA, ui::MoveChannel{-1}, kLooking, ", comma", "Previous channel or unit")),
        held(on(GLFW_KEY_PERIOD, ui::MoveChannel{1}, kLooking, ". full stop", "Next channel or unit")),
        on(GLFW_KEY_Z, ui::ShowPanel{"why"}, kLooking, "Z", "Why this answer, pixel by pixel"),
        shift(on(GLFW_KEY_I, ui::ShowPanel{"unit"}, kLooking, "Shift I", "One unit: what excites it, how it became")),
    };
}

std::vector<Shortcut> keys_of_the_scene() {
    std::vector<Shortcut> keys{
        on(GLFW_KEY_F, ui::FlyToSelection{}, kScene, "F", "Fly to what is selected"),
        on(GLFW_KEY_HOME, ui::FlyHome{}, kScene, "Home", "Fly to where everything is seen"),
        on(GLFW_KEY_ESCAPE, ui::StepOut{}, kScene, "Esc",
           "Let go of a phase; select the map, the layer, everything again"),
        on(GLFW_KEY_J, ui::ShowPanel{"pad"}, kScene, "J", "The pad, to draw on the picture itself"),
        shift(on(GLFW_KEY_L, ui::ShowPanel{"lay"}, kScene, "Shift L", "The lay of the data, over the scene")),
        shift(on(GLFW_KEY_M, ui::ShowPanel{"mistakes"}, kScene, "Shift M", "The mistakes, over the scene")),
        on(GLFW_KEY_H, ui::TogglePanels{}, kScene, "H", "Hide every panel, or show them"),
    };
    for (int digit = 1; digit < kBookmarkCount; ++digit) {  // Ctrl 0 is the type's, everywhere
        keys.push_back(
            on(GLFW_KEY_0 + digit, ui::FlyToBookmark{digit}, kScene, digit == 1 ? "1 to 9" : "", "Fly to a kept view"));
        keys.push_back(also(GLFW_KEY_KP_0 + digit, ui::FlyToBookmark{digit}));
    }
    for (int digit = 1; digit < kBookmarkCount; ++digit) {
        keys.push_back(control(on(GLFW_KEY_0 + digit, ui::KeepBookmark{digit}, kScene, digit == 1 ? "Ctrl 1 to 9" : "",
                                  "Keep this view")));
        keys.push_back(control(also(GLFW_KEY_KP_0 + digit, ui::KeepBookmark{digit})));
    }
    for (Shortcut& key : keys) key = scene(std::move(key));
    return keys;
}

// Pages and workspaces, in the order of their keys.
std::vector<Shortcut> function_keys() {
    std::vector<Shortcut> keys{
        on(GLFW_KEY_F1, ui::TogglePage{Page::Help}, kWindow, "F1", "All keys"),
        on(GLFW_KEY_F7, ui::TogglePage{Page::Recipe}, kWindow, "F7", "The recipe in effect"),
        on(GLFW_KEY_F8, ui::TogglePage{Page::Editor}, kWindow, "F8", "Edit the network"),
    };
    const std::span<const Workspace> all = workspaces();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].key.empty()) continue;
        const int key = all[i].function_key > 0 ? GLFW_KEY_F1 + all[i].function_key - 1 : all[i].key.back();
        keys.push_back(on(key, ui::OpenWorkspace{static_cast<int>(i)}, kWindow, all[i].key.data(), all[i].what.data()));
        keys.back().shift = all[i].key.starts_with("Shift ");
    }
    const auto place = [](const Shortcut& shortcut) {  // function keys before letters
        return std::pair(shortcut.key < GLFW_KEY_F1, shortcut.key);
    };
    std::stable_sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
    return keys;
}

std::vector<Shortcut> keys_of_the_window() {
    return {
        on(GLFW_KEY_T, ui::SwitchTheme{}, kWindow, "T", "Dark or light"),
        control(held(on(GLFW_KEY_EQUAL, ui::ChangeFontSize{1}, kWindow, "Ctrl +", "Larger type"))),
        control(held(also(GLFW_KEY_KP_ADD, ui::ChangeFontSize{1}))),
        control(held(on(GLFW_KEY_MINUS, ui::ChangeFontSize{-1}, kWindow, "Ctrl -", "Smaller type"))),
        control(held(also(GLFW_KEY_KP_SUBTRACT, ui::ChangeFontSize{-1}))),
        control(on(GLFW_KEY_0, ui::Set<float>{&Settings::font_scale, 1.0F}, kWindow, "Ctrl 0", "Type of normal size")),
        on(GLFW_KEY_F11, ui::ToggleFullScreen{}, kWindow, "F11", "Full screen"),
        on(GLFW_KEY_F12, ui::TakeScreenshot{}, kWindow, "F12", "Screenshot into the current folder"),
        on(GLFW_KEY_ESCAPE, ui::ClosePage{}, kWindow, "Esc", "Close this page"),
    };
}

std::vector<Shortcut> make_shortcuts() {
    std::vector<Shortcut> all;
    for (auto part : {keys_of_training(), keys_of_time(), keys_of_hands(), keys_of_looking(), keys_of_the_scene(),
                      function_keys(), keys_of_the_window()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

bool is_letter(int key) { return key >= GLFW_KEY_A && key <= GLFW_KEY_Z; }

// Signs are typed with Shift on some keyboards and without on others.
bool shift_counts(int key) {
    return is_letter(key) || key == GLFW_KEY_TAB || key == GLFW_KEY_LEFT || key == GLFW_KEY_RIGHT;
}

std::optional<UiCommand> find(int key, const KeyPress& press, Scope scope) {
    const bool shift_down = (press.modifiers & GLFW_MOD_SHIFT) != 0;
    const bool control_down = (press.modifiers & GLFW_MOD_CONTROL) != 0;
    for (const Shortcut& shortcut : shortcuts()) {
        const bool shift_fits = !shift_counts(key) || shortcut.shift == shift_down;
        if (shortcut.scope != scope || shortcut.key != key || !shift_fits || shortcut.control != control_down) continue;
        if (press.repeated && !shortcut.repeats) return std::nullopt;
        return shortcut.command;
    }
    return std::nullopt;
}

std::optional<UiCommand> find(int key, const KeyPress& press, bool in_scene) {
    if (in_scene)
        if (auto command = find(key, press, Scope::Scene)) return command;
    return find(key, press, Scope::Anywhere);
}

bool is_digit(int key) { return key >= GLFW_KEY_0 && key <= GLFW_KEY_9; }
bool is_printing(int key) { return key >= GLFW_KEY_SPACE && key < GLFW_KEY_ESCAPE; }

// GLFW numbers the printing keys by the capital letters and signs on them.
int key_of_sign(char sign) {
    if (sign == '+') return GLFW_KEY_EQUAL;
    if (sign >= 'a' && sign <= 'z') return sign - 'a' + GLFW_KEY_A;
    return sign;
}

// The one that is printed on the key; 0: none, or none of ASCII's.
char printed_sign(const KeyPress& press) {
    const bool one = press.name != nullptr && press.name[0] > ' ' && press.name[0] < 127 && press.name[1] == '\0';
    return one ? press.name[0] : '\0';
}

// The sign that is typed, neither letter nor digit; 0: none of ASCII's.
char typed_sign(const KeyPress& press) {
    const auto sign = static_cast<char>(press.typed);
    const bool is_sign = press.typed > ' ' && press.typed < 127 && !is_letter(sign) && !is_digit(sign);
    return is_sign && !(sign >= 'a' && sign <= 'z') ? sign : '\0';
}

}  // namespace

std::span<const Shortcut> shortcuts() {
    static const std::vector<Shortcut> all = make_shortcuts();
    return all;
}

bool works_over_pages(const UiCommand& command) {
    // All the others train, look elsewhere or move something beneath the page.
    return std::holds_alternative<ui::OpenWorkspace>(command) || std::holds_alternative<ui::TogglePage>(command) ||
           std::holds_alternative<ui::ClosePage>(command) || std::holds_alternative<ui::StepOut>(command) ||
           std::holds_alternative<ui::SwitchTheme>(command) || std::holds_alternative<ui::Set<float>>(command) ||
           std::holds_alternative<ui::ChangeFontSize>(command) ||
           std::holds_alternative<ui::UseFiles>(command) ||  // dropped on the window
           std::holds_alternative<ui::ToggleFullScreen>(command) || std::holds_alternative<ui::TakeScreenshot>(command);
}

std::optional<UiCommand> find_command(const KeyPress& press, bool in_scene) {
    // With Alt or Super it is somebody else's key.
    if (press.modifiers & (GLFW_MOD_ALT | GLFW_MOD_SUPER)) return std::nullopt;
    // On Colemak an R is printed where S is: flying back must not start the training over.
    if (in_scene && !(press.modifiers & GLFW_MOD_CONTROL) && movement_key(press.key)) return std::nullopt;
    if (!is_printing(press.key)) return find(press.key, press, in_scene);
    const char printed = printed_sign(press);
    for (const char sign : {typed_sign(press), printed})
        if (sign != '\0')
            if (auto command = find(key_of_sign(sign), press, in_scene)) return command;
    // A letter's place must not answer for another letter (on AZERTY the key at M's place types a comma), nor a sign's
    // for another sign, which the layout has elsewhere.
    const bool printed_otherwise = is_letter(press.key) ? press.name && press.latin : printed != '\0';
    if (printed_otherwise && !is_digit(press.key)) return std::nullopt;
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
