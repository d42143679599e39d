// What is said of a tensor's colours: one value exactly, and which values the colours stand for. Shared by the tile
// views and the scene. UI thread, inside an ImGui window.
#pragma once

#include "engine/api/tensor_capture.h"
#include "viz/render/colormap.h"
#include "viz/render/value_range.h"
#include "viz/view/palette.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <cstdint>
#include <optional>

namespace convscope {

struct TileHover {
    std::int64_t plane = 0;
    std::int64_t row = 0;
    std::int64_t column = 0;
    float value = 0.0F;  // exactly as captured; red of a colour picture
};

ShortText short_number(float value, int digits);  // significant ones

// Black or white: text that is read on top of a colour of a colormap.
ImU32 text_color_on(Rgb8 ground);

// A tooltip at the mouse: where, the exact value (seven significant digits), and the plane's minimum, maximum and mean.
void tile_tooltip(const TensorCapture& capture, const TileHover& hover, const Palette& palette);

// What a legend says of the colours: its ends in numbers, "≥ 0.5" where values lie beyond them; and whether there is
// anything that is hatched, or nothing else.
struct LegendWords {
    ShortText lower, upper;
    bool hatch = false;   // some of what is shown is not a number
    bool numbers = true;  // some of it is one: else there are no ends
};
LegendWords legend_words(const TensorCapture& capture, const RangeChoice& choice, std::int64_t plane, int digits);

// A bar of the colormap with its two ends in numbers, and a tick at `marked` when there is one. With RangeMode::PerMap
// the ends are those of `plane`, or in words when it is negative. What is not a number has its hatch beside the bar.
// `width` 0: what is left.
void color_legend(const TensorCapture& capture, Colormap colormap, const RangeChoice& range, std::int64_t plane,
                  std::optional<float> marked, const Palette& palette, float scale, float width);

}  // namespace convscope
