// What memory a network takes, from its plan alone: so that one that cannot be is refused before it is made, by the
// name of the layer that asks for most.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/machine_memory.h"
#include "engine/core/result.h"

#include <cstdint>

namespace convscope {

enum class NetworkUse : std::uint8_t {
    Training,   // and saving the run meanwhile
    Watched,    // the same, beside a window that shows it
    Answering,  // weights, and one layer's input and output
};

// Bytes that a recipe's network takes at its peak with `pictures` of them at a time. Training: weights, their
// gradients, the optimizer's values and what a step needs besides; what the backward pass needs of each layer, and one
// layer's gradients and workspace; a checkpoint while it is written, its copy and the file's bytes. Within a sixth of
// the peaks that were measured with seven recipes that take 0.1 to 2 GB (2026-11-28). A window besides captures the
// weights, gradient and update of the layer that is looked at, of which the largest is counted, and of every layer what
// it makes of one picture, what it made of one in the latest pass, and the gradient of that; each is there four times:
// while it is captured, waiting, on screen, and as a texture, which is memory too without a graphics card. LibTorch
// itself comes on top. No setting can overflow.
double network_memory(const Recipe& recipe, const NetworkDescription& plan, NetworkUse use, std::int64_t pictures);

// InvalidArgument when that is more than `available` bytes. Any thread.
Result<void> check_network_memory(const Recipe& recipe, const NetworkDescription& plan, NetworkUse use,
                                  std::int64_t pictures, std::int64_t available = available_memory());

}  // namespace convscope
