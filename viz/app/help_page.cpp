#include "viz/app/help_page.h"

#include "viz/app/overlay.h"
#include "viz/app/shortcuts.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

namespace convscope {
namespace {

constexpr float kKeyWidth = 112.0F;
constexpr float kColumnWidth = 340.0F;

struct HelpLine {
    const char* what;
    const char* does;
};
constexpr HelpLine kMouse[] = {
    {"Rest on it", "Its exact value, or what it means"},
    {"Wheel", "Zooms maps, filters and curves"},
    {"Drag", "Moves what is zoomed"},
    {"Double click", "Fits everything again"},
    {"Drag timeline", "Goes to any iteration"},
    {"Click a layer", "Selects it in every panel"},
    {"Right click", "On a map or a kernel: what can be done to it by hand"},
    {"Drag in scene", "Turns it; with the right button moves it"},
};

// Beside the table of shortcuts: keys that act as long as they are held.
constexpr HelpLine kHeld[] = {
    {"W A S D", "Fly; with the right button the mouse looks"},
    {"Q E", "Fly down, up"},
    {"Shift", "Fly faster"},
};

constexpr HelpLine kGamepad[] = {
    {"Sticks, triggers", "Fly, look; down and up"},
    {"A, B", "Fly to the selection, to everything"},
    {"X, Start", "One iteration; run or pause"},
    {"Y, Back", "Hide every panel; all keys"},
    {"Bumpers", "Previous, next layer"},
    {"D-pad", "Channel left, right; speed up, down"},
};

void draw_line(const WidgetStyle& style, const char* keys, const char* what, float key_width) {
    const float left = ImGui::GetCursorPosX();
    ImGui::PushFont(style.fonts.medium);
    ImGui::TextUnformatted(keys);
    ImGui::PopFont();
    ImGui::SameLine(left + key_width);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::PushTextWrapPos(0.0F);
    ImGui::TextUnformatted(what);
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
}

void heading(const WidgetStyle& style, const char* text) {
    ImGui::PushFont(style.fonts.title);
    ImGui::TextColored(imgui_vector(style.colors.accent), "%s", text);
    ImGui::PopFont();
}

bool same_group(const Shortcut& shortcut, const char* group) { return std::strcmp(shortcut.group, group) == 0; }

void draw_group(const WidgetStyle& style, const char* group, float key_width) {
    heading(style, group);
    for (const Shortcut& shortcut : shortcuts())
        if (same_group(shortcut, group) && *shortcut.keys) draw_line(style, shortcut.keys, shortcut.what, key_width);
    ImGui::Dummy({1.0F, style.px(4)});
}

void draw_lines(const WidgetStyle& style, const char* head, std::span<const HelpLine> lines) {
    heading(style, head);
    for (const HelpLine& line : lines) draw_line(style, line.what, line.does, style.px(kKeyWidth));
    ImGui::Dummy({1.0F, style.px(4)});
}

void draw_what_changes(const WidgetStyle& style) {
    for (const char* group : {"Training", "Time", "By hand"}) draw_group(style, group, style.px(kKeyWidth));
}
void draw_where_one_looks(const WidgetStyle& style) {
    for (const char* group : {"What is looked at", "Scene"}) draw_group(style, group, style.px(kKeyWidth));
    for (const HelpLine& line : kHeld) draw_line(style, line.what, line.does, style.px(kKeyWidth));
    ImGui::Dummy({1.0F, style.px(4)});
}
void draw_the_rest(const WidgetStyle& style) {
    draw_group(style, "Window", style.px(kKeyWidth));
    draw_lines(style, "Mouse", kMouse);
}

}  // namespace

// In as many columns as have room for their words; what does not fit below is scrolled to.
void draw_help_page(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const float width = std::min(style.px(1216), ImGui::GetIO().DisplaySize.x - style.px(32));
    Overlay page(style, "help", "Keys and mouse", "F1", {width, style.px(706)});
    const float room = width - style.px(2.0F * kOverlayPadding);
    const int columns = std::clamp(static_cast<int>(room / style.px(kColumnWidth)), 1, 3);
    const float column =
        std::floor((room - style.px(16) * static_cast<float>(columns - 1)) / static_cast<float>(columns));
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(8), style.px(5)));
    ImGui::BeginChild("what changes", {column, 0.0F});
    draw_what_changes(style);
    if (columns == 1) draw_where_one_looks(style);
    if (columns <= 2) draw_lines(style, "Gamepad", kGamepad);
    if (columns == 1) draw_the_rest(style);
    ImGui::EndChild();
    if (columns >= 2) {
        ImGui::SameLine(0.0F, style.px(16));
        ImGui::BeginChild("where one looks", {column, 0.0F});
        draw_where_one_looks(style);
        if (columns == 2) draw_the_rest(style);
        if (columns == 3) draw_lines(style, "Gamepad", kGamepad);
        ImGui::EndChild();
    }
    if (columns == 3) {
        ImGui::SameLine(0.0F, style.px(16));
        ImGui::BeginChild("the rest", {column, 0.0F});
        draw_the_rest(style);
        ImGui::EndChild();
    }
    ImGui::PopStyleVar();
    if (page.end()) context.ui.send(ui::ClosePage{});
}

}  // namespace convscope
