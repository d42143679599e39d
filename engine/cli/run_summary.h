// What a run is made of, for a terminal: its network layer by layer, its settings by their names.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/recipe.h"

#include <string>

namespace convscope {

// A row for the input and one per layer, in forward order: name, kind, output shape, parameters; and their sum. Lines
// end in '\n'.
std::string layer_table(const NetworkDescription& network);

// A line per section of the recipe but its layers, each setting as a recipe file and --set name it. Augmentation that
// changes nothing is left out.
std::string settings_lines(const Recipe& recipe);

}  // namespace convscope
