#include "viz/panels/feature_maps_panel.h"

#include "viz/panels/by_hand_menu.h"
#include "viz/panels/layer_panel_parts.h"
#include "viz/view/by_hand.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"
#include "viz/widgets/layer_picker.h"
#include "viz/widgets/range_editor.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

namespace convscope {

namespace {

constexpr float kSmallestTile = 24.0F;  // of the size slider, pixels at scale 1
constexpr float kLargestTile = 280.0F;
constexpr float kVectorCell = 0.11F;  // side of a vector's cell, of a map's side
constexpr float kMapLegendWidth = 280.0F;
constexpr float kRowLegendWidth = 150.0F;

// What is shown of a layer: the probe's values, or, while an iteration is held, the pass's, and from Backward on the
// loss by each of them.
struct MapLook {
    TensorKey key;
    Colormap colormap = Colormap::Viridis;
    RangeChoice range{};
};

MapLook look_at(const FrameContext& context, LayerId layer) {
    const Settings& settings = context.settings;
    const Colormap colormap = settings.activation_colormap;
    const RangeChoice range = activation_range(settings);
    const bool input = layer == kInputLayer;
    if (!context.lane.shows_phase())
        return {{input ? TensorKind::Input : TensorKind::Activation, layer}, colormap, range};
    if (input || context.lane.held() < Phase::Backward) return {{TensorKind::PassActivation, layer}, colormap, range};
    const TensorKey gradient{TensorKind::PassGradient, layer};
    return {gradient, settings.weight_colormap, weight_range(settings, gradient.kind)};
}

// That, and while an iteration is held all that its other phases show.
void watch_maps(FrameContext& context, LayerId layer) {
    context.watch.add(layer == kInputLayer ? TensorKey{TensorKind::Input, layer}
                                           : TensorKey{TensorKind::Activation, layer});
    if (context.lane.held() == Phase::None) return;
    context.watch.add({TensorKind::PassActivation, layer});
    if (layer != kInputLayer) context.watch.add({TensorKind::PassGradient, layer});
}

// Why a capture is not there.
const char* what_maps_wait_for(const FrameContext& context) {
    if (context.lane.shows_difference()) return "not in both runs";
    if (!context.lane.shows_phase()) return "waiting for the capture";
    return context.lane.held() == Phase::Batch ? "comes with the forward pass (U)" : "none comes to it";
}

const Shape& shape_of(const NetworkDescription& network, LayerId layer) {
    return layer == kInputLayer ? network.input_shape
                                : network.layers[static_cast<std::size_t>(layer.index)].output_shape;
}

// "conv2d, 10 maps of 24x24"
ShortText describe(const NetworkDescription& network, LayerId layer) {
    const Shape& shape = shape_of(network, layer);
    const std::string_view kind =
        layer == kInputLayer ? "picture" : to_string(network.layers[static_cast<std::size_t>(layer.index)].spec.kind);
    ShortText text;
    const auto length = static_cast<int>(std::min<std::size_t>(kind.size(), 12));
    if (shape.rank() == 3)
        std::snprintf(text.characters.data(), text.characters.size(), "%.*s, %lld %s of %lldx%lld", length, kind.data(),
                      static_cast<long long>(shape[0]), shape[0] == 1 ? "map" : "maps",
                      static_cast<long long>(shape[1]), static_cast<long long>(shape[2]));
    else
        std::snprintf(text.characters.data(), text.characters.size(), "%.*s, %lld units", length, kind.data(),
                      static_cast<long long>(shape.element_count()));
    return text;
}

void set_cell(TileLayout& layout, float cell) { layout.cell = layout.cell_width = layout.cell_height = cell; }

// The plane whose own range is meant where every map has its own; -1: none in particular.
std::int64_t legend_plane(const TensorCapture& capture, const std::optional<TileHover>& hover, std::int64_t channel) {
    if (hover) return hover->plane;
    if (capture.plane_count() == 1) return 0;
    return channel < capture.plane_count() ? channel : -1;
}

}  // namespace

std::string_view FeatureMapsPanel::help() const {
    return "What the network computes for the probe: every channel of a layer as a picture, units of a vector as "
           "cells. Colours go from the smallest to the largest value of each map, of the whole layer, or between two "
           "fixed numbers; hatched is what is not a number. The mouse reads the exact value, the wheel zooms, "
           "dragging moves, a double click fits everything again, a click selects a channel in every panel, and a "
           "right "
           "click offers what can be done to it by hand. While an iteration is held at a phase these are the maps of "
           "its own pass, and from Backward on the slope of the loss by every value of them.";
}

void FeatureMapsPanel::draw(FrameContext& context) {
    const NetworkDescription* known = network_or_empty_state(context);
    if (!known) return;
    const NetworkDescription& network = *known;
    draw_controls(context, network);
    all_layers_ ? draw_all(context, network) : draw_one(context, network);
}

void FeatureMapsPanel::draw_controls(FrameContext& context, const NetworkDescription& network) {
    const WidgetStyle style = style_of(context);
    static constexpr const char* kModes[] = {"One layer", "All layers"};
    const float gap = style.px(8);
    const float room = ImGui::GetContentRegionAvail().x;
    const float modes = std::min(style.px(160), room);
    int mode = all_layers_ ? 1 : 0;
    if (segmented(style, "mode", kModes, mode, modes)) all_layers_ = mode == 1;
    item_tooltip(style, "The selected layer as large as it fits, or all layers one below the other");

    const Settings& settings = context.settings;
    struct {
        Colormap activation_colormap;
        RangeMode activation_range;
        float fixed_minimum;
        float fixed_maximum;
    } chosen{settings.activation_colormap, settings.activation_range, settings.fixed_minimum, settings.fixed_maximum};
    const ColorControls colors{.colormap = &chosen.activation_colormap,
                               .mode = &chosen.activation_range,
                               .minimum = &chosen.fixed_minimum,
                               .maximum = &chosen.fixed_maximum,
                               .plane = "map"};
    const ColorControlsWidth colors_width = color_controls_width(style, colors);
    if (all_layers_) {
        const float label = ImGui::CalcTextSize("Size").x;
        const float slider = style.px(80);
        const float size_width = label + gap + slider;
        if (modes + gap + size_width <= room) ImGui::SameLine(0.0F, gap);
        ImGui::AlignTextToFramePadding();
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(context.colors.text_secondary));
        ImGui::TextUnformatted("Size");
        ImGui::PopStyleColor();
        ImGui::SameLine(0.0F, gap);
        ImGui::SetNextItemWidth(slider);
        ImGui::SliderFloat("##size", &tile_size_, kSmallestTile, kLargestTile, "", ImGuiSliderFlags_Logarithmic);
        note_item(style, "size");
        item_tooltip(style, "How large a map is. Ctrl and the wheel over the maps change it too");
        const float left = room - modes - size_width - 2.0F * gap;
        if (colors_width.least <= left) ImGui::SameLine(room - std::min(colors_width.full, left));
    } else {
        LayerPickerOptions picker{.with_input = true};
        const float list = style.px(112);  // a list of layers
        const float left = room - modes - gap;
        const bool one_line = list + gap + colors_width.least <= left;
        const float beside = std::min(colors_width.full, left - list - gap);
        if (list <= left) ImGui::SameLine(0.0F, gap);
        picker.width = one_line ? left - gap - beside : ImGui::GetContentRegionAvail().x;
        LayerId layer = context.lane.selection.layer;
        if (layer_picker(style, "layer", network, layer, picker)) select_layer(context, layer);
        if (one_line) ImGui::SameLine(room - beside);
    }
    if (!color_controls(style, "colors", colors)) return;
    context.ui.set(settings, &Settings::activation_colormap, chosen.activation_colormap);
    context.ui.set(settings, &Settings::activation_range, chosen.activation_range);
    context.ui.set(settings, &Settings::fixed_minimum, chosen.fixed_minimum);
    context.ui.set(settings, &Settings::fixed_maximum, chosen.fixed_maximum);
}

void FeatureMapsPanel::draw_one(FrameContext& context, const NetworkDescription& network) {
    const WidgetStyle style = style_of(context);
    const Snapshot& snapshot = *context.lane.shown();
    const LayerId layer = context.lane.selection.layer;
    watch_maps(context, layer);
    const MapLook look = look_at(context, layer);
    const TensorCapture* capture = snapshot.find(look.key);
    if (!capture || capture->run != snapshot.run_info->run) {
        char text[128];
        if (context.lane.shows_phase() || context.lane.shows_difference())
            std::snprintf(text, sizeof text, "The output of %s: %s.", name_of(network, layer),
                          what_maps_wait_for(context));
        else
            std::snprintf(text, sizeof text, "Waiting for the trainer to capture the output of %s.",
                          name_of(network, layer));
        empty_state(style, text);
        return;
    }
    if (view_run_ != capture->run || view_layer_ != layer) {  // what is new is shown whole
        view_.zoom = 0.0F;
        view_.scroll = {0.0F, 0.0F};
        view_run_ = capture->run;
        view_layer_ = layer;
    }

    char caption[160];
    if (context.lane.shows_phase())
        std::snprintf(caption, sizeof caption, "%s sample %s: %s",
                      look.key.kind == TensorKind::PassGradient ? "Loss by output," : "Pass of",
                      format_count(snapshot.seen.pass.sample).c_str(), describe(network, layer).c_str());
    else
        std::snprintf(caption, sizeof caption, "%s", describe(network, layer).c_str());
    layer_caption(context, caption, capture);
    const RangeChoice range = look.range;
    const float spacing = ImGui::GetStyle().ItemSpacing.y;
    const bool vector = capture->shape.rank() == 1;
    held_channels(snapshot, layer, held_);
    const TileViewOptions options{
        .colormap = look.colormap,
        .range = range,
        .mark_dead = look.key.kind != TensorKind::PassGradient && !context.lane.shows_difference(),
        .by_hand = held_,
        .highlighted_plane = vector ? -1 : context.lane.selection.channel,
        .highlighted_unit = vector ? context.lane.selection.channel : -1};
    const TileViewResult result = tile_view("maps", *capture, view_, options, context.tiles, context.colors,
                                            context.scale, {0.0F, -(legend_height(context) + spacing)});
    note_item(style, "maps");
    bool opens = false;
    if (result.hover) {
        const std::int64_t channel = vector ? result.hover->column : result.hover->plane;
        tile_tooltip(*capture, *result.hover, context.colors);
        held_line(context, layer, channel);
        opens =
            layer != kInputLayer && !context.lane.shows_difference() && ImGui::IsMouseReleased(ImGuiMouseButton_Right);
        if (result.clicked_plane >= 0 || opens) select_channel(context, layer, channel);
    }
    by_hand_menu(context, opens);

    const float room = ImGui::GetContentRegionAvail().x;
    const float width = std::min(style.px(kMapLegendWidth), room);
    color_legend(*capture, look.colormap, range, legend_plane(*capture, result.hover, context.lane.selection.channel),
                 result.hover ? std::optional<float>(result.hover->value) : std::nullopt, context.colors, context.scale,
                 width);
}

// Tiles of one size whatever the layer, so that the columns of different layers line up.
void FeatureMapsPanel::arrange(const FrameContext& context, const NetworkDescription& network, float width) {
    const WidgetStyle style = style_of(context);
    const float heading = ImGui::GetTextLineHeight() + style.px(12);
    const float below = style.px(14);
    const float side = std::round(tile_size_ * context.scale);
    rows_.clear();
    float top = 0.0F;
    for (int index = kInputLayer.index; index < static_cast<int>(network.layers.size()); ++index) {
        const LayerId layer{index};
        const Shape& shape = shape_of(network, layer);
        TileLayout layout;
        if (shape.rank() == 3) {
            const auto fitting = [&](float pitch) { return static_cast<std::int64_t>((width + pitch - side) / pitch); };
            const float gap = style.px(4);
            layout.tile_count = shape[0];
            layout.plane_height = layout.cell_rows = shape[1];
            layout.plane_width = layout.cell_columns = shape[2];
            set_cell(layout, side / static_cast<float>(std::max(shape[1], shape[2])));
            layout.pitch_x = std::ceil(layout.tile_width()) + gap;
            layout.pitch_y = std::ceil(layout.tile_height()) + gap;
            layout.columns = std::clamp<std::int64_t>(fitting(layout.pitch_x), 1, std::max<std::int64_t>(shape[0], 1));
            layout.rows = (layout.tile_count + layout.columns - 1) / layout.columns;
            layout.height = static_cast<float>(layout.rows) * layout.pitch_y - gap;
            layout.width = static_cast<float>(layout.columns) * layout.pitch_x - gap;
        } else {
            const std::int64_t count = shape.element_count();
            layout.tile_count = layout.columns = layout.rows = 1;
            layout.plane_width = count;
            layout.plane_height = 1;
            set_cell(layout, std::max(1.0F, std::round(side * kVectorCell)));
            const auto fitting = static_cast<std::int64_t>(width / layout.cell);
            // Rows of tens, so that an index can be read off.
            const std::int64_t tens = fitting >= 20 ? fitting / 10 * 10 : fitting;
            layout.cell_columns = std::clamp<std::int64_t>(tens, 1, std::max<std::int64_t>(count, 1));
            layout.cell_rows = (count + layout.cell_columns - 1) / layout.cell_columns;
            layout.width = layout.pitch_x = layout.tile_width();
            layout.height = layout.pitch_y = layout.tile_height();
        }
        rows_.push_back({.layer = layer, .layout = layout, .top = top, .height = heading + layout.height});
        top += heading + layout.height + below;
    }
}

void FeatureMapsPanel::draw_all(FrameContext& context, const NetworkDescription& network) {
    const ImGuiIO& io = ImGui::GetIO();
    const ImGuiWindowFlags flags = io.KeyCtrl ? ImGuiWindowFlags_NoScrollWithMouse : ImGuiWindowFlags_None;
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    const bool visible =
        ImGui::BeginChild("rows", {0.0F, 0.0F}, false, flags | ImGuiWindowFlags_AlwaysVerticalScrollbar);
    ImGui::PopStyleVar();
    if (visible) {
        if (io.KeyCtrl && io.MouseWheel != 0.0F && ImGui::IsWindowHovered())
            tile_size_ = std::clamp(tile_size_ * std::pow(1.15F, io.MouseWheel), kSmallestTile, kLargestTile);
        const float width = ImGui::GetContentRegionAvail().x - std::round(12.0F * context.scale);
        arrange(context, network, width);
        const ImVec2 origin = ImGui::GetCursorScreenPos();
        const float view_top = ImGui::GetScrollY();
        const float view_bottom = view_top + ImGui::GetWindowSize().y;
        for (const Row& row : rows_)
            if (row.top + row.height > view_top && row.top < view_bottom)
                draw_row(context, network, row, {origin.x, origin.y + row.top}, width);
        ImGui::SetCursorScreenPos(origin);
        if (!rows_.empty()) ImGui::Dummy({width, rows_.back().top + rows_.back().height});
    }
    ImGui::EndChild();
    by_hand_menu(context, std::exchange(menu_opens_, false));
}

void FeatureMapsPanel::draw_row(FrameContext& context, const NetworkDescription& network, const Row& row, ImVec2 origin,
                                float width) {
    const WidgetStyle style = style_of(context);
    const Snapshot& snapshot = *context.lane.shown();
    const bool selected = context.lane.selection.layer == row.layer;
    watch_maps(context, row.layer);
    const MapLook look = look_at(context, row.layer);
    const TensorCapture* capture = snapshot.find(look.key);
    if (capture && capture->run != snapshot.run_info->run) capture = nullptr;

    // The heading: name and kind at the left, what the colours mean at the right.
    const float bar = style.px(3);
    const float left = origin.x + style.px(8);
    const float heading = row.height - row.layout.height;
    ImDrawList* list = ImGui::GetWindowDrawList();
    if (selected)
        list->AddRectFilled(origin, {origin.x + bar, origin.y + row.height}, imgui_color(context.colors.accent),
                            style.px(1));
    ImGui::PushID(row.layer.index);
    ImGui::SetCursorScreenPos({left, origin.y});
    const float legend = std::min(style.px(kRowLegendWidth), width * 0.4F);
    if (ImGui::InvisibleButton("heading", {std::max(1.0F, width - legend - style.px(16)), heading - style.px(4)}))
        select_layer(context, row.layer);
    note_item(style, "heading", row.layer.index + 1);
    const bool hovered = ImGui::IsItemHovered();
    item_tooltip(style, "Click to select this layer in every panel");
    const ImFont* medium = context.fonts.medium;
    const ImFont* small = context.fonts.small;
    const char* name = name_of(network, row.layer);
    const ImVec2 room_end{origin.x + width - legend - style.px(8), origin.y + heading};
    list->PushClipRect({left, origin.y}, room_end, true);
    list->AddText(medium, medium->FontSize, {left, origin.y},
                  imgui_color(hovered || selected ? context.colors.accent : context.colors.text), name);
    float x = left + medium->CalcTextSizeA(medium->FontSize, FLT_MAX, 0.0F, name).x + style.px(10);
    const auto secondary = [&](const char* text) {
        const float extent = small->CalcTextSizeA(small->FontSize, FLT_MAX, 0.0F, text).x;
        if (x + extent > room_end.x) return false;
        list->AddText(small, small->FontSize,
                      {std::round(x), origin.y + std::round((medium->FontSize - small->FontSize) * 0.8F)},
                      imgui_color(context.colors.text_secondary), text);
        x += extent + style.px(10);
        return true;
    };
    const ShortText description = describe(network, row.layer);
    const char* without_kind = std::strchr(description.c_str(), ',');
    if (!secondary(description.c_str()) && without_kind) secondary(without_kind + 2);
    if (capture && capture->iteration < snapshot.iteration) {
        char text[64];
        std::snprintf(text, sizeof text, "%s it. old", format_count(snapshot.iteration - capture->iteration).c_str());
        secondary(text);
    }
    list->PopClipRect();

    const ImVec2 tiles{left, origin.y + heading};
    if (!capture) {
        list->AddRect(tiles, {left + row.layout.width, tiles.y + row.layout.height}, imgui_color(context.colors.line),
                      style.px(3));
        list->AddText(small, small->FontSize, {tiles.x + style.px(6), tiles.y + style.px(4)},
                      imgui_color(context.colors.text_secondary), what_maps_wait_for(context));
    } else {
        ImGui::SetCursorScreenPos({origin.x + width - legend, origin.y + style.px(1)});
        const std::int64_t channel = selected ? context.lane.selection.channel : -1;
        color_legend(*capture, look.colormap, look.range, legend_plane(*capture, std::nullopt, channel), std::nullopt,
                     context.colors, context.scale, legend);
        draw_tiles(context, *capture, row, tiles);
    }
    ImGui::PopID();
}

void FeatureMapsPanel::draw_tiles(FrameContext& context, const TensorCapture& capture, const Row& row, ImVec2 origin) {
    const TileLayout& layout = row.layout;
    const ImVec2 clip_min = ImGui::GetWindowDrawList()->GetClipRectMin();
    const ImVec2 clip_max = ImGui::GetWindowDrawList()->GetClipRectMax();
    const TileSpan span = visible_tiles(layout, {.x = clip_min.x - origin.x,
                                                 .y = clip_min.y - origin.y,
                                                 .width = clip_max.x - clip_min.x,
                                                 .height = clip_max.y - clip_min.y});
    tiles_.clear();
    for (std::int64_t r = span.first_row; r < span.end_row; ++r)
        for (std::int64_t c = span.first_column; c < span.end_column; ++c) {
            const std::int64_t plane = r * layout.columns + c;
            if (plane >= layout.tile_count) continue;
            const TileRect rect = layout.tile_rect(plane);
            tiles_.push_back({.plane = plane,
                              .x = origin.x + rect.x,
                              .y = origin.y + rect.y,
                              .width = rect.width,
                              .height = rect.height});
        }
    ImDrawList* list = ImGui::GetWindowDrawList();
    const MapLook look = look_at(context, row.layer);
    const auto drawn = context.tiles.draw(list, capture, tiles_,
                                          {.colormap = look.colormap,
                                           .range = look.range,
                                           .no_data = context.colors.no_data,
                                           .no_data_ground = context.colors.panel,
                                           .cell_columns = layout.cell_columns});
    if (!drawn) {
        list->AddText(origin, imgui_color(context.colors.warning), drawn.error().message.c_str());
        return;
    }
    const auto outline = [&](const TileRect& rect, Rgba color, float thickness) {
        list->AddRect(
            {origin.x + rect.x - thickness / 2.0F, origin.y + rect.y - thickness / 2.0F},
            {origin.x + rect.x + rect.width + thickness / 2.0F, origin.y + rect.y + rect.height + thickness / 2.0F},
            imgui_color(color), 0.0F, ImDrawFlags_None, thickness);
    };
    const float line = std::max(1.0F, std::round(context.scale));
    const Selection& selection = context.lane.selection;
    const bool vector = capture.shape.rank() == 1;
    if (selection.layer == row.layer && selection.channel >= 0) {
        if (!vector && selection.channel < layout.tile_count)
            outline(layout.tile_rect(selection.channel), context.colors.accent, 2.0F * line);
        if (vector && selection.channel < layout.plane_width)
            outline(layout.cell_rect(0, 0, selection.channel), context.colors.accent, 2.0F * line);
    }

    ImGui::SetCursorScreenPos(origin);
    const bool pressed = ImGui::InvisibleButton("tiles", {std::max(1.0F, layout.width), std::max(1.0F, layout.height)});
    if (!ImGui::IsItemHovered()) return;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const auto hit = layout.hit(mouse.x - origin.x, mouse.y - origin.y);
    if (!hit) return;
    const std::int64_t index = (hit->tile * capture.plane_height() + hit->row) * capture.plane_width() + hit->column;
    if (index >= static_cast<std::int64_t>(capture.values.size())) return;
    if (!vector) outline(layout.tile_rect(hit->tile), context.colors.text, line);
    outline(layout.cell_rect(hit->tile, hit->row, hit->column), context.colors.text, line);
    const std::int64_t channel = vector ? hit->column : hit->tile;
    tile_tooltip(capture,
                 {.plane = hit->tile,
                  .row = hit->row,
                  .column = hit->column,
                  .value = capture.values[static_cast<std::size_t>(index)]},
                 context.colors);
    held_line(context, row.layer, channel);
    menu_opens_ =
        row.layer != kInputLayer && !context.lane.shows_difference() && ImGui::IsMouseReleased(ImGuiMouseButton_Right);
    if (pressed || menu_opens_) select_channel(context, row.layer, channel);
}

}  // namespace convscope
