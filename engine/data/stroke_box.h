// Strokes on paper, photographed or drawn, made like MNIST's digits.
#pragma once

#include "engine/data/image_file.h"

#include <optional>

namespace convscope {

// Whether a picture of one channel shows dark strokes on lighter paper, not light ones on darker. Strokes are thinner
// than the paper around and between them, and take less of the picture's rim; both are weighed, in the picture itself
// and in what lies off the smooth surface that most of it lies on, where light is uneven.
bool has_dark_strokes(const Image& grey);

// What MNIST's makers did with theirs, after what a camera adds has been taken away: the paper's brightness is
// estimated around every pixel (a morphological closing wider than a stroke, smoothed) and divided out, so that
// shadows, dark corners and grey paper go; what is clearly darker is ink; ink that touches the picture's border
// (frames, a table beside the page), filled discs (punched holes) and specks are left out where there is other ink; the
// rest, its aspect kept, fills a box of 20/28 of `side`, with its centre of mass at the middle, light on black. `dark`:
// which strokes are looked for. Nothing when there are none.
//
// The middle is at side/2, counting from the first pixel's own middle: 14.0 of 28, as real MNIST's (13.996 down and
// 14.007 across, on average over its 60,000 training digits, each within 0.5).
std::optional<Image> boxed_strokes(const Image& grey, bool dark, std::int64_t side);

}  // namespace convscope
