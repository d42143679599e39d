#include "viz/panels/probability_difference.h"

#include "engine/api/snapshot.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace convscope {
namespace {

constexpr float kMostOfNames = 0.4F;  // of the width

const char* name_of(const Snapshot& snapshot, std::size_t label) {
    const std::vector<std::string>& names = snapshot.run_info->data.class_names;
    return label < names.size() ? names[label].c_str() : "–";
}

void draw_row(const Snapshot& difference, std::size_t place, float names, float numbers, const WidgetStyle& style) {
    const double value = static_cast<double>(difference.seen.probe.probabilities[place]);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float height = ImGui::GetTextLineHeight() + style.px(2);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const char* name = name_of(difference, place);
    list->AddText(corner, imgui_color(style.colors.text_secondary), shortened_line(name, names).c_str());
    const ImVec2 low(corner.x + names + style.px(8), corner.y + style.px(1));
    const ImVec2 high(corner.x + width - numbers, corner.y + height - style.px(1));
    const float middle = std::round(0.5F * (low.x + high.x));
    const float share = static_cast<float>(std::clamp(value, -1.0, 1.0));
    const float end = std::round(middle + 0.5F * (high.x - low.x) * share);
    list->AddRectFilled(low, high, imgui_color(style.colors.raised));
    list->AddRectFilled({std::min(middle, end), low.y}, {std::max(middle, end), high.y},
                        imgui_color(sign_color(style.colors, value)));
    list->AddLine({middle + 0.5F, low.y}, {middle + 0.5F, high.y}, imgui_color(style.colors.text_secondary));
    char text[32];
    const bool is_none = std::fabs(value) < 0.0005;  // which has no sign
    std::snprintf(text, sizeof text, is_none ? "0.0" : "%+.1f", 100.0 * value);
    list->AddText({std::round(corner.x + width - ImGui::CalcTextSize(text).x), corner.y},
                  imgui_color(style.colors.text), text);
    ImGui::Dummy({width, height});
    note_item(style, "difference", static_cast<std::int64_t>(place));
}

}  // namespace

void draw_probability_differences(const Snapshot& difference, const WidgetStyle& style) {
    ImGui::BeginGroup();
    section_label(style, "Probabilities");
    const std::size_t count = difference.seen.probe.probabilities.size();
    if (count == 0) hint(style, "Both runs have to look at one picture at one iteration.");
    float names = 0.0F;
    for (std::size_t i = 0; i < count; ++i) names = std::max(names, ImGui::CalcTextSize(name_of(difference, i)).x);
    names = std::min(std::ceil(names), kMostOfNames * ImGui::GetContentRegionAvail().x);
    const float numbers = ImGui::CalcTextSize("+100.0").x + style.px(8);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(6), style.px(2)));
    for (std::size_t i = 0; i < count; ++i) draw_row(difference, i, names, numbers, style);
    ImGui::PopStyleVar();
    if (count > 0) {
        ImGui::PushTextWrapPos(0.0F);
        hint(style, "Twin less run, in percent: blue is less, orange more");
        ImGui::PopTextWrapPos();
    }
    ImGui::EndGroup();
}

}  // namespace convscope
