#include "viz/app/overlay.h"

#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace convscope {

Overlay::Overlay(const WidgetStyle& style, const char* name, const char* title, const char* key, ImVec2 size)
    : scope_(style.anchors, name) {
    constexpr float kGap = 8.0F;  // below the title
    size.y += ImGui::GetFrameHeight() + style.px(kGap);
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({0.0F, 0.0F});
    ImGui::SetNextWindowSize(screen);
    ImGui::PushStyleColor(ImGuiCol_WindowBg, imgui_color(style.colors.background, 0.72F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav;
    ImGui::SetNextWindowFocus();
    ImGui::Begin(("##" + std::string(name) + " page").c_str(), nullptr, kFlags);
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

    const float left = ImGui::GetCursorPosX(), top = ImGui::GetCursorPosY();
    const float side = style.px(26);
    ImGui::AlignTextToFramePadding();
    ImGui::PushFont(style.fonts.title);
    ImGui::TextUnformatted(title);
    ImGui::PopFont();
    ImGui::SameLine(left + ImGui::GetWindowContentRegionMax().x - ImGui::GetWindowContentRegionMin().x - side);
    const std::string tooltip = "Closes this page (Esc, " + std::string(key) + ").";
    closed_ = icon_button(style, "close", Icon::Close, "", {.width = side, .tooltip = tooltip.c_str()});
    ImGui::SetCursorPos({left, top + ImGui::GetFrameHeight() + style.px(kGap)});
}

bool Overlay::end() {
    // The click that presses a button is inside, although the button has the mouse from then on.
    const bool inside =
        ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows | ImGuiHoveredFlags_AllowWhenBlockedByActiveItem);
    ImGui::EndChild();
    ImGui::End();
    return closed_ || (ImGui::IsMouseClicked(0) && !inside);
}

}  // namespace convscope
