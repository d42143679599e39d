// Which pixels of the input a value of a layer's map depends on.
#pragma once

#include "engine/api/network_description.h"

#include <cstdint>

namespace convscope {

// A square of pixels, which may lie outside of the picture: padding.
struct PixelSquare {
    std::int64_t row = 0;
    std::int64_t column = 0;
    std::int64_t size = 0;
    bool operator==(const PixelSquare&) const = default;
};

// What the value at that place of a layer's map sees of the input; all of it where the field covers that.
PixelSquare field_of(const NetworkDescription& network, const LayerDescription& layer, std::int64_t row,
                     std::int64_t column);

}  // namespace convscope
