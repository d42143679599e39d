#include "engine/host/saved_network.h"

#include "engine/data/picture_convention.h"
#include "engine/formats/checkpoint.h"
#include "engine/formats/network_weights.h"
#include "engine/host/run_folders.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"

#include <algorithm>
#include <cstdio>

namespace convscope {

namespace {

void say_what_was_taken(const NetworkWeights& weights, bool verbose) {
    if (!weights.mapping.empty()) {
        std::fprintf(stderr, "The names differ, the shapes match in their order; taken as\n");
        for (const auto& [ours, theirs] : weights.mapping)
            std::fprintf(stderr, "  %-24s %s\n", ours.c_str(), as_shown(theirs).c_str());
    }
    if (!weights.others.empty()) {
        std::fprintf(
            stderr, "Of several weights in the file those in '%s' are taken; --key names others:", weights.key.c_str());
        for (const std::string& other : weights.others) std::fprintf(stderr, " %s", as_shown(other).c_str());
        std::fputc('\n', stderr);
    }
    if (!weights.extra.empty()) {
        const std::size_t more = weights.extra.size() - 1;
        const std::string others = more == 0 ? "" : " and " + std::to_string(more) + " more";
        std::fprintf(stderr,
                     "Left out is what the recipe's network has no layers for: %s%s%s. If it is a part of what was "
                     "trained, name another recipe with --recipe\n",
                     in_quotes(weights.extra.front()).c_str(), others.c_str(),
                     verbose || more == 0 ? "" : " (--verbose names them)");
    }
    if (verbose) say_what_was_passed_over(weights.beside, weights.unread);
}

// Or else nobody would understand why the same weights answer otherwise elsewhere.
void say_what_is_held(const std::string& file, const NetworkDescription& network, const Interventions& held) {
    if (held.empty()) return;
    std::fprintf(stderr, "%s: as in its run, these channels are held by hand:", file.c_str());
    for (const Intervention& one : held)
        std::fprintf(
            stderr, " %s %lld at %g%s", network.layers[static_cast<std::size_t>(one.layer.index)].spec.name.c_str(),
            static_cast<long long>(one.channel), static_cast<double>(one.value), &one == &held.back() ? "\n" : ",");
}

}  // namespace

void say_what_was_passed_over(const std::vector<std::pair<std::string, std::string>>& beside,
                              const std::vector<std::pair<std::string, std::string>>& unread) {
    for (const auto& [where, what] : beside)
        std::fprintf(stderr, "Beside the weights: %s (%s)\n", in_quotes(where).c_str(), what.c_str());
    for (const auto& [where, what] : unread) std::fprintf(stderr, "Not read: '%s' (%s)\n", where.c_str(), what.c_str());
}

Result<std::vector<NamedTensor>> weights_for(const NetworkDescription& network, const WeightsFile& file,
                                             const std::string& name, const std::string& key, bool verbose) {
    Result<NetworkWeights> weights = match_weights(file, name, key, network);
    if (!weights.ok()) return weights.error();
    say_what_was_taken(weights.value(), verbose);
    if (const auto problem = not_finite(weights.value()))
        return Error{ErrorCode::InvalidArgument,
                     name + ": " + *problem + ": training broke there; take a checkpoint from before"};
    return std::move(weights).value().tensors;
}

Result<SavedNetwork> open_saved_network(const WeightsOptions& options) {
    const Result<WeightsFile> file = read_weights_file(options.checkpoint);
    if (!file.ok()) return file.error();
    Result<Recipe> recipe = options.recipe.empty() ? recipe_of_checkpoint(file.value().content, options.checkpoint)
                                                   : find_recipe(options.recipe);
    if (recipe.ok()) recipe = override_recipe(recipe.value(), options.set);
    if (!recipe.ok()) return recipe.error();
    Result<NetworkDescription> plan = plan_network(recipe.value());
    if (!plan.ok()) return plan.error();
    auto weights = weights_for(plan.value(), file.value(), options.checkpoint, options.key, options.verbose);
    if (!weights.ok()) return weights.error();
    std::vector<std::string> names = class_names_of_checkpoint(file.value().content, recipe.value().class_count);
    Interventions held = restraints_of_checkpoint(file.value().content, plan.value()).channels;
    say_what_is_held(options.checkpoint, plan.value(), held);
    return SavedNetwork{std::move(recipe).value(), std::move(plan).value(), std::move(weights).value(),
                        std::move(names), std::move(held)};
}

Error output_is_no_number(const WeightsOptions& options) {
    return Error{ErrorCode::InvalidArgument,
                 options.checkpoint +
                     ": the network's output is not-a-number, as its weights are so large that sums "
                     "overflow; take a checkpoint from before"};
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
