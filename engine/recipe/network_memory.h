// What memory a network takes at the very least, from its plan alone: so that one that cannot be is refused before it
// is made, by the name of the layer that asks for most.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/machine_memory.h"
#include "engine/core/result.h"

#include <cstdint>

namespace convscope {

enum class NetworkUse : std::uint8_t {
    Training,   // weights, their gradients, the optimizer's values, and what the backward pass needs of each layer
    Answering,  // weights, and one layer's input and output
};

// InvalidArgument when the recipe's network, with `pictures` of them at a time, would take more than `available` bytes.
// The sizes counted cannot be done without; what comes on top (LibTorch's work space, captures, a checkpoint being
// written) is not, so that nothing is refused that would have worked. Any thread; no setting can overflow.
Result<void> check_network_memory(const Recipe& recipe, const NetworkDescription& plan, NetworkUse use,
                                  std::int64_t pictures, std::int64_t available = available_memory());

}  // namespace convscope
