#include "viz/panels/layer_panel_parts.h"

#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <cmath>
#include <cstdio>

namespace convscope {

const char* name_of(const NetworkDescription& network, LayerId layer) {
    return layer == kInputLayer ? "input" : network.layers[static_cast<std::size_t>(layer.index)].spec.name.c_str();
}

RangeChoice activation_range(const Settings& settings) {
    return {.mode = settings.activation_range,
            .fixed = {settings.fixed_minimum, settings.fixed_maximum},
            .symmetric = settings.activation_colormap == Colormap::Diverging};
}

// Gradients and updates are of another order of magnitude than weights: a fixed range is the weights' only.
RangeChoice weight_range(const Settings& settings, TensorKind kind) {
    const bool fixed = settings.weight_range == RangeMode::Fixed;
    return {.mode = fixed && kind != TensorKind::Weight ? RangeMode::PerLayer : settings.weight_range,
            .fixed = {-settings.weight_limit, settings.weight_limit},
            .symmetric = true};
}

ValueRange pixel_range(const Recipe& recipe, std::int64_t channel) {
    return {static_cast<float>((0.0 - recipe.mean_of(channel)) / recipe.deviation_of(channel)),
            static_cast<float>((1.0 - recipe.mean_of(channel)) / recipe.deviation_of(channel))};
}

const NetworkDescription* network_or_empty_state(const FrameContext& context) {
    const Snapshot* snapshot = context.lane.shown();
    if (snapshot && snapshot->run_info) return &snapshot->run_info->network;
    empty_state(style_of(context), "The network is being built.");
    return nullptr;
}

void select_layer(FrameContext& context, LayerId layer) {
    Selection selection = context.lane.selection;
    selection.select_layer(layer);
    context.ui.send(ui::Select{selection});
}

void select_channel(FrameContext& context, LayerId layer, std::int64_t channel) {
    Selection selection = context.lane.selection;
    selection.select_layer(layer);
    selection.select_channel(channel);
    context.ui.send(ui::Select{selection});
}

void layer_caption(const FrameContext& context, const char* what, const TensorCapture* capture) {
    const WidgetStyle style = style_of(context);
    hint(style, what);
    const std::int64_t age = capture ? context.lane.shown()->iteration - capture->iteration : 0;
    if (age <= 0) return;
    char text[192];
    std::snprintf(text, sizeof text, "%s %s old", format_count(age).c_str(), age == 1 ? "iteration" : "iterations");
    const ImFont* small = context.fonts.small;
    const float extent = std::ceil(small->CalcTextSizeA(small->FontSize, FLT_MAX, 0.0F, text).x);
    const float end = ImGui::GetContentRegionMax().x;
    if (ImGui::GetItemRectMax().x - ImGui::GetWindowPos().x + style.px(12) + extent <= end)
        ImGui::SameLine(std::floor(end - extent));
    hint(style, text);
    std::snprintf(text, sizeof text,
                  "These values were captured after iteration %s. While the trainer runs flat out, not every iteration "
                  "is captured",
                  format_count(capture->iteration).c_str());
    item_tooltip(style, text);
}

float legend_height(const FrameContext& context) {
    return std::round(8.0F * context.scale) + std::round(4.0F * context.scale) + context.fonts.small->FontSize;
}

}  // namespace convscope
