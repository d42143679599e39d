// What makes one hand's strokes differ from another's.
#pragma once

#include "engine/core/random_stream.h"

#include <span>
#include <vector>

namespace convscope {

// x and y in digit heights, y downwards.
struct StrokePoint {
    float x = 0.0F;
    float y = 0.0F;
    float pressure = 1.0F;  // of the pen here: its width relative to the digit's usual one
};

// A polyline fine enough to look like a curve.
using Stroke = std::vector<StrokePoint>;

// Deforms a digit, given as digit_strokes.h has it: elastically, in its proportions and its pen's pressure, and by a
// random width, slant and rotation.
void distort(std::span<Stroke> strokes, RandomStream& random);

}  // namespace convscope
