// The input that excites one channel, or one value of its map, most: found by climbing its gradient from noise.
#pragma once

#include "engine/api/tensor_capture.h"
#include "engine/core/types.h"

#include <cstdint>
#include <memory>

namespace convscope {

struct MaximisedInputQuestion {
    LayerId layer{0};
    std::int64_t channel = 0;
    std::int64_t row = -1;  // of one value of its map; -1: the mean of all of it
    std::int64_t column = -1;
    auto operator<=>(const MaximisedInputQuestion&) const = default;
};

struct MaximisedInput {
    std::shared_ptr<const TensorCapture> picture;  // C,H,W, as the network sees it, every pixel between black and white
    float begins = 0.0F;                           // what is maximised, of the noise that it began with
    float reached = 0.0F;                          // and of the picture
    std::int64_t steps = 0;
};

}  // namespace convscope
