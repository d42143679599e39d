#include "viz/panels/button_grid.h"

#include "viz/widgets/controls.h"

#include <algorithm>
#include <cmath>

namespace convscope {

ButtonGrid::ButtonGrid(const WidgetStyle& style, const char* longest, int most) : style_(style) {
    const ImGuiStyle& spaces = ImGui::GetStyle();
    const float room = ImGui::GetContentRegionAvail().x;
    const float gap = spaces.ItemSpacing.x;
    const float least = ImGui::CalcTextSize(longest).x + 2.0F * spaces.FramePadding.x;
    columns_ = std::clamp(static_cast<int>((room + gap) / (least + gap)), 1, most);
    width_ = std::floor((room - gap * static_cast<float>(columns_ - 1)) / static_cast<float>(columns_));
}

bool ButtonGrid::button(const char* label, std::string_view anchor, std::string_view tooltip, bool enabled, bool on) {
    if (place_++ % columns_ != 0) ImGui::SameLine();
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, imgui_color(style_.colors.accent_dim));
    ImGui::BeginDisabled(!enabled);
    ImGui::PushID(place_);
    const bool pressed = ImGui::Button(label, {width_, 0.0F});
    ImGui::PopID();
    ImGui::EndDisabled();
    if (on) ImGui::PopStyleColor();
    note_item(style_, anchor);
    item_tooltip(style_, tooltip);
    return pressed;
}

}  // namespace convscope
