// Every scalar of the run, for the curves: all iterations are kept, and a pyramid of minima and maxima answers "what is
// between these two iterations" in a time that depends on the number of pixels, not of points.
#pragma once

#include "engine/api/event.h"
#include "engine/api/metrics.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace convscope {

// The extremes and the mean of a stretch of a series; count is 0 where there is no (finite) point.
struct SeriesBin {
    float minimum = 0.0F;
    float maximum = 0.0F;
    float mean = 0.0F;
    std::int64_t count = 0;
};

// One value per iteration, iteration 1 first. Appending is amortised O(1); values that are not finite are kept, counted
// by no bin.
class MetricSeries {
public:
    void clear();
    void push_back(float value);
    std::int64_t size() const { return static_cast<std::int64_t>(values_.size()); }
    // The exact value at `iteration` (from 1 to size()).
    float at(std::int64_t iteration) const { return values_[static_cast<std::size_t>(iteration - 1)]; }
    // What lies in the iterations [first, last], clipped to what exists. O(log size).
    SeriesBin bin(std::int64_t first, std::int64_t last) const;
    // Splits [first, last] evenly over `bins`; O(bins * log size).
    void bins(double first, double last, std::span<SeriesBin> bins) const;

private:
    static constexpr std::int64_t kFanOut = 8;  // values per bin of level 0, bins per bin of the level above
    std::vector<float> values_;
    std::vector<std::vector<SeriesBin>> levels_;
};

struct ChangeMark {
    std::int64_t iteration = 0;
    std::string what;
};

class MetricHistory {
public:
    void add(const IterationMetrics& metrics);
    void add(const Event& event);

    RunId run() const { return run_; }  // the newest heard of; values of older ones are dropped
    const RunInfo* run_info() const { return run_info_.get(); }
    const MetricSeries& loss() const { return loss_; }
    const MetricSeries& accuracy() const { return accuracy_; }
    const std::vector<EvaluationMetrics>& evaluations() const { return evaluations_; }
    const std::vector<ChangeMark>& marks() const { return marks_; }

private:
    bool belongs(RunId run);

    RunId run_;
    std::shared_ptr<const RunInfo> run_info_;
    MetricSeries loss_;
    MetricSeries accuracy_;
    std::vector<EvaluationMetrics> evaluations_;
    std::vector<ChangeMark> marks_;
};

}  // namespace convscope
