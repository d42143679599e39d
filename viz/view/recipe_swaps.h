// The recipe of a run as it would be with something in it swapped while it learns. Pure.
#pragma once

#include "engine/api/recipe.h"

#include <string_view>

namespace convscope {

// In the order in which they are offered.
inline constexpr OptimizerKind kOptimizerKinds[] = {OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::AdamW,
                                                    OptimizerKind::RmsProp};
inline constexpr LossKind kLossKinds[] = {LossKind::CrossEntropy, LossKind::CrossEntropyOneHot,
                                          LossKind::NegativeLogLikelihood, LossKind::MeanSquaredError};

// `layer` is its name in the network, "relu1" or "block1.relu1"; where there is none the recipe stays.
Recipe with_layer(Recipe recipe, std::string_view layer, const LayerSpec& spec);
// With the rate and momentum that are usual for that kind, and the weight decay that there is.
Recipe with_optimizer(Recipe recipe, OptimizerKind kind);
// Smoothing of labels belongs to cross-entropy alone.
Recipe with_loss(Recipe recipe, LossKind loss);
Recipe without_activations(Recipe recipe);               // every one that has no weights becomes the identity
Recipe with_activations(Recipe recipe, LayerKind kind);  // every one that has no weights becomes that kind
Recipe without_shuffling(Recipe recipe);                 // from the next epoch on
Recipe without_normalisation(Recipe recipe);             // pixels are numbers from 0 to 1

// A batch norm behind every convolution; or none anywhere. Other weights: no run goes on with it.
Recipe with_batch_norm(Recipe recipe);
Recipe without_batch_norm(Recipe recipe);

// Whether there is anything of it to be taken away. Allocate nothing.
bool has_activations(const Recipe& recipe);
bool activations_are(const Recipe& recipe, LayerKind kind);  // all of those that could be others
bool has_batch_norm(const Recipe& recipe);
bool has_convolutions(const Recipe& recipe);
bool is_normalised(const Recipe& recipe);

}  // namespace convscope
