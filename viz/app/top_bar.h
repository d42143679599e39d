// The bar along the window's upper edge: what learns from which data, how far it is, the workspaces, theme and help.
#pragma once

#include "viz/app/workspaces.h"
#include "viz/panels/panel.h"

#include <span>

namespace convscope {

// What does not fit is left out, the iteration last of all.
void draw_top_bar(FrameContext& context, std::span<const Workspace> workspaces, float height);

// "running", "paused", ...: as shown and reported.
const char* state_name(const Snapshot* snapshot);

}  // namespace convscope
