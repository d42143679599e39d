#include "viz/panels/followed_card.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/scene/followed_value.h"
#include "viz/view/phase_walk.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kCardWidth = 360.0F;
constexpr const char* kNotYet = "\xE2\x80\x93";  // a dash

ShortText written(const std::optional<float>& value) {
    if (value) return format_value(static_cast<double>(*value));
    ShortText none;
    std::snprintf(none.characters.data(), none.characters.size(), "%s", kNotYet);
    return none;
}

// A name and three numbers, each at the right of its column.
void row(const WidgetStyle& style, const char* name, std::array<const char*, 3> cells, float width, Rgba ink) {
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float column = std::floor(width * 0.22F);
    list->AddText(corner, imgui_color(style.colors.text_secondary), name);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const float right = corner.x + width - static_cast<float>(2 - i) * column;
        list->AddText({std::round(right - ImGui::CalcTextSize(cells[i]).x), corner.y}, imgui_color(ink), cells[i]);
    }
    ImGui::Dummy({width, ImGui::GetTextLineHeight()});
}

void number_row(const WidgetStyle& style, const char* name, const FollowedNumber& number, float width) {
    const ShortText value = written(number.value);
    const ShortText gradient = written(number.gradient);
    const ShortText step = written(number.step);
    row(style, name, {value.c_str(), gradient.c_str(), step.c_str()}, width, style.colors.text);
}

void name_of_weight(const LayerDescription& layer, std::int64_t index, std::span<char> out) {
    const WeightPlace at = place_of_weight(layer, index);
    if (at.row < 0)
        std::snprintf(out.data(), out.size(), "of input %lld", static_cast<long long>(at.input));
    else
        std::snprintf(out.data(), out.size(), "map %lld (%lld, %lld)", static_cast<long long>(at.input),
                      static_cast<long long>(at.row), static_cast<long long>(at.column));
}

void draw_title(const FrameContext& context, const NetworkDescription& network, const Place& place, bool& closed) {
    const WidgetStyle style = style_of(context);
    const Snapshot& snapshot = *context.lane.shown();
    char text[160];
    if (output_shape(network, place.layer).rank() == 3)
        std::snprintf(text, sizeof text, "%.40s, map %lld (%lld, %lld)", name_of(network, place.layer),
                      static_cast<long long>(place.channel), static_cast<long long>(place.row),
                      static_cast<long long>(place.column));
    else
        std::snprintf(text, sizeof text, "%.40s, unit %lld", name_of(network, place.layer),
                      static_cast<long long>(place.channel));
    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    ImGui::PushFont(style.fonts.title);
    ImGui::TextUnformatted(text);
    ImGui::PopFont();
    ImGui::SameLine(right - style.px(20));
    if (icon_button(style, "close", Icon::Close, "", {.tooltip = "Let go of this value (no key)."})) closed = true;
    std::snprintf(text, sizeof text, "Iteration %s at its %s, sample %s", format_count(snapshot.iteration + 1).c_str(),
                  to_word(snapshot.phase), format_count(snapshot.seen.pass.sample).c_str());
    hint(style, text);
}

}  // namespace

bool draw_followed_card(FrameContext& context, const NetworkDescription& network, const Place& place, ImVec2 corner,
                        float height) {
    const WidgetStyle style = style_of(context);
    watch_followed(network, place, context.watch);
    const Snapshot& snapshot = *context.lane.shown();
    const FollowedValue followed = follow_value(network, snapshot, *snapshot.film, place);
    const float width = style.px(kCardWidth);
    ImGui::SetNextWindowPos({corner.x - width, corner.y});
    ImGui::SetNextWindowSizeConstraints({width, 0.0F}, {width, std::max(height, style.px(80))});
    ImGui::Begin("##followed", nullptr,
                 ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                     ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav | ImGuiWindowFlags_AlwaysAutoResize |
                     ImGuiWindowFlags_NoFocusOnAppearing);
    bool closed = false;
    draw_title(context, network, place, closed);
    const float room = ImGui::GetContentRegionAvail().x;
    row(style, "", {"value", "gradient", "step"}, room, style.colors.text_secondary);
    number_row(style, "The value itself", followed.self, room);
    note_item(style, "followed");
    if (followed.weight_count > 0) {
        const auto& layer = network.layers[static_cast<std::size_t>(place.layer.index)];
        char text[120];
        std::snprintf(text, sizeof text, "%s of its %s weights, %s the step",
                      followed.weight_count > static_cast<std::int64_t>(followed.listed) ? "The largest gradients"
                                                                                         : "The gradients",
                      format_count(followed.weight_count).c_str(), followed.moved ? "after" : "before");
        section_label(style, text);
        for (std::size_t i = 0; i < followed.listed; ++i) {
            std::array<char, 48> name{};
            name_of_weight(layer, followed.weights[i].index, name);
            number_row(style, name.data(), followed.weights[i].number, room);
        }
    }
    if (followed.has_bias) number_row(style, "bias", followed.bias, room);
    ImGui::End();
    return closed;
}

}  // namespace convscope
