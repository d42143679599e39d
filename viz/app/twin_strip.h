// While a run is trained beside the first: the line over the panels that says which one is ahead and switches what is
// looked at, and the names over the halves of a panel. UI thread.
#pragma once

#include "viz/panels/panel.h"

namespace convscope {

inline constexpr float kTwinStripHeight = 34.0F;

// Across the window; `context.twin.lane` is there.
void draw_twin_strip(FrameContext& context, float top, float height);

// Whose values are below it, so wide, at the cursor, which it moves on; how high it is. `margin`: from its left.
float draw_face_name(const FrameContext& context, Face face, float width, bool backdrop);

}  // namespace convscope
