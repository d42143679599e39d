#include "engine/api/interventions.h"

#include <string>

namespace convscope {

Result<void> check_interventions(const NetworkDescription& network, std::span<const Intervention> interventions) {
    for (const Intervention& one : interventions) {
        if (one.layer.index < 0 || one.layer.index >= std::ssize(network.layers))
            return Error{ErrorCode::InvalidArgument, "There is no layer " + std::to_string(one.layer.index) +
                                                         " among the " + std::to_string(network.layers.size()) +
                                                         " whose values could be set: name another"};
        const LayerDescription& layer = network.layers[static_cast<std::size_t>(one.layer.index)];
        if (one.channel < 0 || one.channel >= layer.output_shape[0])
            return Error{ErrorCode::InvalidArgument, "Layer '" + layer.spec.name + "' has no channel " +
                                                         std::to_string(one.channel) + " among its " +
                                                         std::to_string(layer.output_shape[0]) + ": name another"};
    }
    return {};
}

}  // namespace convscope
