#include "engine/cli/saved_network.h"

#include "engine/data/picture_convention.h"
#include "engine/formats/state_dict.h"
#include "engine/formats/torch_file.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"
#include "engine/train/checkpoint.h"

#include <algorithm>
#include <cstdio>

namespace convscope {
namespace {

// Copies what was found into the network, place by place.
void copy_weights(const StateDict& found, const StateDictMatch& match,
                  std::vector<std::pair<std::string, torch::Tensor>>& wanted) {
    torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const NamedTensor& tensor = found[match.places[i]];
        const torch::Tensor values = torch::empty(tensor.shape, torch::kFloat32);
        std::copy(tensor.values.begin(), tensor.values.end(), values.data_ptr<float>());
        wanted[i].second.copy_(values);
    }
}

std::vector<std::pair<std::string, torch::Tensor>> wanted_tensors(const LayeredNetwork& network) {
    auto all = network.named_parameters();
    for (auto& buffer : network.named_buffers())
        if (!buffer.first.ends_with(".num_batches_tracked")) all.push_back(std::move(buffer));
    // In PyTorch's order a layer's running values stand beside its weights, which matters where names differ.
    std::vector<std::pair<std::string, torch::Tensor>> ordered;
    for (const LayerDescription& layer : network.description().layers)
        for (const auto& one : all)
            if (one.first.substr(0, one.first.rfind('.')) == layer.spec.name) ordered.push_back(one);
    return ordered;
}

}  // namespace

Result<SavedNetwork> open_saved_network(const WeightsOptions& options) {
    const Result<PickleValue> file = read_torch_file(options.checkpoint);
    if (!file.ok()) return file.error();
    Result<Recipe> recipe =
        options.recipe.empty() ? recipe_of_checkpoint(file.value(), options.checkpoint) : find_recipe(options.recipe);
    if (recipe.ok()) recipe = override_recipe(recipe.value(), options.set);
    if (!recipe.ok()) return recipe.error();
    const Result<StateDict> found = find_state_dict(file.value(), options.checkpoint, BatchCounts::Drop);
    if (!found.ok()) return found.error();
    Result<NetworkDescription> plan = plan_network(recipe.value());
    if (!plan.ok()) return plan.error();

    try {
        SavedNetwork saved{std::move(recipe).value(), LayeredNetwork(std::move(plan).value(), torch::kCPU)};
        auto wanted = wanted_tensors(saved.network);
        std::vector<WantedTensor> shapes;
        for (const auto& [name, tensor] : wanted) shapes.push_back({name, tensor.sizes().vec()});
        const StateDictMatch match = match_state_dict(shapes, found.value());
        if (match.kind == StateDictMatch::Kind::None) {
            std::string text = options.checkpoint + ": its weights are not those of the recipe '" + saved.recipe.name +
                               "'; name another one with --recipe";
            for (const std::string& problem : match.problems) text += "\n  " + problem;
            return Error{ErrorCode::InvalidArgument, std::move(text)};
        }
        if (match.kind == StateDictMatch::Kind::ByOrder) {
            std::fprintf(stderr, "The names differ, the shapes match in their order; taken as\n");
            for (const auto& [ours, theirs] : match.mapping)
                std::fprintf(stderr, "  %-24s %s\n", ours.c_str(), theirs.c_str());
        }
        copy_weights(found.value(), match, wanted);
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

void settle_pictures(Recipe& recipe) {
    const PictureConvention asked = recipe.pictures;
    recipe.pictures = settled(picture_format(recipe));
    if (recipe.pictures == asked) return;
    std::fprintf(
        stderr,
        "The recipe does not say what the pictures were like that the network learned from; taken is input.invert "
        "= \"%s\", input.centre = \"%s\"%s (--set changes them)\n",
        std::string(to_string(recipe.pictures.invert)).c_str(), std::string(to_string(recipe.pictures.centre)).c_str(),
        recipe.pictures.centre == CentreKind::Yes ? ", as MNIST's" : "");
}

}  // namespace convscope
