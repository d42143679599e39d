#include "engine/cli/train_command.h"

#include "engine/cli/resume_command.h"
#include "engine/cli/train_reporter.h"
#include "engine/core/whole_file.h"
#include "engine/formats/snapshot_dump.h"
#include "engine/host/interrupt.h"
#include "engine/host/run_setup.h"
#include "engine/host/session_keeper.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"

#include <semaphore.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace convscope {
namespace {

// Wakes the main thread when the session has published, or when it is told to end: of the means to wait with, a
// semaphore is the one that a signal handler may post.
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

std::vector<Breakpoint> with_usual(const std::vector<Breakpoint>& given) {
    std::vector<Breakpoint> all = usual_breakpoints();
    all.insert(all.end(), given.begin(), given.end());
    return all;
}

// Nobody would wait for what cannot come. What is wrong with the recipe is said when the run begins.
Result<void> check_breakpoints(const std::vector<Breakpoint>& breakpoints, const RunSetup& setup) {
    const Result<NetworkDescription> network = plan_network(setup.recipe);
    for (const Breakpoint& one : breakpoints)
        if (network.ok())
            if (Result<void> fits = check_breakpoint(one, network.value(), setup.data->info().class_names); !fits)
                return Error{fits.error().code, "--break-when: " + fits.error().message};
    return {};
}

// One headless run: asks for what it needs in turn, and stops when it has it.
class HeadlessRun {
public:
    HeadlessRun(const TrainOptions& options, const RunSetup& setup, RunFolders folders)
        : options_(options),
          recorder_(folders.checkpoint
                        ? std::make_shared<RunRecorder>(options.run.log_every, RunRecorder::kMostRows, folders.use)
                        : nullptr),
          reporter_(options.json, /*progress_bar=*/isatty(STDOUT_FILENO) == 1),
          interrupt_(bell_.semaphore()),
          session_(make_session(setup, {.paused = options.iterations > 0,
                                        .iterations_per_second = 0.0,
                                        .extend_finished = !options.run.epochs && options.iterations == 0,
                                        .breakpoints = with_usual(options.break_when),
                                        .beside_window = false,
                                        .folders = std::move(folders),
                                        .recorder = recorder_,
                                        .on_publish = [this] { bell_.ring(); }})) {}

    int run() {
        for (;;) {
            bell_.wait();
            const std::shared_ptr<const Snapshot> snapshot = session_.session().latest();
            read_events();
            if (snapshot && snapshot->state == SessionState::Failed) return 1;  // the notice has said why
            if (!snapshot || !snapshot->run_info) {
                if (!interrupted) continue;
                reporter_.interrupted(Snapshot{}, /*checkpoint=*/{}, /*resume=*/{});
                return interrupted_exit_code();
            }
            if (interrupted) {
                if (std::optional<int> code = stop(*snapshot)) return *code;
                continue;
            }
            if (options_.iterations > 0 && stepped_ == CommandId{})  // not before: there may be nothing to train
                stepped_ = session_.session().post(command::Step{options_.iterations});
            const std::int64_t planned =
                options_.iterations > 0 ? resumed_at_ + options_.iterations : snapshot->planned_iterations;
            if (snapshot->state == SessionState::Running) reporter_.progress(*snapshot, planned);
            if (!done(*snapshot)) continue;
            if (std::optional<int> code = wind_up(*snapshot)) return *code;
        }
    }

private:
    void read_events() {
        // Scalars that are here before the events are read have no event before them that is yet to come; those that
        // come meanwhile may.
        session_.session().drain_metrics(metrics_);
        const std::int64_t settled = metrics_.empty() ? 0 : metrics_.back().iteration;
        events_.clear();
        session_.session().drain_events(events_);
        session_.session().drain_metrics(metrics_);
        // In the order in which it happened, however late it is read.
        auto next = metrics_.begin();
        const auto tell_up_to = [&](std::int64_t iteration) {
            for (; next != metrics_.end() && next->iteration <= iteration; ++next) tell(*next);
        };
        for (const Event& event : events_) {
            if (const auto* started = std::get_if<event::RunStarted>(&event)) {
                reporter_.started(*started);
                given_path_ = started->info->checkpoint;
                resumed_at_ = started->resumed ? started->resumed->iteration : 0;
                begun_ = true;
            }
            if (const auto* changed = std::get_if<event::Changed>(&event)) reporter_.changed(*changed);
            if (const auto* notice = std::get_if<event::Notice>(&event)) reporter_.notice(*notice);
            if (const auto* evaluated = std::get_if<event::Evaluated>(&event)) {
                tell_up_to(evaluated->metrics.iteration);
                last_ = evaluated->metrics;
                if (evaluated->metrics.ends_epoch) reporter_.epoch(evaluated->metrics);
            }
            if (const auto* saved = std::get_if<event::Saved>(&event)) {
                if (saved->asked) {
                    saved_iteration_ = saved->iteration;
                    saved_path_ = saved->path;
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
        if (snapshot.evaluating || snapshot.applied_command < stepped_) return false;
        if (snapshot.state == SessionState::Finished) return true;
        return snapshot.state == SessionState::Paused && snapshot.iteration > 0;
    }

    // Told to end: the iteration under way is the last one, and what was asked for is in its file before this ends.
    std::optional<int> stop(const Snapshot& snapshot) {
        const bool kept = !snapshot.run_info->checkpoint.empty();
        if (paused_ == CommandId{}) {
            paused_ = session_.session().post(command::Pause{});
            if (kept) session_.session().post(command::Save{});
        }
        if (snapshot.applied_command < paused_) return std::nullopt;
        if (kept) {
            if (saved_iteration_ != snapshot.iteration) return std::nullopt;
            if (!save_problem_.empty()) return 1;
        }
        reporter_.interrupted(snapshot, saved_path_, kept ? line_to_go_on(snapshot) : std::string());
        return is_whole() ? interrupted_exit_code() : 1;
    }

    // Trains what is left of what was asked for; none when nothing is.
    std::string line_to_go_on(const Snapshot& snapshot) const {
        const std::int64_t steps_left = resumed_at_ + options_.iterations - snapshot.iteration;
        const bool trained = snapshot.state == SessionState::Finished || (options_.iterations > 0 && steps_left <= 0);
        if (trained && !snapshot.evaluating) return {};
        RunInfo run = *snapshot.run_info;
        run.checkpoint = saved_path_;
        std::string words = resume_command("train", options_.run, run);
        if (options_.iterations > 0) words += " --iterations " + std::to_string(steps_left);
        if (options_.print_every > 0) words += " --print-every " + std::to_string(options_.print_every);
        if (options_.json) words += " --json";
        if (!options_.dump.empty()) words += " --dump " + shell_word(options_.dump);
        for (const Breakpoint& one : options_.break_when) words += " --break-when " + shell_word(to_string(one));
        return words;
    }

    // Training is over: evaluates if the last iteration did not end an epoch here (but, say, in the run that was
    // resumed), dumps, prints the end.
    std::optional<int> wind_up(const Snapshot& snapshot) {
        if (!last_ || last_->iteration != snapshot.iteration || !snapshot.test_confusion) {
            if (!asked_evaluation_) session_.session().post(command::Evaluate{});
            asked_evaluation_ = true;
            return std::nullopt;
        }
        if (!options_.dump.empty()) {
            if (watched_ == CommandId{})
                watched_ = session_.session().post(command::Watch{everything_dumped(snapshot.run_info->network)});
            if (snapshot.applied_command < watched_ || snapshot.seen.probe.iteration != snapshot.iteration)
                return std::nullopt;
            if (const Result<void> dumped = dump_snapshot(snapshot, options_.dump); !dumped.ok()) {
                std::fprintf(stderr, "%s\n", dumped.error().message.c_str());
                return 1;
            }
        }
        const bool sane = std::isfinite(snapshot.metrics.loss);  // otherwise what is in the file is worth more
        if (!snapshot.run_info->checkpoint.empty() && sane) {
            if (!asked_save_) session_.session().post(command::Save{});
            asked_save_ = true;
            if (saved_iteration_ != snapshot.iteration) return std::nullopt;
            if (!save_problem_.empty()) return 1;
        }
        reporter_.end(*last_, snapshot.test_confusion->matrix);
        if (snapshot.paused_by)
            reporter_.paused(*snapshot.paused_by, saved_path_.empty() ? std::string() : line_to_go_on(snapshot));
        const bool whole = is_whole();
        return whole && sane ? 0 : 1;
    }

    // What the log lacks is said by the recorder, and by the session where the run's file had to go elsewhere.
    bool is_whole() const { return (!recorder_ || recorder_->settle().ok()) && saved_path_ == given_path_; }

    const TrainOptions& options_;
    std::shared_ptr<RunRecorder> recorder_;  // null: there is no log
    TrainReporter reporter_;
    Bell bell_;
    std::vector<IterationMetrics> metrics_;  // not yet told
    std::vector<Event> events_;
    CommandId stepped_;
    CommandId watched_;
    CommandId paused_;             // when it was told to end
    bool begun_ = false;           // the run
    std::int64_t resumed_at_ = 0;  // the iteration that it went on from
    bool asked_evaluation_ = false;
    bool asked_save_ = false;
    std::int64_t saved_iteration_ = -1;
    std::string save_problem_;
    std::string given_path_;  // of the run's file as it began
    std::string saved_path_;
    std::optional<EvaluationMetrics> last_;
    const InterruptScope interrupt_;  // a signal rings the bell; a second one must not disturb the end
    SessionKeeper session_;           // last: its thread rings the bell
};

}  // namespace

int run_train_command(const TrainOptions& options) {
    const auto complain = [](const Error& error) {
        std::fprintf(stderr, "%s\n", error.message.c_str());
        return 1;
    };
    Result<RunSetup> setup = prepare_run(options.run);
    if (!setup.ok()) return complain(setup.error());
    if (const Result<void> can_come = check_breakpoints(options.break_when, setup.value()); !can_come.ok())
        return complain(can_come.error());
    RunFolders folders;
    if (!setup.value().options.out.empty()) {
        auto claimed = claim_run_folders(setup.value());
        if (!claimed.ok()) return complain(claimed.error());
        folders = std::move(claimed).value();
    }
    if (!options.dump.empty()) {
        const RunOptions& run = options.run;
        if (const Result<void> spared =
                spare_files(options.dump, {run.resume, run.checkpoint, run.recipe}, setup.value().options.out);
            !spared.ok())
            return complain(spared.error());
        if (const Result<void> can_be = try_whole_file(options.dump); !can_be.ok()) return complain(can_be.error());
    }
    if (!folders.checkpoint)
        std::fprintf(stderr, "Nothing of this run is kept%s: --out DIR keeps it\n",
                     options.dump.empty() ? "" : (" but " + options.dump).c_str());
    TrainOptions prepared = options;
    prepared.run = setup.value().options;
    return HeadlessRun(prepared, setup.value(), std::move(folders)).run();
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
