// The loss along the step that comes, for steps shorter and longer than the chosen one.
#pragma once

#include "engine/api/loss_slice.h"
#include "viz/panels/loss_surface_plot.h"
#include "viz/panels/panel.h"
#include "viz/widgets/plot.h"
#include "viz/widgets/style.h"

#include <memory>
#include <vector>

namespace convscope {

class LossSlicePanel final : public Panel {
public:
    std::string_view id() const override { return "loss-slice"; }
    std::string_view title() const override { return "Before you step"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    void draw_words(const WidgetStyle& style, const char* words, std::int64_t iteration, double rate);
    void draw_views(const WidgetStyle& style);
    void draw_legend(const WidgetStyle& style);
    void draw_best_rate(FrameContext& context, const WidgetStyle& style);
    void draw_plot(FrameContext& context, const WidgetStyle& style);
    void draw_curve(double LossSlice::Point::*loss, ImU32 color, const WidgetStyle& style);
    void draw_pointed(FrameContext& context, const WidgetStyle& style);

    void draw_surface(FrameContext& context, const WidgetStyle& style,
                      const std::shared_ptr<const LossSurface>& surface);

    int view_ = 0;  // 0: along the step, 1: beside it as well
    LossSurfacePlot surface_plot_;
    std::shared_ptr<const LossSlice> slice_;  // of this frame, with points
    const char* test_word_ = "test";
    PlotFrame frame_;
    PlotScale x_;
    PlotScale y_;
    std::vector<PlotTick> x_ticks_;  // reused from frame to frame, as are the next two
    std::vector<PlotTick> y_ticks_;
    std::vector<ImVec2> points_;
};

}  // namespace convscope
