#include "viz/widgets/layer_picker.h"

#include "viz/widgets/controls.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace convscope {

namespace {

// What is offered, by position in the list; nothing is copied.
class Offer {
public:
    Offer(const NetworkDescription& network, const LayerPickerOptions& options)
        : network_(network), options_(options) {}

    const char* name(LayerId layer) const {
        return layer == kInputLayer ? "input" : description(layer).spec.name.c_str();
    }
    // "conv2d, output 10x24x24"
    void describe(LayerId layer, char* text, std::size_t size) const {
        const Shape& shape = layer == kInputLayer ? network_.input_shape : description(layer).output_shape;
        const std::string_view kind =
            layer == kInputLayer ? "the probe as the network sees it" : to_string(description(layer).spec.kind);
        std::snprintf(text, size, "%.*s, %s%s", static_cast<int>(kind.size()), kind.data(),
                      layer == kInputLayer ? "" : "output ", shape.to_string().c_str());
    }
    template <typename Visit>
    void for_each(Visit visit) const {
        if (options_.with_input) visit(kInputLayer);
        for (const LayerDescription& layer : network_.layers)
            if (!options_.only_weights || layer.has_weight()) visit(layer.id);
    }
    // The nearest offered layer before (-1) or behind (1) one; the layer itself when there is none.
    LayerId neighbour(LayerId layer, int direction) const {
        LayerId found = layer;
        for_each([&](LayerId candidate) {
            if (direction > 0 && found == layer && candidate > layer) found = candidate;
            if (direction < 0 && candidate < layer) found = candidate;
        });
        return found;
    }
    bool exists(LayerId layer) const {
        return layer == kInputLayer || (layer.index >= 0 && layer.index < static_cast<int>(network_.layers.size()));
    }

private:
    const LayerDescription& description(LayerId layer) const {
        return network_.layers[static_cast<std::size_t>(layer.index)];
    }
    const NetworkDescription& network_;
    const LayerPickerOptions& options_;
};

constexpr float kLeastWithArrows = 144.0F;  // a narrower list has no room for them

float tab_padding(const WidgetStyle& style) { return style.px(8); }

bool tab(const WidgetStyle& style, const char* name, bool active) {
    ImFont* font = active ? style.fonts.medium : style.fonts.body;
    const float size = ImGui::GetFontSize();
    const float height = ImGui::GetFrameHeight();
    // The half bold width keeps tabs in place when another one is chosen.
    const float extent = style.fonts.medium->CalcTextSizeA(size, FLT_MAX, 0.0F, name).x;
    const float width = std::round(extent) + 2.0F * tab_padding(style);
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const bool pressed = ImGui::InvisibleButton("tab", {width, height});
    const bool hovered = ImGui::IsItemHovered();

    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 end{origin.x + width, origin.y + height};
    if (hovered && !active)
        list->AddRectFilled(origin, end, imgui_color(style.colors.raised), ImGui::GetStyle().FrameRounding);
    const Rgba ink = active || hovered ? style.colors.text : style.colors.text_secondary;
    const float text_width = font->CalcTextSizeA(size, FLT_MAX, 0.0F, name).x;
    list->AddText(font, size,
                  {std::round(origin.x + (width - text_width) / 2.0F), std::round(origin.y + (height - size) / 2.0F)},
                  imgui_color(ink), name);
    if (active)
        list->AddRectFilled({origin.x + tab_padding(style), end.y - style.px(2)}, {end.x - tab_padding(style), end.y},
                            imgui_color(style.colors.accent));
    return pressed;
}

bool tabs(const WidgetStyle& style, const Offer& offer, LayerId& chosen) {
    bool picked = false;
    bool first = true;
    offer.for_each([&](LayerId layer) {
        if (!first) ImGui::SameLine(0.0F, 0.0F);
        first = false;
        ImGui::PushID(layer.index);
        if (tab(style, offer.name(layer), layer == chosen)) {
            chosen = layer;
            picked = true;
        }
        note_item(style, "layer", layer.index + 1);  // the input is the first
        ImGui::PopID();
        if (ImGui::IsItemHovered()) {
            char text[96];
            offer.describe(layer, text, sizeof text);
            item_tooltip(style, text);
        }
    });
    return picked;
}

bool list_of_layers(const WidgetStyle& style, const Offer& offer, LayerId& chosen, float width) {
    bool picked = false;
    const auto step = [&](const char* id, Icon icon, int direction, const char* tooltip) {
        const LayerId neighbour = offer.neighbour(chosen, direction);
        if (icon_button(style, id, icon, "",
                        {.enabled = neighbour != chosen, .width = ImGui::GetFrameHeight(), .tooltip = tooltip})) {
            chosen = neighbour;
            picked = true;
        }
    };
    const float gap = style.px(4);
    const bool arrows = width >= style.px(kLeastWithArrows);
    if (arrows) {
        step("previous", Icon::Previous, -1, "The layer before");
        ImGui::SameLine(0.0F, gap);
    }
    const float room = arrows ? width - 2.0F * (ImGui::GetFrameHeight() + gap) : width;
    ImGui::SetNextItemWidth(std::clamp(room, style.px(48), style.px(220)));
    const bool open = ImGui::BeginCombo("##layer", offer.exists(chosen) ? offer.name(chosen) : "");
    if (!open) {
        note_item(style, "layer");
        item_tooltip(style, "The layer that is shown, here and in the other panels");
    } else {
        offer.for_each([&](LayerId layer) {
            ImGui::PushID(layer.index);
            if (ImGui::Selectable(offer.name(layer), layer == chosen)) {
                chosen = layer;
                picked = true;
            }
            note_item(style, "layer", layer.index + 1);
            ImGui::PopID();
            if (ImGui::IsItemHovered()) {
                char text[96];
                offer.describe(layer, text, sizeof text);
                item_tooltip(style, text);
            }
        });
        ImGui::EndCombo();
    }
    if (arrows) {
        ImGui::SameLine(0.0F, gap);
        step("next", Icon::Next, 1, "The next layer");
    }
    return picked;
}

}  // namespace

float layer_tabs_width(const WidgetStyle& style, const NetworkDescription& network, const LayerPickerOptions& options) {
    const Offer offer(network, options);
    float width = 0.0F;
    offer.for_each([&](LayerId layer) {
        const ImFont* font = style.fonts.medium;
        width += std::round(font->CalcTextSizeA(ImGui::GetFontSize(), FLT_MAX, 0.0F, offer.name(layer)).x) +
                 2.0F * tab_padding(style);
    });
    return width;
}

bool layer_picker(const WidgetStyle& style, const char* id, const NetworkDescription& network, LayerId& chosen,
                  const LayerPickerOptions& options) {
    const Offer offer(network, options);
    const float width = options.width > 0.0F ? options.width : ImGui::GetContentRegionAvail().x;
    const bool fits = layer_tabs_width(style, network, options) <= width;
    ImGui::PushID(id);
    ImGui::BeginGroup();
    const bool picked = fits ? tabs(style, offer, chosen) : list_of_layers(style, offer, chosen, width);
    ImGui::EndGroup();
    ImGui::PopID();
    return picked;
}

}  // namespace convscope
