// Activations by name, and the one that is none.
#pragma once

#include "engine/api/recipe.h"

#include <string>

namespace convscope {

// What a layer of activations is called where one is swapped for another: its kind, or "identity".
std::string activation_name(const LayerSpec& layer);
// Hands on what it gets: a leaky ReLU of slope 1.
bool is_identity(const LayerSpec& layer);
// Whether it can be swapped for another while its run goes on: it has no weights.
bool is_swappable(const LayerSpec& layer);
// The layer with the same name and input, of a kind as the editor begins it; `identity` instead.
LayerSpec with_activation(const LayerSpec& layer, LayerKind kind);
LayerSpec with_identity(const LayerSpec& layer);

}  // namespace convscope
