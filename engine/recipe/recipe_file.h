// Recipes as TOML text; the format is described in assets/recipes/README.md. Any thread may call; nothing is kept.
#pragma once

#include "engine/api/recipe.h"
#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace convscope {

inline constexpr std::int64_t kMaxClasses = 1000;  // a confusion matrix has their square

// A recipe that was read can be built: its settings are in range and plan_network() accepts it. Anything else is an
// error that begins with "file:line: " (and "layer 'conv2': " where one is meant) and ends with the remedy: a key that
// is unknown, missing, of the wrong type or out of range, a layer kind that does not exist, an impossible shape.
// `file_name` is for the messages only.
Result<Recipe> parse_recipe(std::string_view toml, std::string_view file_name);

// NotFound or Io when the file cannot be read, else as parse_recipe.
Result<Recipe> load_recipe_file(const std::filesystem::path& path);

// The recipe with settings replaced, each "section.key=value" as in the file ("optimizer.learning_rate=0.01",
// "layer.conv1.channels=16", "training.epochs=3"); a new kind drops the old kind's own settings. Checked as a file is;
// the error begins with "--set".
Result<Recipe> override_recipe(const Recipe& recipe, std::span<const std::string> assignments);

// The recipe as a file: parse_recipe(to_toml(r)) is r again, but for LayerSpec::line. Comments are not kept.
std::string to_toml(const Recipe& recipe);

}  // namespace convscope
