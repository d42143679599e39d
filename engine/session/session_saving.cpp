// Runs and files: saving while training goes on, by itself too, and going on with what was saved.
#include "engine/core/log.h"
#include "engine/session/training_session.h"

#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

namespace convscope {
namespace {

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
    std::error_code one_is_missing;
    return a == b || std::filesystem::equivalent(a, b, one_is_missing);
}

}  // namespace

// The copy is made here, between two iterations; the disk is the writer's.
void TrainingSession::save(const std::filesystem::path& path, Saving saving) {
    progress_.evaluation_due = evaluation_.active() && evaluation_ends_epoch_;
    StateWriter write = trainer_->copy_state(progress_);
    event::Saved saved{.run = run_info_->run,
                       .iteration = progress_.iteration,
                       .path = path.string(),
                       .problem = "",
                       .asked = saving == Saving::Asked};
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

// Not what an exception has left half done: the last file of a whole iteration is worth more.
bool TrainingSession::unsaved() const {
    return run_info_ && !run_info_->checkpoint.empty() && trainer_ && trainer_->is_whole() &&
           progress_.iteration != saved_iteration_;
}

void TrainingSession::autosave_when_due() {
    if (state_ == SessionState::Failed || !unsaved() || seconds_between(saved_, now()) <= options_.autosave_seconds)
        return;
    save(run_info_->checkpoint, Saving::WhenConvenient);
    saved_ = now();
    saved_iteration_ = progress_.iteration;
}

// When the epoch is over and, where it is to be, measured.
void TrainingSession::keep_epoch(std::int64_t epoch) {
    if (options_.keep_every_epochs == 0 || epoch % options_.keep_every_epochs != 0) return;
    if (run_info_->checkpoint.empty()) return;
    char name[40];
    std::snprintf(name, sizeof name, "epoch-%04lld.pt", static_cast<long long>(epoch));
    save(std::filesystem::path(run_info_->checkpoint).replace_filename(name), Saving::Now);
}

void TrainingSession::save_at_end() {
    if (!unsaved()) return;
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

// False when it was refused, as with start_run().
bool TrainingSession::resume_run(const std::filesystem::path& path) {
    if (!trainer_) trainer_ = make_trainer_();
    // Who goes back to what the run's own file has must not find it replaced by what came after.
    if (!run_info_ || !is_same_file(path, run_info_->checkpoint)) save_replaced_run();
    Result<ResumedRun> resumed = trainer_->resume(path, new_run_id());
    if (!resumed.ok()) return refuse_run(resumed.error());
    weights_.reset();  // whatever its first ones were
    begin_run(std::move(resumed.value().info), std::move(resumed.value().progress), path);
    for (std::string& change : resumed.value().changes) mark(std::move(change));
    saved_iteration_ = progress_.iteration;
    if (progress_.evaluation_due)
        begin_evaluation(/*ends_epoch=*/true);
    else if (progress_.epoch > progress_.planned_epochs)
        state_ = SessionState::Finished;
    return true;
}

}  // namespace convscope
