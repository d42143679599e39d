#include "viz/panels/number_field.h"

#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <cstring>

namespace convscope {

const char* NumberField::draw(const WidgetStyle& style, const char* id, std::string_view shown, float width,
                              const char* tooltip) {
    if (!editing_) {
        const std::size_t length = std::min(shown.size(), text_.size() - 1);
        std::memcpy(text_.data(), shown.data(), length);
        text_[length] = '\0';
        before_ = text_;
    }
    ImGui::SetNextItemWidth(width);
    if (!refusal_.empty()) ImGui::PushStyleColor(ImGuiCol_Border, imgui_color(style.colors.warning));
    ImGui::InputText(id, text_.data(), text_.size(), ImGuiInputTextFlags_AutoSelectAll);
    if (!refusal_.empty()) ImGui::PopStyleColor();
    note_item(style, id + 2);  // behind the two signs that hide it
    if (ImGui::IsItemActivated()) refusal_.clear();
    const bool left = ImGui::IsItemDeactivated();
    editing_ = ImGui::IsItemActive();
    item_tooltip(style, tooltip);
    // Escape puts the old text back, which is no change.
    if (!left || std::strcmp(text_.data(), before_.data()) == 0) return nullptr;
    committed_ = text_;
    return committed_.data();
}

void NumberField::draw_refusal(const WidgetStyle& style) const {
    if (refusal_.empty()) return;
    const float side = style.px(12);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    draw_icon(ImGui::GetWindowDrawList(), Icon::Warning,
              {corner.x + 0.5F * side, corner.y + 0.5F * ImGui::GetTextLineHeight()}, side,
              imgui_color(style.colors.warning));
    ImGui::Indent(side + style.px(6));
    ImGui::PushTextWrapPos(0.0F);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.warning));
    ImGui::TextUnformatted(refusal_.c_str());
    ImGui::PopStyleColor();
    ImGui::PopTextWrapPos();
    ImGui::Unindent(side + style.px(6));
}

}  // namespace convscope
