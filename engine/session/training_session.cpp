#include "engine/session/training_session.h"

#include "engine/core/log.h"
#include "engine/core/machine_memory.h"
#include "engine/session/session_phases.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>
#include <string_view>
#include <utility>

namespace convscope {
namespace {

constexpr double kLongestPeriod = 3600.0;            // seconds between two iterations
constexpr double kProgressInterval = 0.05;           // seconds between publications that only move a progress bar
constexpr double kRecent = 1.0;                      // seconds, time constant of the rates on screen
constexpr std::chrono::milliseconds kRedelivery{5};  // between two tries to hand over scalars that a reader left lying

std::atomic<std::uint64_t> last_run_id{0};

// LibTorch's messages end in a stack trace; the first line is what happened.
std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

}  // namespace

TrainingSession::TrainingSession(std::function<std::unique_ptr<Trainer>()> make_trainer, SessionOptions options)
    : options_(std::move(options)),
      make_trainer_(std::move(make_trainer)),
      iterations_per_second_(options_.iterations_per_second),
      writer_(options_.clock, {.first_wait = options_.autosave_seconds},
              [this](BackgroundWriter::Trouble trouble, const std::string& file) { tell(trouble, file); }),
      thread_([this] { thread_main(); }) {}

TrainingSession::~TrainingSession() {
    stopping_.store(true, std::memory_order_relaxed);
    post(command::Pause{});  // wakes the thread
    thread_.join();
}

CommandId TrainingSession::post(Command command) {
    std::lock_guard lock(id_mutex_);
    const CommandId id{next_command_++};
    letters_.post_coalesced(Letter{id, std::move(command)}, [](const Letter& older, const Letter& newer) {
        const bool slider = std::holds_alternative<command::SetLearningRate>(newer.command) ||
                            std::holds_alternative<command::SetMomentum>(newer.command) ||
                            std::holds_alternative<command::SetSpeed>(newer.command) ||
                            std::holds_alternative<command::Watch>(newer.command);
        return slider && older.command.index() == newer.command.index();
    });
    return id;
}

void TrainingSession::drain_events(std::vector<Event>& out) {
    if (!events_.drain(drained_events_)) return;
    for (Event& event : drained_events_) out.push_back(std::move(event));
}

// ---- the trainer's thread ------------------------------------------------------------------------------------------

void TrainingSession::thread_main() {
    guarded(&TrainingSession::begin);
    while (!stopping_.load(std::memory_order_relaxed)) guarded(&TrainingSession::turn);
    save_at_end();
    trainer_.reset();  // here: modules and optimizers belong to this thread
}

void TrainingSession::guarded(void (TrainingSession::*work)()) {
    try {
        (this->*work)();
    } catch (const std::exception& error) {
        fail(sentence_of(error));
    } catch (...) {
        fail("The trainer threw something that is no std::exception");
    }
}

void TrainingSession::begin() {
    publish();  // Starting: the window can say so before LibTorch has done anything
    const bool begun = options_.resume.empty()
                           ? start_run(options_.seed, options_.recipe, /*data=*/{}, options_.weights)
                           : resume_run(options_.resume);
    if (begun && state_ == SessionState::Finished && options_.extend_finished) {
        extend_plan();
        state_ = SessionState::Running;
    }
    if (begun && options_.paused && state_ == SessionState::Running) state_ = SessionState::Paused;
    publish();
}

// One turn of the loop: commands first, then the most urgent piece of work, never more than an iteration or a slice.
void TrainingSession::turn() {
    if (apply_letters()) {
        // Answered at once, before anything that takes its time.
        if (captures_wanted()) capture();
        publish();
    }
    if (stopping_.load(std::memory_order_relaxed)) return;
    autosave_when_due();
    if (evaluation_.active())
        evaluate_slice();
    else if (state_ == SessionState::Running && now() >= next_due_)
        iterate();
    else if (!spare_time_work())
        rest();
}

// Until a command comes, an iteration is due, or the run saves itself.
void TrainingSession::rest() {
    TimePoint until = state_ == SessionState::Running ? next_due_ : TimePoint::max();
    if (!metrics_ring_.flush()) until = std::min(until, now() + kRedelivery);
    if (unsaved()) until = std::min(until, save_due_);
    letters_.wait_until(*options_.clock, until);
}

// ---- runs and iterations -------------------------------------------------------------------------------------------

// False when the request was refused: then the run that was goes on.
bool TrainingSession::start_run(std::uint64_t seed, const Recipe& recipe, const std::string& data,
                                std::shared_ptr<const InitialWeights> weights) {
    if (!trainer_) trainer_ = make_trainer_();
    save_replaced_run();
    Result<std::shared_ptr<const RunInfo>> started =
        trainer_->start(RunRequest{new_run_id(), recipe, seed, data, weights});
    if (!started.ok()) return refuse_run(started.error());
    weights_ = std::move(weights);
    RunProgress fresh;
    fresh.planned_epochs = started.value()->recipe.epochs;
    begin_run(std::move(started).value(), std::move(fresh), /*resumed_from=*/{});
    return true;
}

RunId TrainingSession::new_run_id() { return RunId{++last_run_id}; }

bool TrainingSession::refuse_run(const Error& reason) {
    if (run_info_)
        notify(event::Notice::Severity::Error, reason.message);
    else
        fail(reason.message);
    return false;
}

void TrainingSession::begin_run(std::shared_ptr<const RunInfo> info, RunProgress progress,
                                const std::filesystem::path& resumed_from) {
    auto own = std::make_shared<RunInfo>(*info);
    if (options_.save_to) own->checkpoint = options_.save_to(own->recipe).string();
    const bool news = !own->data.notice.empty() && (!run_info_ || run_info_->data.notice != own->data.notice);
    run_info_ = std::move(own);
    if (news) notify(event::Notice::Severity::Warning, run_info_->data.notice);
    progress_ = std::move(progress);
    event::RunStarted started{run_info_};
    if (!resumed_from.empty()) {
        started.resumed = ResumePoint{progress_.iteration, progress_.evaluation_due};
        started.history = std::make_shared<const RunHistory>(progress_.history);
    }
    tell_log(started);
    events_.post(std::move(started));
    if (!resumed_from.empty()) mark("resumed from " + resumed_from.filename().string());
    if (!run_info_->weights_from.empty())
        mark("weights from " + std::filesystem::path(run_info_->weights_from).filename().string());
    read_settings();
    steps_left_ = 0;
    metrics_ = progress_.latest;
    metrics_.run = run_info_->run;
    recent_ = {};
    sweep_.abandon();
    sweep_allowance_seconds_ = 0.0;
    evaluation_.abandon();
    test_confusion_.reset();
    batch_confusion_.clear(static_cast<int>(run_info_->recipe.class_count));
    restore_probe();
    failure_.clear();
    state_ = SessionState::Running;
    next_due_ = last_due_ = now();
    save_due_ = seconds_after(now(), options_.autosave_seconds);
    posted_iteration_ = 0;
}

// The picture being watched survives a reset, its values do not.
void TrainingSession::restore_probe() {
    const bool from_batch = shown_.probe.from_batch;
    Split split = shown_.probe.split;
    if (picture_count(split) == 0) split = split == Split::Test ? Split::Train : Split::Test;
    shown_.recycle();
    statistics_iteration_ = -1;
    set_probe(split, shown_.probe.index % std::max<std::int64_t>(1, picture_count(split)));
    shown_.probe.from_batch = from_batch;
}

void TrainingSession::extend_plan() {
    progress_.planned_epochs += std::max<std::int64_t>(1, run_info_->recipe.epochs);
    mark("continued to epoch " + std::to_string(progress_.planned_epochs));
}

void TrainingSession::read_settings() {
    settings_ = trainer_->settings();
    iterations_per_epoch_ = trainer_->iterations_per_epoch();
}

// At the present batch size, which may have been another at the beginning of the epoch.
std::int64_t TrainingSession::planned_iterations() const {
    if (!run_info_) return 0;
    const std::int64_t seen = metrics_.epoch == progress_.epoch ? progress_.epoch_sums.samples : 0;
    const std::int64_t left = run_info_->data.train_count - seen;
    const std::int64_t batch_size = std::max<std::int64_t>(1, settings_.batch_size);
    const std::int64_t this_epoch = (left + batch_size - 1) / batch_size;
    return progress_.iteration + this_epoch + (progress_.planned_epochs - progress_.epoch) * iterations_per_epoch_;
}

TimePoint::duration TrainingSession::period() const {
    if (iterations_per_second_ <= 0.0) return {};
    const double seconds = std::min(1.0 / iterations_per_second_, kLongestPeriod);
    return std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(seconds));
}

void TrainingSession::iterate() {
    const TimePoint begin = now();
    // Counted from when it was due, so that the pace is kept on average; more than one iteration is never caught up.
    last_due_ = begin - next_due_ < period() ? next_due_ : begin;
    next_due_ = last_due_ + period();

    IterationOutcome outcome;
    double followed_seconds = 0.0;
    double watching_seconds = 0.0;
    if (const double rest = phase_rest(); rest > 0.0) {
        PhaseFollower follower(*this, rest);
        outcome = trainer_->train_iteration(&follower);
        followed_seconds = follower.seconds();
        watching_seconds = follower.watching_seconds();
    } else {
        outcome = trainer_->train_iteration();
    }
    const TimePoint trained = now();
    const double seconds = seconds_between(begin, trained) - followed_seconds;
    finish_iteration(outcome, seconds);
    if (seek_left_ > 0) seek_slice();
    if (captures_wanted()) capture();
    sweep_beside_training(seconds);
    recent_.watching_seconds += watching_seconds + seconds_between(trained, now());
    publish();
}

void TrainingSession::finish_iteration(const IterationOutcome& outcome, double seconds) {
    const auto samples = static_cast<std::int64_t>(outcome.labels.size());
    ++progress_.iteration;
    if (metrics_.epoch != progress_.epoch) progress_.epoch_sums = {};
    metrics_ = IterationMetrics{.run = run_info_->run,
                                .iteration = progress_.iteration,
                                .epoch = progress_.epoch,
                                .loss = outcome.loss,
                                .accuracy = static_cast<float>(outcome.correct) / static_cast<float>(samples),
                                .learning_rate = static_cast<float>(outcome.learning_rate)};
    metrics_ring_.push(metrics_);
    tell_log(metrics_);
    progress_.latest = metrics_;
    progress_.history.add(metrics_);
    batch_confusion_.add(outcome, progress_.iteration);
    progress_.epoch_sums.loss += static_cast<double>(outcome.loss) * static_cast<double>(samples);
    progress_.epoch_sums.correct += outcome.correct;
    progress_.epoch_sums.samples += samples;
    progress_.epoch_sums.seconds += seconds;
    recent_.decay(seconds);
    recent_.samples += static_cast<double>(samples);
    recent_.training_seconds += seconds;
    read_settings();
    if (!outcome.notice.empty()) notify(event::Notice::Severity::Info, std::string(outcome.notice));

    if (steps_left_ > 0 && --steps_left_ == 0) state_ = SessionState::Paused;
    if (!std::isfinite(outcome.loss)) {
        state_ = SessionState::Paused;
        steps_left_ = 0;
        std::string remedy = "reset it with a lower learning rate";
        if (posted_iteration_ > 0)
            remedy += ", or resume " + run_info_->checkpoint + ", which stays at iteration " +
                      std::to_string(posted_iteration_);
        notify(event::Notice::Severity::Error, "The loss of iteration " + std::to_string(progress_.iteration) +
                                                   " is not a finite number, and the run is paused: " + remedy);
    }
    if (outcome.epoch_ended) end_epoch();
}

// ---- towards the reader --------------------------------------------------------------------------------------------

// Asks the trainer nothing, so that it can be called whatever the trainer has thrown.
void TrainingSession::publish() {
    const TimePoint begin = now();
    metrics_ring_.flush();
    std::shared_ptr<Snapshot> snapshot = snapshot_pool_.acquire();
    snapshot->sequence = ++sequence_;
    snapshot->state = state_;
    snapshot->failure = failure_;
    snapshot->applied_command = applied_;
    snapshot->published = begin;
    snapshot->run_info = run_info_;
    snapshot->iteration = progress_.iteration;
    snapshot->epoch = metrics_.epoch;
    snapshot->iterations_per_epoch = iterations_per_epoch_;
    snapshot->planned_iterations = planned_iterations();
    snapshot->metrics = metrics_;
    snapshot->settings = settings_;
    snapshot->settings.iterations_per_second = iterations_per_second_;
    snapshot->samples_per_second = recent_.samples_per_second();
    snapshot->evaluating = evaluation_.active();
    snapshot->phase = phase_;
    snapshot->phase_seconds = phase_seconds_;
    if (phase_ != Phase::None) snapshot->pass = shown_.pass;
    snapshot->probe = shown_.probe;
    snapshot->captures = shown_.captures;
    snapshot->layer_statistics = shown_.layer_statistics;
    snapshot->test_confusion = test_confusion_;
    const Sweep& sweep = evaluation_.active() ? evaluation_ : sweep_;
    snapshot->sweep_progress = sweep.active() ? sweep.progress() : 0.0;
    if (run_info_ && watch_.batch_confusion) {
        std::shared_ptr<CountedConfusion> rolling = confusion_pool_.acquire();
        *rolling = batch_confusion_.confusion();
        snapshot->batch_confusion = std::move(rolling);
    }
    cost_.share = recent_.watching_share();
    snapshot->cost = cost_;
    slot_.publish(std::move(snapshot));
    last_publication_ = begin;
    cost_.publish_microseconds = seconds_between(begin, now()) * 1e6;
    if (options_.on_publish) options_.on_publish();
}

bool TrainingSession::progress_due() const { return seconds_between(last_publication_, now()) > kProgressInterval; }

void TrainingSession::fail(const std::string& what) {
    save_at_end();  // while it is still known whether an epoch's measurement was due
    state_ = SessionState::Failed;
    steps_left_ = 0;
    evaluation_.abandon();
    sweep_.abandon();
    end_seek();
    failure_ = first_line(what);
    if (failure_.empty()) failure_ = "The trainer stopped and did not say why";
    log::write(log::Level::Debug, what);  // with LibTorch's stack trace; the user is told below
    notify(event::Notice::Severity::Error, failure_);
    publish();
}

void TrainingSession::notify(event::Notice::Severity severity, std::string text) {
    events_.post(event::Notice{severity, std::move(text)});
}

void TrainingSession::mark(std::string what) {
    event::Changed change{run_info_->run, progress_.iteration, std::move(what)};
    tell_log(change);
    events_.post(std::move(change));
}

void TrainingSession::tell_log(RunLogEntry entry) {
    if (!options_.log) return;
    if (std::optional<event::Notice> notice = options_.log(std::move(entry))) events_.post(std::move(*notice));
}

void TrainingSession::RecentWork::decay(double seconds) {
    const double keep = std::exp(-seconds / kRecent);
    samples *= keep;
    training_seconds *= keep;
    watching_seconds *= keep;
}

}  // namespace convscope
