// Runs and files: saving while training goes on, by itself too, and going on with what was saved.
#include "engine/core/log.h"
#include "engine/session/training_session.h"

#include <exception>
#include <string>
#include <utility>

namespace convscope {

// The copy is made here, between two iterations; the disk is the writer's.
void TrainingSession::save(const std::filesystem::path& path, bool replaceable) {
    progress_.evaluation_due = evaluation_.active() && evaluation_ends_epoch_;
    StateWriter write = trainer_->copy_state(progress_);
    event::Saved saved{.run = run_info_->run, .iteration = progress_.iteration, .path = path.string(), .problem = ""};
    saved_ = now();
    writer_.post(
        [this, path, write = std::move(write), saved = std::move(saved)]() mutable {
            if (const Result<void> written = write(path); !written.ok()) saved.problem = written.error().message;
            if (!saved.problem.empty() && stopping_.load(std::memory_order_relaxed))
                log::write(log::Level::Error, saved.problem);  // nobody is left to read the event
            events_.post(std::move(saved));
            if (options_.on_publish) options_.on_publish();
        },
        replaceable);
}

// Not what an exception has left half done: the last file of a whole iteration is worth more.
bool TrainingSession::unsaved() const {
    return !options_.save_to.empty() && run_info_ && state_ != SessionState::Failed &&
           progress_.iteration != saved_iteration_;
}

void TrainingSession::autosave_when_due() {
    if (!unsaved() || seconds_between(saved_, now()) <= options_.autosave_seconds) return;
    save(options_.save_to, /*replaceable=*/true);
    saved_iteration_ = progress_.iteration;
}

void TrainingSession::save_at_exit() {
    if (!unsaved() || !trainer_) return;
    try {
        save(options_.save_to, /*replaceable=*/false);
    } catch (const std::exception& error) {
        log::write(log::Level::Error, std::string("the run could not be saved at the end: ") + error.what());
    }
}

// False when it was refused, as with start_run().
bool TrainingSession::resume_run(const std::filesystem::path& path) {
    if (!trainer_) trainer_ = make_trainer_();
    Result<ResumedRun> resumed = trainer_->resume(path, new_run_id());
    if (!resumed.ok()) return refuse_run(resumed.error());
    begin_run(std::move(resumed.value().info), std::move(resumed.value().progress), path);
    saved_iteration_ = progress_.iteration;
    if (progress_.evaluation_due)
        begin_evaluation(/*ends_epoch=*/true);
    else if (progress_.epoch > progress_.planned_epochs)
        state_ = SessionState::Finished;
    return true;
}

}  // namespace convscope
