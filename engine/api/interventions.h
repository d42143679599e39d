// What is done to a network's values while it is asked: how it would answer if it were not for these.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// A channel of a layer's maps, or a unit of its vector, has this value everywhere, whatever the layer computes: 0
// silences it, its mean over many pictures takes from it what tells them apart. What is behind it goes on from there,
// and no gradient flows back through it.
struct Intervention {
    LayerId layer;
    std::int64_t channel = 0;
    float value = 0.0F;
    bool operator==(const Intervention&) const = default;
};

// In any order; of two of the same channel the later one counts.
using Interventions = std::vector<Intervention>;

// InvalidArgument names the first of a layer or a channel that the network does not have.
Result<void> check_interventions(const NetworkDescription& network, std::span<const Intervention> interventions);

}  // namespace convscope
