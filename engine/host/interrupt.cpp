#include "engine/host/interrupt.h"

#include <signal.h>

#include <array>
#include <cstddef>

namespace convscope {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // hence may be written by a signal handler

namespace {

struct Telling {
    int signal;
    const char* name;
};
constexpr std::array kTelling{Telling{SIGINT, "SIGINT"}, Telling{SIGTERM, "SIGTERM"}, Telling{SIGHUP, "SIGHUP"},
                              Telling{SIGPIPE, "SIGPIPE"}, Telling{SIGXCPU, "SIGXCPU"}};

std::atomic<int> told_by{0};
static_assert(std::atomic<int>::is_always_lock_free);
std::atomic<sem_t*> waker{nullptr};
static_assert(std::atomic<sem_t*>::is_always_lock_free);
std::array<struct sigaction, kTelling.size()> before{};

// Nothing here but what POSIX allows in a handler.
void note_interrupt(int signal) {
    int none = 0;
    told_by.compare_exchange_strong(none, signal);
    interrupted = true;
    if (sem_t* wake = waker) sem_post(wake);
}

}  // namespace

InterruptScope::InterruptScope(sem_t* wake) {
    interrupted = false;
    told_by = 0;
    waker = wake;
    for (std::size_t i = 0; i < kTelling.size(); ++i) {
        const int signal = kTelling[i].signal;
        sigaction(signal, nullptr, &before[i]);
        if (before[i].sa_handler == SIG_IGN) continue;
        struct sigaction action {};
        action.sa_handler = note_interrupt;
        action.sa_flags = SA_RESTART | (signal == SIGINT ? static_cast<int>(SA_RESETHAND) : 0);
        sigaction(signal, &action, nullptr);
    }
}

InterruptScope::~InterruptScope() {
    for (std::size_t i = 0; i < kTelling.size(); ++i) sigaction(kTelling[i].signal, &before[i], nullptr);
    waker = nullptr;
}

const char* interrupting_signal() {
    for (const Telling& telling : kTelling)
        if (telling.signal == told_by) return telling.name;
    return "";
}

int interrupted_exit_code() { return 128 + told_by; }

void ignore_broken_pipes() { signal(SIGPIPE, SIG_IGN); }
void make_size_limits_errors() { signal(SIGXFSZ, SIG_IGN); }

}  // namespace convscope
