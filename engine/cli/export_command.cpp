#include "engine/cli/network_commands.h"
#include "engine/formats/checkpoint.h"
#include "engine/formats/value_words.h"
#include "engine/formats/weights_file.h"
#include "engine/formats/weights_writer.h"
#include "engine/host/run_folders.h"
#include "engine/host/saved_network.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"

#include <algorithm>
#include <cstdio>

namespace convscope {

namespace {

// What stands among the weights and is none that can be read is missing from what is written, so it is said unasked.
void say_what_is_left_out(const FoundWeights& weights, bool verbose) {
    constexpr std::size_t kNamed = 12;
    const std::size_t named = verbose ? weights.unread.size() : std::min(kNamed, weights.unread.size());
    for (std::size_t i = 0; i < named; ++i) {
        const auto& [name, what] = weights.unread[i];
        const std::string maker(made_tensor_by(what));
        const std::string remedy = maker.empty() ? "" : "; " + maker + " in Python, before torch.save, makes one of it";
        std::fprintf(stderr, "Left out is what is no tensor that can be read: %s (%s)%s\n", in_quotes(name).c_str(),
                     as_shown(what).c_str(), remedy.c_str());
    }
    if (named < weights.unread.size())
        std::fprintf(stderr, "Left out are %zu more (--verbose names them)\n", weights.unread.size() - named);
}

// Weights alone do not answer as their run did while it held channels.
void say_what_is_not_held(const PickleValue& file) {
    const Result<Recipe> recipe = recipe_of_checkpoint(file, "");
    if (!recipe.ok()) return;
    const Result<NetworkDescription> plan = plan_network(recipe.value());
    if (!plan.ok()) return;
    const std::size_t held = restraints_of_checkpoint(file, plan.value()).channels.size();
    if (held == 0) return;
    std::fprintf(stderr,
                 "The run holds %zu channel%s by hand, which no weights say: set them in Python too, or let go of them "
                 "before saving\n",
                 held, held == 1 ? "" : "s");
}

}  // namespace

int run_export_command(const ExportOptions& options) {
    const auto complain = [](const Error& error) {
        std::fprintf(stderr, "%s\n", error.message.c_str());
        return 1;
    };
    const WeightsOptions& weights = options.weights;
    if (const Result<void> spared = spare_files(options.file, {weights.checkpoint, weights.recipe}); !spared.ok())
        return complain(spared.error());
    const Result<WeightsFile> file = read_weights_file(weights.checkpoint);
    if (!file.ok()) return complain(file.error());
    WeightsQuestion question{weights.key, {}};
    if (!weights.recipe.empty()) {  // says which of several is meant
        Result<Recipe> recipe = find_recipe(weights.recipe);
        if (recipe.ok()) recipe = override_recipe(recipe.value(), weights.set);
        if (!recipe.ok()) return complain(recipe.error());
        const Result<NetworkDescription> plan = plan_network(recipe.value());
        if (!plan.ok()) return complain(plan.error());
        question.wanted = wanted_tensors(plan.value());
    }
    const Result<FoundWeights> found = find_state_dict(file.value().content, weights.checkpoint, question);
    if (!found.ok()) return complain(found.error());
    if (weights.verbose)
        say_what_was_passed_over(values_beside(file.value().content, found.value().key),
                                 opaque_values(file.value().content));
    say_what_is_left_out(found.value(), weights.verbose);
    say_what_is_not_held(file.value().content);
    const StateDict& tensors = found.value().tensors;
    if (const Result<void> written = write_weights(tensors, options.file); !written.ok())
        return complain(written.error());
    std::printf("%zu tensors of %s are in %s\n", tensors.size(), weights.checkpoint.c_str(), options.file.c_str());
    return 0;
}

}  // namespace convscope
