// The loss over the plane of the step that comes and of a direction beside it, seen from above.
#pragma once

#include "engine/api/loss_slice.h"
#include "viz/panels/panel.h"
#include "viz/view/display_options.h"
#include "viz/view/step_reading.h"
#include "viz/widgets/plot.h"
#include "viz/widgets/style.h"

#include <vector>

namespace convscope {

// UI thread, inside a panel; takes what room the panel has left. Allocates nothing in steady state.
class LossSurfacePlot {
public:
    void draw(FrameContext& context, const WidgetStyle& style, const LossSurface& surface);

private:
    void draw_legend(const WidgetStyle& style);
    void draw_losses(const WidgetStyle& style, const LossSurface& surface);
    void draw_step(const WidgetStyle& style, const LossSurface& surface);
    void draw_pointed(const WidgetStyle& style, const LossSurface& surface) const;

    Colormap colormap_ = Colormap::Viridis;
    ShownLosses shown_;
    PlotFrame frame_;
    PlotScale x_;
    PlotScale y_;
    std::vector<PlotTick> x_ticks_;
    std::vector<PlotTick> y_ticks_;
};

}  // namespace convscope
