// The page over everything that F1 opens: all keys, and what the mouse does.
#pragma once

#include "viz/panels/panel.h"

namespace convscope {

// A click beside it closes it.
void draw_help_page(FrameContext& context);

}  // namespace convscope
