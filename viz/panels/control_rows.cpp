#include "viz/panels/control_rows.h"

#include <imgui.h>

#include <algorithm>

namespace convscope {

void row_label(const WidgetStyle& style, const char* label, bool pending) {
    const float start = ImGui::GetCursorPosX();
    ImGui::AlignTextToFramePadding();
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(pending ? style.colors.accent : style.colors.text_secondary));
    ImGui::Text("%s%s", label, pending ? "…" : "");
    ImGui::PopStyleColor();
    if (ImGui::GetContentRegionAvail().x < style.px(kNarrowControls)) return;  // the control goes below
    ImGui::SameLine();
    ImGui::SetCursorPosX(start + style.px(100));
}

const char* tooltip_of(bool pending, const char* text) {
    return pending ? "Pending: asked for, in effect from the next iteration on." : text;
}

float field_width(const WidgetStyle& style) {
    return std::clamp(ImGui::GetWindowContentRegionMax().x * 0.27F, style.px(60), style.px(88));
}

bool bare_slider(const WidgetStyle& style, const char* id, float& value, float minimum, float maximum) {
    const float gap = ImGui::GetStyle().ItemSpacing.x;
    ImGui::SetNextItemWidth(std::max(style.px(48), ImGui::GetContentRegionAvail().x - field_width(style) - gap));
    const bool moved = ImGui::SliderFloat(id, &value, minimum, maximum, "", ImGuiSliderFlags_NoInput);
    note_item(style, id + 2);
    return moved;
}

}  // namespace convscope
