// How the present run is set aside when another takes its place, and brought back.
#include "engine/session/set_aside.h"

#include "engine/core/machine_memory.h"
#include "engine/session/current_run.h"
#include "engine/session/run_id.h"

#include <exception>
#include <utility>

namespace convscope {

Result<void> CurrentRun::bring_back() {
    if (!aside_) return Error{ErrorCode::NotFound, "There is no run to be brought back: none was set aside"};
    save_at_end();
    std::optional<SetAside> leaving = as_set_aside();
    Result<ResumedRun> resumed = trainer_->resume(aside_->state, new_run_id());
    if (!resumed.ok())
        return Error{resumed.error().code,
                     aside_->told->recipe + " cannot be brought back: " + resumed.error().message};
    const SetAside back = std::move(*aside_);
    aside_ = was_trained() ? std::move(leaving) : std::nullopt;
    weights_ = back.weights;
    auto info = std::make_shared<RunInfo>(*resumed.value().info);
    info->weights_from = back.info->weights_from;
    info->weights_key = back.info->weights_key;
    info->branched_from = back.info->branched_from;
    info->checkpoint = back.info->checkpoint;
    // With as many threads as it had, which timing them anew need not find: sums are added up as they were.
    if (trainer_->settings().threads != back.settings.threads) trainer_->set_threads(back.settings.threads);
    info->threads = trainer_->settings().threads;
    info->blas_threads = trainer_->settings().blas_threads;
    begin_by_itself(std::move(info), {.progress = std::move(resumed.value().progress),
                                      .marks = back.marks,
                                      .goes_on = true,
                                      .file = back.home.latest,
                                      .mark = "brought back",
                                      .home = back.home});
    return {};
}

// As far as it was trained, wherever it is now. Where it can be: there is a run, and it is whole. A state that there is
// no memory for is not kept.
std::optional<SetAside> CurrentRun::as_set_aside() {
    if (!exists()) return std::nullopt;
    try {
        RunState furthest = furthest_state();
        if (!furthest.training) return std::nullopt;
        const std::int64_t iteration = furthest.progress.iteration;
        LiveSettings settings = settings_;
        settings.threads = line_.settings(iteration).threads;
        return SetAside{std::move(furthest),
                        marks_,
                        info_,
                        weights_,
                        settings,
                        home(),
                        std::make_shared<const SetAsideRun>(
                            SetAsideRun{info_->run, info_->recipe.name, iteration, info_->checkpoint})};
    } catch (const std::exception& problem) {
        publisher_.notify(event::Notice::Severity::Warning,
                          std::string("The run cannot be brought back: ") + sentence_of(problem));
        return std::nullopt;
    }
}

// With what its file has, or will have.
RunHome CurrentRun::home() const {
    RunHome home = home_;
    home.saved_iteration = keeper_.posted_iteration();
    if (keeper_.has_posted()) home.latest = home_.file;
    return home;
}

}  // namespace convscope
