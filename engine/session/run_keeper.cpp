#include "engine/session/run_keeper.h"

#include "engine/core/log.h"
#include "engine/core/machine_memory.h"
#include "engine/core/plain_file.h"

#include <cmath>
#include <cstdio>
#include <exception>
#include <utility>

namespace convscope {
namespace {

using Severity = event::Notice::Severity;

}  // namespace

RunKeeper::RunKeeper(const SessionOptions& options, Publisher& publisher)
    : options_(options),
      publisher_(publisher),
      writer_(options.clock, {.first_wait = options.autosave_seconds},
              [this](BackgroundWriter::Trouble trouble, const std::string& file) { tell(trouble, file); }) {}

void RunKeeper::begin_run(const std::filesystem::path& file, std::shared_ptr<const HeldRunFolder> folder,
                          std::int64_t saved_iteration, bool unmeasured) {
    file_ = file;
    folder_ = std::move(folder);
    posted_iteration_ = saved_iteration;
    posted_unmeasured_ = unmeasured;
    has_posted_ = touched_ = false;
    saved_before_ = std::make_shared<std::string>();
    save_due_ = seconds_after(options_.clock->now(), options_.autosave_seconds);
}

void RunKeeper::save(const RunToKeep& run, const std::filesystem::path& path, bool asked) {
    if (path == run.info.checkpoint && is_worth_less(run)) {
        const std::string kept = std::to_string(posted_iteration_);
        return publisher_.post(event::Saved{.run = run.info.run,
                                            .iteration = run.moment.iteration,
                                            .path = path.string(),
                                            .problem = path.string() + ": keeps iteration " + kept +
                                                       ", as the weights are no numbers any more; save to another file",
                                            .asked = asked});
    }
    const bool in_run_folder = path.parent_path() == std::filesystem::path(run.info.checkpoint).parent_path();
    const std::filesystem::path& place = in_run_folder ? file_.parent_path() / path.filename() : path;
    post(run, place, asked, /*spare=*/false);
}

void RunKeeper::keep_epoch(const RunToKeep& run, std::int64_t epoch) {
    if (options_.keep_every_epochs == 0 || epoch % options_.keep_every_epochs != 0) return;
    if (run.info.checkpoint.empty()) return;
    char name[40];
    std::snprintf(name, sizeof name, "epoch-%04lld.pt", static_cast<long long>(epoch));
    post(run, file_.parent_path() / name, /*asked=*/false, /*spare=*/true);
}

void RunKeeper::keep_beginning(const RunToKeep& run, std::optional<RunFamily> family) {
    if (run.info.checkpoint.empty()) return;
    Before before;
    if (family && options_.files.families.write) before = lanes_writer(std::move(*family));
    post(run, beginning(file_), /*asked=*/false, /*spare=*/false, std::move(before));
}

void RunKeeper::keep_lanes(RunFamily family) {
    if (!options_.files.families.write || file_.empty() || family.lanes.empty()) return;
    const std::string file = (family.lanes.front().folder / kLanes).string();  // one name for all of them
    writer_.post({.file = file,
                  .bytes = std::size_t{1} << 16,
                  .write = [this, file, write = lanes_writer(std::move(family))](const BackgroundWriter::Try& attempt) {
                      const std::string problem = write(attempt.last);
                      if (problem.empty()) return true;
                      if (attempt.last) log::write(log::Level::Error, problem);
                      if (attempt.failures == 0)
                          publisher_.notify(
                              Severity::Warning,
                              problem + "; the lanes are not kept until they can be, which is tried again", {}, file);
                      return false;
                  }});
}

// None takes the place of a newer one, whichever is tried again.
RunKeeper::Before RunKeeper::lanes_writer(RunFamily family) {
    return [this, family = std::move(family), own = file_.parent_path(), number = ++lanes_given_](bool last) {
        if (number < lanes_written_) return std::string();
        const std::string problem = write_lanes(family, own, last);
        if (problem.empty()) lanes_written_ = number;
        return problem;
    };
}

// On the writer's thread. A folder that was removed or replaced meanwhile is left as it is.
std::string RunKeeper::write_lanes(RunFamily family, const std::filesystem::path& own, bool last) {
    const RunFamilyFiles& files = options_.files.families;
    const Result<std::filesystem::path> now = find_folder(own, last);
    if (!now) return now.error().message;
    for (SavedLane& lane : family.lanes)
        if (lane.folder == own) lane.folder = now.value();
    std::string problem;
    for (const SavedLane& lane : family.lanes) {
        const Result<RunFamily> there = files.read ? files.read(lane.folder) : Result<RunFamily>(family);
        const bool is_its_own = there ? there.value().id == family.id : there.error().code == ErrorCode::NotFound;
        std::error_code unknown;
        const bool is_there = !options_.folders.find || std::filesystem::is_directory(lane.folder, unknown);
        if (!is_its_own || !is_there) continue;
        if (const Result<void> written = files.write(family, lane.folder); !written && problem.empty())
            problem = written.error().message;
    }
    return problem;
}

std::filesystem::path RunKeeper::beginning(const std::filesystem::path& file) {
    return file.empty() ? file : file.parent_path() / kBeginning;
}

void RunKeeper::save_when_due(const RunToKeep& run) {
    const TimePoint now = options_.clock->now();
    if (now < save_due(run)) return;
    save_due_ = seconds_after(now, options_.autosave_seconds);
    save(run, run.info.checkpoint, /*asked=*/false);
}

TimePoint RunKeeper::save_due(const RunToKeep& run) const { return unsaved(run) ? save_due_ : TimePoint::max(); }

void RunKeeper::save_at_end(const RunToKeep& run) {
    if (!unsaved(run)) return;
    try {
        save(run, run.info.checkpoint, /*asked=*/false);
    } catch (const std::exception& error) {
        log::write(log::Level::Error, std::string("the run could not be saved at the end: ") + error.what());
    }
}

// Weights that are no numbers any more: the last file of a whole iteration is worth more, where there is one.
bool RunKeeper::is_worth_less(const RunToKeep& run) const {
    return posted_iteration_ > 0 && !std::isfinite(run.moment.latest.loss);
}

// Nor is what an exception has left half done.
bool RunKeeper::unsaved(const RunToKeep& run) const {
    if (is_worth_less(run)) return false;
    return !run.info.checkpoint.empty() && (run.furthest || run.trainer.is_whole()) &&
           (touched_ || run.moment.iteration != posted_iteration_ ||
            (posted_unmeasured_ && !run.moment.evaluation_due));
}

void RunKeeper::post(const RunToKeep& run, const std::filesystem::path& path, bool asked, bool spare, Before before) {
    constexpr std::size_t kHistory = std::size_t{1} << 20;  // bytes, at most
    auto state = std::make_shared<const RunState>(
        RunState{run.furthest ? run.furthest : run.trainer.state(), RunProgress{run.moment, run.history}});
    if (!run.info.checkpoint.empty())
        publisher_.tell_journal(journal::Saving{run.info.run, run.place, path.filename().string()});
    event::Saved saved{.run = run.info.run, .iteration = run.moment.iteration, .path = path.string(), .problem = ""};
    if (path == file_ && !before) before = changes_writer(run, state->training);
    const bool in_run_folder = path.parent_path() == file_.parent_path();
    writer_.post(
        {.file = path.string(),
         .asked = asked,
         .spare = spare,
         .bytes = kHistory + byte_count(*state->training),
         .write = [this, path, in_run_folder, folder = folder_, state = std::move(state), saved = std::move(saved),
                   before = std::move(before)](const BackgroundWriter::Try& attempt) {
             std::filesystem::path place = path;
             std::string problem = before ? before(attempt.last) : std::string();
             if (problem.empty()) problem = write_to(place, in_run_folder, *state, attempt.last);
             event::Saved told = saved;
             told.path = place.string();
             report(std::move(told), problem, attempt);
             if (options_.on_publish) options_.on_publish();
             return problem.empty();
         }});
    if (path != file_) return;
    posted_iteration_ = run.moment.iteration;
    posted_unmeasured_ = run.moment.evaluation_due;
    has_posted_ = true;
    touched_ = false;
}

// On the writer's thread. What is wrong; empty: nothing. The log comes first, so that no saved run is ahead of it. One
// that cannot be written says so itself, and is no reason to lose the run as well. A run's own file goes where its
// folder is now, which `path` becomes.
std::string RunKeeper::write_to(std::filesystem::path& path, bool in_run_folder, const RunState& state, bool last) {
    try {
        if (options_.settle_log) static_cast<void>(options_.settle_log());
        if (in_run_folder) {
            const Result<std::filesystem::path> folder = find_folder(path.parent_path(), last);
            if (!folder) return folder.error().message;
            path = folder.value() / path.filename();
            const Result<std::string> room = make_room(path, OwnPlace::File);
            if (!room) return room.error().message;
            warn(room.value(), last);
        }
        const Result<void> written = options_.files.write(state, path);
        return written.ok() ? "" : written.error().message;
    } catch (const std::exception& error) {  // no memory for the file's bytes
        return path.string() + ": " + sentence_of(error);
    }
}

// Likewise. Where the folder of a run is now.
Result<std::filesystem::path> RunKeeper::find_folder(const std::filesystem::path& folder, bool last) {
    if (!options_.folders.find) return folder;
    const Result<RunFolder> found = options_.folders.find(folder);
    if (!found) return found.error();
    warn(found.value().notice, last);
    return found.value().path;
}

// Likewise. After the last try nobody is left to read an event.
void RunKeeper::warn(const std::string& notice, bool last) {
    if (notice.empty()) return;
    if (last)
        log::write(log::Level::Warning, notice);
    else
        publisher_.notify(Severity::Warning, notice);
}

// On the writer's thread. Of what fails again and again the first time is told, and the end of it.
void RunKeeper::report(event::Saved saved, const std::string& problem, const BackgroundWriter::Try& attempt) {
    const bool again = attempt.failures > 0;
    saved.problem = problem;
    saved.asked = attempt.asked;
    if (problem.empty()) {
        if (again) publisher_.notify(Severity::Info, saved.path + ": saved again", {}, saved.path);
    } else {
        if (attempt.last) log::write(log::Level::Error, problem);  // nobody is left to read the event
        if (again && !attempt.asked) return;
        if (!attempt.asked) saved.problem += "; the run goes on, and saving it is tried again";
    }
    publisher_.post(std::move(saved));
}

// On the writer's thread or the driver's.
void RunKeeper::tell(BackgroundWriter::Trouble trouble, const std::string& file) {
    if (std::filesystem::path(file).parent_path().filename() == kStates) return;  // it is trained without
    if (trouble == BackgroundWriter::Trouble::GivenUp)
        publisher_.notify(Severity::Error,
                          file + ": could not be saved so far, and is given up, as too much waits for the disk", {},
                          file);
    else
        publisher_.notify(Severity::Warning,
                          file + ": its disk does not answer; the run goes on, and is saved when it does", {}, file);
}

}  // namespace convscope
