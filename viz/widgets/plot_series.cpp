#include "viz/widgets/plot_series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace convscope {

void BinCache::update(const MetricSeries& series, const BinLayout& layout, std::uint64_t generation) {
    const bool same_bins = generation == generation_ && layout.size == layout_.size && layout.first == layout_.first &&
                           series.size() >= series_size_;
    if (same_bins && layout.count == layout_.count && series.size() == series_size_) return;
    std::int64_t stale = 0;  // the first bin to ask again: one that was not full
    if (same_bins) {
        const std::int64_t full = series_size_ / layout.size - layout.first;
        stale = std::clamp<std::int64_t>(full, 0, std::min(layout.count, layout_.count));
    }
    bins_.resize(static_cast<std::size_t>(layout.count));
    for (std::int64_t i = stale; i < layout.count; ++i)
        bins_[static_cast<std::size_t>(i)] = series.bin(layout.first_iteration(i), layout.last_iteration(i));
    layout_ = layout;
    series_size_ = series.size();
    generation_ = generation;
}

void SmoothedSeries::update(const MetricSeries& series, RunId run, float weight) {
    if (weight != weight_ || run != run_ || series.size() < smoothed_.size()) {
        smoothed_.clear();
        weight_ = weight;
        run_ = run;
        average_ = 0.0;
        remaining_ = 1.0;
        ++generation_;
    }
    const std::int64_t last = std::min(series.size(), smoothed_.size() + kBudget);
    for (std::int64_t iteration = smoothed_.size() + 1; iteration <= last; ++iteration) {
        const double value = series.at(iteration);
        if (!std::isfinite(value)) {
            smoothed_.push_back(std::numeric_limits<float>::quiet_NaN());
            continue;
        }
        average_ = weight_ * average_ + (1.0 - weight_) * value;
        remaining_ *= weight_;
        smoothed_.push_back(static_cast<float>(average_ / (1.0 - remaining_)));
    }
}

}  // namespace convscope
