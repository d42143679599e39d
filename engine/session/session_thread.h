// A thread that drives one run, or two alternately, each with the one beside it where somebody wants that: takes
// commands at the boundary between two pieces of work.
#pragma once

#include "engine/api/session.h"
#include "engine/core/mailbox.h"
#include "engine/session/run_pair.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace convscope {

class SessionThread {
public:
    // One run and what it publishes.
    struct Lane {
        MakeTrainer make_trainer;
        SessionOptions options;
    };
    // The lanes take turns, a piece of work each, so that the order of all that happens does not depend on what else
    // the machine does. They share a thread, and the first one's clock.
    explicit SessionThread(std::vector<Lane> lanes);
    // Ends the training, saves what is to be saved, and waits for it.
    ~SessionThread();
    SessionThread(const SessionThread&) = delete;
    SessionThread& operator=(const SessionThread&) = delete;

    // The door to one of them, in the order given, which has one to its twin. Commands have ids that rise over all.
    Session& lane(std::size_t index);

private:
    class Door;
    struct Run;
    struct Letter {
        CommandId id;
        Run* run;
        bool to_twin;
        Command command;
    };

    CommandId post(Run& run, bool to_twin, Command command);

    // The thread's own.
    void thread_main();
    void deliver();
    void turn();
    bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

    Mailbox<Letter> letters_;
    std::vector<Letter> inbox_;          // the thread's
    std::atomic<bool> stopping_{false};  // written by the destructor
    std::mutex id_mutex_;                // commands enter the mailbox in the order of their ids
    std::uint64_t next_command_ = 1;     // guarded by id_mutex_
    std::shared_ptr<const Clock> clock_;
    std::vector<std::unique_ptr<Run>> runs_;
    std::thread thread_;  // last: it starts when everything above exists
};

}  // namespace convscope
