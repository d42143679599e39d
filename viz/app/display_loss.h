// What happens when the display goes away beneath the window: the X server has ended, or its connection is cut.
#pragma once

#include <functional>

namespace convscope {

// Xlib would call exit(), in the middle of whatever this thread was doing and while others run. From now on it calls
// `last_act` instead, which may not return to it and so ends the process. To be called before the window is opened;
// without Xlib nothing changes, as Wayland's end closes the window as the user would.
void on_display_loss(std::function<void()> last_act);

}  // namespace convscope
