// The lanes of a run's line besides the one where it is (engine/api/run_line.h), in one plot: futures that were known
// and were left behind, each from where it parts from the present lane. UI thread, inside an ImGui window.
#pragma once

#include "engine/api/run_line.h"
#include "viz/widgets/format.h"
#include "viz/widgets/plot.h"
#include "viz/widgets/plot_series.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// "slower", as somebody called it; else "left at 1,870", the last iteration that it has in common with the present one.
ShortText lane_words(const RunLane& lane, std::int64_t shared);

// Of a line the lanes that are drawn: the newest besides the present one that are known beyond it, and the one that is
// pointed at. In the order in which they began. While one is pointed at, the others are faint.
struct Ghost {
    enum class Look : std::uint8_t { Plain, Pointed, Faint };

    const RunLane* lane = nullptr;  // as long as the snapshot lives
    std::int64_t from = 0;          // the last iteration in common with the present lane
    Look look = Look::Plain;
};
void find_ghosts(const RunLine& line, RunId pointed, std::vector<Ghost>& out);

// How it is drawn.
ImU32 ghost_ink(const WidgetStyle& style, Ghost::Look look);
float ghost_width(const WidgetStyle& style, Ghost::Look look);

class GhostCurves {
public:
    static constexpr std::size_t kMost = 6;

    // The bins in view of each. `quantity` is RunHistory::loss or ::accuracy; `weight` as for SmoothedSeries.
    void update(std::span<const Ghost> ghosts, MetricSeries RunHistory::*quantity, float weight, PlotRange view,
                std::int64_t most_bins);
    // visit(bin) for every bin in view.
    template <typename Visit>
    void visit(Visit visit) const {
        for (std::size_t i = 0; i < count_; ++i)
            for (const SeriesBin& bin : curves_[i].bins.bins()) visit(bin);
    }
    void draw(std::span<const Ghost> ghosts, const PlotFrame& frame, const PlotScale& x, const PlotScale& y,
              const WidgetStyle& style, std::vector<ImVec2>& points) const;

private:
    struct Curve {
        SmoothedSeries smoothed;
        BinCache bins;
    };
    std::vector<Curve> curves_;  // keeps its room
    std::size_t count_ = 0;
};

}  // namespace convscope
