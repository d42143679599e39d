// Weights that a file has in parts, from which PyTorch computes those that a layer works with.
#pragma once

#include "engine/formats/state_dict.h"

#include <optional>
#include <string>

namespace convscope {

// What keeps one layer's weight in another form than the weight itself, and the line of Python after which it is itself
// again: of weight_norm, spectral_norm, prune, parametrizations, quantization, and of sparse tensors, by the names and
// types that PyTorch gives them. Nothing where there is no such thing.
std::optional<std::string> remedy_for_derived_weights(const FoundWeights& found);

}  // namespace convscope
