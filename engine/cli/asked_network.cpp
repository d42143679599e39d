#include "engine/cli/asked_network.h"

#include "engine/core/machine_memory.h"
#include "engine/recipe/network_memory.h"

#include <utility>

namespace convscope {

Result<AskedNetwork> open_asked_network(const WeightsOptions& options) {
    Result<SavedNetwork> saved = open_saved_network(options);
    if (!saved.ok()) return saved.error();
    Recipe& recipe = saved.value().recipe;
    Result<void> room = check_network_memory(recipe, saved.value().network, NetworkUse::Answering, /*pictures=*/1);
    if (room.ok()) room = check_address_space();
    if (!room.ok()) return room.error();
    if (recipe.input_channels != 1 && recipe.input_channels != 3)
        return Error{ErrorCode::Unsupported, "The recipe '" + recipe.name + "' takes " +
                                                 std::to_string(recipe.input_channels) +
                                                 " channels, a picture has 1 or 3"};
    if (normalisation_unknown(recipe))
        return Error{ErrorCode::InvalidArgument,
                     "The recipe '" + recipe.name +
                         "' normalises by the training pictures, which are not here: name the run's own recipe.toml "
                         "or last.pt, or give what was measured with --set input.mean=X --set input.deviation=Y --set "
                         "input.normalise_from_data=false"};
    settle_pictures(recipe);
    Result<FrozenNetwork> network = FrozenNetwork::with(recipe, saved.value().weights, nullptr, saved.value().held);
    if (!network.ok()) return Error{network.error().code, options.checkpoint + ": " + network.error().message};
    return AskedNetwork{std::move(network).value(), std::move(saved.value().class_names)};
}

}  // namespace convscope
