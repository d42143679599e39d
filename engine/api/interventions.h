// What is done to a run by hand: values that are set while its network is asked, weights that do not learn, other data
// than those that it was given.
#pragma once

#include "engine/api/data_changes.h"
#include "engine/api/network_description.h"
#include "engine/core/result.h"

#include <compare>
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

// A layer whose weights and biases stay as they are while the others learn, or one filter of it: what computes one
// channel of its output. Batch norm's running values go on following their minibatches, as PyTorch's do.
struct FrozenPart {
    LayerId layer;
    std::int64_t filter = -1;  // -1: all of the layer
    auto operator<=>(const FrozenPart&) const = default;
};

// What a run is held to, in training and (its channels) wherever its network is asked, until somebody lets go of it.
struct Restraints {
    Interventions channels;          // one of each channel, in the order in which somebody set them
    std::vector<FrozenPart> frozen;  // ascending
    DataChanges data = {};
    bool any() const { return !channels.empty() || !frozen.empty() || data.any(); }
    bool operator==(const Restraints&) const = default;

    // Null where the channel is as the layer computes it.
    const Intervention* find(LayerId layer, std::int64_t channel) const;
    // By itself, not with its whole layer.
    bool is_frozen(FrozenPart part) const;
};

// InvalidArgument names the first of a layer or a channel that the network does not have.
Result<void> check_interventions(const NetworkDescription& network, std::span<const Intervention> interventions);
// Likewise, of a layer without weights of its own too, and of a filter that cannot be told apart in its layer's
// weights.
Result<void> check_frozen(const NetworkDescription& network, FrozenPart part);
// Of channels and layers; what it learns from is checked against its data (check_data_changes()).
Result<void> check_restraints(const NetworkDescription& network, const Restraints& restraints);

}  // namespace convscope
