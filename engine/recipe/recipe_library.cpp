#include "engine/recipe/recipe_library.h"

#include "engine/recipe/recipe_file.h"

#include <filesystem>
#include <string>
#include <system_error>

namespace convscope {

Result<Recipe> find_recipe(std::string_view name_or_file) {
    for (const EmbeddedRecipe& recipe : recipes())
        if (recipe.name() == name_or_file) return parse_recipe(recipe.toml, recipe.file_name);

    const std::filesystem::path path(name_or_file);
    std::error_code ignored;
    if (path.has_parent_path() || path.extension() == ".toml" || std::filesystem::exists(path, ignored))
        return load_recipe_file(path);

    std::string names;
    for (const EmbeddedRecipe& recipe : recipes()) names += (names.empty() ? "" : ", ") + std::string(recipe.name());
    return Error{ErrorCode::NotFound, "there is no recipe '" + std::string(name_or_file) + "'; use one of " + names +
                                          ", or a recipe file's path ending in .toml"};
}

}  // namespace convscope
