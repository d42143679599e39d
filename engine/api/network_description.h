// What the network is, computed from the recipe alone (engine/recipe/network_plan.h) before any weight exists.
#pragma once

#include "engine/api/recipe.h"
#include "engine/core/types.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// The square of input pixels that one output value depends on: Araujo, Norris and Sim, "Computing Receptive Fields of
// Convolutional Neural Networks", Distill 2019, equations 2 and 3.
struct ReceptiveField {
    std::int64_t size = 1;     // pixels along one side, before clipping at the image's border
    double stride = 1.0;       // input pixels between neighbouring outputs; below 1 where outputs are finer than pixels
    std::int64_t offset = 0;   // input coordinate of the first pixel seen by output 0; negative where padding is seen
    bool whole_input = false;  // from a linear or softmax layer on: every input pixel
};

struct LayerDescription {
    LayerId id;
    LayerSpec spec;  // name, kind and settings, as the recipe has them; a nested layer's name is "block1.conv2"
    // Whose outputs it takes: one layer, or the network's input (kInputLayer); several, in their order, if its role is
    // to join them, for a residual layer the ends of its two paths.
    std::vector<LayerId> inputs;
    std::optional<LayerId> weights_of;  // whose weights, biases and running values it uses, having none of its own
    Shape input_shape;                  // of one sample; of several inputs what they are together
    Shape output_shape;                 // of one sample
    Shape weight_shape;                 // rank 0 when the layer has no weights
    Shape bias_shape;                   // rank 0 when the layer has no bias
    std::int64_t parameter_count = 0;   // of its own
    ReceptiveField receptive_field;

    bool has_weight() const { return weight_shape.rank() > 0; }
    bool has_bias() const { return bias_shape.rank() > 0; }
    // Whether its weights, and what belongs to them, are not another layer's: what is drawn, learned, counted and
    // saved.
    bool owns_weights() const { return has_weight() && !weights_of; }
    // True for C,H,W outputs, which are drawn as maps; others are drawn as strips of cells.
    bool has_maps() const { return output_shape.rank() == 3; }
};

// The most outputs that one layer joins.
inline constexpr std::size_t kMaxInputs = 64;

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
