// What may change of a recipe while the run that it began goes on, weights and all.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/recipe.h"
#include "engine/core/result.h"

#include <string>

namespace convscope {

// Whether they are the same, whatever lines of a file they stand on.
bool same_recipe(const Recipe& one, const Recipe& other);
// Of an optimizer, what its kind has no use for does not count.
bool same_optimizer(const Recipe& before, const Recipe& after);

// The network of `after`, where that differs from `before` in nothing but activations, the loss and its label
// smoothing, the optimizer, shuffling and how pixels are normalised. The Error is a sentence for the user.
Result<NetworkDescription> plan_change(const Recipe& before, const Recipe& after);

// For the curves: "relu1 relu -> tanh, optimizer sgd -> adam"; empty where nothing changes.
std::string words_of_change(const Recipe& before, const Recipe& after);

}  // namespace convscope
