// The tables of assets/colormaps, inside the program.
#pragma once

#include "viz/gfx/embedded_file.h"

#include <span>

namespace convscope {

// *.txt, generated at build time.
std::span<const gfx::EmbeddedFile> embedded_colormaps();

}  // namespace convscope
