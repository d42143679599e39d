#include "engine/cli/saved_network.h"

#include "engine/formats/network_weights.h"
#include "engine/formats/torch_file.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"
#include "engine/train/checkpoint.h"

#include <algorithm>
#include <cstdio>

namespace convscope {

Result<StateDict> weights_for(const NetworkDescription& network, const PickleValue& file, const std::string& name,
                              const std::string& key) {
    Result<NetworkWeights> weights = match_weights(file, name, key, network);
    if (!weights.ok()) return weights.error();
    if (!weights.value().mapping.empty()) {
        std::fprintf(stderr, "The names differ, the shapes match in their order; taken as\n");
        for (const auto& [ours, theirs] : weights.value().mapping)
            std::fprintf(stderr, "  %-24s %s\n", ours.c_str(), theirs.c_str());
    }
    return std::move(weights).value().tensors;
}

Result<SavedNetwork> open_saved_network(const WeightsOptions& options) {
    const Result<PickleValue> file = read_torch_file(options.checkpoint);
    if (!file.ok()) return file.error();
    Result<Recipe> recipe =
        options.recipe.empty() ? recipe_of_checkpoint(file.value(), options.checkpoint) : find_recipe(options.recipe);
    if (recipe.ok()) recipe = override_recipe(recipe.value(), options.set);
    if (!recipe.ok()) return recipe.error();
    Result<NetworkDescription> plan = plan_network(recipe.value());
    if (!plan.ok()) return plan.error();
    const Result<StateDict> weights = weights_for(plan.value(), file.value(), options.checkpoint, options.key);
    if (!weights.ok()) return weights.error();
    try {
        SavedNetwork saved{std::move(recipe).value(), LayeredNetwork(std::move(plan).value(), torch::kCPU), {}};
        saved.class_names = class_names_of_checkpoint(file.value(), saved.recipe.class_count);
        if (const Result<void> loaded = saved.network.load(weights.value()); !loaded.ok())
            return Error{loaded.error().code, options.checkpoint + ": " + loaded.error().message};
        return saved;
    } catch (const std::exception& error) {
        return Error{ErrorCode::Failed, options.checkpoint + ": " + error.what()};
    }
}

bool normalisation_unknown(const Recipe& recipe) {
    const Recipe unmeasured;
    return recipe.normalise_from_data && recipe.input_mean == unmeasured.input_mean &&
           recipe.input_deviation == unmeasured.input_deviation;
}

}  // namespace convscope
