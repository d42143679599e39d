// The weights that a network begins with.
#pragma once

#include "engine/train/network.h"

#include <torch/torch.h>

namespace convscope {

// Draws the weights and biases of convolutions and linear layers as PyTorch's own modules do: the same numbers, in the
// same order, to the bit, for a generator (on the CPU) of the same seed. Batch norm's are no matter of chance and stay.
// A network on another device gets the same numbers.
void draw_initial_weights(Network& network, torch::Generator generator);

}  // namespace convscope
