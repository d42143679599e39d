// What the network is, computed from the recipe alone (engine/recipe/network_plan.h) before any weight exists.
#pragma once

#include "engine/api/recipe.h"
#include "engine/core/types.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// The square of input pixels that one output value depends on: Araujo, Norris and Sim, "Computing Receptive Fields of
// Convolutional Neural Networks", Distill 2019, equations 2 and 3.
struct ReceptiveField {
    std::int64_t size = 1;     // pixels along one side, before clipping at the image's border
    std::int64_t stride = 1;   // input pixels between neighbouring outputs
    std::int64_t offset = 0;   // input coordinate of the first pixel seen by output 0; negative where padding is seen
    bool whole_input = false;  // from a linear or softmax layer on: every input pixel
};

struct LayerDescription {
    LayerId id;
    LayerSpec spec;  // name, kind and settings, as the recipe has them; a nested layer's name is "block1.conv2"
    // Whose outputs it takes: one layer, or the network's input (kInputLayer); for a residual layer the ends of its two
    // paths, which it adds.
    std::vector<LayerId> inputs;
    Shape input_shape;   // of one sample
    Shape output_shape;  // of one sample
    Shape weight_shape;  // rank 0 when the layer has no weights
    Shape bias_shape;    // rank 0 when the layer has no bias
    std::int64_t parameter_count = 0;
    ReceptiveField receptive_field;

    bool has_weight() const { return weight_shape.rank() > 0; }
    bool has_bias() const { return bias_shape.rank() > 0; }
    // True for C,H,W outputs, which are drawn as maps; others are drawn as strips of cells.
    bool has_maps() const { return output_shape.rank() == 3; }
};

struct NetworkDescription {
    Shape input_shape;  // C,H,W
    // In forward order, layers[i].id.index == i; nested layers stand before the layer they belong to.
    std::vector<LayerDescription> layers;
    std::int64_t parameter_count = 0;

    const LayerDescription* find(std::string_view name) const {
        for (const LayerDescription& layer : layers)
            if (layer.spec.name == name) return &layer;
        return nullptr;
    }
};

}  // namespace convscope
