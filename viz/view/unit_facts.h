// What is to be said of one unit's filter in one snapshot: how long it is, how fast it moves, whether it is dead or
// another one's double. Pure: no drawing. UI thread.
#pragma once

#include "engine/api/filter_biography.h"
#include "engine/api/histogram.h"
#include "engine/api/network_description.h"
#include "engine/api/snapshot.h"
#include "engine/api/top_patches.h"

#include <cstdint>
#include <optional>
#include <span>

namespace convscope {

// A unit's own part of its layer's weights, gradients or updates; empty where they are not there, or do not lie one
// behind the other (a transposed convolution's).
std::span<const float> filter_of(const LayerDescription& layer, const TensorCapture* capture, std::int64_t channel);

// NaN without values.
double norm_of(std::span<const float> values);
Histogram histogram_of(std::span<const float> values);

// The layer whose rectifier decides whether a unit of this one passes anything on: itself, or one that goes on with its
// values place by place; kInputLayer where there is none.
LayerId rectifier_of(const NetworkDescription& network, LayerId layer);
// Of all test pictures none makes the unit pass anything on.
bool is_dead(const NetworkDescription& network, const TopPatches& patches, LayerId layer, std::int64_t channel);

// Of the filter's moments an input channel's kernel is shown: that which is longest now.
std::int64_t strongest_input(const FilterBiography& biography);

}  // namespace convscope
