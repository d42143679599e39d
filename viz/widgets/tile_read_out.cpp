#include "viz/widgets/tile_read_out.h"

#include "viz/widgets/format.h"
#include "viz/widgets/style.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {

namespace {

constexpr const char* kNotANumber = "not a number";

ImU32 opaque(Rgb8 color) { return IM_COL32(color.r, color.g, color.b, 255); }

const char* plane_name(const TensorCapture& capture) {
    switch (capture.key.kind) {
        case TensorKind::Input:
        case TensorKind::Activation:
        case TensorKind::PassActivation:
        case TensorKind::PassGradient:
            return "channel";
        default:
            return "kernel";
    }
}

// Lines from the lower left to the upper right, as the shader has them, and a frame.
void draw_hatch(ImVec2 low, ImVec2 high, const Palette& palette, float scale) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImU32 line = imgui_color(palette.no_data);
    list->AddRectFilled(low, high, imgui_color(palette.panel));
    list->AddRectFilled(low, {low.x + std::round((high.x - low.x) / 3.0F), high.y}, line);  // where cells are small
    list->PushClipRect(low, high, true);
    const float height = high.y - low.y;
    for (float x = low.x - height; x < high.x; x += 5.0F * scale)
        list->AddLine({x, high.y}, {x + height, low.y}, line, 1.5F * scale);
    list->PopClipRect();
    list->AddRect(low, high, imgui_color(palette.line));
}

ShortText end_in_words(float end, bool beyond, const char* sign, int digits) {
    if (!beyond) return short_number(end, digits);
    ShortText text;
    std::snprintf(text.characters.data(), text.characters.size(), "%s %s", sign, short_number(end, digits).c_str());
    return text;
}

}  // namespace

LegendWords legend_words(const TensorCapture& capture, const RangeChoice& choice, std::int64_t plane, int digits) {
    const bool of_plane = plane >= 0 && plane < static_cast<std::int64_t>(capture.planes.size());
    const bool of_one = of_plane && choice.mode == RangeMode::PerMap;
    const ValueStatistics& seen = of_one ? capture.planes[static_cast<std::size_t>(plane)] : capture.whole;
    const std::size_t count = of_one ? capture.values.size() / capture.planes.size() : capture.values.size();
    LegendWords words;
    words.hatch = seen.non_finite > 0;
    words.numbers = choice.mode == RangeMode::Fixed || seen.non_finite < std::max<std::size_t>(count, 1);
    if (!words.numbers) return words;
    const ValueRange range = plane_range(capture, plane, choice);
    const bool clips = choice.mode == RangeMode::Fixed;
    words.lower = end_in_words(range.minimum, clips && seen.minimum < range.minimum, "≤", digits);
    words.upper = end_in_words(range.maximum, clips && seen.maximum > range.maximum, "≥", digits);
    return words;
}

ShortText short_number(float value, int digits) {
    ShortText text;
    std::snprintf(text.characters.data(), text.characters.size(), "%.*g", digits, static_cast<double>(value));
    return text;
}

// Weights: Rec. 709 luma.
ImU32 text_color_on(Rgb8 ground) {
    const float luma = 0.2126F * ground.r + 0.7152F * ground.g + 0.0722F * ground.b;
    return luma > 128.0F ? IM_COL32(0, 0, 0, 230) : IM_COL32(255, 255, 255, 230);
}

void tile_tooltip(const TensorCapture& capture, const TileHover& hover, const Palette& palette) {
    const auto print_place = [&] {
        const auto plane = static_cast<long long>(hover.plane);
        const auto row = static_cast<long long>(hover.row);
        const auto column = static_cast<long long>(hover.column);
        const Shape& shape = capture.shape;
        if (shape.rank() <= 1)
            ImGui::Text("unit %lld", column);
        else if (shape.rank() == 2)
            ImGui::Text("output %lld, input %lld", row, column);
        else if (shape.rank() == 4)
            ImGui::Text("output %lld, input %lld, row %lld, column %lld", plane / static_cast<long long>(shape[1]),
                        plane % static_cast<long long>(shape[1]), row, column);
        else
            ImGui::Text("%s %lld, row %lld, column %lld", plane_name(capture), plane, row, column);
    };
    ImGui::BeginTooltip();
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(palette.text_secondary));
    print_place();
    ImGui::PopStyleColor();
    ImGui::TextUnformatted(format_value(static_cast<double>(hover.value), 7).c_str());
    if (hover.plane < static_cast<std::int64_t>(capture.planes.size())) {
        const ValueStatistics& statistics = capture.planes[static_cast<std::size_t>(hover.plane)];
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(palette.text_secondary));
        ImGui::Text("min %s   mean %s   max %s", format_value(static_cast<double>(statistics.minimum)).c_str(),
                    format_value(static_cast<double>(statistics.mean)).c_str(),
                    format_value(static_cast<double>(statistics.maximum)).c_str());
        ImGui::PopStyleColor();
        if (statistics.non_finite > 0) {
            ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(palette.error));
            ImGui::Text("%u values are not finite", statistics.non_finite);
            ImGui::PopStyleColor();
        }
    }
    ImGui::EndTooltip();
}

void color_legend(const TensorCapture& capture, Colormap colormap, const RangeChoice& choice, std::int64_t plane,
                  std::optional<float> marked, const Palette& palette, float scale, float width) {
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    if (width <= 0.0F) width = ImGui::GetContentRegionAvail().x;
    const float bar_height = std::round(8.0F * scale);
    const float text_size = std::round(ImGui::GetFontSize() * 0.82F);
    const float text_top = origin.y + bar_height + std::round(2.0F * scale);
    ImGui::Dummy({width, bar_height + std::round(2.0F * scale) + text_size});

    const auto extent = [&](const char* text) {
        return ImGui::GetFont()->CalcTextSizeA(text_size, FLT_MAX, 0.0F, text).x;
    };
    ImDrawList* list = ImGui::GetWindowDrawList();
    const auto write = [&](float left, const char* text) {
        list->AddText(ImGui::GetFont(), text_size, {std::round(origin.x + left), text_top},
                      imgui_color(palette.text_secondary), text);
    };
    LegendWords words = legend_words(capture, choice, plane, 3);
    const float gap = 4.0F * scale;
    if (words.hatch) {
        // At the right, as wide as its name; without numbers in all of the width.
        const char* name = extent(kNotANumber) <= width * (words.numbers ? 0.35F : 1.0F) ? kNotANumber : "NaN";
        const float name_left = words.numbers ? width - extent(name) : 0.0F;
        draw_hatch({origin.x + name_left, origin.y}, {origin.x + width, origin.y + bar_height}, palette, scale);
        write(name_left, name);
        if (!words.numbers) return;
        width = std::max(1.0F, name_left - 2.0F * gap);
    }

    constexpr int kSteps = 64;
    for (int i = 0; i < kSteps; ++i) {
        const float from = static_cast<float>(i) / kSteps;
        const float to = static_cast<float>(i + 1) / kSteps;
        const ImU32 left = opaque(rgb(colormap, from));
        const ImU32 right = opaque(rgb(colormap, to));
        list->AddRectFilledMultiColor({origin.x + from * width, origin.y},
                                      {origin.x + to * width, origin.y + bar_height}, left, right, right, left);
    }
    list->AddRect(origin, {origin.x + width, origin.y + bar_height}, imgui_color(palette.line));

    const bool known = choice.mode != RangeMode::PerMap || plane >= 0;
    const ValueRange range = plane_range(capture, plane, choice);
    ShortText lower = choice.symmetric ? ShortText{"-max"} : ShortText{"min"};
    ShortText upper = choice.symmetric ? ShortText{"+max"} : ShortText{"max"};
    const auto fit = [&] { return extent(lower.c_str()) + 2.0F * gap + extent(upper.c_str()) <= width; };
    for (int digits = 3; known && digits > 0; --digits) {
        words = legend_words(capture, choice, plane, digits);
        lower = words.lower;
        upper = words.upper;
        if (fit()) break;
    }
    const float upper_left = width - extent(upper.c_str());
    if (!known) {  // whose minimum that is, where there is room to say so
        ShortText longer;
        std::snprintf(longer.characters.data(), longer.characters.size(), "each %s: %s", plane_name(capture),
                      lower.c_str());
        if (extent(longer.c_str()) + 2.0F * gap <= width * 0.5F) lower = longer;
    }
    write(0.0F, lower.c_str());
    write(upper_left, upper.c_str());
    if (range.minimum < 0.0F && range.maximum > 0.0F && (known || choice.symmetric)) {
        const float left = range.position(0.0F) * width - extent("0") / 2.0F;
        if (left > extent(lower.c_str()) + gap && left + extent("0") + gap < upper_left) write(left, "0");
    }
    if (!marked || !known || !std::isfinite(*marked)) return;
    const float x = std::round(origin.x + range.position(*marked) * width);
    const float half = std::round(1.5F * scale);
    list->AddRectFilled({x - half, origin.y - half}, {x + half, origin.y + bar_height + half},
                        imgui_color(palette.panel));
    list->AddRectFilled({x - std::max(0.5F, half / 2.0F), origin.y - half},
                        {x + std::max(0.5F, half / 2.0F), origin.y + bar_height + half}, imgui_color(palette.text));
}

}  // namespace convscope
