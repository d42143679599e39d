// What the user points at, shared by every panel: clicking a layer in one panel selects it everywhere.
#pragma once

#include "engine/core/types.h"

#include <cstdint>
#include <optional>

namespace convscope {

struct Selection {
    LayerId layer{0};
    std::int64_t channel = -1;  // of that layer's output; -1: none
    int true_class = -1;        // a cell of the confusion matrix; -1: none
    int predicted_class = -1;

    // Another layer means another channel: the old channel is forgotten.
    void select_layer(LayerId id) {
        if (layer != id) channel = -1;
        layer = id;
    }
};

}  // namespace convscope
