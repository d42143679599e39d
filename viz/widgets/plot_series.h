// What a plot keeps of a series between frames, so that a frame's work follows the pixels and the points that arrived,
// never the length of the run. UI thread; no drawing.
#pragma once

#include "engine/core/types.h"
#include "viz/view/metric_history.h"
#include "viz/widgets/plot_scale.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// The bins in view of a series. Only bins that are new, or were not full, are asked of the series.
class BinCache {
public:
    // Brings the bins up to date. `generation` differs whenever old values of the series may have changed.
    void update(const MetricSeries& series, const BinLayout& layout, std::uint64_t generation);
    const BinLayout& layout() const { return layout_; }
    std::span<const SeriesBin> bins() const { return bins_; }

private:
    BinLayout layout_;
    std::vector<SeriesBin> bins_;
    std::int64_t series_size_ = 0;
    std::uint64_t generation_ = 0;
};

// An exponential moving average of a series, one value per iteration, so that it does not depend on the zoom:
//   s_t = a s_(t-1) + (1 - a) x_t,   shown as s_t / (1 - a^t)
// (the division, from Kingma and Ba, "Adam", 2015, section 3, takes away the pull of s_0 = 0). Where x_t is not finite
// there is a gap, and s stays. It thins out as the series does: the mean of the s_t of a stretch is kept. Where the x_t
// of a stretch are no longer known one by one, as when the weight changes, each is taken to be the stretch's mean.
class SmoothedSeries {
public:
    // `weight` of the past is in [0, 1). A new weight, another run or a shorter series starts over, which takes a
    // millisecond at most; so does a series of which values thinned out before they were asked for.
    void update(const MetricSeries& series, RunId run, float weight);
    const MetricSeries& values() const { return smoothed_; }
    float weight() const { return weight_; }
    // Differs whenever old values changed.
    std::uint64_t generation() const { return generation_; }

private:
    MetricSeries::Kept smooth(const MetricSeries::Kept& stretch);

    MetricSeries smoothed_;
    RunId run_;
    float weight_ = -1.0F;
    double average_ = 0.0;
    double remaining_ = 1.0;  // a^t
    std::uint64_t generation_ = 0;
};

}  // namespace convscope
