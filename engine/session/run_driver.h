// A run without a thread: what is to be done next, and what each command does. Whoever has a thread drives it; two of
// them driven alternately on one thread are a race that ends the same every time.
#pragma once

#include "engine/session/breakpoints.h"
#include "engine/session/current_run.h"
#include "engine/session/measuring.h"
#include "engine/session/pace.h"
#include "engine/session/phase_follower.h"
#include "engine/session/publisher.h"
#include "engine/session/session_options.h"
#include "engine/session/watching.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

// One thread calls all of it but for publisher(), whose reader may have another. Whatever throws is to be answered by
// fail(), after which it can be driven on.
class RunDriver {
public:
    // `rest` is called amid an iteration whose phases are followed. `publisher`: what it tells by, which may outlive
    // it; null: one of its own.
    RunDriver(MakeTrainer make_trainer, SessionOptions options, Rest rest,
              std::shared_ptr<Publisher> publisher = nullptr);

    Publisher& publisher() { return publisher_; }

    // First.
    void begin();
    // Between two pieces of work; to be followed by answer(), once for all commands at hand.
    void apply(CommandId id, const Command& command);
    void answer();
    // The most urgent piece of work, never more than an iteration or a slice of a few milliseconds. False: there is
    // none before next_due(), unless a command comes.
    bool work() { return finish_work() || go_on_working(); }
    // The two parts of that: what is begun, which iterations wait for; and what is next.
    bool finish_work();
    bool go_on_working();
    TimePoint next_due();
    // The trainer has thrown this: Failed, until a command begins another run.
    void fail(const std::string& what);
    // Last: the run is saved as far as it got, and the trainer destroyed.
    void end();
    // Waits until all that was on its way to the disk is there, or has failed once more.
    void flush() { run_.flush(); }

    // Where the run is, and what it would go on from there; null when there is none, or an exception has left it half
    // done.
    SessionState session_state() const { return state_; }
    const std::string& failure() const { return failure_; }
    RunPlace place() const { return run_.place(); }
    std::shared_ptr<const TrainingState> state() { return run_.state(); }
    // On the way to that place, which it comes to by work().
    bool travelling() const { return run_.travelling(); }
    // All that it ever was trained, wherever it is.
    std::int64_t furthest() const { return run_.line().furthest(); }
    RunState furthest_state() { return run_.furthest_state(); }
    const CurrentRun& run() const { return run_; }
    const Pace& pace() const { return pace_; }
    const ProbeSource& probe() const { return watching_.probe(); }
    bool evaluating() const { return measuring_.evaluating(); }
    // How often another run has taken its place: not by branching.
    std::int64_t beginnings() const { return beginnings_; }

    // ---- another run beside it, or itself beside another (run_following.cpp)

    // What is to be told of the two; null: there is no other.
    void set_twin(std::shared_ptr<const TwinPlace> twin) { twin_ = std::move(twin); }
    const std::shared_ptr<const TwinPlace>& twin() const { return twin_; }
    // What the other one begins with, which is posted to this one: it arrives where it is on the way to, or at its
    // beginning, first.
    Result<RunBeside> beside(CommandId id, const command::BeginTwin& request);
    // Instead of begin(): a run that goes on by itself no more, but as the other one does. An Error leaves nothing.
    Result<void> begin_beside(RunBeside other);
    // Applies what it differs in; in words, empty where it does not. An Error is the first of them that cannot be done.
    Result<std::string> differ_by(const std::vector<command::Difference>& difference);
    // What may be posted to it: what looks, and what changes how it learns.
    static bool is_for_follower(const Command& command);
    // Trains one more, at the pace at which the leader did.
    void follow(const RunDriver& leader, const Pace& pace);
    void follow_to(std::int64_t iteration);
    // Stands still, or runs, as the leader does at that place.
    void stand_as(const RunDriver& leader);
    void look_at(const ProbeSource& probe);
    // The thread's number of threads is what it has to be for this run, whatever the other one has.
    void use_own_threads();

private:
    struct Applier;  // run_commands.cpp: one overload per command

    TimePoint now() const { return options_.clock->now(); }
    bool unhurried() const;

    bool begun(const Result<void>& started);  // another run, if it was not refused
    void begin_paused();                      // instead of running
    void go_on(std::int64_t steps);           // trains so many iterations, or without end if 0
    void iterate();
    struct Watched {
        double followed_seconds = 0.0;  // the rests included: not training
        double watching_seconds = 0.0;
    };
    IterationOutcome train(Watched& watched);
    IterationOutcome train_followed(double rest_seconds, Watched& watched);
    bool is_first();
    void log_first_minibatch();
    void finish_iteration(const IterationOutcome& outcome, double seconds);
    void pause_at(Breakpoints::Hits hits);
    void begin_evaluation(bool ends_epoch);
    void evaluate();
    void finish_evaluation();
    // run_travel.cpp
    void depart(std::int64_t iteration);
    void travel();
    void finish_travel();
    bool train_again_for_film();
    void follow(const IterationOutcome& outcome, double seconds);
    void measure_what_is_missing();
    void finish_known_evaluation(const Sweep& sweep);
    void at_furthest();
    void write_down_state();
    void end_plan();
    void branch();

    bool work_in_spare_time();
    bool capture_if_wanted();
    TimePoint publish();

    bool use_threads_of(const RunDriver& leader);  // true: it had others

    const SessionOptions options_;
    const Rest rest_;
    const std::shared_ptr<Publisher> held_publisher_;
    Publisher& publisher_;
    CurrentRun run_;
    Pace pace_;
    Measuring measuring_;
    Breakpoints breakpoints_;
    Watching watching_;
    SessionState state_ = SessionState::Starting;
    std::string failure_;
    CommandId applied_;
    std::int64_t beginnings_ = 0;
    bool follows_ = false;
    std::shared_ptr<const TwinPlace> twin_;
};

}  // namespace convscope
