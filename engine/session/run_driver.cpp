#include "engine/session/run_driver.h"

#include "engine/core/log.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace convscope {
namespace {

using Severity = event::Notice::Severity;

// LibTorch's messages end in a stack trace; the first line is what happened.
std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

// Has what a pass made of its minibatch kept, and does nothing with it meanwhile.
class KeepsPass final : public PhaseObserver {
public:
    void reached(Phase) override {}
};

}  // namespace

RunDriver::RunDriver(MakeTrainer make_trainer, SessionOptions options, Rest rest, std::shared_ptr<Publisher> publisher)
    : options_(std::move(options)),
      rest_(std::move(rest)),
      held_publisher_(publisher ? std::move(publisher) : std::make_shared<Publisher>(options_)),
      publisher_(*held_publisher_),
      run_(std::move(make_trainer), options_, publisher_),
      pace_(options_.iterations_per_second),
      measuring_(options_.clock),
      breakpoints_(options_.breakpoints),
      watching_(options_.clock, run_, measuring_, publisher_) {}

void RunDriver::begin() {
    publish();  // Starting: the window can say so before LibTorch has done anything
    const bool there =
        begun(options_.resume.empty() ? run_.start(command::Reset{options_.seed}) : run_.resume(options_.resume));
    if (there && state_ == SessionState::Finished && options_.extend_finished) {
        run_.write_down(command::Run{});  // which does the same
        run_.extend_plan();
        state_ = SessionState::Running;
    }
    if (there && options_.paused) begin_paused();
    publish();
}

void RunDriver::begin_paused() {
    if (state_ != SessionState::Running) return;
    run_.write_down(command::Pause{});
    state_ = SessionState::Paused;
}

bool RunDriver::begun(const Result<void>& started) {
    if (!started.ok()) {
        if (run_.exists())
            publisher_.notify(Severity::Error, started.error().message, run_.info().run);
        else
            fail(started.error().message);
        return false;
    }
    ++beginnings_;
    publisher_.forget_rates();
    measuring_.begin_run(run_.info());
    watching_.begin_run();
    breakpoints_.begin_run(run_.shared_info(), run_.epochs().progress());
    failure_.clear();
    state_ = SessionState::Running;
    pace_.begin(now());
    if (run_.epochs().progress().evaluation_due)
        begin_evaluation(/*ends_epoch=*/true);
    else if (run_.epochs().done())
        state_ = SessionState::Finished;
    return true;
}

// Answered at once, before anything that takes its time.
void RunDriver::answer() {
    capture_if_wanted();
    publish();
}

bool RunDriver::finish_work() {
    if (state_ != SessionState::Failed) run_.save_when_due();
    if (measuring_.evaluating())
        evaluate();
    else if (run_.travelling())
        travel();
    else
        return false;
    return true;
}

bool RunDriver::go_on_working() {
    if (follows_ || state_ != SessionState::Running || now() < pace_.next_due()) return work_in_spare_time();
    iterate();
    return true;
}

TimePoint RunDriver::next_due() {
    TimePoint due = publisher_.redelivery_due();
    if (state_ == SessionState::Running) due = std::min(due, pace_.next_due());
    if (state_ != SessionState::Failed) due = std::min(due, run_.save_due());
    return due;
}

void RunDriver::fail(const std::string& what) {
    run_.save_at_end();
    run_.stop_travelling();
    state_ = SessionState::Failed;
    pace_.end_step();
    measuring_.abandon();
    watching_.abandon();
    failure_ = first_line(what);
    if (failure_.empty()) failure_ = "The trainer stopped and did not say why";
    log::write(log::Level::Debug, what);  // with LibTorch's stack trace; the user is told below
    publisher_.notify(Severity::Error, failure_);
    publish();
}

void RunDriver::end() {
    run_.save_at_end();
    run_.end();
}

// ---- iterations ----------------------------------------------------------------------------------------------------

void RunDriver::go_on(std::int64_t steps) {
    if (state_ == SessionState::Finished) run_.extend_plan();
    breakpoints_.goes_on();
    state_ = SessionState::Running;
    pace_.go_on(steps, now());
}

void RunDriver::iterate() {
    if (!run_.in_past()) breakpoints_.before_iteration(run_.trainer(), run_.epochs().iteration(), watching_.probe());
    const TimePoint begin = now();
    pace_.iteration_begins(begin);
    Watched watched;
    const IterationOutcome outcome = train(watched);
    const TimePoint trained = now();
    const double seconds = seconds_between(begin, trained) - watched.followed_seconds;
    finish_iteration(outcome, seconds);
    watching_.work_beside(seconds, unhurried());
    publisher_.watched(watched.watching_seconds + seconds_between(trained, now()));
    publish();
}

// Who has a film needs no rests. Of many steps the last one is filmed. Of two runs one rests after the other.
IterationOutcome RunDriver::train(Watched& watched) {
    if (watching_.films() && pace_.unhurried() && pace_.steps_left() <= 1) return train_followed(0.0, watched);
    const double rest = watching_.follows_phases() ? pace_.phase_rest() / (twin_ ? 2.0 : 1.0) : 0.0;
    if (rest > 0.0) return train_followed(rest, watched);
    if (!is_first()) return run_.trainer().train_iteration();
    KeepsPass keeps;
    return run_.trainer().train_iteration(&keeps);
}

// Of a new run that has a log, which shows its minibatch.
bool RunDriver::is_first() { return publisher_.has_log() && !run_.in_past() && run_.epochs().iteration() == 0; }

void RunDriver::log_first_minibatch() {
    auto sheet = std::make_shared<BatchSheet>();
    run_.trainer().read_batch(*sheet);
    if (sheet->count() > 0) publisher_.tell_log(FirstMinibatch{std::move(sheet)});
}

IterationOutcome RunDriver::train_followed(double rest_seconds, Watched& watched) {
    PhaseFollower follower({watching_, *options_.clock, rest_, rest_seconds, [this] { return publish(); }});
    const IterationOutcome outcome = run_.trainer().train_iteration(&follower);
    watched = {follower.seconds(), follower.watching_seconds()};
    return outcome;
}

void RunDriver::finish_iteration(const IterationOutcome& outcome, double seconds) {
    const bool known = run_.in_past();
    if (!known) {
        const bool first = is_first();
        measuring_.add(outcome, run_.epochs().iteration() + 1);
        breakpoints_.add(outcome.predicted);
        run_.add(outcome, seconds);
        if (first) log_first_minibatch();
    }
    if (pace_.iteration_ended()) state_ = SessionState::Paused;
    if (known) {
        publisher_.trained(static_cast<std::int64_t>(outcome.labels.size()), seconds);
        return follow(outcome, seconds);
    }
    pause_at(breakpoints_.after_iteration(run_.trainer(), run_.epochs().latest(), watching_.probe()));
    if (std::optional<std::string> warning = run_.epochs().warning())
        publisher_.notify(Severity::Warning, std::move(*warning), run_.info().run);
    if (!outcome.epoch_ended) return run_.keep_state(/*ends_epoch=*/false);
    run_.write_down_weights();
    const std::int64_t epoch = run_.epochs().epoch();
    if (run_.epochs().end_epoch()) return begin_evaluation(/*ends_epoch=*/true);
    pause_at(breakpoints_.after_epoch(epoch, run_.epochs().iteration()));
    run_.keep_epoch(epoch);
    run_.keep_state(/*ends_epoch=*/true);
}

// Written down as if somebody had paused it there: whoever lives the run again needs no breakpoints.
void RunDriver::pause_at(Breakpoints::Hits hits) {
    if (hits.empty()) return;
    breakpoints_.paused_by(hits.front());
    for (const BreakpointHit& hit : hits) {
        const bool is_lost = hit.breakpoint.kind == BreakpointKind::LossIsNoNumber;
        std::string words = hit.what;
        if (is_lost && run_.posted_iteration() > 0)
            words += ", or resume " + run_.info().checkpoint + ", which stays at iteration " +
                     std::to_string(run_.posted_iteration());
        publisher_.notify(is_lost ? Severity::Error : Severity::Info, std::move(words), run_.info().run);
    }
    pace_.end_step();
    if (state_ != SessionState::Running) return;
    run_.write_down(command::Pause{});
    state_ = SessionState::Paused;
}

// ---- evaluations ---------------------------------------------------------------------------------------------------

void RunDriver::begin_evaluation(bool ends_epoch) {
    measuring_.begin_evaluation(ends_epoch, run_.epochs().iteration(), watching_.watched());
    if (!measuring_.evaluating()) finish_evaluation();
}

void RunDriver::evaluate() {
    measuring_.evaluate_slice(run_.trainer());
    const bool complete = !measuring_.evaluating();
    if (complete) finish_evaluation();
    const bool captured = capture_if_wanted();
    if (complete || captured || publisher_.progress_due()) publish();
}

void RunDriver::finish_evaluation() {
    const Sweep& sweep = measuring_.finish_evaluation();
    if (run_.in_past()) return finish_known_evaluation(sweep);
    const Epochs::Measurement measurement =
        run_.epochs().measure(sweep.mean_loss(), sweep.confusion().matrix.accuracy(), measuring_.ends_epoch());
    const EvaluationMetrics& measured = measurement.metrics;
    run_.tell(measurement);
    if (!measuring_.ends_epoch()) return pause_at(breakpoints_.after_measurement(measured));
    run_.epochs().end_measured_epoch(measured.test_loss);
    if (const std::string reason = run_.epochs().reason_to_end(measured);
        pace_.steps_left() == 0 && !follows_ && !reason.empty()) {
        publisher_.notify(Severity::Info, reason, run_.info().run);
        run_.end_here();
    }
    if (run_.epochs().done()) end_plan();
    pause_at(breakpoints_.after_measurement(measured));
    run_.keep_epoch(measured.epoch);
    run_.keep_state(/*ends_epoch=*/true);
}

// ---- what is looked at ---------------------------------------------------------------------------------------------

// For the time in which no iteration is due; true when there was some.
bool RunDriver::work_in_spare_time() {
    if (state_ == SessionState::Failed || !run_.exists()) return false;
    if (train_again_for_film()) return true;
    const TimePoint due = state_ == SessionState::Running ? pace_.next_due() : TimePoint::max();
    const Watching::Work done = watching_.work_in_spare_time(unhurried(), seconds_between(now(), due));
    if (done == Watching::Work::ToBePublished || (done == Watching::Work::Silent && publisher_.progress_due()))
        publish();
    return done != Watching::Work::None;
}

bool RunDriver::capture_if_wanted() {
    if (state_ == SessionState::Failed || !run_.exists() || run_.travelling()) return false;
    return watching_.capture_if_wanted(unhurried());
}

bool RunDriver::unhurried() const { return state_ != SessionState::Running || pace_.unhurried(); }

// Asks the trainer nothing, so that it can be called whatever the trainer has thrown. When it did so.
TimePoint RunDriver::publish() {
    std::shared_ptr<Snapshot> snapshot = publisher_.begin_snapshot();
    const TimePoint published = snapshot->published;
    snapshot->state = state_;
    snapshot->failure = failure_;
    snapshot->applied_command = applied_;
    run_.show(*snapshot);
    snapshot->settings.iterations_per_second = pace_.iterations_per_second();
    watching_.show(*snapshot);
    breakpoints_.show(*snapshot);
    snapshot->twin = twin_;
    publisher_.publish(std::move(snapshot));
    return published;
}

}  // namespace convscope
