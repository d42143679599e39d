#include "engine/host/recipe_tools.h"

#include "engine/core/whole_file.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"

namespace convscope {

std::vector<Recipe> built_in_recipes() {
    std::vector<Recipe> all;
    for (const EmbeddedRecipe& embedded : recipes())
        if (Result<Recipe> recipe = find_recipe(embedded.name()); recipe.ok()) all.push_back(std::move(recipe).value());
    return all;
}

std::string recipe_text(const Recipe& recipe) { return to_toml(recipe); }

Result<NetworkDescription> check_recipe(const Recipe& recipe) { return plan_network(recipe); }

Result<void> save_recipe(const Recipe& recipe, const std::filesystem::path& path) {
    Recipe named = recipe;
    named.name = path.stem().string();
    const std::string text = to_toml(named);
    // Read back first: a file that --recipe would refuse is of no use to anybody.
    if (const Result<Recipe> again = parse_recipe(text, path.string()); !again.ok()) return again.error();
    return write_whole_file(path, text);
}

}  // namespace convscope
