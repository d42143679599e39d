// What the right button offers on a map or a kernel: the selected channel, changed by hand. UI thread.
#pragma once

#include "viz/panels/panel.h"

namespace convscope {

// Within the window whose tiles were right-clicked, once a frame. `opens`: in this frame, on what is selected by it.
void by_hand_menu(FrameContext& context, bool opens);

// A line in the tooltip under way where something is done to that channel: "silenced by hand".
void held_line(const FrameContext& context, LayerId layer, std::int64_t channel);

}  // namespace convscope
