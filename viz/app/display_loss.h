// What happens when the display goes away beneath the window: the X server has ended, or its connection is cut.
#pragma once

#include <functional>

namespace convscope {

// What is done then, with a sentence that says what has happened. May not return, and so ends the process: what calls
// it is beyond returning to.
using DisplayLoss = std::function<void(const char* sentence)>;

// Xlib would call exit(), in the middle of whatever this thread was doing and while others run. From now on it calls
// `last_act` instead. To be called before the window is opened; without Xlib nothing changes, as Wayland's end closes
// the window as the user would.
void on_display_loss(DisplayLoss last_act);

// While a window is opened the driver speaks with the display past Xlib, and takes a reply that never came for one
// (Mesa's GLX, in one of ten servers that were killed at that moment). So as long as this lives, a bad memory access of
// the thread that made it is the display's loss; those of other threads end the process as ever. One at a time, and
// after on_display_loss.
class WindowOpening {
public:
    WindowOpening();
    ~WindowOpening();
    WindowOpening(const WindowOpening&) = delete;
    WindowOpening& operator=(const WindowOpening&) = delete;
};

}  // namespace convscope
