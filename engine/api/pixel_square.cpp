#include "engine/api/pixel_square.h"

#include <algorithm>
#include <cmath>

namespace convscope {

PixelSquare field_of(const NetworkDescription& network, const LayerDescription& layer, std::int64_t row,
                     std::int64_t column) {
    const ReceptiveField& field = layer.receptive_field;
    const std::int64_t longest = std::max(network.input_shape[1], network.input_shape[2]);
    if (field.whole_input || field.size >= longest) return {0, 0, longest};
    const auto begins = [&field](std::int64_t at) {
        return field.offset + static_cast<std::int64_t>(std::floor(static_cast<double>(at) * field.stride));
    };
    return {begins(row), begins(column), field.size};
}

}  // namespace convscope
