// The colours of a theme, as data: one accent, the rest greys, and a few colours with a fixed meaning. Panels draw with
// these and nothing else, so that both themes stay legible.
#pragma once

#include "viz/view/settings.h"

#include <cstdint>

namespace convscope {

// 0xRRGGBBAA.
using Rgba = std::uint32_t;

// The same colour with its opacity multiplied by `share`, 0 to 1.
constexpr Rgba with_opacity(Rgba color, float share) {
    return (color & 0xFFFFFF00U) | static_cast<Rgba>(static_cast<float>(color & 0xFFU) * share);
}

struct Palette {
    Rgba background;      // behind the panels
    Rgba panel;           // a panel's ground
    Rgba raised;          // headers, fields, table heads
    Rgba line;            // hairlines, grids, borders
    Rgba text;            // what is read
    Rgba text_secondary;  // labels, units, hints
    Rgba accent;          // the one accent: selection, the active control, the training curve, the pass forward
    Rgba accent_dim;      // the accent as a ground
    Rgba second_series;   // the test curve, the pass backward; tells apart from the accent for colour-blind viewers too
    Rgba twin;            // the run beside the first: its curves, its half's heading
    Rgba negative;        // below zero, takes away: the hue of the diverging colormap's low end
    Rgba positive;        // above zero, adds: the hue of its high end
    Rgba warning;         // something needs attention; always with a word or sign beside it
    Rgba error;
    Rgba success;
    Rgba no_data;  // where there is no value: hatches, empty cells
};

// One sign, one colour, for whatever is drawn of signed numbers without a colormap: bars, lines.
constexpr Rgba sign_color(const Palette& colors, double value) {
    return value < 0.0 ? colors.negative : colors.positive;
}

// The palette of a theme; the object lives for ever.
const Palette& palette(ThemeKind theme);

}  // namespace convscope
