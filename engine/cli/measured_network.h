// A saved network and the data that it is looked at with: what `evaluate` begins with, and `inspect` of many pictures.
#pragma once

#include "engine/api/dataset.h"
#include "engine/host/saved_network.h"
#include "engine/train/frozen_network.h"

#include <cstdint>
#include <memory>
#include <string>

namespace convscope {

struct MeasuredNetwork {
    SavedNetwork saved;
    std::shared_ptr<const Dataset> data;  // its classes in the order of the network's outputs
    FrozenNetwork network;
};

// `data` and `seed` as --data and --seed take them. What is to be known of the data is said on standard error.
Result<MeasuredNetwork> open_measured_network(const WeightsOptions& weights, const std::string& data,
                                              std::uint64_t seed);

}  // namespace convscope
