#include "engine/cli/train_command.h"

#include "engine/cli/run_setup.h"
#include "engine/cli/train_reporter.h"
#include "engine/io/snapshot_dump.h"
#include "engine/recipe/recipe_library.h"

#include <unistd.h>

#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

namespace convscope {
namespace {

// Wakes the main thread when the session has published.
class Bell {
public:
    void ring() {
        {
            std::lock_guard lock(mutex_);
            rung_ = true;
        }
        changed_.notify_one();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return rung_; });
        rung_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool rung_ = false;
};

// One headless run: asks for what it needs in turn, and stops when it has it.
class HeadlessRun {
public:
    HeadlessRun(const TrainOptions& options, const RunSetup& setup)
        : options_(options),
          reporter_(options.json, /*progress_bar=*/isatty(STDOUT_FILENO) == 1),
          session_(make_session(setup, {.paused = options.iterations > 0,
                                        .iterations_per_second = 0.0,
                                        .beside_window = false,
                                        .save_to = options.run.out.empty() ? nullptr : run_checkpoints(options.run.out),
                                        .on_publish = [this] { bell_.ring(); }})) {}

    int run() {
        if (options_.iterations > 0) stepped_ = session_->post(command::Step{options_.iterations});
        for (;;) {
            bell_.wait();
            const std::shared_ptr<const Snapshot> snapshot = session_->latest();
            read_events();
            if (snapshot->state == SessionState::Failed) return 1;  // the notice has said why
            if (!snapshot->run_info) continue;
            // A finished run that is resumed without more epochs goes on for as many again.
            if (!options_.run.resume.empty() && !options_.run.epochs && !resumed_ && options_.iterations == 0 &&
                snapshot->state == SessionState::Finished && snapshot->applied_command == CommandId{}) {
                session_->post(command::Run{});
                resumed_ = true;
                continue;
            }
            const std::int64_t planned = options_.iterations > 0 ? options_.iterations : snapshot->planned_iterations;
            if (snapshot->state == SessionState::Running) reporter_.progress(*snapshot, planned);
            if (!done(*snapshot)) continue;
            if (std::optional<int> code = wind_up(*snapshot)) return *code;
        }
    }

private:
    void read_events() {
        metrics_.clear();
        session_->drain_metrics(metrics_);  // the log has them; nobody here is interested
        events_.clear();
        session_->drain_events(events_);
        for (const Event& event : events_) {
            if (const auto* started = std::get_if<event::RunStarted>(&event)) reporter_.started(*started->info);
            if (const auto* notice = std::get_if<event::Notice>(&event)) reporter_.notice(*notice);
            if (const auto* evaluated = std::get_if<event::Evaluated>(&event)) {
                last_ = evaluated->metrics;
                if (evaluated->metrics.ends_epoch) reporter_.epoch(evaluated->metrics);
            }
            if (const auto* saved = std::get_if<event::Saved>(&event)) {
                saved_iteration_ = saved->iteration;
                save_problem_ = saved->problem;
                if (!saved->problem.empty()) reporter_.notice({event::Notice::Severity::Error, saved->problem});
            }
        }
    }

    bool done(const Snapshot& snapshot) const {
        if (snapshot.evaluating) return false;
        if (snapshot.state == SessionState::Finished) return true;
        return snapshot.state == SessionState::Paused && snapshot.applied_command >= stepped_ && snapshot.iteration > 0;
    }

    // Training is over: evaluates if the last iteration did not end an epoch here (but, say, in the run that was
    // resumed), dumps, prints the end.
    std::optional<int> wind_up(const Snapshot& snapshot) {
        if (!last_ || last_->iteration != snapshot.iteration || !snapshot.test_confusion) {
            if (!asked_evaluation_) session_->post(command::Evaluate{});
            asked_evaluation_ = true;
            return std::nullopt;
        }
        if (!options_.dump.empty()) {
            if (watched_ == CommandId{})
                watched_ = session_->post(command::Watch{everything_dumped(snapshot.run_info->network)});
            if (snapshot.applied_command < watched_ || snapshot.probe.iteration != snapshot.iteration)
                return std::nullopt;
            if (const Result<void> dumped = dump_snapshot(snapshot, options_.dump); !dumped.ok()) {
                std::fprintf(stderr, "%s\n", dumped.error().message.c_str());
                return 1;
            }
        }
        if (!options_.run.out.empty()) {
            if (!asked_save_) session_->post(command::Save{});
            asked_save_ = true;
            if (saved_iteration_ != snapshot.iteration) return std::nullopt;
            if (!save_problem_.empty()) return 1;
        }
        reporter_.end(*last_, snapshot.test_confusion->matrix);
        return std::isfinite(snapshot.metrics.loss) ? 0 : 1;
    }

    const TrainOptions& options_;
    TrainReporter reporter_;
    Bell bell_;
    std::vector<IterationMetrics> metrics_;
    std::vector<Event> events_;
    CommandId stepped_;
    CommandId watched_;
    bool asked_evaluation_ = false;
    bool asked_save_ = false;
    bool resumed_ = false;
    std::int64_t saved_iteration_ = -1;
    std::string save_problem_;
    std::optional<EvaluationMetrics> last_;
    std::unique_ptr<Session> session_;  // last: its thread rings the bell
};

}  // namespace

int run_train_command(const TrainOptions& options) {
    const Result<RunSetup> setup = prepare_run(options.run);
    if (!setup.ok()) {
        std::fprintf(stderr, "%s\n", setup.error().message.c_str());
        return 1;
    }
    return HeadlessRun(options, setup.value()).run();
}

int run_recipes_command() {
    for (const EmbeddedRecipe& embedded : recipes()) {
        const Result<Recipe> recipe = find_recipe(embedded.name());
        if (!recipe.ok()) {
            std::fprintf(stderr, "%s\n", recipe.error().message.c_str());
            return 1;
        }
        std::printf("%-16s %s\n", recipe.value().name.c_str(), recipe.value().description.c_str());
    }
    return 0;
}

}  // namespace convscope
