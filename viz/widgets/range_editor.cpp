#include "viz/widgets/range_editor.h"

#include "viz/render/colormap.h"
#include "viz/widgets/controls.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace convscope {

namespace {

constexpr float kSwatchWidth = 64.0F;
constexpr float kEndWidth = 68.0F;
constexpr float kSegmentPadding = 10.0F;
constexpr float kLeastSegmentPadding = 4.0F;

void draw_gradient(const WidgetStyle& style, Colormap colormap, ImVec2 origin, ImVec2 size) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    constexpr int kSteps = 24;
    const auto color = [&](int step) {
        const Rgb8 c = rgb(colormap, static_cast<float>(step) / kSteps);
        return IM_COL32(c.r, c.g, c.b, 255);
    };
    for (int i = 0; i < kSteps; ++i) {
        const float left = origin.x + size.x * static_cast<float>(i) / kSteps;
        const float right = origin.x + size.x * static_cast<float>(i + 1) / kSteps;
        list->AddRectFilledMultiColor({left, origin.y}, {right, origin.y + size.y}, color(i), color(i + 1),
                                      color(i + 1), color(i));
    }
    list->AddRect(origin, {origin.x + size.x, origin.y + size.y}, imgui_color(style.colors.line));
}

const char* describe(Colormap colormap) {
    switch (colormap) {
        case Colormap::Viridis:
            return "perceptually uniform, dark to yellow";
        case Colormap::Magma:
            return "perceptually uniform, dark to cream";
        case Colormap::Grey:
            return "black to white";
        case Colormap::Diverging:
            return "two hues around zero, for signed values";
    }
    return "";
}

struct ModeTexts {
    char per_map[24];
    const char* options[3];
};

void mode_texts(ModeTexts& texts, const char* plane) {
    std::snprintf(texts.per_map, sizeof texts.per_map, "Per %s", plane);
    texts.options[0] = texts.per_map;
    texts.options[1] = "Per layer";
    texts.options[2] = "Fixed";
}

float modes_width(const WidgetStyle& style, const ModeTexts& texts, float padding) {
    float widest = 0.0F;
    for (const char* text : texts.options)
        widest = std::max(widest, style.fonts.medium->CalcTextSizeA(ImGui::GetFontSize(), FLT_MAX, 0.0F, text).x);
    return std::round(3.0F * (widest + 2.0F * style.px(padding)));
}

// The least distance between two ends that a float can tell and a colour can show.
float least_width(float end) { return std::max(std::abs(end) * 1e-5F, 1e-6F); }

bool edit_end(const WidgetStyle& style, const char* id, float& value, const char* tooltip) {
    const float before = value;
    ImGui::SetNextItemWidth(style.px(kEndWidth));
    ImGui::DragFloat(id, &value, std::max(std::abs(value) * 0.01F, 1e-4F), 0.0F, 0.0F, "%.4g");
    note_item(style, id + 2);
    item_tooltip(style, tooltip);
    if (!std::isfinite(value)) value = before;
    return value != before;
}

bool edit_ends(const WidgetStyle& style, const ColorControls& controls) {
    if (!controls.minimum) {
        const bool changed =
            edit_end(style, "##limit", *controls.maximum,
                     "The colours' ends are minus and plus this number. Drag, or Ctrl+click to type it");
        *controls.maximum = std::max(std::abs(*controls.maximum), least_width(0.0F));
        return changed;
    }
    bool changed = false;
    if (edit_end(style, "##minimum", *controls.minimum,
                 "The value at the colours' lower end. Drag, or Ctrl+click to type it")) {
        *controls.maximum = std::max(*controls.maximum, *controls.minimum + least_width(*controls.minimum));
        changed = true;
    }
    ImGui::SameLine(0.0F, style.px(4));
    if (edit_end(style, "##maximum", *controls.maximum,
                 "The value at the colours' upper end. Drag, or Ctrl+click to type it")) {
        *controls.minimum = std::min(*controls.minimum, *controls.maximum - least_width(*controls.maximum));
        changed = true;
    }
    return changed;
}

float ends_width(const WidgetStyle& style, const ColorControls& controls) {
    return controls.minimum ? 2.0F * style.px(kEndWidth) + style.px(4) : style.px(kEndWidth);
}

bool shows_ends(const ColorControls& controls) { return controls.mode && *controls.mode == RangeMode::Fixed; }

}  // namespace

bool colormap_picker(const WidgetStyle& style, const char* id, Colormap& colormap) {
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float height = ImGui::GetFrameHeight();
    const ImVec2 size{style.px(kSwatchWidth), height};
    bool changed = false;
    ImGui::PushID(id);
    if (ImGui::InvisibleButton("swatch", size)) ImGui::OpenPopup("colormaps");
    note_item(style, id);
    const bool hovered = ImGui::IsItemHovered();
    if (!ImGui::IsPopupOpen("colormaps")) {
        char text[96];
        const std::string_view name = colormap_name(colormap);
        std::snprintf(text, sizeof text, "Colormap %.*s: %s", static_cast<int>(name.size()), name.data(),
                      describe(colormap));
        item_tooltip(style, text);
    }
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 end{origin.x + size.x, origin.y + size.y};
    const float rounding = ImGui::GetStyle().FrameRounding;
    list->AddRectFilled(origin, end, imgui_color(style.colors.raised), rounding);
    const float inset = style.px(5);
    const float arrow = style.px(16);
    draw_gradient(style, colormap, {origin.x + inset, origin.y + inset},
                  {size.x - 2.0F * inset - arrow, height - 2.0F * inset});
    const ImVec2 tip{end.x - inset - arrow / 2.0F + style.px(2), std::round(origin.y + height / 2.0F) + style.px(2)};
    const float half = style.px(4);
    list->AddTriangleFilled({tip.x - half, tip.y - half}, {tip.x + half, tip.y - half}, tip,
                            imgui_color(hovered ? style.colors.text : style.colors.text_secondary));
    list->AddRect(origin, end, imgui_color(hovered ? style.colors.text_secondary : style.colors.line), rounding);

    if (ImGui::BeginPopup("colormaps")) {
        for (int i = 0; i < kColormapCount; ++i) {
            const auto candidate = static_cast<Colormap>(i);
            ImGui::PushID(i);
            const ImVec2 row = ImGui::GetCursorScreenPos();
            const float line = ImGui::GetTextLineHeight();
            const float strip = style.px(80);
            if (ImGui::Selectable("##map", candidate == colormap, ImGuiSelectableFlags_None,
                                  {strip + style.px(96), line + style.px(4)})) {
                changed = candidate != colormap;
                colormap = candidate;
            }
            note_item(style, id, i);
            item_tooltip(style, describe(candidate));
            draw_gradient(style, candidate, {row.x, row.y + style.px(2)}, {strip, line});
            const std::string_view name = colormap_name(candidate);
            ImGui::GetWindowDrawList()->AddText({row.x + strip + style.px(8), row.y + style.px(2)},
                                                imgui_color(style.colors.text), name.data(), name.data() + name.size());
            ImGui::PopID();
        }
        ImGui::EndPopup();
    }
    ImGui::PopID();
    return changed;
}

bool color_controls(const WidgetStyle& style, const char* id, const ColorControls& controls) {
    const float room = ImGui::GetContentRegionAvail().x;
    const float gap = style.px(8);
    bool changed = false;
    ImGui::PushID(id);
    ImGui::BeginGroup();
    float used = 0.0F;
    const auto place = [&](float width) {
        if (used > 0.0F && used + gap + width <= room) {
            ImGui::SameLine(0.0F, gap);
            used += gap + width;
        } else {
            used = width;
        }
    };
    if (controls.colormap) {
        place(style.px(kSwatchWidth));
        changed |= colormap_picker(style, "colormap", *controls.colormap);
    }
    if (controls.mode) {
        ModeTexts texts;
        mode_texts(texts, controls.plane);
        const float least = modes_width(style, texts, kLeastSegmentPadding);
        const float tail = shows_ends(controls) ? gap + ends_width(style, controls) : 0.0F;
        const float left = room - (used > 0.0F ? used + gap : 0.0F);
        // Beside the colormap if it fits at all, and the ends with it; else on a line of its own.
        const float line = left - tail >= least ? left - tail : left >= least ? left : room;
        const float width = std::floor(std::min(modes_width(style, texts, kSegmentPadding), line));
        place(width);
        int mode = static_cast<int>(*controls.mode);
        if (segmented(style, "range", texts.options, mode, width)) {
            *controls.mode = static_cast<RangeMode>(mode);
            changed = true;
        }
        item_tooltip(style,
                     "What the ends of the colours stand for: each picture's own smallest and largest value, those of "
                     "the whole layer, or two fixed numbers that let iterations be compared");
        if (shows_ends(controls)) {
            place(ends_width(style, controls));
            changed |= edit_ends(style, controls);
        }
    }
    ImGui::EndGroup();
    ImGui::PopID();
    return changed;
}

ColorControlsWidth color_controls_width(const WidgetStyle& style, const ColorControls& controls) {
    ColorControlsWidth width;
    const float gap = style.px(8);
    const auto add = [&](float full, float least) {
        const float before = width.full > 0.0F ? gap : 0.0F;
        width.full += before + full;
        width.least += before + least;
    };
    if (controls.colormap) add(style.px(kSwatchWidth), style.px(kSwatchWidth));
    if (controls.mode) {
        ModeTexts texts;
        mode_texts(texts, controls.plane);
        add(modes_width(style, texts, kSegmentPadding), modes_width(style, texts, kLeastSegmentPadding));
    }
    if (shows_ends(controls)) add(ends_width(style, controls), ends_width(style, controls));
    return width;
}

}  // namespace convscope
