#include "engine/api/interventions.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace convscope {
namespace {

Error no_layer(const NetworkDescription& network, LayerId layer, const char* of_what) {
    return Error{ErrorCode::InvalidArgument, "There is no layer " + std::to_string(layer.index) + " among the " +
                                                 std::to_string(network.layers.size()) + " " + of_what +
                                                 ": name another"};
}

bool has_layer(const NetworkDescription& network, LayerId layer) {
    return layer.index >= 0 && layer.index < std::ssize(network.layers);
}

}  // namespace

const Intervention* Restraints::find(LayerId layer, std::int64_t channel) const {
    const auto found = std::find_if(channels.begin(), channels.end(), [&](const Intervention& one) {
        return one.layer == layer && one.channel == channel;
    });
    return found == channels.end() ? nullptr : &*found;
}

bool Restraints::is_frozen(FrozenPart part) const { return std::binary_search(frozen.begin(), frozen.end(), part); }

Result<void> check_interventions(const NetworkDescription& network, std::span<const Intervention> interventions) {
    for (const Intervention& one : interventions) {
        if (!has_layer(network, one.layer)) return no_layer(network, one.layer, "whose values could be set");
        const LayerDescription& layer = network.layers[static_cast<std::size_t>(one.layer.index)];
        if (one.channel < 0 || one.channel >= layer.output_shape[0])
            return Error{ErrorCode::InvalidArgument, "Layer '" + layer.spec.name + "' has no channel " +
                                                         std::to_string(one.channel) + " among its " +
                                                         std::to_string(layer.output_shape[0]) + ": name another"};
    }
    return {};
}

Result<void> check_frozen(const NetworkDescription& network, FrozenPart part) {
    if (!has_layer(network, part.layer)) return no_layer(network, part.layer, "that could be frozen");
    const LayerDescription& layer = network.layers[static_cast<std::size_t>(part.layer.index)];
    const std::string name = "Layer '" + layer.spec.name + "'";
    if (!layer.owns_weights())
        return Error{ErrorCode::InvalidArgument,
                     name + (layer.weights_of ? " learns nothing by itself, as its weights are another's: freeze '" +
                                                    layer.spec.weights_of + "'"
                                              : " has no weights that could be frozen: name one that has")};
    if (part.filter == -1) return {};
    if (layer.spec.kind == LayerKind::ConvTranspose2d)
        return Error{ErrorCode::InvalidArgument, name + " has its filters interwoven: freeze all of it"};
    if (part.filter < 0 || part.filter >= layer.weight_shape[0])
        return Error{ErrorCode::InvalidArgument, name + " has no filter " + std::to_string(part.filter) +
                                                     " among its " + std::to_string(layer.weight_shape[0]) +
                                                     ": name another"};
    return {};
}

Result<void> check_restraints(const NetworkDescription& network, const Restraints& restraints) {
    if (Result<void> there = check_interventions(network, restraints.channels); !there) return there;
    for (const Intervention& one : restraints.channels)
        if (!std::isfinite(one.value))
            return Error{ErrorCode::InvalidArgument, "A channel can only be held at a number"};
    for (const FrozenPart& part : restraints.frozen)
        if (Result<void> there = check_frozen(network, part); !there) return there;
    return {};
}

}  // namespace convscope
