#include "viz/view/probability_history.h"

#include "viz/view/place_in_time.h"

#include <algorithm>

namespace convscope {

void ProbabilityHistory::update(const Snapshot& snapshot) {
    const ProbeState& probe = snapshot.seen.probe;
    if (!snapshot.run_info || probe.iteration < 0 || probe.probabilities.empty()) return;
    if (snapshot.line.travelling_to) return;  // it may be to another lane
    const RunInfo& info = *snapshot.run_info;
    const auto classes = static_cast<int>(probe.probabilities.size());
    const RunLine& line = snapshot.line;
    if (run_ != info.run && line.lanes) {
        const std::int64_t shared = shared_iterations(*line.lanes, lane_, line.lane);
        while (end_ > first_ && iteration(end_ - 1) > shared) --end_;
        run_ = info.run;
    }
    lane_ = line.lane;
    if (run_ != info.run || probe_ != probe.source || classes != class_count_) {
        run_ = info.run;
        probe_ = probe.source;
        class_count_ = classes;
        first_ = end_ = 0;
        iterations_.resize(static_cast<std::size_t>(kCapacity));
        values_.resize(static_cast<std::size_t>(kCapacity) * probe.probabilities.size());
    }
    if (end_ > first_ && iteration(end_ - 1) >= probe.iteration) return;
    if (end_ - first_ == kCapacity) ++first_;
    iterations_[place(end_)] = probe.iteration;
    const auto start = values_.begin() + static_cast<std::ptrdiff_t>(place(end_) * probe.probabilities.size());
    std::copy(probe.probabilities.begin(), probe.probabilities.end(), start);
    ++end_;
}

float ProbabilityHistory::mean(int label, std::int64_t from, std::int64_t to) const {
    float sum = 0.0F;
    for (std::int64_t sample = from; sample < to; ++sample)
        sum += probabilities(sample)[static_cast<std::size_t>(label)];
    return to > from ? sum / static_cast<float>(to - from) : 0.0F;
}

}  // namespace convscope
