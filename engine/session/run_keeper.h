// Bringing a run to the disk: when it is asked for, by itself, epoch by epoch, and at its end.
#pragma once

#include "engine/journal/journal.h"
#include "engine/session/background_writer.h"
#include "engine/session/publisher.h"
#include "engine/session/session_options.h"
#include "engine/session/time_line.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace convscope {

// What there is of a run to be saved.
struct RunToKeep {
    Trainer& trainer;
    const RunInfo& info;
    const TimeLine& line;
    // Of its furthest place: the state, null where the trainer has that, as it is not elsewhere.
    std::shared_ptr<const TrainingState> furthest;
    const RunMoment& moment;
    const RunHistory& history;
    RunPlace place;
};

// Runs are copied on the thread that drives them, between two iterations; the disk is the writer's, who tries until it
// is done. Saving is answered by event::Saved.
class RunKeeper {
public:
    // Both must outlive it. What could not be written is tried once more when it is destroyed.
    RunKeeper(const SessionOptions& options, Publisher& publisher);

    // A run begins that was given this file (empty: none) in this folder (null: held by nobody), and this iteration of
    // it is in its file already; 0: none. `unmeasured`: as that is to be measured yet.
    void begin_run(const std::filesystem::path& file, std::shared_ptr<const HeldRunFolder> folder,
                   std::int64_t saved_iteration, bool unmeasured);
    // Its file, from which it goes on, has that state.
    void goes_on_from(const TrainingState& state);

    // Refused, in its event, where weights that are no numbers any more would take the place of those of the run's
    // file.
    void save(const RunToKeep& run, const std::filesystem::path& path, bool asked);
    // Something of it was changed by hand, which its file lacks although it has the iteration.
    void touch() { touched_ = true; }
    // The epoch is over and, where it is to be, measured.
    void keep_epoch(const RunToKeep& run, std::int64_t epoch);
    // As it begins, in a file of its own beside the run's: what its journal begins with.
    // The family that it is one of then comes first: none that has a beginning is missing there.
    void keep_beginning(const RunToKeep& run, std::optional<RunFamily> family);
    // In the folder of each of its runs that is there; the present one's is made.
    void keep_lanes(RunFamily family);
    static std::filesystem::path beginning(const std::filesystem::path& file);
    // A state of its past, in that file beside its own; given up where it cannot be written.
    void keep_past(RunState state, const std::filesystem::path& file);
    double past_seconds() const { return past_seconds_.load(std::memory_order_relaxed); }  // that the last one took
    void keep_changes(const RunToKeep& run);
    void remove_past(const std::filesystem::path& file);
    void remove_past_of(const std::filesystem::path& folder);  // of another run
    // When it has something that its file lacks, and its time has come.
    void save_when_due(const RunToKeep& run);
    TimePoint save_due(const RunToKeep& run) const;  // max(): its file has all of it
    // What its file lacks, when it ends or another takes its place; never throws.
    void save_at_end(const RunToKeep& run);

    // The newest iteration that was given to the writer for the run's own file, which has it in the end; 0: none.
    std::int64_t posted_iteration() const { return posted_iteration_; }
    // Whether there was any such since it began.
    bool has_posted() const { return has_posted_; }
    // Waits until all that was asked to be saved before is, or has failed.
    void flush() { writer_.flush(); }
    // Nothing of what was to be saved to the run's own file comes any more.
    void forget() { writer_.forget(file_.string()); }

private:
    // Done on the writer's thread before a state is written; what is wrong, or nothing.
    using Before = std::function<std::string(bool last)>;
    void post(const RunToKeep& run, const std::filesystem::path& path, bool asked, bool spare, Before before = {});
    Before changes_writer(const RunToKeep& run, std::shared_ptr<const TrainingState> state);
    Before lanes_writer(RunFamily family);
    std::string write_lanes(RunFamily family, const std::filesystem::path& own, bool last);
    Result<std::filesystem::path> find_folder(const std::filesystem::path& folder, bool last);
    std::string write_to(std::filesystem::path& path, bool in_run_folder, const RunState& state, bool last);
    void warn(const std::string& notice, bool last);
    void report(event::Saved saved, const std::string& problem, const BackgroundWriter::Try& attempt);
    void tell(BackgroundWriter::Trouble trouble, const std::string& file);
    bool unsaved(const RunToKeep& run) const;
    bool is_worth_less(const RunToKeep& run) const;

    const SessionOptions& options_;
    Publisher& publisher_;
    // As the run was given it, wherever its folder is by now: of several jobs for one file the newest counts.
    std::filesystem::path file_;
    std::shared_ptr<const HeldRunFolder> folder_;
    TimePoint save_due_{};  // when the run saves itself next
    std::int64_t posted_iteration_ = 0;
    bool posted_unmeasured_ = false;  // it was to be measured yet: so it goes on from its file, where that stays
    bool has_posted_ = false;
    // leads_to() of the states that the run's file has and had before, as the writer knows; each run has its own.
    std::shared_ptr<std::string> saved_before_ = std::make_shared<std::string>();
    std::atomic<double> past_seconds_{0.0};
    std::atomic<bool> past_told_{false};
    bool touched_ = false;           // since it was given last
    std::uint64_t lanes_given_ = 0;  // lists of lanes, ever; and the latest that was written, which the writer knows:
    std::uint64_t lanes_written_ = 0;
    BackgroundWriter writer_;  // last: its jobs use the rest
};

}  // namespace convscope
