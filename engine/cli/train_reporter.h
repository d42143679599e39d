// What `train` prints: a progress bar and epoch lines for people, or one JSON object per line.
#pragma once

#include "engine/api/event.h"
#include "engine/api/snapshot.h"

#include <cstdint>
#include <string>

namespace convscope {

// How long the run still takes at its present pace: "42 s", "3 min 07 s", "2 h 05 min"; empty where that is not known.
std::string time_left(const Snapshot& snapshot, std::int64_t iterations);

class TrainReporter {
public:
    // A bar is drawn only when `progress_bar`; otherwise plain lines.
    TrainReporter(bool json, bool progress_bar) : json_(json), progress_bar_(progress_bar) {}

    // The network layer by layer and every setting, then lines as they come.
    void started(const event::RunStarted& run);
    void progress(const Snapshot& snapshot, std::int64_t iterations);
    void iteration(const IterationMetrics& metrics);
    void changed(const event::Changed& change);  // for people only
    void epoch(const EvaluationMetrics& metrics);
    void end(const EvaluationMetrics& metrics, const ConfusionMatrix& confusion);
    // Behind end(), where a breakpoint was it; `resume` as below.
    void paused(const BreakpointHit& hit, const std::string& resume);
    // Instead of end(): where the run was saved (empty: nowhere) and the command that goes on with it (empty: there is
    // nothing left to do). A default snapshot: no run had begun.
    void interrupted(const Snapshot& snapshot, const std::string& checkpoint, const std::string& resume);
    // To standard error, whatever the form.
    void notice(const event::Notice& notice);

private:
    void clear_bar();

    bool json_;
    bool progress_bar_;
    std::string measured_on_ = "test";
    bool bar_drawn_ = false;
    std::int64_t shown_permille_ = -1;
};

}  // namespace convscope
