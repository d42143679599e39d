// What editing a recipe's network means. Pure; any thread.
#pragma once

#include "engine/api/recipe.h"

#include <cstddef>
#include <span>

namespace convscope {

// The kinds that can be added: all that need no layers within.
std::span<const LayerKind> addable_kinds();

// A layer with settings that are a usual beginning and a name that no layer of the recipe has, nested ones included.
LayerSpec new_layer(const Recipe& recipe, LayerKind kind);

// Before the layer at `place`; at the end for recipe.layers.size().
void add_layer(Recipe& recipe, std::size_t place, LayerKind kind);
void remove_layer(Recipe& recipe, std::size_t place);

// Which of a layer's settings its kind takes; those that the editor shows.
struct LayerSettings {
    const char* size = nullptr;  // what output_size is called: "channels"; null: there is none
    bool kernel = false;         // kernel size, stride and padding
    bool probability = false;
};
LayerSettings settings_of(LayerKind kind);

}  // namespace convscope
