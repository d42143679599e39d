// One value of the pass through the network, and the weights that lead to it, followed through the phases of an
// iteration: value, gradient, step. Pure.
#pragma once

#include "engine/api/snapshot.h"
#include "viz/scene/place.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace convscope {

// What is not known yet at the phase that is shown is nothing.
struct FollowedNumber {
    std::optional<float> value;
    std::optional<float> gradient;  // of the loss, by it
    std::optional<float> step;      // by how much the iteration moves it
};

struct FollowedWeight {
    std::int64_t index = 0;  // among the weights that lead to the value
    FollowedNumber number;
};

struct FollowedValue {
    static constexpr std::size_t kMostWeights = 6;

    FollowedNumber self;            // without a step: it is computed
    std::int64_t weight_count = 0;  // that lead to it; 0: the layer has none, or shares them otherwise
    std::size_t listed = 0;
    std::array<FollowedWeight, kMostWeights> weights;  // those with the largest gradients, the same in every phase
    bool has_bias = false;
    FollowedNumber bias;
    bool moved = false;  // the weights are those after the step
};

// Of a snapshot amid an iteration (Snapshot::phase), of which that is the film.
FollowedValue follow_value(const NetworkDescription& network, const Snapshot& snapshot, const IterationFilm& film,
                           const Place& place);

// What it takes is looked at.
void watch_followed(const NetworkDescription& network, const Place& place, WatchSet& watch);

// Which weight that is: "map 2 (0, 4)" of a kernel, "unit 7" of a row of a matrix.
struct WeightPlace {
    std::int64_t input = 0;
    std::int64_t row = -1;  // -1: there are no rows
    std::int64_t column = -1;
};
WeightPlace place_of_weight(const LayerDescription& layer, std::int64_t index);

}  // namespace convscope
