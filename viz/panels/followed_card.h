// The selected value of the pass in the phases of an iteration that is held: value, gradient and step, over the scene.
// UI thread.
#pragma once

#include "viz/panels/panel.h"
#include "viz/scene/place.h"

#include <imgui.h>

namespace convscope {

// A window of its own with its upper right corner at `corner`, at most `height` high. The lane shows a phase. Watches
// what it takes; true when the card was closed.
bool draw_followed_card(FrameContext& context, const NetworkDescription& network, const Place& place, ImVec2 corner,
                        float height);

}  // namespace convscope
