// A session on a thread of its own: takes commands at the boundary between iterations, trains, captures what is
// watched, publishes a snapshot after every iteration, sweeps the test set in what time is left over.
#pragma once

#include "engine/api/session.h"
#include "engine/core/latest_slot.h"
#include "engine/core/mailbox.h"
#include "engine/core/object_pool.h"
#include "engine/core/spsc_ring.h"
#include "engine/session/background_writer.h"
#include "engine/session/run_log_entry.h"
#include "engine/session/sweep.h"
#include "engine/session/trainer.h"
#include "engine/state/run_state.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace convscope {

struct SessionOptions {
    Recipe recipe;
    std::uint64_t seed = 0;
    bool paused = false;                 // begin Paused instead of Running
    double iterations_per_second = 0.0;  // 0: flat out
    std::filesystem::path resume = {};   // a saved run to go on with, instead of recipe and seed; empty: none
    RunFiles files = {};  // how runs are saved, and saved ones read; without: nothing is saved or resumed
    std::shared_ptr<const InitialWeights> weights = {};  // that the first run begins with; null: drawn from the seed
    bool extend_finished = false;  // one that was saved when all its epochs were done trains as many again
    // The file that a run is saved to by itself and at its end, asked for as each run begins, on the trainer's thread:
    // RunInfo::checkpoint. None, or an empty path: nowhere.
    std::function<std::filesystem::path(const Recipe&)> save_to = {};
    double autosave_seconds = 60.0;  // between two savings
    // Every so many epochs the run is kept in a file of its own too, beside the one above: epoch-0003.pt. 0: never.
    std::int64_t keep_every_epochs = 0;
    // Told all that happens, on the trainer's thread; must be quick and must not throw. What it gives is told the user.
    // May be empty.
    std::function<std::optional<event::Notice>(RunLogEntry)> log = {};
    // Returns once all that `log` was told before is on the disk, or cannot be brought there; called on a thread that
    // writes files, before a run is saved. May be empty.
    std::function<Result<void>()> settle_log = {};
    // Called after each publication and each saving, on the session's threads; must be quick and must not throw. May
    // be empty.
    std::function<void()> on_publish = {};
};

class TrainingSession final : public Session {
public:
    // `make_trainer` runs on the session's own thread, because LibTorch's thread settings belong to a thread; what it
    // throws makes the session Failed.
    TrainingSession(std::function<std::unique_ptr<Trainer>()> make_trainer, SessionOptions options);
    ~TrainingSession() override;

    CommandId post(Command command) override;
    std::shared_ptr<const Snapshot> latest() override { return slot_.fetch(); }
    void drain_metrics(std::vector<IterationMetrics>& out) override { metrics_ring_.drain(out); }
    void drain_events(std::vector<Event>& out) override;

private:
    struct Letter {
        CommandId id;
        Command command;
    };
    struct Applier;       // one overload per command
    class PhaseFollower;  // session_phases.h

    // Sums that forget with a time constant of about a second of training. Only watching that delays the next iteration
    // counts: what is done in spare time costs the training nothing.
    struct RecentWork {
        double samples = 0.0;
        double training_seconds = 0.0;
        double watching_seconds = 0.0;
        void decay(double seconds);
        double samples_per_second() const { return training_seconds > 0.0 ? samples / training_seconds : 0.0; }
        double watching_share() const {
            const double all = training_seconds + watching_seconds;
            return all > 0.0 ? watching_seconds / all : 0.0;
        }
    };

    static TimePoint now() { return std::chrono::steady_clock::now(); }
    static TimePoint from_now(double seconds);
    static RunId new_run_id();

    // Everything below runs on the trainer's thread.
    void thread_main();
    void begin();
    void guarded(void (TrainingSession::*work)());
    void turn();
    void rest();

    bool apply_letters();  // with set_probe(), in session_commands.cpp
    void set_probe(Split split, std::int64_t index);

    bool start_run(std::uint64_t seed, const Recipe& recipe, const std::string& data,
                   std::shared_ptr<const InitialWeights> weights);
    bool refuse_run(const Error& reason);
    void begin_run(std::shared_ptr<const RunInfo> info, RunProgress progress,
                   const std::filesystem::path& resumed_from);  // empty: fresh weights
    void restore_probe();
    void extend_plan();
    void read_settings();
    std::int64_t planned_iterations() const;
    TimePoint::duration period() const;  // between iterations; 0 flat out
    void iterate();
    void finish_iteration(const IterationOutcome& outcome, double seconds);

    double phase_rest() const;  // seconds at each phase of the next iteration, 0: nobody follows; session_phases.cpp

    bool resume_run(const std::filesystem::path& path);  // this and the following: session_saving.cpp
    enum class Saving { Asked, ByItself, Spare };        // the last: one of many
    void save(const std::filesystem::path& path, Saving saving);
    std::string write_to(const std::filesystem::path& path, const RunState& run) const;
    void report(event::Saved saved, const std::string& problem, const BackgroundWriter::Try& attempt);
    void tell(BackgroundWriter::Trouble trouble, const std::string& file);
    bool unsaved() const;
    void autosave_when_due();
    void keep_epoch(std::int64_t epoch);
    void save_at_end();
    void save_replaced_run();

    void end_epoch();  // session_evaluation.cpp
    void count_gain();
    bool reached_its_end();
    void begin_evaluation(bool ends_epoch);
    void evaluate_slice();
    void finish_evaluation();
    void log_weights();

    bool spare_time_work();  // session_watching.cpp
    void sweep_beside_training(double training_seconds);
    void sweep_slice();
    bool sweep_wanted() const;
    void keep_test_confusion(const CountedConfusion& confusion);
    void seek_slice();
    void end_seek();
    std::int64_t picture_count(Split split) const;
    bool unhurried() const;
    bool statistics_due() const;
    bool looked_at() const;
    bool captures_wanted() const;
    void capture();

    void publish();
    bool progress_due() const;
    void fail(const std::string& what);
    void notify(event::Notice::Severity severity, std::string text);
    void mark(std::string what);
    void tell_log(RunLogEntry entry);

    const SessionOptions options_;
    const std::function<std::unique_ptr<Trainer>()> make_trainer_;

    // Between the threads.
    Mailbox<Letter> letters_;
    Mailbox<Event> events_;
    SpscRing<IterationMetrics> metrics_ring_{4096};
    LatestSlot<Snapshot> slot_;
    std::atomic<bool> stopping_{false};  // written by the destructor
    std::mutex id_mutex_;                // commands enter the mailbox in the order of their ids
    std::uint64_t next_command_ = 1;     // written by any thread, guarded by id_mutex_
    std::vector<Event> drained_events_;  // the reader's

    // The trainer thread's own.
    std::unique_ptr<Trainer> trainer_;
    std::vector<Letter> inbox_;
    SessionState state_ = SessionState::Starting;
    std::string failure_;
    CommandId applied_;
    std::shared_ptr<const RunInfo> run_info_;
    std::shared_ptr<const InitialWeights> weights_;  // that the run began with; null: drawn from the seed
    RunProgress progress_;
    std::int64_t steps_left_ = 0;  // of a Step command; 0 when running freely
    IterationMetrics metrics_;
    LiveSettings settings_;  // as the trainer said last
    std::int64_t iterations_per_epoch_ = 0;
    double iterations_per_second_;  // 0: flat out
    TimePoint last_due_{};          // when the latest iteration was due
    TimePoint next_due_{};          // when the next one is
    Phase phase_ = Phase::None;     // of an iteration that is followed, with the rest there
    double phase_seconds_ = 0.0;

    WatchSet watch_;
    Snapshot shown_;                        // the probe, captures and statistics that go into each publication
    Snapshot capturing_;                    // where the next ones are made
    TimePoint captured_{};                  // when the last capture was done,
    double capture_seconds_ = 0.0;          // and how long it took
    Snapshot measured_;                     // the weights for the log, likewise
    std::int64_t captured_iteration_ = -1;  // of the captures in shown_; -1: not what is watched now
    std::int64_t statistics_iteration_ = -1;
    TimePoint statistics_measured_{};
    std::int64_t seek_left_ = 0;  // test pictures still to look at for the next mistake
    std::int64_t seek_next_ = 0;
    int seek_direction_ = 1;
    std::vector<int> seek_predicted_;

    Sweep sweep_;       // renewed continuously while watched
    Sweep evaluation_;  // at the end of an epoch or when asked for, at fixed weights
    bool evaluation_ends_epoch_ = true;
    double sweep_allowance_seconds_ = 0.0;
    double sweep_pictures_per_second_ = 10000.0;
    std::shared_ptr<const CountedConfusion> test_confusion_;
    RollingConfusion batch_confusion_{2000};

    ObjectPool<CountedConfusion> confusion_pool_;
    ObjectPool<Snapshot> snapshot_pool_;
    std::uint64_t sequence_ = 0;
    TimePoint last_publication_{};
    TimePoint save_due_{};               // when the run saves itself next
    std::int64_t posted_iteration_ = 0;  // what was given to the writer for its file, which has it in the end
    RecentWork recent_;
    WatchingCost cost_;

    BackgroundWriter writer_;  // its jobs post events
    std::thread thread_;       // last: it starts when everything above exists
};

}  // namespace convscope
