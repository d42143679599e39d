#include "viz/app/help_page.h"

#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <cstring>

namespace convscope {
namespace {

struct MouseLine {
    const char* what;
    const char* does;
};
constexpr MouseLine kMouse[] = {
    {"Rest on anything", "Its exact value, or what it means"},
    {"Wheel", "Zooms maps, filters and curves"},
    {"Drag", "Moves what is zoomed"},
    {"Double click", "Fits everything again"},
    {"Click a layer", "Selects it in every panel"},
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

std::optional<Action> draw_help_page(const WidgetStyle& style) {
    std::optional<Action> action;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({0.0F, 0.0F});
    ImGui::SetNextWindowSize(screen);
    ImGui::PushStyleColor(ImGuiCol_WindowBg, imgui_color(style.colors.background, 0.72F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav;
    ImGui::SetNextWindowFocus();
    ImGui::Begin("##help", nullptr, kFlags);
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();

    const ImVec2 size{std::min(style.px(880), screen.x - style.px(32)),
                      std::min(style.px(496), screen.y - style.px(32))};
    ImGui::SetCursorPos({std::round((screen.x - size.x) * 0.5F), std::round((screen.y - size.y) * 0.5F)});
    ImGui::PushStyleColor(ImGuiCol_ChildBg, imgui_color(style.colors.panel));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(24), style.px(16)));
    ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, style.px(4));
    ImGui::PushStyleVar(ImGuiStyleVar_ChildBorderSize, 1.0F);
    ImGui::BeginChild("page", size, true);
    ImGui::PopStyleVar(3);
    ImGui::PopStyleColor();
    const bool inside = ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows);

    const float half = std::round((size.x - style.px(48)) * 0.54F);
    ImGui::BeginChild("left", {half, 0.0F});
    draw_group(style, "Training", style.px(112));
    draw_group(style, "What is looked at", style.px(112));
    ImGui::EndChild();
    ImGui::SameLine();
    ImGui::BeginChild("right", {0.0F, 0.0F});
    draw_group(style, "Window", style.px(112));
    heading(style, "Mouse");
    for (const MouseLine& line : kMouse) draw_line(style, line.what, line.does, style.px(144));
    ImGui::EndChild();

    ImGui::EndChild();
    if (ImGui::IsMouseClicked(0) && !inside) action = Action::Close;
    ImGui::End();
    return action;
}

}  // namespace convscope
