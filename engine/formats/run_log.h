// What a run leaves in its folder: the recipe, its metrics for people, spreadsheets and programs, and events for
// TensorBoard.
//
//   recipe.toml     in effect
//   metrics.csv     a row per logged iteration and per evaluation; columns that do not apply are empty
//   metrics.jsonl   the same, and every change made while training, one JSON object a line, its kind is "event"
//   tensorboard/    see event_file.h
#pragma once

#include "engine/api/event.h"
#include "engine/api/metrics.h"
#include "engine/core/result.h"
#include "engine/formats/append_file.h"
#include "engine/formats/event_file.h"

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace convscope {

// $XDG_STATE_HOME/convscope/runs/<recipe>-<yyyy-mm-dd-HHMMSS>, in local time, by default below ~/.local/state; with a
// number behind it where that exists already. Nothing is made. An error when not even the home folder is known.
Result<std::filesystem::path> default_run_folder(std::string_view recipe, std::time_t now);

// One thread, which does the writing too: lines are collected and handed to the system once a second, at every
// evaluation and change, and at the end; events at once. Nothing throws. The first failure (a full disk) is returned,
// and from then on nothing is logged and every call succeeds: a run must not fail, or complain for ever, because its
// log does.
class RunLog {
public:
    struct Options {
        std::int64_t log_every = 0;  // is_logged(); evaluations and changes are always logged
        EventFile::WallClock clock = EventFile::system_time;
        std::optional<ResumePoint> resumed = std::nullopt;  // the run is a saved one that goes on
    };

    // Makes the folder if need be. In one that holds a log already the metrics are continued; what was logged after the
    // point where a resumed run goes on is cut off first, as it is about to happen again.
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
    Result<void> flush();

    const std::filesystem::path& folder() const { return folder_; }
    bool continued() const { return continued_; }  // a resumed run's log was here already
    EventFile& events() { return events_; }        // for images, histograms and the graph

private:
    struct Lines {
        AppendFile file;
        std::string pending;
    };
    RunLog(std::filesystem::path folder, Options options, AppendFile csv, AppendFile json_lines, EventFile events);
    Result<void> stop_on_failure(Result<void> result);
    Result<void> write_pending();

    std::filesystem::path folder_;
    Options options_;
    Lines csv_;
    Lines json_lines_;
    EventFile events_;
    double last_flush_ = 0.0;  // wall clock
    bool continued_ = false;
    bool stopped_ = false;
};

}  // namespace convscope
