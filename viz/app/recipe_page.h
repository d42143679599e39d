// The recipe in effect, over the window: every setting, grouped and named as in the recipe's file.
#pragma once

#include "viz/app/recipe_sections.h"
#include "viz/panels/panel.h"

#include <span>

namespace convscope {

// Empty `sections`: there is no run yet. A click beside it closes it.
void draw_recipe_page(FrameContext& context, std::span<const RecipeSection> sections);

}  // namespace convscope
