// What every shader that includes value_color.glsl is given. GL thread only.
#pragma once

#include "viz/gfx/handle.h"
#include "viz/render/colormap.h"
#include "viz/view/palette.h"

namespace convscope {

// One row of 256 colours per colormap: u_colormaps.
gfx::Texture make_colormap_texture();

void set_color(GLint uniform, Rgba color);

}  // namespace convscope
