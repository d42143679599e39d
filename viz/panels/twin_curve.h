// The run beside the first (view/twin_lane.h) in one plot, in its colour, from where the two part. UI thread, inside an
// ImGui window.
#pragma once

#include "viz/view/twin_lane.h"
#include "viz/widgets/plot.h"
#include "viz/widgets/plot_series.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

class TwinCurve {
public:
    // The bins in view; none where there is no twin. `weight` as for SmoothedSeries.
    void update(const TwinLane* twin, bool loss, float weight, PlotRange view, std::int64_t most_bins);
    std::span<const SeriesBin> bins() const { return history_ ? bins_.bins() : std::span<const SeriesBin>(); }
    // What was measured of it behind where the two part; empty where there is no twin.
    std::span<const EvaluationMetrics> tests() const;
    // What is known of it; null where there is no twin.
    const MetricHistory* history() const { return history_; }
    bool knows(std::int64_t iteration) const {
        return history_ && iteration > from_ && iteration <= history_->loss().size();
    }
    void draw(const PlotFrame& frame, const PlotScale& x, const PlotScale& y, const WidgetStyle& style,
              std::vector<ImVec2>& points) const;

private:
    const MetricHistory* history_ = nullptr;  // in this frame
    std::int64_t from_ = 0;                   // the last iteration that is of both
    SmoothedSeries smoothed_;
    BinCache bins_;
};

}  // namespace convscope
