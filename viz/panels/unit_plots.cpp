#include "viz/panels/unit_plots.h"

#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kBarsHeight = 34.0F;  // of a histogram, at scale 1
constexpr std::size_t kMostSums = 6;  // listed; the others are added up

// The bins that hold anything.
struct Stretch {
    std::size_t first = 0;
    std::size_t end = 0;
    std::int64_t highest = 0;
};
Stretch stretch_of(const Histogram& histogram) {
    Stretch stretch{Histogram::kBins, 0, 0};
    for (std::size_t i = 0; i < Histogram::kBins; ++i) {
        if (histogram.counts[i] == 0) continue;
        stretch.first = std::min(stretch.first, i);
        stretch.end = i + 1;
        stretch.highest = std::max(stretch.highest, histogram.counts[i]);
    }
    return stretch;
}

double edge_of(const Histogram& histogram, std::size_t bin) {
    return histogram.range() * (2.0 * static_cast<double>(bin) / static_cast<double>(Histogram::kBins) - 1.0);
}

void bars(const WidgetStyle& style, const Histogram& histogram, ImVec2 corner, ImVec2 end) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const Stretch stretch = stretch_of(histogram);
    if (stretch.end <= stretch.first) return;
    const float step = (end.x - corner.x) / static_cast<float>(stretch.end - stretch.first);
    for (std::size_t i = stretch.first; i < stretch.end; ++i) {
        if (histogram.counts[i] == 0) continue;
        const float left = corner.x + step * static_cast<float>(i - stretch.first);
        const float share =
            static_cast<float>(histogram.counts[i]) / static_cast<float>(std::max<std::int64_t>(1, stretch.highest));
        const float top = end.y - std::max(1.0F, share * (end.y - corner.y));  // what is there is seen
        const bool below = i < Histogram::kBins / 2;
        list->AddRectFilled({left, top}, {std::max(left + 1.0F, left + step - 1.0F), end.y},
                            imgui_color(sign_color(style.colors, below ? -1.0 : 1.0)));
    }
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    if (!ImGui::IsItemHovered() || mouse.y < corner.y) return;
    const auto under = std::clamp(static_cast<std::int64_t>((mouse.x - corner.x) / step), std::int64_t{0},
                                  static_cast<std::int64_t>(stretch.end - stretch.first) - 1);
    const std::size_t bin = stretch.first + static_cast<std::size_t>(under);
    char text[384];
    std::snprintf(text, sizeof text, "%s of %s values from %s to %s. Mean %s; %s are exactly 0%s%s.",
                  format_count(histogram.counts[bin]).c_str(), format_count(histogram.count).c_str(),
                  format_value(edge_of(histogram, bin), 3).c_str(),
                  format_value(edge_of(histogram, bin + 1), 3).c_str(), format_value(histogram.mean(), 3).c_str(),
                  format_count(histogram.zeros).c_str(), histogram.no_numbers > 0 ? "; no numbers: " : "",
                  histogram.no_numbers > 0 ? format_count(histogram.no_numbers).c_str() : "");
    item_tooltip(style, text);
}

// A bar to the right of the middle for what adds, to the left for what takes away.
void sum_bar(const WidgetStyle& style, ImVec2 corner, float value, float largest, float width, float height) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float middle = corner.x + 0.5F * width;
    if (std::isfinite(value) && largest > 0.0F) {
        const float length = 0.5F * width * std::clamp(std::abs(value) / largest, 0.0F, 1.0F);
        list->AddRectFilled({value < 0.0F ? middle - length : middle, corner.y + 0.2F * height},
                            {value < 0.0F ? middle : middle + length, corner.y + 0.8F * height},
                            imgui_color(sign_color(style.colors, static_cast<double>(value))));
    }
    list->AddLine({middle, corner.y}, {middle, corner.y + height}, imgui_color(style.colors.line));
}

}  // namespace

float histogram_plot_height(const WidgetStyle& style) {
    return style.px(kBarsHeight) + 2.0F * style.fonts.small->FontSize + 2.0F * ImGui::GetStyle().ItemSpacing.y;
}

void histogram_plot(const WidgetStyle& style, const char* name, const Histogram* histogram, const char* missing,
                    float width) {
    ImGui::BeginGroup();
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::TextUnformatted(shortened_line(name, width).c_str());
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float height = style.px(kBarsHeight);
    const ImVec2 end{corner.x + width, corner.y + height};
    ImGui::GetWindowDrawList()->AddRectFilled(corner, end, imgui_color(style.colors.raised));
    ImGui::Dummy({width, height});
    char ends[128] = " ";
    if (histogram != nullptr && histogram->count > 0) {
        bars(style, *histogram, corner, end);
        std::snprintf(ends, sizeof ends, "%s to %s", format_value(static_cast<double>(histogram->least), 3).c_str(),
                      format_value(static_cast<double>(histogram->largest), 3).c_str());
    } else {
        ImGui::GetWindowDrawList()->PushClipRect(corner, end, true);
        ImGui::GetWindowDrawList()->AddText({corner.x + style.px(4), corner.y + style.px(3)},
                                            imgui_color(style.colors.text_secondary),
                                            shortened_line(missing, width - style.px(8)).c_str());
        ImGui::GetWindowDrawList()->PopClipRect();
        item_tooltip(style, missing);
    }
    ImGui::TextUnformatted(shortened_line(ends, width).c_str());
    ImGui::PopStyleColor();
    ImGui::PopFont();
    ImGui::EndGroup();
}

void partial_sums(const WidgetStyle& style, const Loupe& loupe, float width) {
    std::array<std::size_t, kMostSums> order{};
    std::size_t listed = 0;
    float rest = 0.0F, largest = std::abs(loupe.bias);
    std::int64_t others = 0;
    const auto size_of = [&](std::size_t i) { return std::abs(loupe.channels[i].sum); };
    for (std::size_t i = 0; i < loupe.channels.size(); ++i) {
        if (std::isfinite(loupe.channels[i].sum)) largest = std::max(largest, size_of(i));
        std::size_t at = listed;
        while (at > 0 && !(size_of(i) <= size_of(order[at - 1]))) --at;
        if (at == order.size()) continue;
        listed = std::min(listed + 1, order.size());
        std::move_backward(order.begin() + static_cast<std::ptrdiff_t>(at), order.begin() + std::ssize(order) - 1,
                           order.end());
        order[at] = i;
    }
    const auto is_listed = [&](std::size_t i) {
        return std::find(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(listed), i) !=
               order.begin() + static_cast<std::ptrdiff_t>(listed);
    };
    for (std::size_t i = 0; i < loupe.channels.size(); ++i) {
        if (is_listed(i)) continue;
        rest += loupe.channels[i].sum;
        ++others;
    }
    largest = std::max(largest, std::abs(rest));
    ImGui::PushFont(style.fonts.small);
    const float line = ImGui::GetTextLineHeight();
    const auto row = [&](const char* name, float value) {
        const ImVec2 corner = ImGui::GetCursorScreenPos();
        ImDrawList* list = ImGui::GetWindowDrawList();
        const float words = std::floor(0.34F * width), number = std::floor(0.26F * width);
        list->AddText(corner, imgui_color(style.colors.text_secondary), shortened_line(name, words).c_str());
        sum_bar(style, {corner.x + words, corner.y}, value, largest, width - words - number - style.px(4), line);
        const ShortText text = format_value(static_cast<double>(value), 4);
        list->AddText({corner.x + width - ImGui::CalcTextSize(text.c_str()).x, corner.y},
                      imgui_color(style.colors.text), text.c_str());
        ImGui::Dummy({width, line});
    };
    char name[64];
    for (std::size_t i = 0; i < listed; ++i) {
        const ChannelSum& sum = loupe.channels[order[i]];
        std::snprintf(name, sizeof name, "Input %lld", static_cast<long long>(sum.channel));
        row(name, sum.sum);
    }
    if (others > 0) {
        std::snprintf(name, sizeof name, "%lld others", static_cast<long long>(others));
        row(name, rest);
    }
    if (loupe.channels.empty()) row("All inputs", loupe.sum);
    if (loupe.has_bias) row("Bias", loupe.bias);
    row("Together", loupe.total);
    ImGui::PopFont();
}

}  // namespace convscope
