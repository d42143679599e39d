#include "viz/panels/curves_legend.h"

#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace convscope {
namespace {

constexpr int kMostMarksListed = 4;

enum class Swatch { Line, Band, Dots, Mark, Ghost, Pale, Twin };

struct LegendEntry {
    Swatch swatch;
    const char* text;
    Rgba color;
    const char* tooltip;
};

void draw_swatch(const WidgetStyle& style, const LegendEntry& entry, ImVec2 corner, float width, float height) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float middle = std::round(corner.y + 0.5F * height);
    const float right = corner.x + width;
    auto bar = [&](float thickness, float opacity) {
        list->AddRectFilled({corner.x, middle - 0.5F * thickness}, {right, middle + 0.5F * thickness},
                            imgui_color(entry.color, opacity));
    };
    switch (entry.swatch) {
        case Swatch::Line:
        case Swatch::Twin:
            bar(style.px(2), 1.0F);
            break;
        case Swatch::Band:
            bar(style.px(9), kCurveBandOpacity);
            break;
        case Swatch::Ghost:
            bar(style.px(1.25F), kGhostOpacity);
            break;
        case Swatch::Pale:
            bar(style.px(2), kKnownFutureOpacity);
            break;
        case Swatch::Dots:
            bar(style.px(1.5F), 1.0F);
            list->AddCircleFilled({corner.x + 0.5F * width, middle}, style.px(3.5F), imgui_color(entry.color));
            break;
        case Swatch::Mark:
            for (float top = corner.y + style.px(2); top < corner.y + height; top += style.px(6))
                list->AddLine({right - style.px(4), top}, {right - style.px(4), top + style.px(3)},
                              imgui_color(entry.color));
            break;
    }
}

}  // namespace

void flow(float width) {
    const float right = ImGui::GetWindowPos().x + ImGui::GetWindowContentRegionMax().x;
    if (ImGui::GetItemRectMax().x + ImGui::GetStyle().ItemSpacing.x + width <= right) ImGui::SameLine();
}

void list_changes(const WidgetStyle& style, std::span<const ChangeMark> changes, std::int64_t iteration, double reach) {
    int listed = 0;
    for (const ChangeMark& mark : changes) {
        const auto distance = static_cast<double>(std::abs(mark.iteration - iteration));
        if (distance > reach || ++listed > kMostMarksListed) continue;
        ImGui::TextColored(imgui_vector(style.colors.warning), "%s", format_count(mark.iteration).c_str());
        ImGui::SameLine();
        ImGui::TextUnformatted(mark.what.c_str());
    }
    if (listed > kMostMarksListed) ImGui::Text("and %d more changes", listed - kMostMarksListed);
}

void draw_curves_legend(const WidgetStyle& style, const LegendOptions& options) {
    char test_set[64];
    char test_tooltip[128];
    std::snprintf(test_set, sizeof test_set, "%s set", options.test_word);
    std::snprintf(test_tooltip, sizeof test_tooltip, "The whole %s set at the end of an epoch, at fixed weights.",
                  options.test_word);
    const Palette& colors = style.colors;
    const std::array entries{
        LegendEntry{Swatch::Line, options.smoothed ? "training, smoothed" : "training", colors.accent,
                    options.smoothed ? "The exponential moving average of the minibatches' values."
                                     : "The minibatches' values; where several share a pixel, their mean."},
        LegendEntry{Swatch::Band, "range", colors.accent,
                    "From the smallest to the largest minibatch value at each pixel: no iteration is left out."},
        LegendEntry{Swatch::Dots, test_set, colors.second_series, test_tooltip},
        LegendEntry{Swatch::Mark, "change", colors.warning,
                    "Something was changed while training; point at it to read what."},
        LegendEntry{Swatch::Ghost, "left behind", colors.text_secondary,
                    "What became of the run before something was changed in its past: each line leaves the present "
                    "one where that was done. Point at one to read its values."},
        LegendEntry{Swatch::Pale, "known future", colors.accent,
                    "The iteration that is shown lies in the past, at the line; what is pale comes after it and is "
                    "known. Training on follows it as long as nothing is changed."},
        LegendEntry{Swatch::Twin, "twin", colors.twin,
                    "The run that is trained beside this one, from where the two part: its minibatches' values, "
                    "smoothed alike, and dots where it was measured. The strip over the panels says who is ahead."},
    };
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(12), style.px(4)));
    const float swatch = style.px(18);
    const float height = ImGui::GetTextLineHeight();
    for (const LegendEntry& entry : entries) {
        if ((entry.swatch == Swatch::Mark && !options.marked) || (entry.swatch == Swatch::Ghost && !options.ghosts) ||
            (entry.swatch == Swatch::Pale && !options.known_future) || (entry.swatch == Swatch::Twin && !options.twin))
            continue;
        const float width = swatch + style.px(5) + ImGui::CalcTextSize(entry.text).x;
        if (entry.swatch != Swatch::Line) flow(width);
        const ImVec2 corner = ImGui::GetCursorScreenPos();
        draw_swatch(style, entry, corner, swatch, height);
        ImGui::GetWindowDrawList()->AddText({corner.x + swatch + style.px(5), corner.y},
                                            imgui_color(colors.text_secondary), entry.text);
        ImGui::Dummy({width, height});
        item_tooltip(style, entry.tooltip);
    }
    ImGui::PopStyleVar();
    ImGui::PopFont();
}

}  // namespace convscope
