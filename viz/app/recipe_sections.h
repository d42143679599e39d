// The text of a recipe, taken apart for the page that shows it. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convscope {

struct RecipeSection {
    std::string heading;  // as in the file without its brackets; of a layer its name and kind, "block1 / conv2, conv2d"
    std::vector<std::pair<std::string, std::string>> rows;  // key, value, the latter without quotes
};

// Of a recipe as TOML, a setting a line, each section begun by its header; what stands before the first is "recipe".
std::vector<RecipeSection> recipe_sections(std::string_view toml);

// Which of `columns` columns each section goes to, in order and none torn apart, so that the highest column is as low
// as it can be.
std::vector<int> pack_columns(std::span<const int> heights, int columns);

}  // namespace convscope
