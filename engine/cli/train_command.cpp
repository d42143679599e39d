#include "engine/cli/train_command.h"

#include "engine/cli/interrupt.h"
#include "engine/cli/run_setup.h"
#include "engine/cli/train_reporter.h"
#include "engine/io/snapshot_dump.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"

#include <semaphore.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

namespace convscope {
namespace {

// Wakes the main thread when the session has published, or at Ctrl-C: of the means to wait with, a semaphore is the one
// that a signal handler may post.
class Bell {
public:
    Bell() { sem_init(&rung_, /*pshared=*/0, /*value=*/0); }
    ~Bell() { sem_destroy(&rung_); }
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    void ring() { sem_post(&rung_); }
    void wait() {
        while (sem_wait(&rung_) != 0) {  // a signal came
        }
        while (sem_trywait(&rung_) == 0) {  // several rings are as good as one
        }
    }
    sem_t* semaphore() { return &rung_; }

private:
    sem_t rung_;
};

// As a shell takes it for one word.
std::string shell_word(const std::string& text) {
    if (!text.empty() &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:=@%") ==
            std::string::npos)
        return text;
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + '\'';
}

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
        const InterruptScope interrupt(bell_.semaphore());
        if (options_.iterations > 0) stepped_ = session_->post(command::Step{options_.iterations});
        for (;;) {
            bell_.wait();
            const std::shared_ptr<const Snapshot> snapshot = session_->latest();
            read_events();
            if (snapshot->state == SessionState::Failed) return 1;  // the notice has said why
            if (!snapshot->run_info) continue;
            if (interrupted) {
                if (std::optional<int> code = stop(*snapshot)) return *code;
                continue;
            }
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
        // Scalars that are here before the events are read have no event before them that is yet to come; those that
        // come meanwhile may.
        session_->drain_metrics(metrics_);
        const std::int64_t settled = metrics_.empty() ? 0 : metrics_.back().iteration;
        events_.clear();
        session_->drain_events(events_);
        session_->drain_metrics(metrics_);
        // In the order in which it happened, however late it is read.
        auto next = metrics_.begin();
        const auto tell_up_to = [&](std::int64_t iteration) {
            for (; next != metrics_.end() && next->iteration <= iteration; ++next) tell(*next);
        };
        for (const Event& event : events_) {
            if (const auto* started = std::get_if<event::RunStarted>(&event)) {
                reporter_.started(*started);
                begun_ = true;
            }
            if (const auto* notice = std::get_if<event::Notice>(&event)) reporter_.notice(*notice);
            if (const auto* evaluated = std::get_if<event::Evaluated>(&event)) {
                tell_up_to(evaluated->metrics.iteration);
                last_ = evaluated->metrics;
                if (evaluated->metrics.ends_epoch) reporter_.epoch(evaluated->metrics);
            }
            if (const auto* saved = std::get_if<event::Saved>(&event)) {
                if (saved->asked) {
                    saved_iteration_ = saved->iteration;
                    save_problem_ = saved->problem;
                }
                if (!saved->problem.empty()) reporter_.notice({event::Notice::Severity::Error, saved->problem});
            }
        }
        if (begun_) tell_up_to(settled);  // scalars may be there before their run's beginning is read
        metrics_.erase(metrics_.begin(), next);
    }

    void tell(const IterationMetrics& metrics) {
        if (options_.print_every > 0 && metrics.iteration % options_.print_every == 0) reporter_.iteration(metrics);
    }

    bool done(const Snapshot& snapshot) const {
        if (snapshot.evaluating) return false;
        if (snapshot.state == SessionState::Finished) return true;
        return snapshot.state == SessionState::Paused && snapshot.applied_command >= stepped_ && snapshot.iteration > 0;
    }

    // After Ctrl-C: the iteration under way is the last one, and what was asked for is in its file before this ends.
    std::optional<int> stop(const Snapshot& snapshot) {
        const std::string& checkpoint = snapshot.run_info->checkpoint;
        if (paused_ == CommandId{}) {
            paused_ = session_->post(command::Pause{});
            if (!checkpoint.empty()) session_->post(command::Save{});
        }
        if (snapshot.applied_command < paused_) return std::nullopt;
        if (!checkpoint.empty()) {
            if (saved_iteration_ != snapshot.iteration) return std::nullopt;
            if (!save_problem_.empty()) return 1;
        }
        reporter_.interrupted(snapshot, checkpoint, resume_command(checkpoint));
        return kInterruptedExitCode;
    }

    std::string resume_command(const std::string& checkpoint) const {
        std::string words = "convscope train --resume " + shell_word(checkpoint);
        if (!options_.run.data.empty()) words += " --data " + shell_word(options_.run.data);
        if (options_.run.device != "auto") words += " --device " + options_.run.device;
        if (options_.run.threads > 0) words += " --threads " + std::to_string(options_.run.threads);
        return words + " --out " + shell_word(options_.run.out);
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
        if (!snapshot.run_info->checkpoint.empty()) {
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
    std::vector<IterationMetrics> metrics_;  // not yet told
    std::vector<Event> events_;
    CommandId stepped_;
    CommandId watched_;
    CommandId paused_;    // after Ctrl-C
    bool begun_ = false;  // the run
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

int run_recipes_command(const RecipesOptions& options) {
    const auto complain = [](const Error& error) {
        std::fprintf(stderr, "%s\n", error.message.c_str());
        return 1;
    };
    for (const EmbeddedRecipe& embedded : recipes()) {
        if (!options.show.empty()) {
            if (options.show != embedded.name() || !options.set.empty()) continue;
            std::fwrite(embedded.toml.data(), 1, embedded.toml.size(), stdout);  // with its comments
            return 0;
        }
        const Result<Recipe> recipe = find_recipe(embedded.name());
        if (!recipe.ok()) return complain(recipe.error());
        std::printf("%-16s %s\n", recipe.value().name.c_str(), recipe.value().description.c_str());
    }
    if (options.show.empty()) return 0;
    Result<Recipe> recipe = find_recipe(options.show);
    if (recipe.ok()) recipe = override_recipe(recipe.value(), options.set);
    if (!recipe.ok()) return complain(recipe.error());
    std::fputs(to_toml(recipe.value()).c_str(), stdout);
    return 0;
}

}  // namespace convscope
