// The bar along the window's upper edge: what learns from which data, how far it is, the workspaces, theme and help.
#pragma once

#include "viz/app/shortcuts.h"
#include "viz/panels/panel.h"

#include <optional>

namespace convscope {

// Returns what was clicked. What does not fit is left out, the iteration last of all.
std::optional<Action> draw_top_bar(FrameContext& context, float height);

// "running", "paused", ...: as shown and reported.
const char* state_name(const Snapshot* snapshot);

}  // namespace convscope
