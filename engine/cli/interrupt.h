// Ctrl-C, for commands that have something to put in order first.
#pragma once

#include <semaphore.h>
#include <atomic>

namespace convscope {

// Set by the first Ctrl-C since the latest InterruptScope began.
extern std::atomic<bool> interrupted;

// While one exists (one at a time), the first Ctrl-C sets `interrupted`; the second one ends the program. Then
// everything is as it was.
class InterruptScope {
public:
    // `wake`, if any, is posted as well, for a thread that waits on it.
    explicit InterruptScope(sem_t* wake = nullptr);
    ~InterruptScope();
    InterruptScope(const InterruptScope&) = delete;
    InterruptScope& operator=(const InterruptScope&) = delete;
};

// The exit code of a program that Ctrl-C has ended, as shells have it: 128 + SIGINT.
inline constexpr int kInterruptedExitCode = 130;

}  // namespace convscope
