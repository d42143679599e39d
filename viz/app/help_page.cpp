#include "viz/app/help_page.h"

#include "viz/app/overlay.h"
#include "viz/app/shortcuts.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <cstring>

namespace convscope {
namespace {

struct HelpLine {
    const char* what;
    const char* does;
};
constexpr HelpLine kMouse[] = {
    {"Rest on anything", "Its exact value, or what it means"},
    {"Wheel", "Zooms maps, filters and curves"},
    {"Drag", "Moves what is zoomed"},
    {"Double click", "Fits everything again"},
    {"Drag the timeline", "Goes to any iteration"},
    {"Click a layer", "Selects it in every panel"},
    {"Drag in the scene", "Turns it; with the right button moves it"},
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
    ImGui::TextUnformatted(what);
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

}  // namespace

void draw_help_page(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const float width = std::min(style.px(880), ImGui::GetIO().DisplaySize.x - style.px(32));
    Overlay page(style, "help", "Keys and mouse", "F1", {width, style.px(706)});
    const float half = std::round((width - style.px(2.0F * kOverlayPadding)) * 0.54F);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(8), style.px(5)));
    ImGui::BeginChild("left", {half, 0.0F});
    draw_group(style, "Training", style.px(112));
    draw_group(style, "Time", style.px(112));
    draw_group(style, "What is looked at", style.px(112));
    draw_group(style, "Scene", style.px(112));
    for (const HelpLine& line : kHeld) draw_line(style, line.what, line.does, style.px(112));
    ImGui::EndChild();
    ImGui::SameLine();
    ImGui::BeginChild("right", {0.0F, 0.0F});
    draw_group(style, "Window", style.px(112));
    heading(style, "Mouse");
    for (const HelpLine& line : kMouse) draw_line(style, line.what, line.does, style.px(144));
    ImGui::Dummy({1.0F, style.px(4)});
    heading(style, "Gamepad");
    for (const HelpLine& line : kGamepad) draw_line(style, line.what, line.does, style.px(144));
    ImGui::EndChild();
    ImGui::PopStyleVar();
    if (page.end()) context.ui.send(ui::ClosePage{});
}

}  // namespace convscope
