// What `train` prints: a progress bar and epoch lines for people, or one JSON object per line.
#pragma once

#include "engine/api/event.h"
#include "engine/api/snapshot.h"

#include <optional>

namespace convscope {

class TrainReporter {
public:
    // A bar is drawn only when `progress_bar`; otherwise plain lines.
    TrainReporter(bool json, bool progress_bar) : json_(json), progress_bar_(progress_bar) {}

    void started(const event::RunStarted& run);
    void progress(const Snapshot& snapshot, std::int64_t iterations);
    void epoch(const EvaluationMetrics& metrics);
    void end(const EvaluationMetrics& metrics, const ConfusionMatrix& confusion);
    // To standard error, whatever the form.
    void notice(const event::Notice& notice);

private:
    void clear_bar();

    bool json_;
    bool progress_bar_;
    bool bar_drawn_ = false;
    std::int64_t shown_permille_ = -1;
};

}  // namespace convscope
