// What a run leaves in its folder: the recipe, its metrics for people, spreadsheets and programs, and events for
// TensorBoard.
//
//   recipe.toml     in effect
//   metrics.csv     a row per logged iteration and per evaluation; columns that do not apply are empty
//   metrics.jsonl   the same, every change made while training, and which iterations are "missing" from both because
//                   they could not be written ("first" to "iteration"); one JSON object a line, its kind is "event"
//   tensorboard/    see event_file.h
//   journal.jsonl   what it takes to live the run again (engine/journal)
#pragma once

#include "engine/api/event.h"
#include "engine/api/metrics.h"
#include "engine/api/run_folder.h"
#include "engine/core/result.h"
#include "engine/formats/append_file.h"
#include "engine/formats/event_file.h"
#include "engine/formats/line_file.h"
#include "engine/formats/log_repair.h"

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// $XDG_STATE_HOME/convscope/runs/<recipe>-<yyyy-mm-dd-HHMMSS>, in local time, by default below ~/.local/state; with a
// number behind it where that exists already. Nothing is made. An error when not even the home folder is known.
Result<std::filesystem::path> default_run_folder(std::string_view recipe, std::time_t now);

// One thread, which does the writing too: what is added is collected and handed to the system once a second, at every
// evaluation and change, and at the end. Nothing throws. What could not be written (a full disk, too few descriptors)
// is an error, is kept, and tried again a second later, so that a log has no gap because a disk was full for a while;
// of more than `most_kept` bytes the later iterations are lost, and that is said where they would be. Each file stands
// for itself: where one cannot be written (somebody's link is in its place) the others go on, and it gets what it lacks
// when it can be. One that somebody removed, renamed or changed meanwhile is begun again, from what it had, which its
// descriptor still leads to, or from what the other one has.
class RunLog {
public:
    static constexpr const char* kJournal = "journal.jsonl";

    struct Iterations {
        std::int64_t first = 0;
        std::int64_t last = 0;
    };
    struct Options {
        std::int64_t log_every = 0;  // is_logged(); evaluations and changes are always logged
        EventFile::WallClock clock = EventFile::system_time;
        std::optional<ResumePoint> resumed = std::nullopt;  // the run is a saved one that goes on
        bool own_folder = false;                            // in the folder that it was saved in
        MeasuredOn measured_on = MeasuredOn::Test;          // what its measurements are called
        std::vector<EvaluationMetrics> evaluations = {};    // that the file of a resumed run knows of, oldest first
        FindRunFolder find = {};                            // asked before anything is written; none: it stays
        std::shared_ptr<const HeldRunFolder> held = {};     // kept until all is written; null: nobody's
        std::size_t most_kept = std::size_t{32} << 20;      // bytes of lines
    };

    // Nothing is touched until there is something to write.
    RunLog(std::filesystem::path folder, std::string recipe_toml, Options options);
    // With the log begun at once. Makes the folder if need be. In one that holds a log already the metrics are
    // continued; what was logged after the point where a resumed run goes on is cut off first, as it is about to happen
    // again. What one of the two files lacks is taken from the other, measurements that neither has from `evaluations`;
    // which iterations are in neither is said.
    static Result<std::unique_ptr<RunLog>> open(const std::filesystem::path& folder, std::string_view recipe_toml,
                                                Options options);
    static Result<std::unique_ptr<RunLog>> open(const std::filesystem::path& folder, std::string_view recipe_toml) {
        return open(folder, recipe_toml, Options());
    }
    RunLog(const RunLog&) = delete;
    RunLog& operator=(const RunLog&) = delete;
    ~RunLog();

    Result<void> add_iteration(const IterationMetrics& metrics);
    Result<void> add_evaluation(const EvaluationMetrics& metrics);
    // Something that was changed while training: "learning rate 0.001 -> 0.01".
    Result<void> add_change(std::int64_t iteration, std::string_view what);
    // Lines of its journal, with their ends; written with the next of the others.
    void add_journal(std::string_view lines) { journal_.add(lines); }
    void add_missing(const Iterations& missing);  // that will not be added: says so, here and in the log
    Result<void> flush();
    Result<void> sync();  // returns once all that was added is on the disk

    const std::filesystem::path& folder() const { return folder_; }
    bool continued() const { return continued_; }  // a resumed run's log was here already
    EventFile& events() { return events_; }        // for images, histograms and the graph
    // "iterations 3 to 5" of those that were added, "iterations 3 to 5 in metrics.csv" where others have them,
    // "iterations 3 to 5 in metrics.csv, iterations 1 to 5 in tensorboard" where each lacks its own, "lines of
    // journal.jsonl" where that alone lacks some; empty: none.
    std::string unwritten() const;
    std::optional<std::string> take_notice();                // what the user is to be told, once
    const std::string& lacking() const { return lacking_; }  // a sentence on what is missing for good; empty: nothing

private:
    struct Lines {
        const char* name;
        LogFormat format;
        std::string_view header;
        std::optional<AppendFile> file = std::nullopt;  // once begun
        std::optional<AppendFile> lost = std::nullopt;  // what it was until others took it away
        LogEnd end = {};                                // as it was begun
        bool seen = false;                              // it was begun once
        std::int64_t said_foreign = 0;                  // lines in it that others have written
        std::string pending = {};
        bool overflowed = false;   // more was added than is pending: taken from the other file, or missing
        std::int64_t written = 0;  // the iteration that they go to
        std::optional<Iterations> unwritten = std::nullopt;  // added, but not written
        bool is_behind() const { return !pending.empty() || overflowed; }
    };
    Result<void> find_folder();
    Result<void> begin();
    Result<void> begin(Lines& lines, bool mends);
    Result<void> fill_gaps_of(Lines& lines);
    Result<void> begin_lines();
    Result<void> mend();
    Result<void> write_lines();
    void look_for_files();
    void lose_sight(Lines& lines);
    void find_missing();
    void keep(std::int64_t iteration, std::string_view row, std::string_view object, std::size_t most);
    Result<void> find_room(const std::filesystem::path& path, OwnPlace of);
    void say_foreign(Lines& lines);
    void say(const std::string& text);

    const std::filesystem::path first_folder_;
    std::filesystem::path folder_;
    std::string recipe_toml_;
    Options options_;
    Lines csv_;
    Lines json_lines_;
    EventFile events_;
    LineFile journal_{kJournal};
    double last_flush_ = 0.0;  // wall clock
    bool continued_ = false;
    bool begun_ = false;                          // the folder, with its recipe
    std::int64_t added_ = 0;                      // the latest iteration
    std::optional<Iterations> events_unwritten_;  // added, but not written there
    std::int64_t said_missing_ = 0;               // the last iteration of those that are missing
    std::optional<Iterations> missing_;           // for good, and the user was not told yet
    std::string gaps_;                            // stretches within the log that are missing for good
    bool gaps_unsaid_ = false;                    // the user was not told yet
    std::optional<std::string> notice_;
    std::string lacking_;
};

}  // namespace convscope
