// What a network will be, from its recipe alone: shapes, parameter counts, receptive fields, before any weight exists.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/recipe.h"
#include "engine/core/result.h"
#include "engine/recipe/layer_shape.h"

#include <cstdint>
#include <string_view>

namespace convscope {

inline constexpr std::int64_t kMaxLayers = 512;

// The shape chain of one sample through the layers, with PyTorch's rules: sizes round down, a convolution's weights are
// O,I,K,K (a transposed one's I,O,K,K) and a linear layer's O,I, an average counts the padding. Receptive fields follow
// from kernels, strides and paddings (see ReceptiveField). Errors name the layer, its line, and the remedy;
// `file_name`, when given, goes before the line. Any thread; a recipe from anywhere is safe to pass, out-of-range
// settings included.
Result<NetworkDescription> plan_network(const Recipe& recipe, std::string_view file_name = {});

}  // namespace convscope
