// What the curves show of a run: its scalars, its measurements, and where something was changed. Bounded whatever the
// length of the run.
#pragma once

#include "engine/api/event.h"
#include "engine/api/metrics.h"
#include "engine/api/run_history.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace convscope {

class MetricHistory {
public:
    // A run's RunStarted comes before its scalars: with it comes what a run that goes on has behind it.
    void add(const IterationMetrics& metrics);
    void add(const Event& event);

    RunId run() const { return run_; }  // the newest heard of; values of older ones are dropped
    const RunInfo* run_info() const { return run_info_.get(); }
    const MetricSeries& loss() const { return history_.loss; }
    const MetricSeries& accuracy() const { return history_.accuracy; }
    const std::vector<EvaluationMetrics>& evaluations() const { return history_.evaluations.items(); }
    // Of very many the newest 256 at least, and fewer of the older ones.
    const std::vector<ChangeMark>& marks() const { return marks_.all(); }
    // Iterations of the run whose scalars never came: gaps in the curves. 0, unless something is wrong; said in the
    // program's log.
    std::int64_t missing() const { return missing_; }

private:
    bool belongs(RunId run);

    RunId run_;
    std::shared_ptr<const RunInfo> run_info_;
    RunHistory history_;
    ChangeMarks marks_;
    std::int64_t missing_ = 0;
};

}  // namespace convscope
