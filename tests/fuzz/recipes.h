// What every target does with what was read of a recipe: it is refused with a sentence, or it is a recipe that can be
// planned, written and read again.
#pragma once

#include "engine/recipe/network_memory.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"

#include <cstdlib>

namespace convscope::fuzz {

inline void forget_lines(std::vector<LayerSpec>& layers) {
    for (LayerSpec& layer : layers) {
        layer.line = 0;
        forget_lines(layer.body);
        forget_lines(layer.shortcut);
    }
}

inline void look_at(const Result<Recipe>& read) {
    constexpr std::size_t kLongestSentence = 4000;  // some list what is known
    if (!read) {
        if (read.error().message.empty() || read.error().message.size() > kLongestSentence) std::abort();
        return;
    }
    Recipe recipe = read.value();
    const auto plan = plan_network(recipe);
    if (!plan) std::abort();
    if (check_network_memory(recipe, plan.value(), NetworkUse::Training, recipe.batch_size, /*available=*/0))
        std::abort();
    const auto again = parse_recipe(to_toml(recipe), "written.toml");
    if (!again) std::abort();
    Recipe reread = again.value();
    forget_lines(recipe.layers);
    forget_lines(reread.layers);
    if (!(recipe == reread)) std::abort();
}

}  // namespace convscope::fuzz
