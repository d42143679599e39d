#include "viz/widgets/plot_strip.h"

#include "viz/widgets/plot_scale.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

namespace convscope {

float SampleStrip::maximum() const {
    float highest = 0.0F;
    for (std::size_t ago = 0; ago < count(); ++ago) {
        const float sample = newest(ago);
        if (std::isfinite(sample)) highest = std::max(highest, sample);
    }
    return highest;
}

void sample_strip(const WidgetStyle& style, const char* id, const SampleStrip& strip, float height,
                  const StripOptions& options) {
    const ImVec2 low = ImGui::GetCursorScreenPos();
    const float width = std::max(1.0F, ImGui::GetContentRegionAvail().x);
    const ImVec2 high(low.x + width, low.y + height);
    ImGui::InvisibleButton(id, {width, height});
    const bool hovered = ImGui::IsItemHovered();

    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(low, high, imgui_color(style.colors.raised), style.px(2));
    double wanted = std::max(static_cast<double>(options.least_top), static_cast<double>(strip.maximum()));
    if (options.most_top > 0.0F) wanted = std::min(wanted, static_cast<double>(options.most_top));
    const double top = wanted > 0.0 ? round_step(wanted) : 1.0;
    const float column = width / static_cast<float>(strip.capacity());
    const auto hovered_ago =
        hovered ? static_cast<std::size_t>((high.x - ImGui::GetIO().MousePos.x) / column) : strip.capacity();
    const ImU32 ink = imgui_color(style.colors.accent, 0.75F);
    const ImU32 strong = imgui_color(style.colors.accent);
    const auto count = static_cast<int>(strip.count());
    list->PrimReserve(6 * count, 4 * count);
    for (std::size_t ago = 0; ago < strip.count(); ++ago) {
        const float sample = strip.newest(ago);
        const double share = std::isfinite(sample) ? std::clamp(static_cast<double>(sample) / top, 0.0, 1.0) : 0.0;
        const float right = high.x - column * static_cast<float>(ago);
        const float bar = std::max(1.0F, static_cast<float>(share) * (height - style.px(2)));
        list->PrimRect({right - column, high.y - bar}, {right, high.y}, ago == hovered_ago ? strong : ink);
    }
    if (options.reference > 0.0F && static_cast<double>(options.reference) < top) {
        const float at =
            std::floor(high.y - static_cast<float>(options.reference / top) * (height - style.px(2))) + 0.5F;
        list->AddLine({low.x, at}, {high.x, at}, imgui_color(style.colors.text_secondary, 0.6F), 1.0F);
    }
    // The scale stands on a ground of its own, so that it can be read over the bars.
    const ShortText scale = options.format(top);
    ImFont* font = style.fonts.small;
    const ImVec2 extent = font->CalcTextSizeA(font->FontSize, 10000.0F, 0.0F, scale.c_str());
    const ImVec2 place(low.x + style.px(4), low.y + style.px(1));
    list->AddRectFilled(low, {place.x + extent.x + style.px(4), place.y + extent.y},
                        imgui_color(style.colors.raised, 0.8F));
    list->AddText(font, font->FontSize, place, imgui_color(style.colors.text_secondary), scale.c_str());

    if (hovered_ago >= strip.count()) return;
    ImGui::BeginTooltip();
    ImGui::TextUnformatted(options.format(static_cast<double>(strip.newest(hovered_ago))).c_str());
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    if (hovered_ago == 0)
        ImGui::Text("newest %s", options.sample_name);
    else
        ImGui::Text("%zu %ss before the newest", hovered_ago, options.sample_name);
    ImGui::PopStyleColor();
    ImGui::EndTooltip();
}

}  // namespace convscope
