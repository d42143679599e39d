// What the window's pages do with recipes, without the window knowing how.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/recipe.h"
#include "engine/core/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace convscope {

// Everything that travels inside the program.
std::vector<Recipe> built_in_recipes();

// The recipe as its file says it.
std::string recipe_text(const Recipe& recipe);

// Whether it can be built, and what it would be.
Result<NetworkDescription> check_recipe(const Recipe& recipe);

// As a TOML file that --recipe takes, named after the file; whole or not at all.
Result<void> save_recipe(const Recipe& recipe, const std::filesystem::path& path);

}  // namespace convscope
