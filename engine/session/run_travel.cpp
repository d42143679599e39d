// A run's way to another place of its line, and along what is known of it.
#include "engine/session/run_driver.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

namespace convscope {

using Severity = event::Notice::Severity;

// What happens in the past is not in the journal: for that the run stands still until it is at its furthest again.
void RunDriver::depart(std::int64_t iteration) {
    if (!run_.in_past() && state_ == SessionState::Running) run_.write_down(command::Pause{});
    if (state_ == SessionState::Running) state_ = SessionState::Paused;
    pace_.end_step();
    breakpoints_.goes_on();
    const std::int64_t target = std::clamp(iteration, run_.line().first(), run_.line().furthest());
    if (!run_.travelling() && target == run_.epochs().iteration()) return at_furthest();
    state_ = SessionState::Paused;  // of a run that is Finished at its furthest too
    while (measuring_.evaluating() && !measuring_.ends_epoch()) evaluate();  // somebody waits for it
    measuring_.leave();
    watching_.abandon();
    if (const Result<void> departed = run_.depart(target); !departed)
        publisher_.notify(Severity::Error, departed.error().message);
    measure_what_is_missing();
}

// An iteration, or that one has arrived.
void RunDriver::travel() {
    if (run_.epochs().iteration() < *run_.line().target()) {
        const TimePoint begin = now();
        const bool last = run_.epochs().iteration() + 1 == *run_.line().target();
        Watched watched;
        const IterationOutcome outcome =
            last && watching_.films() ? train_followed(0.0, watched) : run_.trainer().train_iteration();
        follow(outcome, seconds_between(begin, now()) - watched.followed_seconds);
    }
    if (measuring_.evaluating() || run_.epochs().iteration() < *run_.line().target()) {
        if (publisher_.progress_due()) publish();
        return;
    }
    run_.stop_travelling();
    at_furthest();
    answer();
}

// The iteration at which it stands, once more: somebody wants to see its phases. As if one had gone back and come
// again; tried once, for behind the start of the line there is none.
bool RunDriver::train_again_for_film() {
    if (state_ == SessionState::Running || !watching_.lacks_film()) return false;
    watching_.film_is_sought();
    const std::int64_t iteration = run_.epochs().iteration();
    if (iteration <= run_.line().first()) return false;
    measuring_.leave();
    if (const Result<void> departed = run_.depart(iteration); !departed) {
        publisher_.notify(Severity::Error, departed.error().message);
        return false;
    }
    measure_what_is_missing();
    return true;
}

void RunDriver::finish_travel() {
    while (run_.travelling() && work()) {
    }
}

void RunDriver::follow(const IterationOutcome& outcome, double seconds) {
    measuring_.add(outcome, run_.epochs().iteration() + 1);
    const RunInfo* before = &run_.info();
    run_.follow(outcome, seconds);
    if (&run_.info() != before) measuring_.network_changed();  // its recipe did
    if (run_.in_past())
        measure_what_is_missing();
    else
        at_furthest();
}

// Of an epoch that was measured so long ago that nobody knows it any more.
void RunDriver::measure_what_is_missing() {
    if (run_.epochs().progress().evaluation_due && run_.epochs().iteration() < run_.line().furthest())
        begin_evaluation(/*ends_epoch=*/true);
}

void RunDriver::finish_known_evaluation(const Sweep& sweep) {
    if (measuring_.ends_epoch()) {
        run_.epochs().end_measured_epoch(sweep.mean_loss());
        return run_.follow_settings();
    }
    char text[160];
    std::snprintf(text, sizeof text, "Iteration %lld, in the past: test loss %.4f, accuracy %.2f %%",
                  static_cast<long long>(run_.epochs().iteration()), sweep.mean_loss(),
                  100.0 * sweep.confusion().matrix.accuracy());
    publisher_.notify(Severity::Info, text, run_.info().run);
}

// All was known up to here: as if it had never been left.
void RunDriver::at_furthest() {
    if (run_.in_past() || (measuring_.evaluating() && measuring_.ends_epoch())) return;
    if (run_.epochs().progress().evaluation_due)
        begin_evaluation(/*ends_epoch=*/true);
    else if (run_.epochs().done())
        end_plan();
    write_down_state();
}

// Behind a place where nothing is known of it, or where it was Paused.
void RunDriver::write_down_state() {
    if (state_ != SessionState::Running) return;
    if (pace_.steps_left() > 0)
        run_.write_down(command::Step{pace_.steps_left()});
    else
        run_.write_down(command::Run{});
}

void RunDriver::end_plan() {
    if (follows_) return;  // the leader's plan counts
    if (pace_.steps_left() > 0)  // a step is as long as was asked for: the plan grows with it
        run_.extend_plan();
    else
        state_ = SessionState::Finished;
}

// A run of its own, of what was looked at the run before.
void RunDriver::branch() {
    run_.branch();
    run_.write_down(command::Pause{});  // it begins running, for the journal
    write_down_state();
    publisher_.forget_rates();
    measuring_.begin_run(run_.info());
    watching_.begin_run();
    breakpoints_.begin_run(run_.shared_info(), run_.epochs().progress());
}

}  // namespace convscope
