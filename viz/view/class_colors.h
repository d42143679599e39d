// A colour for each class, told apart on a theme's ground; from the eleventh class on they come again.
#pragma once

#include "viz/view/palette.h"

namespace convscope {

inline constexpr int kClassColors = 10;
// `index` below 0: no class, the palette's no_data.
Rgba class_color(int index, ThemeKind theme);

}  // namespace convscope
