// What every widget needs to draw: the theme's colours, the fonts, the scale, and where it notes what it has drawn.
// Colours for ImGui.
#pragma once

#include "viz/view/anchors.h"
#include "viz/view/palette.h"
#include "viz/widgets/fonts.h"

#include <imgui.h>

#include <cmath>

namespace convscope {

struct WidgetStyle {
    const Palette& colors;
    const Fonts& fonts;
    float scale;  // FrameContext::scale
    Anchors& anchors;

    // A length of the 8 px grid in whole pixels.
    float px(float length) const { return std::round(length * scale); }
};

// Notes the item drawn last under that name, as far as it is in view.
void note_item(const WidgetStyle& style, std::string_view name, std::int64_t index = Anchors::kNoIndex);
// A place on the screen that is no item.
void note_place(const WidgetStyle& style, std::string_view name, ImVec2 corner, ImVec2 end,
                std::int64_t index = Anchors::kNoIndex);

inline ImU32 imgui_color(Rgba color) {
    return IM_COL32(color >> 24 & 0xFFU, color >> 16 & 0xFFU, color >> 8 & 0xFFU, color & 0xFFU);
}
// The same with its opacity multiplied, from 0 to 1.
inline ImU32 imgui_color(Rgba color, float opacity) {
    const auto alpha = static_cast<Rgba>(static_cast<float>(color & 0xFFU) * opacity + 0.5F);
    return imgui_color((color & 0xFFFFFF00U) | alpha);
}
inline ImVec4 imgui_vector(Rgba color) { return ImGui::ColorConvertU32ToFloat4(imgui_color(color)); }

}  // namespace convscope
