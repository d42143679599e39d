// Lines that paper came with.
#pragma once

#include "engine/data/image_file.h"

#include <optional>

namespace convscope {

// A picture of one channel without its paper's ruling, 400 pixels along its longer side at most: at least three thin,
// straight and parallel lines, level or upright (by up to five degrees), dark or light, each from border to border. How
// dark a line is says the lower quartile along it, which no stroke reaches that covers less than three quarters; it is
// divided out, as what is written on it lies on darker paper there. Nothing where there are no such lines.
std::optional<Image> without_ruling(const Image& grey);

}  // namespace convscope
