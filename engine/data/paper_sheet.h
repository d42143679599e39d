// Where in a picture the paper is that something is written on.
#pragma once

#include "engine/data/image_file.h"

#include <optional>

namespace convscope {

// The part of a picture of one channel that is a sheet lying on something else: paper on a desk, a note, a sign on a
// wall, a window's canvas, a field of a form. A sheet is a region of one lightness (Otsu's thresholds tell three apart)
// that is about rectangular, ends at once, takes at least a tenth of the picture but not all of its border, and has
// thin strokes of another lightness wholly within; of several the smallest. What lies beside it within the part shows
// the sheet's nearest colour of the row. Nothing where there is no such sheet: most pictures are of the paper alone.
std::optional<Image> sheet_in(const Image& grey);

}  // namespace convscope
