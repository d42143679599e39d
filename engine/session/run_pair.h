// A run, and the one beside it while somebody wants that: driven by one thread, so that what happens first is the same
// every time. The first leads, the other follows it (lockstep.h) and is nothing to it: what either throws, the other
// one goes on.
#pragma once

#include "engine/api/session.h"
#include "engine/session/lockstep.h"
#include "engine/session/run_driver.h"

#include <cstdint>
#include <memory>

namespace convscope {

// One thread calls all of it but for publisher() and twin_publisher(), whose readers may have another.
class RunPair {
public:
    RunPair(MakeTrainer make_trainer, SessionOptions options, Rest rest);

    Publisher& publisher() { return leader_.publisher(); }
    // Of whichever run is beside it, one after the other.
    Publisher& twin_publisher() { return *twin_publisher_; }

    // As RunDriver's; nothing is thrown.
    void begin();
    void apply(CommandId id, const Command& command);
    void apply_to_twin(CommandId id, const Command& command);
    void answer();
    // A piece of work of the leader, or of the twin where that has to catch up, or of both.
    bool work();
    TimePoint next_due();
    void end();

    RunDriver& leader() { return leader_; }
    RunDriver* twin() { return twin_.get(); }  // null: there is none

private:
    void begin_twin(CommandId id, const command::BeginTwin& request);
    Result<void> make_twin(RunBeside other, const command::BeginTwin& request);
    void end_twin();
    void end_twin_of_another_run();
    LedPlace leader_place() const;
    FollowerPlace twin_place() const;
    FollowerMove next_move_of_twin() const { return next_move(leader_place(), twin_place()); }
    void move_twin(const FollowerMove& move);
    void bring_twin_here();
    bool work_together();
    void look_at_lanes();
    void look_at_probe();
    void show_place();
    // What it does is done with the run's own number of threads.
    template <typename Work>
    void guarded(RunDriver& driver, const Work& work);

    const SessionOptions options_;
    const Rest rest_;
    RunDriver leader_;
    const std::shared_ptr<Publisher> twin_publisher_;
    std::unique_ptr<RunDriver> twin_;
    command::Watch twin_watch_;  // what is looked at there, whether there is a run or not
    CommandId twin_applied_;
    bool answer_due_ = false;  // commands were applied
    bool twin_answer_due_ = false;
    RunDriver* at_work_ = &leader_;  // last, so that the thread has its number of threads; null: not known whose
    // Of the twin that there is.
    TwinPlace place_;              // as it is told
    Pace last_pace_{0.0};          // at which the leader's latest iteration was trained
    std::int64_t beginnings_ = 0;  // of the leader, when it began
    RunId leader_lane_;            // where they were last
    RunId twin_lane_;
    ProbeSource probe_;  // that both look at
};

}  // namespace convscope
