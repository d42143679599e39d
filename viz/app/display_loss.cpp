#include "viz/app/display_loss.h"

#include <dlfcn.h>
#include <pthread.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <utility>

namespace convscope {
namespace {

constexpr std::array<int, 2> kBadAccess = {SIGSEGV, SIGBUS};

DisplayLoss& act() {
    static DisplayLoss kept;
    return kept;
}

int display_lost(void*) {
    act()("The display has gone away");
    return 0;
}

struct Opening {
    pthread_t thread;
    std::array<struct sigaction, kBadAccess.size()> before;
};

Opening& opening() {
    static Opening kept;
    return kept;
}

void handle_as_before() {
    for (std::size_t i = 0; i < kBadAccess.size(); ++i) sigaction(kBadAccess[i], &opening().before[i], nullptr);
}

// What is done in it is more than a signal's handler may do in general. This one interrupts the driver at a null
// pointer, and whatever it leaves undone there: nobody comes back to it.
void bad_access(int) {
    handle_as_before();
    if (!pthread_equal(pthread_self(), opening().thread)) return;  // to the same instruction, which fails again
    act()("The display has gone away, or its driver has failed, while the window was opened");
}

}  // namespace

void on_display_loss(DisplayLoss last_act) {
    act() = std::move(last_act);
    // The library that GLFW loads as well, and before it does; nothing else here needs Xlib.
    void* xlib = dlopen("libX11.so.6", RTLD_LAZY);
    if (!xlib) return;
    using Handler = int (*)(void* display);
    if (auto* set = reinterpret_cast<Handler (*)(Handler)>(dlsym(xlib, "XSetIOErrorHandler"))) set(display_lost);
}

WindowOpening::WindowOpening() {
    opening().thread = pthread_self();
    struct sigaction action = {};
    action.sa_handler = bad_access;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kBadAccess.size(); ++i) sigaction(kBadAccess[i], &action, &opening().before[i]);
}

WindowOpening::~WindowOpening() { handle_as_before(); }

}  // namespace convscope
