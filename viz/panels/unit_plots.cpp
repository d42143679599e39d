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

// Bins that are drawn as one: so few bars that not each holds a single value of a small kernel.
std::size_t bins_together(std::int64_t values) { return values < 128 ? 4 : values < 512 ? 2 : 1; }

// The bins that hold anything, in whole bars.
struct Stretch {
    std::size_t first = 0;
    std::size_t end = 0;
    std::size_t together = 1;
    std::int64_t highest = 0;  // of a bar

    std::int64_t in(const Histogram& histogram, std::size_t bar) const {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < together; ++i) sum += histogram.counts[bar + i];
        return sum;
    }
    std::size_t bars() const { return (end - first) / together; }
};
Stretch stretch_of(const Histogram& histogram) {
    Stretch stretch{Histogram::kBins, 0, bins_together(histogram.count), 0};
    for (std::size_t bar = 0; bar < Histogram::kBins; bar += stretch.together) {
        const std::int64_t count = stretch.in(histogram, bar);
        if (count == 0) continue;
        stretch.first = std::min(stretch.first, bar);
        stretch.end = bar + stretch.together;
        stretch.highest = std::max(stretch.highest, count);
    }
    return stretch;
}

double edge_of(const Histogram& histogram, std::size_t bin) {
    return histogram.range() * (2.0 * static_cast<double>(bin) / static_cast<double>(Histogram::kBins) - 1.0);
}

void say_bar(const WidgetStyle& style, const Histogram& histogram, const Stretch& stretch, std::size_t bar) {
    char text[384];
    int length = std::snprintf(text, sizeof text, "%s of %s values from %s to %s. Mean %s; %s are exactly 0.",
                               format_count(stretch.in(histogram, bar)).c_str(), format_count(histogram.count).c_str(),
                               format_value(edge_of(histogram, bar), 3).c_str(),
                               format_value(edge_of(histogram, bar + stretch.together), 3).c_str(),
                               format_value(histogram.mean(), 3).c_str(), format_count(histogram.zeros).c_str());
    if (histogram.no_numbers > 0 && length > 0 && length < static_cast<int>(sizeof text))
        std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), " Besides, %s are no numbers.",
                      format_count(histogram.no_numbers).c_str());
    item_tooltip(style, text);
}

void bars(const WidgetStyle& style, const Histogram& histogram, ImVec2 corner, ImVec2 end) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const Stretch stretch = stretch_of(histogram);
    if (stretch.end <= stretch.first) return;
    const float step = (end.x - corner.x) / static_cast<float>(stretch.bars());
    for (std::size_t i = 0; i < stretch.bars(); ++i) {
        const std::size_t bar = stretch.first + i * stretch.together;
        const std::int64_t count = stretch.in(histogram, bar);
        if (count == 0) continue;
        const float left = corner.x + step * static_cast<float>(i);
        const float share = static_cast<float>(count) / static_cast<float>(stretch.highest);
        const float top = end.y - std::max(1.0F, share * (end.y - corner.y));  // what is there is seen
        list->AddRectFilled({left, top}, {std::max(left + 1.0F, left + step - 1.0F), end.y},
                            imgui_color(sign_color(style.colors, bar < Histogram::kBins / 2 ? -1.0 : 1.0)));
    }
    if (!ImGui::IsItemHovered()) return;
    const auto under = static_cast<std::int64_t>((ImGui::GetIO().MousePos.x - corner.x) / step);
    const auto bar = static_cast<std::size_t>(std::clamp<std::int64_t>(under, 0, std::ssize(histogram.counts)));
    say_bar(style, histogram, stretch, stretch.first + std::min(bar, stretch.bars() - 1) * stretch.together);
}

// Columns of bins, lowest values at the bottom.
void columns(const WidgetStyle& style, std::span<const SpreadMoment> moments, ImVec2 corner, ImVec2 end) {
    constexpr std::size_t kRows = Histogram::kBins / 2;
    int exponent = Histogram::kLeastExponent;
    for (const SpreadMoment& moment : moments) exponent = std::max(exponent, moment.values.exponent);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float wide = (end.x - corner.x) / static_cast<float>(moments.size());
    const float high = (end.y - corner.y) / static_cast<float>(kRows);
    for (std::size_t column = 0; column < moments.size(); ++column) {
        Histogram values = moments[column].values;
        values.widen(exponent);
        std::array<std::int64_t, kRows> rows{};
        for (std::size_t i = 0; i < Histogram::kBins; ++i) rows[i / 2] += values.counts[i];
        const auto most = static_cast<double>(*std::max_element(rows.begin(), rows.end()));
        const float left = corner.x + wide * static_cast<float>(column);
        for (std::size_t row = 0; row < kRows; ++row) {
            if (rows[row] == 0) continue;
            // By the logarithm: what is rare is seen beside what is common.
            const double share = std::log1p(static_cast<double>(rows[row])) / std::log1p(most);
            const float bottom = end.y - high * static_cast<float>(row);
            list->AddRectFilled({left, bottom - high}, {left + wide, bottom},
                                imgui_color(sign_color(style.colors, row < kRows / 2 ? -1.0 : 1.0),
                                            static_cast<float>(0.15 + 0.85 * share)));
        }
    }
    const float middle = 0.5F * (corner.y + end.y);
    list->AddLine({corner.x, middle}, {end.x, middle}, imgui_color(style.colors.line));
    if (!ImGui::IsItemHovered()) return;
    const auto under = static_cast<std::int64_t>((ImGui::GetIO().MousePos.x - corner.x) / wide);
    const SpreadMoment& moment =
        moments[static_cast<std::size_t>(std::clamp<std::int64_t>(under, 0, std::ssize(moments) - 1))];
    char text[256];
    std::snprintf(text, sizeof text, "At iteration %s: %s values from %s to %s, their mean %s. Zero is in the middle.",
                  format_count(moment.iteration).c_str(), format_count(moment.values.count).c_str(),
                  format_value(static_cast<double>(moment.values.least), 3).c_str(),
                  format_value(static_cast<double>(moment.values.largest), 3).c_str(),
                  format_value(moment.values.mean(), 3).c_str());
    item_tooltip(style, text);
}

// Its name above, its words below, and a place of its own between, which `draw` fills; else `missing` is said there.
template <typename Draw>
void plot_with(const WidgetStyle& style, const char* name, const char* words, bool there, const char* missing,
               float width, Draw draw) {
    ImGui::BeginGroup();
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::TextUnformatted(shortened_line(name, width).c_str());
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const ImVec2 end{corner.x + width, corner.y + style.px(kBarsHeight)};
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(corner, end, imgui_color(style.colors.raised));
    ImGui::Dummy({width, style.px(kBarsHeight)});
    if (there) {
        draw(corner, end);
    } else {
        list->AddText({corner.x + style.px(4), corner.y + style.px(3)}, imgui_color(style.colors.text_secondary),
                      shortened_line(missing, width - style.px(8)).c_str());
        item_tooltip(style, missing);
    }
    ImGui::TextUnformatted(shortened_line(there ? words : " ", width).c_str());
    ImGui::PopStyleColor();
    ImGui::PopFont();
    ImGui::EndGroup();
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

void histogram_plot(const WidgetStyle& style, const char* name, const Histogram* histogram, const char* missing,
                    float width) {
    const bool there = histogram != nullptr && histogram->count > 0;
    char ends[128] = " ";
    if (there)
        std::snprintf(ends, sizeof ends, "%s to %s", format_value(static_cast<double>(histogram->least), 3).c_str(),
                      format_value(static_cast<double>(histogram->largest), 3).c_str());
    plot_with(style, name, ends, there, missing, width,
              [&](ImVec2 corner, ImVec2 end) { bars(style, *histogram, corner, end); });
}

void spread_plot(const WidgetStyle& style, const char* name, std::span<const SpreadMoment> moments, const char* missing,
                 float width) {
    char ends[128] = " ";
    if (!moments.empty())
        std::snprintf(ends, sizeof ends, "from iteration %s to %s", format_count(moments.front().iteration).c_str(),
                      format_count(moments.back().iteration).c_str());
    plot_with(style, name, ends, !moments.empty(), missing, width,
              [&](ImVec2 corner, ImVec2 end) { columns(style, moments, corner, end); });
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
        const float words = std::floor(0.34F * width);
        const float number = std::max(std::floor(0.26F * width), ImGui::CalcTextSize("-0.012345").x);
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
