// ImGui's style from a palette: flat, quiet, on a grid of 8 pixels. UI thread.
#pragma once

#include "viz/view/palette.h"

namespace convscope {

// Of the current ImGui context. `scale` multiplies every length.
void apply_theme(const Palette& colors, float scale);

}  // namespace convscope
