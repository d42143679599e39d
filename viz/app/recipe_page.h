// The recipe in effect, over the window: every setting, grouped and named as in the recipe's file.
#pragma once

#include "viz/app/recipe_sections.h"
#include "viz/app/shortcuts.h"
#include "viz/widgets/style.h"

#include <optional>
#include <span>

namespace convscope {

// Empty `sections`: there is no run yet. Action::Close when it was clicked beside.
std::optional<Action> draw_recipe_page(const WidgetStyle& style, std::span<const RecipeSection> sections);

}  // namespace convscope
