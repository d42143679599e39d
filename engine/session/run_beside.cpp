// What another run goes on from that is trained beside the present one, and how it begins there.
#include "engine/session/run_beside.h"

#include "engine/recipe/recipe_change.h"
#include "engine/session/current_run.h"
#include "engine/session/run_id.h"

#include <utility>

namespace convscope {
namespace {

std::string words_of(const Recipe& present, const Recipe& other) {
    std::string words = plan_change(present, other).ok() ? words_of_change(present, other) : std::string();
    if (!words.empty() || same_recipe(present, other)) return words;
    return other.name == present.name ? "another recipe" : "recipe " + other.name;
}

}  // namespace

Result<RunBeside> CurrentRun::beside(const command::BeginTwin& request) {
    const std::int64_t here = epochs_.iteration();
    RunBeside other{.trainer = nullptr, .like = info_, .from = {line_.lane(), here}, .common = here};
    if (request.recipe) {
        other.fresh = request.recipe;
        other.common = 0;
        other.difference = words_of(info_->recipe, *request.recipe);
    } else if (request.lane != RunId{} && request.lane != line_.lane()) {
        if (!lanes_.has(request.lane))
            return Error{ErrorCode::NotFound,
                         "There is no lane " + std::to_string(request.lane.value) + " to be trained beside"};
        if (Result<void> there = open_lane(request.lane); !there) return there.error();
        other.lane = request.lane;
        other.common = lanes_.common(line_.lane(), request.lane);
        other.difference = lanes_.label(request.lane);
        other.line.emplace(options_.kept_states_bytes / 2, 0);
        other.line->begin(request.lane, line_, request.lane, iterations_per_epoch_);
        other.marks = lanes_.left(request.lane).marks;
        const KeptState& newest = other.line->newest();
        other.state = {newest.training, RunProgress{newest.moment, lanes_.history(request.lane)}};
        other.from = {request.lane, newest.iteration()};
    } else {
        const std::shared_ptr<const TrainingState> training = state();
        if (!training)
            return Error{ErrorCode::Failed, "An exception has left this run amid an iteration: reset it first"};
        other.state = {training, RunProgress{epochs_.progress(), epochs_.progress().history.until(here)}};
        other.marks = marks_.until(here);
    }
    other.trainer = trainer_->another();
    return other;
}

Result<void> CurrentRun::begin_beside(RunBeside other) {
    trainer_ = std::move(other.trainer);
    const RunInfo& like = *other.like;
    RunProgress progress = std::move(other.state.progress);
    std::shared_ptr<RunInfo> info;
    if (other.fresh) {
        Result<std::shared_ptr<const RunInfo>> started =
            trainer_->start(RunRequest{new_run_id(), *other.fresh, like.seed, {}, {}});
        if (!started.ok()) return started.error();
        info = std::make_shared<RunInfo>(*started.value());
        progress = {};
        progress.planned_epochs = info->recipe.epochs;
    } else {
        Result<ResumedRun> resumed =
            trainer_->resume({std::move(other.state.training), std::move(progress)}, new_run_id());
        if (!resumed.ok()) return resumed.error();
        info = std::make_shared<RunInfo>(*resumed.value().info);
        progress = std::move(resumed.value().progress);
        info->weights_from = like.weights_from;
        info->weights_key = like.weights_key;
        info->branched_from = other.from;
    }
    begin_by_itself(
        std::move(info),
        {.progress = std::move(progress), .marks = std::move(other.marks), .goes_on = !other.fresh, .home = RunHome{}});
    if (!other.line) return {};
    line_.begin(info_->run, *other.line, other.lane, iterations_per_epoch_);
    follow_settings();  // with as many threads as it had
    return {};
}

void CurrentRun::set_threads(int threads) {
    trainer_->set_threads(threads);
    read_settings();
}

void CurrentRun::follow_plan(std::int64_t epochs) {
    if (epochs_.progress().planned_epochs == epochs) return;
    epochs_.plan(epochs);
    note_settings();
}

}  // namespace convscope
