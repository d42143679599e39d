#include "viz/app/overlay.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

namespace convscope {

void begin_overlay(const WidgetStyle& style, const char* id, ImVec2 size) {
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({0.0F, 0.0F});
    ImGui::SetNextWindowSize(screen);
    ImGui::PushStyleColor(ImGuiCol_WindowBg, imgui_color(style.colors.background, 0.72F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav;
    ImGui::SetNextWindowFocus();
    ImGui::Begin(id, nullptr, kFlags);
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();

    const ImVec2 page{std::min(size.x, screen.x - style.px(32)), std::min(size.y, screen.y - style.px(32))};
    ImGui::SetCursorPos({std::round((screen.x - page.x) * 0.5F), std::round((screen.y - page.y) * 0.5F)});
    ImGui::PushStyleColor(ImGuiCol_ChildBg, imgui_color(style.colors.panel));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(kOverlayPadding), style.px(16)));
    ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, style.px(4));
    ImGui::PushStyleVar(ImGuiStyleVar_ChildBorderSize, 1.0F);
    ImGui::BeginChild("page", page, true);
    ImGui::PopStyleVar(3);
    ImGui::PopStyleColor();
}

bool end_overlay() {
    // The click that presses a button is inside, although the button has the mouse from then on.
    const bool inside =
        ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows | ImGuiHoveredFlags_AllowWhenBlockedByActiveItem);
    ImGui::EndChild();
    ImGui::End();
    return ImGui::IsMouseClicked(0) && !inside;
}

}  // namespace convscope
