// Where a layer's parameters for one of its values are, and what a layer that normalises by its own input finds there.
#pragma once

#include "engine/api/network_description.h"
#include "viz/scene/place.h"

#include <cstddef>
#include <span>

namespace convscope {

// In the weights, and in the bias, of a layer that has one for each channel, for each of its values or for all: what
// belongs to the value at `place`, which is in its output.
std::size_t parameter_index(const LayerDescription& layer, const Place& place);

// The mean and the variance (of all the values, not of a sample of them) that the value at `place` is normalised by, in
// a layer for which normalises_itself(); of all `inputs`, the layer's.
struct Moments {
    double mean = 0.0;
    double variance = 0.0;
};
Moments moments_around(const LayerDescription& layer, const Place& place, std::span<const float> inputs);

}  // namespace convscope
