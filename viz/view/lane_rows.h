// What the list of a run's lanes says of each (engine/api/run_line.h), without drawing it. Pure.
#pragma once

#include "engine/api/run_line.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace convscope {

class MetricHistory;

// The mean of the losses of the iterations from `first` to `last`.
struct MeanLoss {
    double value = 0.0;
    std::int64_t first = 0;
    std::int64_t last = 0;
};
// A lane's loss less the present lane's, where both are known: the means of the same iterations.
struct LossDifference {
    MeanLoss own;
    double present = 0.0;
    double value() const { return own.value - present; }
};

struct LaneRow {
    RunId id;
    std::string_view name;      // as long as the snapshot lives, as is begun_by; empty: none
    std::string_view begun_by;  // RunLane
    bool is_branch = false;
    bool is_present = false;
    int depth = 0;              // below the lane that it branched from
    std::int64_t from = 0;      // the last iteration that it has in common with that
    std::int64_t furthest = 0;  // the last one that it is known to
    std::optional<MeanLoss> loss = std::nullopt;
    std::optional<double> test_accuracy = std::nullopt;  // as it was measured last,
    std::int64_t tested_at = 0;                          // behind that iteration
    std::optional<LossDifference> difference = std::nullopt;
};

// Of each lane, every one below the lane that it branched from; lanes of the same one in the order in which they began.
// `present` is what is known of the present lane: null where that is not here yet. Losses are means of so many
// iterations, of fewer where there are not so many; of the difference, of those in which the two lanes are different.
void list_lanes(const RunLine& line, const MetricHistory* present, std::int64_t iterations, std::vector<LaneRow>& out);

// Over how many iterations an exponential average reaches that keeps `weight` of what was before: it is as wide as the
// mean of so many.
std::int64_t reach_of_smoothing(float weight);

}  // namespace convscope
