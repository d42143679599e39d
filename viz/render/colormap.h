// The colormaps of assets/colormaps: one table of 256 colours each, looked up the same way here and in
// shaders/value_color.glsl. Any thread.
#pragma once

#include "engine/core/result.h"
#include "viz/view/display_options.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace convscope {

struct Rgb8 {
    std::uint8_t r = 0;
    std::uint8_t g = 0;
    std::uint8_t b = 0;
    bool operator==(const Rgb8&) const = default;
};

using ColormapTable = std::array<Rgb8, 256>;

// 256 lines of three numbers from 0 to 255; '#' starts a comment. Corrupt, with the line, when it is anything else.
Result<ColormapTable> parse_colormap(std::string_view text, std::string_view file_name);

// "viridis": the file's stem, and what the user reads.
std::string_view colormap_name(Colormap colormap);

// The embedded table; the object lives for ever.
const ColormapTable& colormap_table(Colormap colormap);

// The colour at t in [0, 1] (clamped; NaN counts as 0): entry floor(255 t + 1/2).
Rgb8 rgb(Colormap colormap, float t);

}  // namespace convscope
