// A saved network that pictures are shown to: what `predict` and `inspect` begin with.
#pragma once

#include "engine/host/saved_network.h"
#include "engine/train/frozen_network.h"

#include <string>
#include <vector>

namespace convscope {

struct AskedNetwork {
    FrozenNetwork network;
    std::vector<std::string> class_names;  // as SavedNetwork's
};

// An Error where there is no room for it, or pictures cannot be brought to what it knows.
Result<AskedNetwork> open_asked_network(const WeightsOptions& options);

}  // namespace convscope
