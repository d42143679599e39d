#include "viz/panels/loupe_card.h"

#include "engine/api/layer_kinds.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"
#include "viz/widgets/tile_read_out.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

namespace convscope {
namespace {

constexpr float kWidth = 372.0F;
constexpr std::size_t kMostChannels = 10;  // listed; the others are summed up
constexpr std::int64_t kWidestGrid = 7;    // values across of which numbers can be read

ShortText number(float value) { return format_value(static_cast<double>(value), 4); }

// "conv1 map 3, row 5, column 7"; "fc1 unit 12"
ShortText name_of(const NetworkDescription& network, const Place& place) {
    ShortText text;
    const bool maps = output_shape(network, place.layer).rank() == 3;
    const int most = maps ? 16 : 28;
    if (maps)
        std::snprintf(text.characters.data(), text.characters.size(), "%.*s map %lld (%lld, %lld)", most,
                      name_of(network, place.layer), static_cast<long long>(place.channel),
                      static_cast<long long>(place.row), static_cast<long long>(place.column));
    else
        std::snprintf(text.characters.data(), text.characters.size(), "%.*s unit %lld", most,
                      name_of(network, place.layer), static_cast<long long>(place.channel));
    return text;
}

ValueRange range_over(const Loupe& loupe, const ChannelSum& channel, float LoupeTerm::*member, bool symmetric) {
    ValueStatistics statistics;
    bool first = true;
    for (std::int64_t i = 0; i < channel.term_count; ++i) {
        const float value = loupe.terms[static_cast<std::size_t>(channel.first_term + i)].*member;
        if (!std::isfinite(value)) continue;
        statistics.minimum = first ? value : std::min(statistics.minimum, value);
        statistics.maximum = first ? value : std::max(statistics.maximum, value);
        first = false;
    }
    return range_of(statistics, symmetric);
}

// The terms of a window as a square of coloured numbers. Returns which one the mouse is on, -1: none.
std::int64_t grid(FrameContext& context, const Loupe& loupe, const ChannelSum& channel, float LoupeTerm::*member,
                  Colormap colormap, const ValueRange& range, float side, std::int64_t outlined) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const std::int64_t columns = std::max<std::int64_t>(1, loupe.window_columns);
    const std::int64_t rows = std::max<std::int64_t>(1, loupe.window_rows);
    const float cell = std::floor(side / static_cast<float>(std::max(columns, rows)));
    ImFont* font = context.fonts.small;
    const bool numbers = std::max(columns, rows) <= kWidestGrid;
    std::int64_t hovered = -1;
    for (std::int64_t i = 0; i < channel.term_count; ++i) {
        const LoupeTerm& term = loupe.terms[static_cast<std::size_t>(channel.first_term + i)];
        const ImVec2 low{corner.x + cell * static_cast<float>(i % columns),
                         corner.y + cell * static_cast<float>(i / columns)};
        const ImVec2 high{low.x + cell - 1.0F, low.y + cell - 1.0F};
        const float value = term.*member;
        const bool drawable = std::isfinite(value);
        const Rgb8 color = rgb(colormap, range.position(value));
        list->AddRectFilled(low, high,
                            drawable ? IM_COL32(color.r, color.g, color.b, term.padding ? 90 : 255)
                                     : imgui_color(context.colors.no_data));
        if (channel.first_term + i == outlined)
            list->AddRect(low, high, imgui_color(context.colors.accent), 0.0F, ImDrawFlags_None, 2.0F * context.scale);
        if (numbers) {
            const ShortText text = format_value(static_cast<double>(value), 2);
            float height = std::min(font->FontSize, 0.5F * cell);
            ImVec2 size = font->CalcTextSizeA(height, 1e9F, 0.0F, text.c_str());
            if (size.x > cell - 2.0F) {
                height *= (cell - 2.0F) / size.x;
                size = font->CalcTextSizeA(height, 1e9F, 0.0F, text.c_str());
            }
            list->AddText(font, height, {low.x + 0.5F * (cell - size.x), low.y + 0.5F * (cell - size.y)},
                          drawable ? text_color_on(color) : imgui_color(context.colors.text), text.c_str());
        }
        if (ImGui::IsMouseHoveringRect(low, high)) hovered = channel.first_term + i;
    }
    ImGui::Dummy({side, cell * static_cast<float>(rows)});
    return hovered;
}

// A bar to the right of the middle for what adds, to the left for what takes away.
void signed_bar(const FrameContext& context, float value, float largest, float width, float height) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float middle = corner.x + 0.5F * width;
    const float top = corner.y + 0.2F * height;
    const float bottom = corner.y + 0.8F * height;
    if (std::isfinite(value) && largest > 0.0F) {
        const float length = 0.5F * width * std::clamp(std::abs(value) / largest, 0.0F, 1.0F);
        const Rgba color = sign_color(context.colors, static_cast<double>(value));
        list->AddRectFilled({value < 0.0F ? middle - length : middle, top},
                            {value < 0.0F ? middle : middle + length, bottom}, imgui_color(color));
    }
    list->AddLine({middle, corner.y}, {middle, corner.y + height}, imgui_color(context.colors.line));
    ImGui::Dummy({width, height});
}

const char* formula_of(const Loupe& loupe) {
    const char* formula = row_of(loupe.kind).formula;
    return formula != nullptr ? formula : "x";
}

}  // namespace

std::optional<Place> LoupeCard::draw(FrameContext& context, const NetworkDescription& network, const Place& place,
                                     ImVec2 corner, float height, bool& closed) {
    const WidgetStyle style = style_of(context);
    for (const TensorKey& key : loupe_needs(network, place.layer)) context.watch.add(key);
    if (place != explained_) channel_ = -1;
    explained_ = place;
    explain(network, *context.lane.shown(), place, loupe_);
    hovered_.reset();

    const float width = style.px(kWidth);
    ImGui::SetNextWindowPos({corner.x - width, corner.y});
    ImGui::SetNextWindowSizeConstraints({width, 0.0F}, {width, std::max(height, style.px(80))});
    ImGui::Begin("##loupe", nullptr,
                 ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                     ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav | ImGuiWindowFlags_AlwaysAutoResize |
                     ImGuiWindowFlags_NoFocusOnAppearing);
    draw_title(context, network, place, closed);
    if (loupe_.problem.any()) {
        ImGui::PushTextWrapPos(width - style.px(12));
        const std::string sentence = to_sentence(loupe_.problem, network);
        ImGui::TextColored(imgui_vector(context.colors.text_secondary), "%s", sentence.c_str());
        ImGui::PopTextWrapPos();
    } else {
        draw_arithmetic(context, network);
        draw_total(context, network);
    }
    ImGui::End();
    return hovered_;
}

void LoupeCard::draw_title(FrameContext& context, const NetworkDescription& network, const Place& place,
                           bool& closed) const {
    const WidgetStyle style = style_of(context);
    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    ImGui::PushFont(style.fonts.title);
    ImGui::TextUnformatted(name_of(network, place).c_str());
    ImGui::PopFont();
    ImGui::SameLine(right - style.px(20));
    if (icon_button(style, "close", Icon::Close, "", {.tooltip = "Close the loupe (Esc)"})) closed = true;
    char text[96];
    std::snprintf(text, sizeof text, "How this value comes about, iteration %s",
                  format_count(loupe_.iteration).c_str());
    hint(style, text);
}

void LoupeCard::draw_arithmetic(FrameContext& context, const NetworkDescription& network) {
    const WidgetStyle style = style_of(context);
    switch (loupe_.arithmetic) {
        case Arithmetic::WeightedSum:
            return draw_weighted_sum(context, network);
        case Arithmetic::Average:
        case Arithmetic::Maximum:
            return draw_window(context, network);
        case Arithmetic::Addition:
            for (const LoupeTerm& term : loupe_.terms)
                value_row(style, name_of(network, term.place).c_str(), number(term.input).c_str());
            return;
        case Arithmetic::Copy:
        case Arithmetic::Function:
            hint(style, loupe_.arithmetic == Arithmetic::Function ? formula_of(loupe_)
                        : loupe_.terms.empty()                    ? "0, in a map that was padded"
                                                                  : "Handed on as it is");
            for (const LoupeTerm& term : loupe_.terms)
                value_row(style, name_of(network, term.place).c_str(), number(term.input).c_str());
            return;
        case Arithmetic::Normalisation: {
            const Loupe::Normalisation& n = loupe_.normalisation;
            hint(style, "(x - mean) / sqrt(variance + epsilon) \xC2\xB7 weight + bias");
            if (!loupe_.terms.empty())
                value_row(style, name_of(network, loupe_.terms[0].place).c_str(),
                          number(loupe_.terms[0].input).c_str());
            value_row(style, n.of_this_picture ? "Mean here" : "Running mean", number(n.mean).c_str());
            value_row(style, n.of_this_picture ? "Variance here" : "Running variance", number(n.variance).c_str());
            value_row(style, "Normalised", number(n.normalised).c_str());
            value_row(style, "Weight", number(n.weight).c_str());
            return;
        }
        case Arithmetic::Softmax:
        case Arithmetic::LogSoftmax:
            hint(style, loupe_.arithmetic == Arithmetic::Softmax ? "exp(x - largest) / sum of them all"
                                                                 : "x - largest - log(sum of all exp(x - largest))");
            if (loupe_.chosen >= 0)
                value_row(style, "x", number(loupe_.terms[static_cast<std::size_t>(loupe_.chosen)].input).c_str());
            value_row(style, "Largest", number(loupe_.largest_input).c_str());
            value_row(style, "Sum", number(loupe_.sum).c_str());
            return;
    }
}

// Input channel by input channel: its patch, its kernel, their products, and what each channel's products sum up to.
void LoupeCard::draw_weighted_sum(FrameContext& context, const NetworkDescription& network) {
    const WidgetStyle style = style_of(context);
    const bool convolution = loupe_.kind == LayerKind::Conv2d || loupe_.kind == LayerKind::ConvTranspose2d;
    if (!convolution || loupe_.channels.empty()) return draw_largest(context, network);
    std::size_t spread = 0;
    for (std::size_t i = 0; i < loupe_.channels.size(); ++i) {
        if (loupe_.channels[i].channel == channel_) {
            spread = i;
            break;
        }
        if (channel_ < 0 && std::abs(loupe_.channels[i].sum) > std::abs(loupe_.channels[spread].sum)) spread = i;
    }
    const ChannelSum& chosen = loupe_.channels[spread];
    const float gap = style.px(14);
    const float side = std::floor((ImGui::GetContentRegionAvail().x - 2.0F * gap) / 3.0F);
    const Place& first = loupe_.terms[static_cast<std::size_t>(chosen.first_term)].place;
    char text[96];
    std::snprintf(text, sizeof text, "%s, map %lld:  input  \xC3\x97  kernel  =  products",
                  name_of(network, first.layer), static_cast<long long>(chosen.channel));
    hint(style, text);
    std::int64_t hovered = -1;
    const auto spread_out = [&](float LoupeTerm::*member, Colormap colormap, bool symmetric, const char* sign) {
        ImGui::BeginGroup();
        const std::int64_t under =
            grid(context, loupe_, chosen, member, colormap, range_over(loupe_, chosen, member, symmetric), side, -1);
        ImGui::EndGroup();
        if (under >= 0) hovered = under;
        if (!sign) return;
        ImGui::SameLine(0.0F, 0.0F);
        const ImVec2 at = ImGui::GetCursorScreenPos();
        ImGui::GetWindowDrawList()->AddText({at.x + 0.5F * (gap - ImGui::CalcTextSize(sign).x), at.y + 0.4F * side},
                                            imgui_color(context.colors.text), sign);
        ImGui::SameLine(0.0F, gap);
    };
    const Settings& settings = context.settings;
    spread_out(&LoupeTerm::input, settings.activation_colormap, settings.activation_colormap == Colormap::Diverging,
               "\xC3\x97");
    spread_out(&LoupeTerm::weight, settings.weight_colormap, true, "=");
    spread_out(&LoupeTerm::product, settings.weight_colormap, true, nullptr);
    if (hovered >= 0) {
        const LoupeTerm& term = loupe_.terms[static_cast<std::size_t>(hovered)];
        hovered_ = term.padding ? std::nullopt : std::optional<Place>(term.place);
        ImGui::SetTooltip("%s%s\n%s \xC3\x97 %s = %s", name_of(network, term.place).c_str(),
                          term.padding ? ", padding" : "", number(term.input).c_str(), number(term.weight).c_str(),
                          number(term.product).c_str());
    }

    section_label(style, "Sum of each input map");
    float largest = 0.0F;
    for (const ChannelSum& sum : loupe_.channels)
        if (std::isfinite(sum.sum)) largest = std::max(largest, std::abs(sum.sum));
    const float line = ImGui::GetTextLineHeight();
    double rest = 0.0;
    const std::size_t listed = std::min(kMostChannels, loupe_.channels.size());
    // A window of the list around the one that is spread out.
    const std::size_t begin = std::min(spread > listed / 2 ? spread - listed / 2 : 0, loupe_.channels.size() - listed);
    for (std::size_t i = 0; i < loupe_.channels.size(); ++i) {
        const ChannelSum& sum = loupe_.channels[i];
        if (i < begin || i >= begin + listed) {
            rest += static_cast<double>(sum.sum);
            continue;
        }
        ImGui::PushID(static_cast<int>(i));
        std::snprintf(text, sizeof text, "map %lld", static_cast<long long>(sum.channel));
        if (ImGui::Selectable(text, i == spread, ImGuiSelectableFlags_None, {style.px(80), line}))
            channel_ = sum.channel;
        item_tooltip(style, "Spread this map's products out");
        ImGui::SameLine(style.px(100));
        signed_bar(context, sum.sum, largest, style.px(150), line);
        ImGui::SameLine();
        const ShortText value = number(sum.sum);
        const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
        ImGui::SetCursorPosX(right - ImGui::CalcTextSize(value.c_str()).x);
        ImGui::TextUnformatted(value.c_str());
        ImGui::PopID();
    }
    if (listed < loupe_.channels.size()) {
        std::snprintf(text, sizeof text, "the other %zu maps", loupe_.channels.size() - listed);
        value_row(style, text, number(static_cast<float>(rest)).c_str());
    }
}

void LoupeCard::draw_largest(FrameContext& context, const NetworkDescription& network) {
    const WidgetStyle style = style_of(context);
    char text[96];
    std::snprintf(text, sizeof text, "The largest of %s products of input and weight",
                  format_count(static_cast<std::int64_t>(loupe_.terms.size())).c_str());
    hint(style, text);
    float largest = 0.0F;
    double listed = 0.0;
    for (std::size_t i = 0; i < loupe_.largest_count; ++i)
        largest = std::max(largest, std::abs(loupe_.terms[static_cast<std::size_t>(loupe_.largest[i])].product));
    const float line = ImGui::GetTextLineHeight();
    for (std::size_t i = 0; i < loupe_.largest_count; ++i) {
        const LoupeTerm& term = loupe_.terms[static_cast<std::size_t>(loupe_.largest[i])];
        listed += static_cast<double>(term.product);
        ImGui::BeginGroup();
        ImGui::TextUnformatted(name_of(network, term.place).c_str());
        ImGui::SameLine(style.px(168));
        signed_bar(context, term.product, largest, style.px(84), line);
        ImGui::SameLine();
        const ShortText value = number(term.product);
        const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
        ImGui::SetCursorPosX(right - ImGui::CalcTextSize(value.c_str()).x);
        ImGui::TextUnformatted(value.c_str());
        ImGui::EndGroup();
        if (ImGui::IsItemHovered()) {
            hovered_ = term.place;
            ImGui::SetTooltip("%s \xC3\x97 %s = %s", number(term.input).c_str(), number(term.weight).c_str(),
                              value.c_str());
        }
    }
    if (loupe_.largest_count < loupe_.terms.size()) {
        std::snprintf(text, sizeof text, "the other %s",
                      format_count(static_cast<std::int64_t>(loupe_.terms.size() - loupe_.largest_count)).c_str());
        value_row(style, text, number(static_cast<float>(static_cast<double>(loupe_.sum) - listed)).c_str());
    }
}

// Pooling: the window, and which of it won.
void LoupeCard::draw_window(FrameContext& context, const NetworkDescription& network) {
    const WidgetStyle style = style_of(context);
    const bool maximum = loupe_.arithmetic == Arithmetic::Maximum;
    hint(style, maximum ? "The largest of the window wins" : "The mean of the window");
    const ChannelSum all{
        .channel = 0, .first_term = 0, .term_count = static_cast<std::int64_t>(loupe_.terms.size()), .sum = 0.0F};
    const Settings& settings = context.settings;
    const float side = std::min(style.px(180), ImGui::GetContentRegionAvail().x);
    const std::int64_t hovered =
        grid(context, loupe_, all, &LoupeTerm::input, settings.activation_colormap,
             range_over(loupe_, all, &LoupeTerm::input, settings.activation_colormap == Colormap::Diverging), side,
             maximum ? loupe_.chosen : -1);
    if (hovered >= 0) {
        const LoupeTerm& term = loupe_.terms[static_cast<std::size_t>(hovered)];
        hovered_ = term.padding ? std::nullopt : std::optional<Place>(term.place);
        ImGui::SetTooltip("%s: %s%s", name_of(network, term.place).c_str(), number(term.input).c_str(),
                          term.padding ? " (padding)" : "");
    }
    if (maximum && loupe_.chosen >= 0)
        value_row(style, name_of(network, loupe_.terms[static_cast<std::size_t>(loupe_.chosen)].place).c_str(), "won");
}

void LoupeCard::draw_total(FrameContext& context, const NetworkDescription& network) {
    const WidgetStyle style = style_of(context);
    ImGui::Separator();
    if (loupe_.arithmetic == Arithmetic::WeightedSum) value_row(style, "Sum", number(loupe_.sum).c_str());
    if (loupe_.has_bias) value_row(style, "Bias", number(loupe_.bias).c_str());
    value_row(style, "Total", number(loupe_.total).c_str());
    value_row(style, output_shape(network, explained_.layer).rank() == 3 ? "On the map" : "In the cell",
              number(loupe_.shown).c_str(), loupe_.agrees() ? context.colors.accent : context.colors.error);
    const LayerId next = continuation_of(network, explained_.layer);
    if (next == kInputLayer) return;
    const TensorKey key = output_key(next);
    context.watch.add(key);
    const TensorCapture* capture = context.lane.shown()->find(key);
    if (!capture || capture->iteration != loupe_.iteration || capture->run != loupe_.run) return;
    Place place = explained_;
    place.layer = next;
    const Shape shape = output_shape(network, next);
    if (!contains(shape, place)) return;
    char text[64];
    std::snprintf(text, sizeof text, "After %.40s", name_of(network, next));
    value_row(style, text, number(capture->values[static_cast<std::size_t>(index_of(shape, place))]).c_str());
}

}  // namespace convscope
