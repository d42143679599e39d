#include "engine/session/training_session.h"

#include "engine/core/log.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>
#include <string_view>
#include <utility>

namespace convscope {
namespace {

using Severity = event::Notice::Severity;

constexpr double kStatisticsInterval = 0.25;  // seconds between measurements of every layer's statistics flat out
constexpr double kUnhurriedPace = 30.0;       // iterations per second, up to which each one is captured whole
constexpr double kLongestPeriod = 3600.0;     // seconds between two iterations
constexpr double kSweepShare = 0.05;          // of training time, for renewing the test confusion matrix
constexpr double kFirstSweepShare = 0.25;     // until there is one at all
constexpr double kSliceSeconds = 0.003;       // of work between two looks into the mailbox
constexpr double kProgressInterval = 0.05;    // seconds between publications that only move a progress bar
constexpr double kRecent = 1.0;               // seconds, time constant of the rates on screen
constexpr std::chrono::milliseconds kRedelivery{5};  // between two tries to hand over scalars that a reader left lying
constexpr std::int64_t kEvaluationSlice = 500;       // fixed, not timed: sums of floats depend on it
constexpr std::int64_t kSmallestSlice = 16;  // pictures of a sweep, below which a batch is not worth its overhead
constexpr std::int64_t kSeekSlice = 64;
constexpr std::int64_t kReservedIterations = 1 << 20;  // of the history that is saved with a run

std::atomic<std::uint64_t> last_run_id{0};

TimePoint now() { return std::chrono::steady_clock::now(); }

// LibTorch's messages end in a stack trace; the first line is what happened.
std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

}  // namespace

TrainingSession::TrainingSession(std::function<std::unique_ptr<Trainer>()> make_trainer, SessionOptions options)
    : options_(std::move(options)),
      make_trainer_(std::move(make_trainer)),
      iterations_per_second_(options_.iterations_per_second),
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
    publish();  // Starting: the window can say so before LibTorch has done anything
    try {
        const bool begun =
            options_.resume.empty() ? start_run(options_.seed, options_.recipe) : resume_run(options_.resume);
        if (begun && options_.paused && state_ == SessionState::Running) state_ = SessionState::Paused;
        publish();
    } catch (const std::exception& error) {
        fail(error.what());
    }
    while (!stopping_.load(std::memory_order_relaxed)) {
        try {
            turn();
        } catch (const std::exception& error) {
            fail(error.what());
        }
    }
    save_at_end();
    trainer_.reset();  // here: modules and optimizers belong to this thread
}

// One turn of the loop: commands first, then the most urgent piece of work, never more than an iteration or a slice.
void TrainingSession::turn() {
    if (apply_letters()) {
        // Answered at once, before anything that takes its time.
        if (captures_wanted()) capture();
        publish();
    }
    if (stopping_.load(std::memory_order_relaxed)) return;
    if (autosave_due()) {
        save(run_info_->checkpoint, Saving::WhenConvenient);
        saved_iteration_ = progress_.iteration;
    }
    if (evaluation_.active())
        evaluate_slice();
    else if (state_ == SessionState::Running && now() >= next_due_)
        iterate();
    else if (!spare_time_work())
        rest();
}

// Until a command comes or an iteration is due.
void TrainingSession::rest() {
    const bool running = state_ == SessionState::Running;
    if (metrics_ring_.flush()) {
        if (running)
            letters_.wait_until(next_due_);
        else
            letters_.wait();
        return;
    }
    const TimePoint again = now() + kRedelivery;
    letters_.wait_until(running ? std::min(next_due_, again) : again);
}

// ---- runs and iterations -------------------------------------------------------------------------------------------

// False when the request was refused: then the run that was goes on.
bool TrainingSession::start_run(std::uint64_t seed, const Recipe& recipe, const std::string& data) {
    if (!trainer_) trainer_ = make_trainer_();
    save_replaced_run();
    const RunRequest request{RunId{++last_run_id}, recipe, seed, data};
    Result<std::shared_ptr<const RunInfo>> started = trainer_->start(request);
    if (!started.ok()) {
        if (run_info_)
            notify(Severity::Error, started.error().message);
        else
            fail(started.error().message);
        return false;
    }
    RunProgress fresh;
    fresh.planned_epochs = started.value()->recipe.epochs;
    begin_run(std::move(started).value(), std::move(fresh), "");
    return true;
}

// Likewise.
bool TrainingSession::resume_run(const std::filesystem::path& path) {
    if (!trainer_) trainer_ = make_trainer_();
    save_replaced_run();
    Result<ResumedRun> resumed = trainer_->resume(path, RunId{++last_run_id});
    if (!resumed.ok()) {
        if (run_info_)
            notify(Severity::Error, resumed.error().message);
        else
            fail(resumed.error().message);
        return false;
    }
    begin_run(std::move(resumed.value().info), std::move(resumed.value().progress),
              "resumed from " + path.filename().string());
    saved_iteration_ = progress_.iteration;
    if (progress_.evaluation_due)
        begin_evaluation(/*ends_epoch=*/true);
    else if (progress_.epoch > progress_.planned_epochs)
        state_ = SessionState::Finished;
    return true;
}

void TrainingSession::begin_run(std::shared_ptr<const RunInfo> info, RunProgress progress, std::string how) {
    auto own = std::make_shared<RunInfo>(*info);
    if (options_.save_to) own->checkpoint = options_.save_to(own->recipe).string();
    run_info_ = std::move(own);
    progress_ = std::move(progress);
    events_.post(event::RunStarted{run_info_});
    tell_log(event::RunStarted{run_info_});
    if (!how.empty()) mark(std::move(how));  // before its history, which a log must not take for news
    read_settings();
    steps_left_ = 0;
    metrics_ = IterationMetrics{.run = run_info_->run};
    // A resumed run's history, under its new name.
    for (IterationMetrics& metrics : progress_.iterations) {
        metrics.run = run_info_->run;
        metrics_ring_.push(metrics);
        metrics_ = metrics;
    }
    for (EvaluationMetrics& metrics : progress_.evaluations) {
        metrics.run = run_info_->run;
        events_.post(event::Evaluated{metrics});
    }
    recent_ = {};
    sweep_.abandon();
    sweep_allowance_seconds_ = 0.0;
    evaluation_.abandon();
    test_confusion_.reset();
    batch_confusion_.clear(static_cast<int>(run_info_->recipe.class_count));
    restore_probe();
    failure_.clear();
    state_ = SessionState::Running;
    next_due_ = last_due_ = saved_ = now();
    saved_iteration_ = 0;
    progress_.iterations.reserve(static_cast<std::size_t>(std::min(planned_iterations(), kReservedIterations)));
}

// ---- saving --------------------------------------------------------------------------------------------------------

// The copy is made here, between two iterations; the disk is the writer's.
void TrainingSession::save(const std::filesystem::path& path, Saving saving) {
    progress_.evaluation_due = evaluation_.active() && evaluation_ends_epoch_;
    StateWriter write = trainer_->copy_state(progress_);
    event::Saved saved{.run = run_info_->run,
                       .iteration = progress_.iteration,
                       .path = path.string(),
                       .problem = "",
                       .asked = saving == Saving::Asked};
    saved_ = now();
    writer_.post(
        [this, path, write = std::move(write), saved = std::move(saved)]() mutable {
            if (const Result<void> written = write(path); !written.ok()) saved.problem = written.error().message;
            if (!saved.problem.empty() && stopping_.load(std::memory_order_relaxed))
                log::write(log::Level::Error, saved.problem);  // nobody is left to read the event
            events_.post(std::move(saved));
            if (options_.on_publish) options_.on_publish();
        },
        saving == Saving::WhenConvenient ? run_info_->run.value : 0);
}

bool TrainingSession::autosave_due() const {
    return run_info_ && !run_info_->checkpoint.empty() && progress_.iteration != saved_iteration_ &&
           state_ != SessionState::Failed && seconds_between(saved_, now()) > options_.autosave_seconds;
}

// Not what an exception has left half done: the last file of a whole iteration is worth more.
void TrainingSession::save_at_end() {
    if (!run_info_ || run_info_->checkpoint.empty() || !trainer_ || progress_.iteration == saved_iteration_) return;
    if (state_ == SessionState::Failed) return;
    try {
        save(run_info_->checkpoint, Saving::Now);
        saved_iteration_ = progress_.iteration;
    } catch (const std::exception& error) {
        log::write(log::Level::Error, std::string("the run could not be saved at the end: ") + error.what());
    }
}

// Whoever starts over every few seconds does not want a file of each try.
void TrainingSession::save_replaced_run() {
    const bool worth_it = progress_.epoch > 1 || saved_iteration_ > 0;
    if (worth_it) save_at_end();
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

    const IterationOutcome outcome = trainer_->train_iteration();
    const TimePoint trained = now();
    const double seconds = seconds_between(begin, trained);
    finish_iteration(outcome, seconds);
    if (seek_left_ > 0) seek_slice();
    if (captures_wanted()) capture();
    sweep_beside_training(seconds);
    recent_.watching_seconds += seconds_between(trained, now());
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
    progress_.iterations.push_back(metrics_);
    batch_confusion_.add(outcome, progress_.iteration);
    progress_.epoch_sums.loss += static_cast<double>(outcome.loss) * static_cast<double>(samples);
    progress_.epoch_sums.correct += outcome.correct;
    progress_.epoch_sums.samples += samples;
    progress_.epoch_sums.seconds += seconds;
    recent_.decay(seconds);
    recent_.samples += static_cast<double>(samples);
    recent_.training_seconds += seconds;
    read_settings();
    if (!outcome.notice.empty()) notify(Severity::Info, std::string(outcome.notice));

    if (steps_left_ > 0 && --steps_left_ == 0) state_ = SessionState::Paused;
    if (!std::isfinite(outcome.loss)) {
        state_ = SessionState::Paused;
        steps_left_ = 0;
        notify(Severity::Error, "The loss of iteration " + std::to_string(progress_.iteration) +
                                    " is not a finite number, and the run is paused: reset it with a lower learning "
                                    "rate");
    }
    if (outcome.epoch_ended) end_epoch();
}

// ---- evaluation ----------------------------------------------------------------------------------------------------

// With a measurement, where the recipe wants one.
void TrainingSession::end_epoch() {
    const bool measured =
        progress_.epoch % run_info_->recipe.evaluate_every == 0 || progress_.epoch >= progress_.planned_epochs;
    if (measured)
        begin_evaluation(/*ends_epoch=*/true);
    else
        ++progress_.epoch;
}

void TrainingSession::begin_evaluation(bool ends_epoch) {
    evaluation_ends_epoch_ = ends_epoch;
    evaluation_.begin(run_info_->data.test_count, static_cast<int>(run_info_->recipe.class_count), progress_.iteration);
    if (!evaluation_.active()) finish_evaluation();
}

// The weights stay as they are until all slices are done.
void TrainingSession::evaluate_slice() {
    evaluation_.advance(*trainer_, kEvaluationSlice, progress_.iteration);
    const bool complete = !evaluation_.active();
    if (complete) finish_evaluation();
    const bool captured = captures_wanted();
    if (captured) capture();
    if (complete || captured || progress_due()) publish();
}

void TrainingSession::finish_evaluation() {
    sweep_.abandon();  // it could only bring something older
    keep_test_confusion(evaluation_.confusion());
    const auto samples = static_cast<double>(progress_.epoch_sums.samples);
    const EvaluationMetrics measured{
        .run = run_info_->run,
        .iteration = progress_.iteration,
        .epoch = metrics_.epoch,
        .ends_epoch = evaluation_ends_epoch_,
        .train_loss = progress_.epoch_sums.loss / samples,  // NaN of none
        .train_accuracy = static_cast<double>(progress_.epoch_sums.correct) / samples,
        .test_loss = evaluation_.mean_loss(),
        .test_accuracy = evaluation_.confusion().matrix.accuracy(),
        .seconds = progress_.epoch_sums.seconds,
        .samples_per_second = progress_.epoch_sums.seconds > 0.0 ? samples / progress_.epoch_sums.seconds : 0.0,
    };
    progress_.evaluations.push_back(measured);
    events_.post(event::Evaluated{measured});
    tell_log(measured);
    log_weights();
    if (!evaluation_ends_epoch_) return;
    ++progress_.epoch;
    count_gain();
    if (steps_left_ == 0 && reached_its_end()) {
        progress_.planned_epochs = progress_.epoch - 1;
        state_ = SessionState::Finished;
    }
    if (progress_.epoch <= progress_.planned_epochs) return;
    if (steps_left_ > 0)
        extend_plan();  // a step is as long as was asked for
    else
        state_ = SessionState::Finished;
}

// Within a step too: a run that is stepped through is the same run.
void TrainingSession::count_gain() {
    const double loss = evaluation_.mean_loss();
    progress_.measurements_without_gain = loss < progress_.lowest_loss ? 0 : progress_.measurements_without_gain + 1;
    progress_.lowest_loss = std::min(progress_.lowest_loss, loss);
}

// Whether the measurement just made meets the recipe's own reasons to end before its last epoch; says so.
bool TrainingSession::reached_its_end() {
    const Recipe& recipe = run_info_->recipe;
    const double accuracy = evaluation_.confusion().matrix.accuracy();
    if (progress_.epoch > progress_.planned_epochs) return false;
    char text[160];
    if (recipe.stop_at_accuracy > 0.0 && accuracy >= recipe.stop_at_accuracy)
        std::snprintf(text, sizeof text, "The accuracy of %.2f %% has reached the recipe's target of %.2f %%",
                      100.0 * accuracy, 100.0 * recipe.stop_at_accuracy);
    else if (recipe.patience > 0 && progress_.measurements_without_gain >= recipe.patience)
        std::snprintf(text, sizeof text, "Stopped early: no lower loss than %.4f in %lld measurements",
                      progress_.lowest_loss, static_cast<long long>(progress_.measurements_without_gain));
    else
        return false;
    notify(Severity::Info, text);
    return true;
}

// ---- what is watched -----------------------------------------------------------------------------------------------

// Work for the time in which no iteration is due; true when there was some.
bool TrainingSession::spare_time_work() {
    if (state_ == SessionState::Failed) return false;
    const bool seeking = seek_left_ > 0;
    if (seeking) seek_slice();
    const bool captured = captures_wanted();
    if (captured) capture();
    if (seeking || captured) {
        publish();
        return true;
    }
    if (!sweep_wanted()) return false;
    if (state_ == SessionState::Running && seconds_between(now(), next_due_) < kSliceSeconds) return false;
    sweep_slice();
    if (!sweep_.active() || progress_due()) publish();
    return true;
}

// Renewal of the test confusion matrix while iterations follow each other.
void TrainingSession::sweep_beside_training(double training_seconds) {
    if (!sweep_wanted() || evaluation_.active()) return;
    sweep_allowance_seconds_ += training_seconds * (test_confusion_ ? kSweepShare : kFirstSweepShare);
    while (sweep_allowance_seconds_ >= kSliceSeconds && sweep_wanted()) {
        const TimePoint begin = now();
        sweep_slice();
        sweep_allowance_seconds_ -= seconds_between(begin, now());
    }
    sweep_allowance_seconds_ = std::min(sweep_allowance_seconds_, kSliceSeconds);
}

void TrainingSession::sweep_slice() {
    const TimePoint begin = now();
    if (!sweep_.active())
        sweep_.begin(run_info_->data.test_count, static_cast<int>(run_info_->recipe.class_count), progress_.iteration);
    const auto slice = std::clamp(static_cast<std::int64_t>(sweep_pictures_per_second_ * kSliceSeconds), kSmallestSlice,
                                  Sweep::kLargestSlice);
    const std::int64_t done = sweep_.advance(*trainer_, slice, progress_.iteration);
    if (!sweep_.active()) keep_test_confusion(sweep_.confusion());
    sweep_pictures_per_second_ = static_cast<double>(done) / std::max(seconds_between(begin, now()), 1e-6);
}

// True until all of the test set was classified with the present weights.
bool TrainingSession::sweep_wanted() const {
    const bool fresh = test_confusion_ && test_confusion_->first_iteration == progress_.iteration;
    return watch_.test_confusion && !fresh && picture_count(Split::Test) > 0;
}

void TrainingSession::keep_test_confusion(const CountedConfusion& confusion) {
    std::shared_ptr<CountedConfusion> kept = confusion_pool_.acquire();
    *kept = confusion;
    test_confusion_ = std::move(kept);
}

// Looks at some more test pictures for one that the present weights get wrong.
void TrainingSession::seek_slice() {
    const std::int64_t count = picture_count(Split::Test);
    // The slice lies at or after seek_next_ going up, at or before it going down, and does not wrap.
    const std::int64_t room = seek_direction_ > 0 ? count - seek_next_ : seek_next_ + 1;
    const std::int64_t slice = std::min({kSeekSlice, seek_left_, room});
    const std::int64_t first = seek_direction_ > 0 ? seek_next_ : seek_next_ - slice + 1;
    seek_predicted_.resize(static_cast<std::size_t>(slice));
    trainer_->classify(Split::Test, first, seek_predicted_);
    for (std::int64_t i = 0; i < slice; ++i) {
        const std::int64_t index = seek_next_ + i * seek_direction_;
        if (seek_predicted_[static_cast<std::size_t>(index - first)] != trainer_->label(Split::Test, index))
            return set_probe(Split::Test, index);
    }
    seek_next_ = (seek_next_ + slice * seek_direction_ + count) % count;
    seek_left_ -= slice;
    if (seek_left_ > 0) return;
    end_seek();
    notify(Severity::Info, "The network gets every test picture right");
}

void TrainingSession::end_seek() {
    seek_left_ = 0;
    shown_.probe.seeking = false;
}

std::int64_t TrainingSession::picture_count(Split split) const {
    return split == Split::Train ? run_info_->data.train_count : run_info_->data.test_count;
}

// True when whoever looks has the time to see every iteration: then everything shown is of the one iteration.
bool TrainingSession::unhurried() const {
    return state_ != SessionState::Running || steps_left_ > 0 ||
           (iterations_per_second_ > 0.0 && iterations_per_second_ <= kUnhurriedPace);
}

bool TrainingSession::statistics_due() const {
    if (!watch_.layer_statistics || statistics_iteration_ == progress_.iteration) return false;
    return statistics_iteration_ < 0 || unhurried() ||
           seconds_between(statistics_measured_, now()) > kStatisticsInterval;
}

// Flat out the reader sets the measure: nothing is captured that it has no time to fetch.
bool TrainingSession::captures_wanted() const {
    const bool looked_at = !watch_.tensors.empty() || watch_.probe || watch_.layer_statistics;
    if (!looked_at || state_ == SessionState::Failed) return false;
    if (captured_iteration_ == progress_.iteration && !statistics_due()) return false;
    return captured_iteration_ < 0 || watch_.every_iteration || unhurried() || slot_.taken();
}

void TrainingSession::capture() {
    const TimePoint begin = now();
    const bool statistics = statistics_due();
    // Aside, so that what is shown stays whole if the trainer throws half-way.
    capturing_.probe = shown_.probe;
    capturing_.layer_statistics = shown_.layer_statistics;
    trainer_->capture(CaptureRequest{watch_, statistics, progress_.iteration}, capturing_);
    std::swap(shown_, capturing_);
    capturing_.captures.clear();
    captured_iteration_ = progress_.iteration;
    if (statistics) {
        statistics_iteration_ = progress_.iteration;
        statistics_measured_ = begin;
    }
    cost_.capture_microseconds = seconds_between(begin, now()) * 1e6;
    cost_.captured_bytes = 0;
    for (const auto& capture : shown_.captures)
        cost_.captured_bytes += static_cast<std::int64_t>(capture->values.size() * sizeof(float));
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
    snapshot->probe = shown_.probe;
    snapshot->captures = shown_.captures;
    snapshot->layer_statistics = shown_.layer_statistics;
    snapshot->test_confusion = test_confusion_;
    const Sweep& sweep = evaluation_.active() ? evaluation_ : sweep_;
    snapshot->sweep_progress = sweep.active() ? sweep.progress() : 0.0;
    if (run_info_) {
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
    state_ = SessionState::Failed;
    steps_left_ = 0;
    evaluation_.abandon();
    sweep_.abandon();
    end_seek();
    failure_ = first_line(what);
    if (failure_.empty()) failure_ = "The trainer stopped and did not say why";
    log::write(log::Level::Error, what);
    notify(Severity::Error, failure_);
    publish();
}

void TrainingSession::notify(Severity severity, std::string text) {
    events_.post(event::Notice{severity, std::move(text)});
}

void TrainingSession::mark(std::string what) {
    event::Changed change{run_info_->run, progress_.iteration, std::move(what)};
    tell_log(change);
    events_.post(std::move(change));
}

void TrainingSession::tell_log(RunLogEntry entry) {
    if (!options_.log) return;
    if (const Result<void> logged = options_.log(std::move(entry)); !logged.ok())
        notify(Severity::Error, logged.error().message + "; the run goes on without a log");
}

// A copy once an epoch; the weights stand still while they are measured.
void TrainingSession::log_weights() {
    if (!options_.log || run_info_->checkpoint.empty()) return;
    WatchSet weights;
    for (const LayerDescription& layer : run_info_->network.layers) {
        if (layer.has_weight()) weights.add({TensorKind::Weight, layer.id});
        if (layer.has_bias()) weights.add({TensorKind::Bias, layer.id});
    }
    trainer_->capture(CaptureRequest{weights, /*layer_statistics=*/false, progress_.iteration}, measured_);
    tell_log(MeasuredWeights{std::exchange(measured_.captures, {})});
}

void TrainingSession::RecentWork::decay(double seconds) {
    const double keep = std::exp(-seconds / kRecent);
    samples *= keep;
    training_seconds *= keep;
    watching_seconds *= keep;
}

}  // namespace convscope
