// What the user points at, shared by every panel: clicking a layer in one panel selects it everywhere.
#pragma once

#include "engine/core/types.h"

#include <cstddef>
#include <cstdint>

namespace convscope {

struct Selection {
    LayerId layer{0};
    std::int64_t channel = -1;  // of that layer's output (a vector's unit); -1: none
    std::int64_t row = -1;      // of one value of that channel's map; -1: none
    std::int64_t column = -1;
    int true_class = -1;  // a cell of the confusion matrix; -1: none
    int predicted_class = -1;

    bool operator==(const Selection&) const = default;

    // Another layer means another channel, another channel another value: the old ones are forgotten.
    void select_layer(LayerId id) {
        if (layer != id) select_channel(-1);
        layer = id;
    }
    void select_channel(std::int64_t index) {
        if (channel != index) row = column = -1;
        channel = index;
    }
    // A network of so many layers may have taken the place of the one that it was made in.
    void fit_into(std::size_t layers) {
        if (layer.index >= static_cast<std::int32_t>(layers)) select_layer(layers > 0 ? LayerId{0} : kInputLayer);
    }
};

}  // namespace convscope
