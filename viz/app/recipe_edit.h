// What editing a recipe's network means. Pure; any thread.
#pragma once

#include "engine/api/layer_kinds.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// Whether a layer of the kind can be added: all but what needs layers within.
bool can_be_added(LayerKind kind);

// A layer with settings that are a usual beginning and a name that no layer of the recipe has, nested ones included.
LayerSpec new_layer(const Recipe& recipe, LayerKind kind);

// The names of layers that another one takes, as one line of text, and back from whatever stands between them.
std::string line_of_names(const std::vector<std::string>& names);
std::vector<std::string> names_in_line(std::string_view line);

// Before the layer at `place`; at the end for recipe.layers.size(). What joins others joins the two before it.
void add_layer(Recipe& recipe, std::size_t place, LayerKind kind);
void remove_layer(Recipe& recipe, std::size_t place);
// Towards the output (1) or the input (-1); at the ends it stays. Where it is now.
std::size_t move_layer(Recipe& recipe, std::size_t place, int by);
// With all that takes its output or uses its weights, within blocks as well. A name that is taken, or none, changes
// nothing: false.
bool rename_layer(Recipe& recipe, std::size_t place, const std::string& name);

// The layer that a message about the recipe is about, by its name in quotes; layers.size(): none.
std::size_t layer_in_message(const Recipe& recipe, std::string_view message);

// Which of the editor's columns a kind's setting stands in: kernel size, stride and padding in 1, 2 and 3, the first of
// the others in 0. kFieldCount: in none, but among the details of the chosen layer.
constexpr std::size_t kFieldCount = 4;
std::size_t field_of(std::span<const LayerSetting> settings, std::size_t index);

}  // namespace convscope
