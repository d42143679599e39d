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

// The copy is made here, between two iterations; the disk is the writer's, who tries until it is done.
void TrainingSession::save(const std::filesystem::path& path, Saving saving) {
    constexpr std::size_t kHistory = std::size_t{1} << 20;  // bytes, at most
    progress_.evaluation_due = evaluation_.active() && evaluation_ends_epoch_;
    auto run = std::make_shared<const RunState>(RunState{trainer_->state(), progress_});
    event::Saved saved{.run = run_info_->run, .iteration = progress_.iteration, .path = path.string(), .problem = ""};
    writer_.post(
        {.file = path.string(),
         .asked = saving == Saving::Asked,
         .spare = saving == Saving::Spare,
         .bytes = kHistory + byte_count(*run->training),
         .write = [this, path, run = std::move(run), saved = std::move(saved)](const BackgroundWriter::Try& attempt) {
             const std::string problem = write_to(path, *run);
             report(saved, problem, attempt);
             if (options_.on_publish) options_.on_publish();
             return problem.empty();
         }});
    if (path == run_info_->checkpoint) posted_iteration_ = progress_.iteration;
}

// On the writer's thread. What is wrong; empty: nothing. The log comes first, so that no saved run is ahead of it. One
// that cannot be written says so itself, and is no reason to lose the run as well.
std::string TrainingSession::write_to(const std::filesystem::path& path, const RunState& run) const {
    try {
        if (options_.settle_log) static_cast<void>(options_.settle_log());
        const Result<void> written = options_.files.write(run, path);
        return written.ok() ? "" : written.error().message;
    } catch (const std::exception& error) {  // no memory for the file's bytes
        return path.string() + ": " + sentence_of(error);
    }
}

// On the writer's thread. Of what fails again and again the first time is told, and the end of it.
void TrainingSession::report(event::Saved saved, const std::string& problem, const BackgroundWriter::Try& attempt) {
    const bool again = attempt.failures > 0;
    saved.problem = problem;
    saved.asked = attempt.asked;
    if (problem.empty()) {
        if (again) notify(event::Notice::Severity::Info, saved.path + ": saved again");
    } else {
        if (attempt.last) log::write(log::Level::Error, problem);  // nobody is left to read the event
        if (again && !attempt.asked) return;
        if (!attempt.asked) saved.problem += "; the run goes on, and saving it is tried again";
    }
    events_.post(std::move(saved));
}

// On the writer's thread or the trainer's.
void TrainingSession::tell(BackgroundWriter::Trouble trouble, const std::string& file) {
    using Severity = event::Notice::Severity;
    if (trouble == BackgroundWriter::Trouble::GivenUp)
        notify(Severity::Error, file + ": could not be saved so far, and is given up, as too much waits for the disk");
    else
        notify(Severity::Warning, file + ": its disk does not answer; the run goes on, and is saved when it does");
}

// Not what an exception has left half done, nor weights that are no numbers any more: the last file of a whole
// iteration is worth more, where there is one.
bool TrainingSession::unsaved() const {
    if (posted_iteration_ > 0 && !std::isfinite(metrics_.loss)) return false;
    return run_info_ && !run_info_->checkpoint.empty() && trainer_ && trainer_->is_whole() &&
           progress_.iteration != posted_iteration_;
}

void TrainingSession::autosave_when_due() {
    if (state_ == SessionState::Failed || !unsaved() || now() < save_due_) return;
    save(run_info_->checkpoint, Saving::ByItself);
    save_due_ = from_now(options_.autosave_seconds);
}

// When the epoch is over and, where it is to be, measured.
void TrainingSession::keep_epoch(std::int64_t epoch) {
    if (options_.keep_every_epochs == 0 || epoch % options_.keep_every_epochs != 0) return;
    if (run_info_->checkpoint.empty()) return;
    char name[40];
    std::snprintf(name, sizeof name, "epoch-%04lld.pt", static_cast<long long>(epoch));
    save(std::filesystem::path(run_info_->checkpoint).replace_filename(name), Saving::Spare);
}

void TrainingSession::save_at_end() {
    if (!unsaved()) return;
    try {
        save(run_info_->checkpoint, Saving::ByItself);
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
    const std::string own = run_info_ ? run_info_->checkpoint : std::string();
    // Who goes back to what the run's own file has must not find it replaced by what came after.
    const bool goes_back = is_same_file(path, own);
    if (!goes_back) save_replaced_run();
    writer_.flush();  // what was asked to be saved before is what is read
    Result<RunState> saved = options_.files.read(path);
    if (!saved.ok()) return refuse_run(saved.error());
    Result<ResumedRun> resumed = trainer_->resume(std::move(saved).value(), new_run_id());
    if (!resumed.ok()) return refuse_run({resumed.error().code, path.string() + ": " + resumed.error().message});
    if (goes_back) writer_.forget(own);
    weights_.reset();  // whatever its first ones were
    begin_run(std::move(resumed.value().info), std::move(resumed.value().progress), path);
    for (std::string& change : resumed.value().changes) mark(std::move(change));
    posted_iteration_ = progress_.iteration;
    if (progress_.evaluation_due)
        begin_evaluation(/*ends_epoch=*/true);
    else if (progress_.epoch > progress_.planned_epochs)
        state_ = SessionState::Finished;
    return true;
}

}  // namespace convscope
