#include "engine/session/current_run.h"

#include "engine/core/log.h"
#include "engine/session/run_id.h"

#include <exception>
#include <system_error>
#include <utility>

namespace convscope {
namespace {

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
    std::error_code one_is_missing;
    return a == b || std::filesystem::equivalent(a, b, one_is_missing);
}

}  // namespace

CurrentRun::CurrentRun(MakeTrainer make_trainer, const SessionOptions& options, Publisher& publisher)
    : make_trainer_(std::move(make_trainer)),
      options_(options),
      publisher_(publisher),
      weights_(options.weights),
      line_(options.kept_states_bytes, options.disk_states_bytes),
      keeper_(options, publisher) {}

Result<void> CurrentRun::start(const command::Reset& request) {
    if (!trainer_) trainer_ = make_trainer_();
    save_at_end();
    std::optional<SetAside> leaving = as_set_aside();
    const Recipe recipe = request.recipe ? *request.recipe : info_ ? *first_recipe_ : options_.recipe;
    std::shared_ptr<const InitialWeights> weights = request.recipe ? nullptr : weights_;
    Result<std::shared_ptr<const RunInfo>> started =
        trainer_->start(RunRequest{new_run_id(), recipe, request.seed, request.data, weights});
    if (!started.ok()) return started.error();
    if (was_trained()) aside_ = std::move(leaving);
    weights_ = std::move(weights);
    RunProgress fresh;
    fresh.planned_epochs = started.value()->recipe.epochs;
    begin_by_itself(std::move(started).value(), {.progress = std::move(fresh)});
    return {};
}

Result<void> CurrentRun::resume(const std::filesystem::path& path) {
    if (!options_.files.read)
        return Error{ErrorCode::Unsupported, path.string() + ": this session reads no saved runs"};
    if (!trainer_) trainer_ = make_trainer_();
    const std::string own = info_ ? info_->checkpoint : std::string();
    // Who goes back to what the run's own file has must not find it replaced by what came after.
    const bool goes_back = is_same_file(path, own);
    if (!goes_back) save_at_end();
    std::optional<SetAside> leaving = as_set_aside();
    keeper_.flush();  // what was asked to be saved before is what is read
    Result<RunState> saved = options_.files.read(path);
    if (!saved.ok()) return saved.error();
    Result<ResumedRun> resumed = trainer_->resume(std::move(saved).value(), new_run_id());
    if (!resumed.ok()) return Error{resumed.error().code, path.string() + ": " + resumed.error().message};
    if (goes_back) keeper_.forget();
    if (was_trained()) aside_ = std::move(leaving);
    weights_.reset();  // whatever its first ones were
    begin_by_itself(std::move(resumed.value().info), {.progress = std::move(resumed.value().progress),
                                                      .goes_on = true,
                                                      .file = path,
                                                      .mark = "resumed from " + path.filename().string()});
    for (std::string& change : resumed.value().changes) mark(std::move(change));
    return {};
}

RunHome CurrentRun::new_home(const Recipe& recipe, std::int64_t iteration) const {
    RunHome home;
    if (options_.save_to) home.file = options_.save_to(recipe);
    if (options_.folders.hold && !home.file.empty()) home.folder = options_.folders.hold(home.file.parent_path());
    home.saved_iteration = iteration;  // of a fresh one there is none to save
    return home;
}

// A run that was kept somewhere goes on where it was given, and then finds out again where that is by now.
void CurrentRun::begin(std::shared_ptr<const RunInfo> info, Beginning how) {
    auto own = std::make_shared<RunInfo>(*info);
    const std::filesystem::path now = own->checkpoint;
    const bool moved = how.home && how.home->folder && now != how.home->file;
    if (moved) how.home->folder->moves.post(now.parent_path());
    const bool branches = how.goes_on && how.file.empty() && !how.home;
    RunHome home = how.home ? std::move(*how.home) : new_home(own->recipe, how.progress.iteration);
    own->checkpoint = home.file.string();
    const bool news = !own->data.notice.empty() && (!info_ || info_->data.notice != own->data.notice);
    info_ = std::move(own);
    if (news) publisher_.notify(event::Notice::Severity::Warning, info_->data.notice);
    event::RunStarted started{info_};
    if (how.goes_on) {
        started.resumed = ResumePoint{how.progress.iteration, how.progress.evaluation_due};
        started.history = std::make_shared<const RunHistory>(how.progress.history);
        if (!how.marks.all().empty()) started.marks = std::make_shared<const ChangeMarks>(how.marks);
    }
    home.latest = branches ? RunKeeper::beginning(home.file) : std::move(how.file);
    marks_ = std::move(how.marks);
    epochs_.begin(info_, std::move(how.progress));
    const RunHome before = std::exchange(home_, std::move(home));  // held until its log is told that another run begins
    const RunMoment& moment = epochs_.progress();
    keeper_.begin_run(home_.file, home_.folder, home_.saved_iteration,
                      moment.evaluation_due && moment.iteration == home_.saved_iteration);
    publisher_.tell(std::move(started));
    write_down_beginning(epochs_.progress(), home_.latest);
    if (!how.mark.empty()) tell_mark(std::move(how.mark));
}

void CurrentRun::begin_by_itself(std::shared_ptr<const RunInfo> info, Beginning how) {
    const bool is_fresh = !how.goes_on;
    const std::filesystem::path file = how.home ? how.home->file : how.file;
    const std::string why = how.mark;
    line_.set_target(std::nullopt);
    begin(std::move(info), std::move(how));
    settings_ = trainer_->settings();
    first_recipe_ = recipe_ = std::make_shared<const Recipe>(info_->recipe);
    read_restraints();
    undo_.clear();
    line_.begin(info_->run, {.training = trainer_->state(), .moment = epochs_.progress()}, line_settings());
    lanes_.begin(info_->run);
    read_settings();
    if (!is_fresh) find_lanes(file, why);
    const bool goes_on_there = !is_fresh && !info_->checkpoint.empty() && is_same_file(file, info_->checkpoint);
    if (goes_on_there && keeps_past()) keeper_.goes_on_from(*line_.newest().training);
    if (goes_on_there) find_past(info_->run, home_.file.parent_path(), *line_.newest().training);
    if (is_fresh && !info_->weights_from.empty())
        mark("weights from " + std::filesystem::path(info_->weights_from).filename().string());
}

std::int64_t CurrentRun::picture_count(Split split) const {
    return split == Split::Train ? info_->data.train_count : info_->data.test_count;
}

void CurrentRun::add(const IterationOutcome& outcome, double seconds) {
    epochs_.add(outcome, seconds);
    line_.grow(epochs_.iteration(), seconds);
    publisher_.tell(epochs_.latest());
    publisher_.trained(static_cast<std::int64_t>(outcome.labels.size()), seconds);
    const int threads = settings_.threads;
    read_settings();
    if (settings_.threads != threads) write_down(command::SetThreads{settings_.threads});  // by itself
    if (!outcome.notice.empty())
        publisher_.notify(event::Notice::Severity::Info, std::string(outcome.notice), info_->run);
}

void CurrentRun::tell(const Epochs::Measurement& measurement) {
    const EvaluationMetrics& measured = measurement.metrics;
    publisher_.tell(measured, measurement.news);
    if (!measurement.news || !publisher_.has_log() || info_->checkpoint.empty()) return;
    WatchSet weights;
    for (const LayerDescription& layer : info_->network.layers) {
        if (!layer.owns_weights()) continue;
        weights.add({TensorKind::Weight, layer.id});
        if (layer.has_bias()) weights.add({TensorKind::Bias, layer.id});
    }
    Observation copy;
    trainer_->capture(CaptureRequest{weights, /*layer_statistics=*/false, measured.iteration}, copy);
    publisher_.tell_log(MeasuredWeights{measured.epoch, std::move(copy.captures)});
}

void CurrentRun::read_settings() {
    settings_ = trainer_->settings();
    iterations_per_epoch_ = trainer_->iterations_per_epoch();
    note_settings();
}

void CurrentRun::extend_plan() {
    mark(epochs_.extend_plan());
    note_settings();
}

void CurrentRun::end_here() {
    epochs_.end_here();
    note_settings();
}

void CurrentRun::mark(std::string what) {
    const bool begins_branch = lanes_.changed(line_.lane(), what);
    tell_mark(std::move(what));
    if (!begins_branch || info_->checkpoint.empty()) return;
    keep_lanes();
    keeper_.save(*to_keep(), info_->checkpoint, /*asked=*/false);  // its beginning is without that
}

void CurrentRun::tell_mark(std::string what) {
    marks_.add({epochs_.iteration(), what});
    publisher_.tell(event::Changed{info_->run, epochs_.iteration(), std::move(what)});
}

void CurrentRun::save_when_due() {
    const auto run = to_keep();
    if (!run || options_.clock->now() < keeper_.save_due(*run)) return;
    keep_beginning_on_disk();
    keeper_.save_when_due(*run);
}

TimePoint CurrentRun::save_due() const {
    const auto run = to_keep();
    return run ? keeper_.save_due(*run) : TimePoint::max();
}

void CurrentRun::save_at_end() {
    write_down_weights();
    const auto run = to_keep();
    if (!run) return;
    const auto unless_it_fails = [](const auto& keep) {
        try {
            keep();
        } catch (const std::exception& problem) {
            log::write(log::Level::Warning, std::string("a run's past could not be kept: ") + problem.what());
        }
    };
    unless_it_fails([&] { keep_beginning_on_disk(); });
    keeper_.save_at_end(*run);
    if (keeps_past() && line_.has_disk_states()) unless_it_fails([&] { keeper_.keep_changes(*run); });
}

// RunInfo is what readers see: it says where the run's file is now.
void CurrentRun::follow_folder() {
    std::vector<std::filesystem::path> places;
    if (!home_.folder || !home_.folder->moves.drain(places)) return;
    auto moved = std::make_shared<RunInfo>(*info_);
    moved->checkpoint = (places.back() / std::filesystem::path(moved->checkpoint).filename()).string();
    info_ = std::move(moved);
}

std::optional<RunToKeep> CurrentRun::to_keep() const {
    if (!info_ || !trainer_) return std::nullopt;
    const RunProgress& here = epochs_.progress();
    if (!in_past()) return RunToKeep{*trainer_, *info_, line_, nullptr, here, here.history, place()};
    const KeptState& furthest = line_.newest();
    return RunToKeep{*trainer_, *info_, line_, furthest.training, furthest.moment, here.history, place()};
}

void CurrentRun::show(Snapshot& into) {
    follow_folder();
    into.set_aside = aside_ ? aside_->told : nullptr;
    const bool all_once = !restraints_ || restraints_->data.times.empty();
    if (!travelling())
        shown_ = {.info = info_,
                  .iteration = epochs_.iteration(),
                  .metrics = epochs_.latest(),
                  .settings = settings_,
                  .iterations_per_epoch = iterations_per_epoch_,
                  .planned_iterations =
                      info_ ? epochs_.planned_iterations(settings_.batch_size, iterations_per_epoch_, all_once) : 0,
                  .restraints = restraints_,
                  .undo = undo_.next(epochs_.iteration())};
    into.run_info = shown_.info;
    into.iteration = shown_.iteration;
    into.epoch = shown_.metrics.epoch;
    into.metrics = shown_.metrics;
    into.settings = shown_.settings;
    into.iterations_per_epoch = shown_.iterations_per_epoch;
    into.planned_iterations = shown_.planned_iterations;
    into.restraints = shown_.restraints;
    into.undo = shown_.undo;
    line_.show(into.line);
    lanes_.show(into.line);
}

}  // namespace convscope
