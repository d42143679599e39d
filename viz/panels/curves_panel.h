// Loss and accuracy over the iterations of the run.
#pragma once

#include "viz/panels/ghost_curves.h"
#include "viz/panels/panel.h"
#include "viz/panels/twin_curve.h"
#include "viz/widgets/format.h"
#include "viz/widgets/plot.h"
#include "viz/widgets/plot_series.h"
#include "viz/widgets/style.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace convscope {

class CurvesPanel final : public Panel {
public:
    std::string_view id() const override { return "curves"; }
    std::string_view title() const override { return "Curves"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    enum class Quantity { Loss, Accuracy };

    // One of the two plots.
    struct Curve {
        explicit Curve(Quantity shown) : quantity(shown) {}
        Quantity quantity;
        SmoothedSeries smoothed;
        BinCache bins;
        BinCache smoothed_bins;
        GhostCurves ghosts;
        TwinCurve twin;
        std::optional<PlotRange> chosen_y;  // by the user; otherwise what is in view fits
        PlotFrame frame;
        PlotScale x;
        PlotScale y;
    };

    void draw_toolbar(FrameContext& context, const WidgetStyle& style);
    void draw_curve(Curve& curve, ImVec2 size, FrameContext& context, const WidgetStyle& style);
    void choose_y(Curve& curve, bool logarithmic, std::span<const EvaluationMetrics> tests, float scale);
    void draw_epochs(const Curve& curve, std::span<const EvaluationMetrics> tests, const WidgetStyle& style);
    void draw_tests(const Curve& curve, std::span<const EvaluationMetrics> tests, Rgba color, const WidgetStyle& style);
    void draw_marks(const Curve& curve, const MetricHistory& history, const WidgetStyle& style);
    static void draw_place(const Curve& curve, const Lane& lane, const WidgetStyle& style);
    void draw_crosshair(const Curve& curve, const MetricHistory& history, const WidgetStyle& style);
    void draw_read_out(const MetricHistory& history, const WidgetStyle& style) const;
    std::int64_t drawn_iterations(std::int64_t own) const;
    const SeriesBin* hovered_bin(const Curve& curve) const;

    static const MetricSeries& series_of(const Curve& curve, const MetricHistory& history);
    static double test_value(const Curve& curve, const EvaluationMetrics& test);
    static ShortText format_measure(const Curve& curve, double value);
    template <typename Visit>
    void each_curve(Visit visit) const {
        visit(loss_, 0);
        visit(accuracy_, 1);
    }

    IterationView view_;
    Curve loss_{Quantity::Loss};
    Curve accuracy_{Quantity::Accuracy};
    std::int64_t hovered_iteration_ = 0;  // under the mouse in either plot in the last frame; 0: none
    std::int64_t hovered_now_ = 0;        // likewise, found while drawing this frame
    std::vector<Ghost> ghosts_;           // of this frame's snapshot
    std::vector<PlotTick> x_ticks_;       // the rest is scratch space, reused from frame to frame
    std::vector<PlotTick> y_ticks_;
    std::vector<ImVec2> points_;
};

}  // namespace convscope
