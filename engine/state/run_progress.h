// What a session knows of a run besides the trainer's own state: with that it can be continued as if never interrupted.
#pragma once

#include "engine/api/metrics.h"
#include "engine/api/run_history.h"

#include <cstdint>
#include <limits>

namespace convscope {

// Of the epoch under way.
struct EpochSums {
    double loss = 0.0;  // summed over samples
    std::int64_t correct = 0;
    std::int64_t samples = 0;
    double seconds = 0.0;  // in training iterations
};

// Where a run is, in a few numbers.
struct RunMoment {
    std::int64_t iteration = 0;
    std::int64_t epoch = 1;  // of the next iteration
    std::int64_t planned_epochs = 0;
    bool evaluation_due = false;  // of the epoch that has just ended
    EpochSums epoch_sums = {};
    double lowest_loss = std::numeric_limits<double>::infinity();  // measured in this run
    std::int64_t measurements_without_gain = 0;
    IterationMetrics latest = {};  // of `iteration`; zeros at 0
};

// With what lies behind it.
struct RunProgress : RunMoment {
    RunHistory history = {};  // of iterations 1 to `iteration`
};

}  // namespace convscope
