// How people write the ten digits: control points of the strokes, as data.
#pragma once

#include <span>
#include <vector>

namespace convscope {

// In a box of height 1 (y downwards) and a natural width of about 0.6. A smooth curve runs through the points of a
// stroke, and turns sharply at corners.
struct ControlPoint {
    float x = 0.0F;
    float y = 0.0F;
    bool corner = false;
};

using ControlStroke = std::vector<ControlPoint>;

// One way of writing a digit.
struct Glyph {
    float frequency = 1.0F;  // relative to the digit's other glyphs
    std::vector<ControlStroke> strokes;
};

// digit in 0..9. The same span on every call.
std::span<const Glyph> glyphs_of(int digit);

}  // namespace convscope
