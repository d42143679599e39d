#include "engine/cli/interrupt.h"

#include <signal.h>

namespace convscope {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // hence may be written by a signal handler

namespace {

std::atomic<sem_t*> waker{nullptr};
static_assert(std::atomic<sem_t*>::is_always_lock_free);
struct sigaction before {};

// Nothing here but what POSIX allows in a handler.
void note_interrupt(int) {
    interrupted = true;
    if (sem_t* wake = waker) sem_post(wake);
}

}  // namespace

InterruptScope::InterruptScope(sem_t* wake) {
    interrupted = false;
    waker = wake;
    struct sigaction action {};
    action.sa_handler = note_interrupt;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, &before);
}

InterruptScope::~InterruptScope() {
    sigaction(SIGINT, &before, nullptr);
    waker = nullptr;
}

}  // namespace convscope
