// Being told to end, for commands that have something to put in order first.
#pragma once

#include <semaphore.h>
#include <atomic>

namespace convscope {

// Set by the first signal since the latest InterruptScope began.
extern std::atomic<bool> interrupted;

// While one exists (one at a time), what ordinarily tells a program to end - Ctrl-C, SIGTERM (kill, a session's logout,
// a batch system), SIGHUP (its terminal is closed), SIGPIPE (nobody reads its output any more), SIGXCPU (a limit of
// processor time) - sets `interrupted`. A second Ctrl-C ends the program; the others may come in pairs, as at logout.
// What was ignored when it began stays so (nohup). Then everything is as it was.
class InterruptScope {
public:
    // `wake`, if any, is posted as well, for a thread that waits on it.
    explicit InterruptScope(sem_t* wake = nullptr);
    ~InterruptScope();
    InterruptScope(const InterruptScope&) = delete;
    InterruptScope& operator=(const InterruptScope&) = delete;
};

// "SIGTERM": what set `interrupted`; empty before.
const char* interrupting_signal();

// The exit code of a program that it has ended, as shells have it: 128 + signal.
int interrupted_exit_code();

// For programs that talk to servers: a connection that breaks is an error there, and no reason to end.
void ignore_broken_pipes();
// A file that becomes larger than `ulimit -f` allows is a failed write like any other, not the end of the program.
void make_size_limits_errors();

}  // namespace convscope
