// The recipes that travel inside the program: the files of assets/recipes, embedded when it is built.
#pragma once

#include "engine/api/recipe.h"
#include "engine/core/result.h"

#include <span>
#include <string_view>

namespace convscope {

struct EmbeddedRecipe {
    std::string_view file_name;  // "wide-cnn.toml"
    std::string_view toml;       // the file, comments included

    // What the user calls it: "wide-cnn".
    std::string_view name() const { return file_name.substr(0, file_name.rfind('.')); }
};

inline constexpr std::string_view kDefaultRecipe = "wide-cnn";

// All of them, by name. The texts live for ever.
std::span<const EmbeddedRecipe> recipes();

// What --recipe takes: the name of a built-in recipe, else a file. NotFound names the built-in ones.
Result<Recipe> find_recipe(std::string_view name_or_file);

}  // namespace convscope
