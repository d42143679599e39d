// The five phases of an iteration as buttons: the one at which it is held is lit. UI thread.
#pragma once

#include "viz/panels/panel.h"

namespace convscope {

// From the present cursor on, as one row of at most `width`: short words where the whole ones do not fit. The last item
// is the row.
void phase_buttons(FrameContext& context, float width);
// What it takes with whole words.
float phase_buttons_width(const FrameContext& context);

}  // namespace convscope
