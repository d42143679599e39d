#include "engine/host/session_keeper.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <utility>

namespace convscope {
namespace {

SessionKeeper* keeper = nullptr;  // the main thread's
std::terminate_handler terminate_before = nullptr;

bool on_main_thread() { return gettid() == getpid(); }

// Before anything static is destroyed that the session's threads use.
void at_exit(int status, void*) {
    if (!on_main_thread()) _exit(status);
    if (keeper) keeper->end();
}

[[noreturn]] void at_termination() {
    if (on_main_thread() && keeper) keeper->end();
    terminate_before();
    std::abort();
}

}  // namespace

SessionKeeper::SessionKeeper(std::unique_ptr<Session> session) : session_(std::move(session)) {
    [[maybe_unused]] static const bool once = [] {
        on_exit(at_exit, nullptr);
        terminate_before = std::set_terminate(at_termination);
        return true;
    }();
    keeper = this;
}

SessionKeeper::~SessionKeeper() {
    end();
    keeper = nullptr;
}

void SessionKeeper::end() { std::exchange(session_, nullptr).reset(); }

}  // namespace convscope
