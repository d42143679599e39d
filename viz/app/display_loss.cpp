#include "viz/app/display_loss.h"

#include <dlfcn.h>

#include <utility>

namespace convscope {
namespace {

std::function<void()>& act() {
    static std::function<void()> kept;
    return kept;
}

int display_lost(void*) {
    act()();
    return 0;
}

}  // namespace

void on_display_loss(std::function<void()> last_act) {
    act() = std::move(last_act);
    // The library that GLFW loads as well, and before it does; nothing else here needs Xlib.
    void* xlib = dlopen("libX11.so.6", RTLD_LAZY);
    if (!xlib) return;
    using Handler = int (*)(void* display);
    if (auto* set = reinterpret_cast<Handler (*)(Handler)>(dlsym(xlib, "XSetIOErrorHandler"))) set(display_lost);
}

}  // namespace convscope
