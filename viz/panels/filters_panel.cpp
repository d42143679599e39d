#include "viz/panels/filters_panel.h"

#include "engine/api/layer_kinds.h"
#include "viz/panels/by_hand_menu.h"
#include "viz/panels/layer_panel_parts.h"
#include "viz/render/tile_layout.h"
#include "viz/view/by_hand.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"
#include "viz/widgets/layer_picker.h"
#include "viz/widgets/range_editor.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace convscope {

namespace {

struct SectionText {
    TensorKind kind;
    const char* title;
    const char* help;
    const char* name;      // in a tooltip
    const char* missing;   // said when there is none on fresh weights
    const char* not_kept;  // and at a later iteration, which was gone on from
};

constexpr std::array<SectionText, 3> kSections{{
    {TensorKind::Weight, "Weight", "The kernels as they are after this iteration.", "weight",
     "This layer has no weights.", "This layer has no weights."},
    {TensorKind::WeightGradient, "Gradient",
     "The slope of the minibatch's loss along each weight: descending means moving against it.", "gradient",
     "No gradient yet: train one iteration.",
     "The gradient of this iteration was not kept with the run: train one more."},
    {TensorKind::WeightUpdate, "Update", "What this iteration's step added to each weight.", "update",
     "No update yet: train one iteration.", "The update of this iteration was not kept with the run: train one more."},
}};

constexpr float kFilterLegendWidth = 240.0F;

// The layer itself or the next one that has weights, else the last one before it; null when none has.
const LayerDescription* next_with_weights(const NetworkDescription& network, LayerId layer) {
    const LayerDescription* before = nullptr;
    for (const LayerDescription& candidate : network.layers) {
        if (!candidate.has_weight()) continue;
        if (candidate.id.index >= layer.index) return &candidate;
        before = &candidate;
    }
    return before;
}

// The plane of a kernel slice: of an output, by its place among the inputs of its group.
std::int64_t plane_of(const Kernels& kernels, std::int64_t output, std::int64_t input) {
    return kernels.index(output, kernels.group_of_output(output) * kernels.inputs + input);
}

float value_at(const TensorCapture& capture, const TileHover& hover) {
    const std::int64_t index =
        (hover.plane * capture.plane_height() + hover.row) * capture.plane_width() + hover.column;
    return index < static_cast<std::int64_t>(capture.values.size()) ? capture.values[static_cast<std::size_t>(index)]
                                                                    : NAN;
}

}  // namespace

std::string_view FiltersPanel::help() const {
    return "The kernels of the selected layer: a row for each output and a column for each input channel, or the "
           "other way round where that makes them larger. A linear layer is one matrix, a row for each output. "
           "Beside the weights are the gradient of the last minibatch's loss and the last update, each with its own "
           "colours, always with zero in the middle. The three zoom and move together: wheel, drag, double click to "
           "fit. A click selects an output channel in every panel, a right click offers what can be done to it by "
           "hand.";
}

void FiltersPanel::draw(FrameContext& context) {
    const NetworkDescription* known = network_or_empty_state(context);
    if (!known) return;
    const NetworkDescription& network = *known;
    const Snapshot* snapshot = context.lane.shown();
    const LayerId selected = context.lane.selection.layer;
    const LayerDescription* shown = next_with_weights(network, selected);
    if (!shown) return empty_state(style_of(context), "No layer of this network has weights.");
    const LayerDescription& layer = *shown;
    draw_controls(context, network, layer);

    Frame frame{.layer = &layer, .kernels = kernels_of(layer)};
    frame.inputs = frame.kernels.inputs;
    frame.outputs = frame.kernels.outputs * frame.kernels.groups;
    const auto captured = [&](TensorKind kind) -> const TensorCapture* {
        context.watch.add({kind, layer.id});
        const TensorCapture* capture = snapshot->find({kind, layer.id});
        return capture && capture->run == snapshot->run_info->run ? capture : nullptr;
    };
    for (std::size_t i = 0; i < kSectionCount; ++i) frame.captures[i] = captured(kSections[i].kind);
    if (layer.has_bias()) frame.bias = captured(TensorKind::Bias);

    if (view_run_ != snapshot->run_info->run || view_layer_ != layer.id) {  // what is new is shown whole
        view_.zoom = 0.0F;
        view_.scroll = {0.0F, 0.0F};
        view_run_ = snapshot->run_info->run;
        view_layer_ = layer.id;
        hovered_ = -1;
    }
    input_ = std::clamp<std::int64_t>(input_, 0, frame.inputs - 1);
    draw_caption(context, frame);
    arrange(context, frame);
    choose_planes(frame);
    find_held(context, frame);
    draw_sections(context, frame);
}

void FiltersPanel::draw_controls(FrameContext& context, const NetworkDescription& network,
                                 const LayerDescription& layer) {
    const WidgetStyle style = style_of(context);
    const float gap = style.px(8);
    const float room = ImGui::GetContentRegionAvail().x;
    const std::int64_t inputs = kernels_of(layer).inputs;
    const float input_width = inputs > 1 ? style.px(118) : 0.0F;
    Colormap colormap = context.settings.weight_colormap;
    RangeMode mode = context.settings.weight_range;
    float limit = context.settings.weight_limit;
    const ColorControls colors{
        .colormap = &colormap, .mode = &mode, .minimum = nullptr, .maximum = &limit, .plane = "kernel"};
    const ColorControlsWidth colors_width = color_controls_width(style, colors);
    const float input_room = inputs > 1 ? input_width + gap : 0.0F;
    LayerPickerOptions picker{.only_weights = true};
    const float tabs = layer_tabs_width(style, network, picker);
    const bool one_line = tabs + input_room + gap + colors_width.least <= room;
    const float beside = std::min(colors_width.full, room - tabs - input_room - gap);

    LayerId chosen = layer.id;
    picker.width = room - input_room - (one_line ? gap + beside : 0.0F);
    if (layer_picker(style, "layer", network, chosen, picker)) select_layer(context, chosen);
    if (inputs > 1) {
        ImGui::SameLine(picker.width + gap);
        draw_input_picker(context, inputs, input_width);
    }
    if (one_line) ImGui::SameLine(room - beside);
    if (!color_controls(style, "colors", colors)) return;
    context.ui.set(context.settings, &Settings::weight_colormap, colormap);
    context.ui.set(context.settings, &Settings::weight_range, mode);
    context.ui.set(context.settings, &Settings::weight_limit, limit);
}

void FiltersPanel::draw_input_picker(const FrameContext& context, std::int64_t inputs, float width) {
    const WidgetStyle style = style_of(context);
    char text[48] = "All inputs";
    if (one_input_) std::snprintf(text, sizeof text, "Input %lld", static_cast<long long>(input_));
    ImGui::SetNextItemWidth(width);
    const bool open = ImGui::BeginCombo("##input", text);
    if (!open) {
        note_item(style, "input");
        item_tooltip(style, "Which input channels the kernels are shown for: all of them, one column each, or one");
        return;
    }
    if (ImGui::Selectable("All inputs", !one_input_)) one_input_ = false;
    for (std::int64_t input = 0; input < inputs; ++input) {
        std::snprintf(text, sizeof text, "Input %lld", static_cast<long long>(input));
        if (ImGui::Selectable(text, one_input_ && input == input_)) {
            one_input_ = true;
            input_ = input;
        }
    }
    ImGui::EndCombo();
}

void FiltersPanel::draw_caption(const FrameContext& context, const Frame& frame) const {
    const Shape& shape = frame.layer->weight_shape;
    const auto size = [&](int i) { return static_cast<long long>(shape[i]); };
    const auto outputs = static_cast<long long>(frame.outputs);
    char text[160];
    const LayerId selected = context.lane.selection.layer;
    if (selected != frame.layer->id)  // relu1, say
        std::snprintf(text, sizeof text, "%.40s has no weights: these are %.40s's",
                      name_of(context.lane.shown()->run_info->network, selected), frame.layer->spec.name.c_str());
    else if (shape.rank() == 4 && frame.inputs > 1 && !one_input_)
        std::snprintf(text, sizeof text, "%lld outputs, %lld inputs, kernels of %lldx%lld", outputs,
                      static_cast<long long>(frame.inputs), size(2), size(3));
    else if (shape.rank() == 4)
        std::snprintf(text, sizeof text, "%lld kernels of %lldx%lld", outputs, size(2), size(3));
    else if (role_of(frame.layer->spec.kind) != LayerRole::Weighs)
        std::snprintf(text, sizeof text, "%s weights", format_count(shape.element_count()).c_str());
    else
        std::snprintf(text, sizeof text, "%s outputs, %s inputs", format_count(shape[0]).c_str(),
                      format_count(shape[1]).c_str());
    layer_caption(context, text, frame.captures[0]);
}

// Side by side or one above the other, outputs down or across: whichever makes the tiles largest.
void FiltersPanel::arrange(const FrameContext& context, Frame& frame) const {
    const WidgetStyle style = style_of(context);
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float title = ImGui::GetTextLineHeight() + style.px(4);
    const float legend = legend_height(context);
    const float gap = style.px(12);
    const float least = style.px(24);
    const ImVec2 beside{std::max(least, std::floor((room.x - 2.0F * gap) / 3.0F)),
                        std::max(least, room.y - title - legend - style.px(6))};
    const ImVec2 below{
        room.x, std::max(least, std::floor((room.y - 2.0F * gap) / 3.0F - std::max(title, legend + style.px(4))))};

    const Shape& shape = frame.layer->weight_shape;
    const bool matrix = shape.rank() == 2;
    const bool grid = frame.inputs > 1 && !one_input_;  // of outputs and inputs
    float largest = 0.0F;
    for (const bool side_by_side : {true, false})
        for (const bool across : {false, true}) {
            if (across && !grid) continue;
            const ImVec2 region = side_by_side ? beside : below;
            const std::int64_t columns = !grid ? 0 : across ? frame.outputs : frame.inputs;
            const float cell = layout_tiles({.tile_count = matrix ? 1
                                                           : grid ? shape[0] * shape[1]
                                                                  : frame.outputs,
                                             .plane_width = shape[matrix ? 1 : 3],
                                             .plane_height = shape[matrix ? 0 : 2],
                                             .region_width = region.x,
                                             .region_height = region.y,
                                             .columns = columns,
                                             .scale = context.scale})
                                   .cell;
            // Whatever is less usual to read has to be worth it.
            if (cell <= largest * 1.1F) continue;
            largest = cell;
            frame.side_by_side = side_by_side;
            frame.outputs_across = across;
            frame.columns = columns;
            frame.width = region.x;
            frame.height = region.y;
        }
}

void FiltersPanel::choose_planes(Frame& frame) {
    planes_.clear();
    const auto add = [&](std::int64_t output, std::int64_t input) {
        planes_.push_back(plane_of(frame.kernels, output, input));
    };
    if (one_input_ && frame.inputs > 1)
        for (std::int64_t output = 0; output < frame.outputs; ++output) add(output, input_);
    else if (frame.outputs_across)
        for (std::int64_t input = 0; input < frame.inputs; ++input)
            for (std::int64_t output = 0; output < frame.outputs; ++output) add(output, input);
    else if (frame.kernels.inputs_first)
        for (std::int64_t output = 0; output < frame.outputs; ++output)
            for (std::int64_t input = 0; input < frame.inputs; ++input) add(output, input);
}

void FiltersPanel::find_held(const FrameContext& context, const Frame& frame) {
    held_planes_.clear();
    if (frame.layer->weight_shape.rank() != 4) return;
    held_channels(*context.lane.shown(), frame.layer->id, held_);
    for (const std::int64_t output : held_)
        for (std::int64_t input = 0; input < frame.inputs; ++input)
            held_planes_.push_back(plane_of(frame.kernels, output, input));
}

void FiltersPanel::draw_sections(FrameContext& context, const Frame& frame) {
    const float gap = std::round(12.0F * context.scale);
    const ImVec2 spacing = ImGui::GetStyle().ItemSpacing;
    std::int64_t hovered = -1;
    std::size_t hovered_section = 0;
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(spacing.x, 0.0F));
    for (std::size_t i = 0; i < kSectionCount; ++i) {
        if (i > 0 && frame.side_by_side) ImGui::SameLine(0.0F, gap);
        if (i > 0 && !frame.side_by_side) ImGui::Dummy({1.0F, gap});
        ImGui::BeginGroup();
        const std::int64_t plane = draw_section(context, frame, i, hovered_section_ == i ? -1 : hovered_);
        ImGui::EndGroup();
        if (plane < 0) continue;
        hovered = plane;
        hovered_section = i;
    }
    ImGui::PopStyleVar();
    hovered_ = hovered;
    hovered_section_ = hovered_section;
}

std::int64_t FiltersPanel::draw_section(FrameContext& context, const Frame& frame, std::size_t section,
                                        std::int64_t marked) {
    const WidgetStyle style = style_of(context);
    const SectionText& text = kSections[section];
    const TensorCapture* capture = frame.captures[section];
    const Selection& selection = context.lane.selection;
    const std::int64_t chosen = selection.layer == frame.layer->id ? selection.channel : -1;
    const Colormap colormap = context.settings.weight_colormap;
    const RangeChoice range = weight_range(context.settings, text.kind);
    const ImVec2 origin = ImGui::GetCursorPos();
    const float title_height = ImGui::GetTextLineHeight() + style.px(4);
    const float legend = legend_height(context);

    section_label(style, text.title);
    item_tooltip(style, text.help);
    const bool grid = frame.layer->weight_shape.rank() == 2 || (frame.inputs > 1 && !one_input_);
    if (const char* axes = frame.outputs_across ? "→ outputs, ↓ inputs" : "→ inputs, ↓ outputs";
        grid &&
        text_width(style.fonts.title, text.title) + style.px(12) + text_width(style.fonts.small, axes) <= frame.width) {
        ImGui::SameLine(0.0F, style.px(12));
        hint(style, axes);
        item_tooltip(style, "What stands beside each other, and what below");
    }
    const float head = frame.side_by_side ? title_height : std::max(title_height, legend + style.px(4));
    ImGui::SetCursorPos({origin.x, origin.y + head});
    if (!capture) {
        if (ImGui::BeginChild(text.title, {frame.width, frame.height}, false, ImGuiWindowFlags_NoScrollbar))
            empty_state(style, !context.lane.answered({text.kind, frame.layer->id})
                                   ? "Waiting for the trainer to capture it."
                               : context.lane.shows_difference() ? "Not in both runs at this iteration."
                               : context.lane.shows_phase() && text.kind == TensorKind::WeightGradient
                                   ? "Comes with the backward pass (O)."
                               : context.lane.shows_phase() && text.kind == TensorKind::WeightUpdate
                                   ? "Comes with the update (P)."
                               : context.lane.shown()->iteration > 0 ? text.not_kept
                                                                     : text.missing);
        ImGui::EndChild();
        if (frame.side_by_side) ImGui::Dummy({frame.width, style.px(6) + legend});
        return -1;
    }

    const bool matrix = capture->shape.rank() == 2;
    const bool all_inputs = !one_input_;
    const std::int64_t channel = matrix ? -1 : chosen;
    const TileViewOptions options{.colormap = colormap,
                                  .range = range,
                                  .planes = planes_,
                                  .columns = frame.columns,
                                  .by_hand = held_planes_,
                                  .highlighted_plane = channel < 0 || channel >= frame.outputs
                                                           ? -1
                                                           : plane_of(frame.kernels, channel, all_inputs ? 0 : input_),
                                  .highlighted_count = all_inputs ? frame.inputs : 1,
                                  .highlighted_step = frame.kernels.inputs_first ? frame.kernels.outputs : 1,
                                  .highlighted_unit = matrix ? chosen : -1,
                                  .marked_plane = matrix ? -1 : marked};
    const TileViewResult result = tile_view(text.title, *capture, view_, options, context.tiles, context.colors,
                                            context.scale, {frame.width, frame.height});
    note_item(style, "kernels", static_cast<std::int64_t>(section));
    bool opens = false;
    if (result.hover) {
        draw_tooltip(context, frame, section, *result.hover);
        opens = !context.lane.shows_difference() && ImGui::IsMouseReleased(ImGuiMouseButton_Right);
        if (result.clicked_plane >= 0 || opens) select(context, frame, *result.hover);
    }
    ImGui::PushID(static_cast<int>(section));
    by_hand_menu(context, opens);
    ImGui::PopID();

    const ImVec2 below = ImGui::GetCursorPos();
    float width = frame.width;
    if (frame.side_by_side) {
        ImGui::SetCursorPos({origin.x, below.y + style.px(6)});
    } else {
        width = std::min(style.px(kFilterLegendWidth), frame.width - style.px(80));
        ImGui::SetCursorPos({origin.x + frame.width - width, origin.y});
    }
    const std::int64_t plane = result.hover  ? result.hover->plane
                               : matrix      ? 0
                               : marked >= 0 ? marked
                                             : options.highlighted_plane;
    color_legend(*capture, colormap, range, plane < capture->plane_count() ? plane : -1,
                 result.hover ? std::optional<float>(result.hover->value) : std::nullopt, context.colors, context.scale,
                 width);
    if (!frame.side_by_side) {
        ImGui::SetCursorPos(below);
        ImGui::Dummy({frame.width, 0.0F});
    }
    return result.hover ? result.hover->plane : -1;
}

// The tile's own read-out, the two other tensors at the same place, and the bias.
void FiltersPanel::draw_tooltip(const FrameContext& context, const Frame& frame, std::size_t section,
                                const TileHover& hover) const {
    tile_tooltip(*frame.captures[section], hover, context.colors);
    ImGui::BeginTooltip();  // goes on with the same one
    const float left = ImGui::GetCursorPosX();
    const float column = left + ImGui::CalcTextSize("bias of output 000").x + std::round(12.0F * context.scale);
    const auto line = [&](const char* label, float value) {
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(context.colors.text_secondary));
        ImGui::TextUnformatted(label);
        ImGui::PopStyleColor();
        ImGui::SameLine(column);
        ImGui::Text("%.7g", static_cast<double>(value));
    };
    for (std::size_t i = 0; i < kSectionCount; ++i)
        if (i != section && frame.captures[i]) line(kSections[i].name, value_at(*frame.captures[i], hover));
    const std::int64_t output =
        frame.layer->weight_shape.rank() == 4 ? frame.kernels.output_of(hover.plane) : hover.row;
    if (frame.bias && output < static_cast<std::int64_t>(frame.bias->values.size())) {
        char label[40];
        std::snprintf(label, sizeof label, "bias of output %lld", static_cast<long long>(output));
        line(label, frame.bias->values[static_cast<std::size_t>(output)]);
    }
    ImGui::EndTooltip();
    held_line(context, frame.layer->id, output);
}

void FiltersPanel::select(FrameContext& context, const Frame& frame, const TileHover& hover) {
    const bool matrix = frame.layer->weight_shape.rank() == 2;
    select_channel(context, frame.layer->id, matrix ? hover.row : frame.kernels.output_of(hover.plane));
    if (!matrix) input_ = frame.kernels.input_of(hover.plane);
}

}  // namespace convscope
