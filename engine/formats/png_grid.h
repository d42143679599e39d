// Images as one PNG, for whoever shows files and not tensors.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <span>
#include <string>

namespace convscope {

struct PngPicture {
    std::string bytes;
    int width = 0;  // pixels
    int height = 0;
    int channels = 0;  // 1 grey, 3 RGB
};

// The images (one or more, all of that size, channels x height x width as in a Dataset; 1 or 3 channels) row by row in
// a grid that is about as many images wide as high, a pixel of mid grey between them.
Result<PngPicture> png_grid(std::span<const std::span<const std::uint8_t>> images, std::int64_t channels,
                            std::int64_t height, std::int64_t width);

}  // namespace convscope
