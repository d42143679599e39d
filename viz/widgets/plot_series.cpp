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
    const bool thinned_out =
        smoothed_.size() > 0 && smoothed_.size() < series.size() && !series.stretch(smoothed_.size() + 1).exact();
    if (weight != weight_ || run != run_ || series.size() < smoothed_.size() || thinned_out) {
        smoothed_.clear();
        weight_ = weight;
        run_ = run;
        average_ = 0.0;
        remaining_ = 1.0;
        ++generation_;
    }
    series.list().visit(smoothed_.size(), series.size(),
                        [this](const MetricSeries::Kept& kept, std::int64_t, std::int64_t length) {
                            smoothed_.push_stretch(smooth(kept), length);
                        });
}

// The mean of s over a stretch whose finite values are all its mean m. With a s_(t-1) + (1 - a) m, the distance from m
// shrinks by a at each value.
MetricSeries::Kept SmoothedSeries::smooth(const MetricSeries::Kept& stretch) {
    if (stretch.count == 0) return MetricSeries::kept(std::numeric_limits<float>::quiet_NaN());
    const double past = weight_;
    const double values = stretch.count;
    const double mean = stretch.mean;
    const double distance = average_ - (1.0 - remaining_) * mean;
    const double shrunk = std::pow(past, values);
    remaining_ *= shrunk;
    average_ = shrunk * distance + (1.0 - remaining_) * mean;
    const double mean_distance = distance * past * (1.0 - shrunk) / ((1.0 - past) * values);
    MetricSeries::Kept smoothed = MetricSeries::kept(static_cast<float>(mean + mean_distance / (1.0 - remaining_)));
    smoothed.count = stretch.count;
    return smoothed;
}

}  // namespace convscope
