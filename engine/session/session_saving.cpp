// Runs and files: saving while training goes on, by itself too, and going on with what was saved.
#include "engine/core/log.h"
#include "engine/core/machine_memory.h"
#include "engine/session/training_session.h"

#include <algorithm>
#include <cmath>
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

TimePoint TrainingSession::from_now(double seconds) {
    constexpr double kLongest = 1e8;  // the clock's own numbers end somewhere
    const std::chrono::duration<double> wait(std::min(seconds, kLongest));
    return now() + std::chrono::duration_cast<TimePoint::duration>(wait);
}

// The copy is made here, between two iterations; the disk is the writer's.
void TrainingSession::save(const std::filesystem::path& path, Saving saving) {
    progress_.evaluation_due = evaluation_.active() && evaluation_ends_epoch_;
    StateWriter write = trainer_->copy_state(progress_);
    event::Saved saved{.run = run_info_->run,
                       .iteration = progress_.iteration,
                       .path = path.string(),
                       .problem = "",
                       .asked = saving == Saving::Asked};
    const bool own = path == run_info_->checkpoint;
    if (own) posted_iteration_ = progress_.iteration;
    writer_.post(
        [this, path, own, saving, write = std::move(write), saved = std::move(saved)]() mutable {
            saved.problem = write_to(path, write);
            if (!saved.problem.empty() && stopping_.load(std::memory_order_relaxed))
                log::write(log::Level::Error, saved.problem);  // nobody is left to read the event
            if (own) outcomes_.post({saved.run, saved.iteration, saved.problem.empty()});
            if (own && !saved.problem.empty()) letters_.post({});  // wakes the trainer, to try it again when it is time
            report(std::move(saved), /*tried_again=*/saving == Saving::WhenConvenient);
            if (options_.on_publish) options_.on_publish();
        },
        saving == Saving::WhenConvenient ? run_info_->run.value : 0);
}

// On the writer's thread. What is wrong; empty: nothing. The log comes first, so that no saved run is ahead of it. One
// that cannot be written says so itself, and is no reason to lose the run as well.
std::string TrainingSession::write_to(const std::filesystem::path& path, const StateWriter& write) const {
    try {
        if (options_.settle_log) static_cast<void>(options_.settle_log());
        const Result<void> written = write(path);
        return written.ok() ? "" : written.error().message;
    } catch (const std::exception& error) {  // no memory for the file's bytes
        return path.string() + ": " + sentence_of(error);
    }
}

// On the writer's thread. Of what saves itself and fails again and again the first time is told, and the end of it.
void TrainingSession::report(event::Saved saved, bool tried_again) {
    const bool failed = !saved.problem.empty();
    const bool told = std::exchange(saving_fails_, failed);
    if (!failed && told) notify(event::Notice::Severity::Info, saved.path + ": saved again");
    if (failed && tried_again) {
        if (told) return;
        saved.problem += "; the run goes on, and saving it is tried again";
    }
    events_.post(std::move(saved));
}

// What has become of the savings to the run's own file.
void TrainingSession::hear_of_saves() {
    if (!outcomes_.drain(heard_outcomes_)) return;
    for (const SaveOutcome& outcome : heard_outcomes_) {
        if (!run_info_ || outcome.run != run_info_->run) continue;
        if (outcome.saved) {
            saved_iteration_ = outcome.iteration;
            save_failures_ = 0;
            continue;
        }
        if (posted_iteration_ == outcome.iteration) posted_iteration_ = saved_iteration_;
        // Each time twice as long, up to a minute, or as long as it would be anyway.
        const double wait = std::ldexp(options_.autosave_seconds, std::min(save_failures_++, 20));
        save_due_ = from_now(std::min(wait, std::max(60.0, options_.autosave_seconds)));
    }
}

// Not what an exception has left half done: the last file of a whole iteration is worth more.
bool TrainingSession::unsaved() const {
    return run_info_ && !run_info_->checkpoint.empty() && trainer_ && trainer_->is_whole() &&
           progress_.iteration != posted_iteration_;
}

void TrainingSession::autosave_when_due() {
    if (state_ == SessionState::Failed || !unsaved() || now() < save_due_) return;
    save(run_info_->checkpoint, Saving::WhenConvenient);
    save_due_ = from_now(options_.autosave_seconds);
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
    } catch (const std::exception& error) {
        log::write(log::Level::Error, std::string("the run could not be saved at the end: ") + error.what());
    }
}

// Whoever starts over every few seconds does not want a file of each try.
void TrainingSession::save_replaced_run() {
    const bool worth_it = progress_.epoch > 1 || posted_iteration_ > 0;
    if (worth_it) save_at_end();
}

// False when it was refused, as with start_run().
bool TrainingSession::resume_run(const std::filesystem::path& path) {
    if (!trainer_) trainer_ = make_trainer_();
    // Who goes back to what the run's own file has must not find it replaced by what came after.
    if (!run_info_ || !is_same_file(path, run_info_->checkpoint)) save_replaced_run();
    writer_.flush();  // what was asked to be saved before is what is read
    hear_of_saves();
    Result<ResumedRun> resumed = trainer_->resume(path, new_run_id());
    if (!resumed.ok()) return refuse_run(resumed.error());
    weights_.reset();  // whatever its first ones were
    begin_run(std::move(resumed.value().info), std::move(resumed.value().progress), path);
    for (std::string& change : resumed.value().changes) mark(std::move(change));
    posted_iteration_ = saved_iteration_ = progress_.iteration;
    if (progress_.evaluation_due)
        begin_evaluation(/*ends_epoch=*/true);
    else if (progress_.epoch > progress_.planned_epochs)
        state_ = SessionState::Finished;
    return true;
}

}  // namespace convscope
