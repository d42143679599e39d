// The drawing half of plots: a frame that takes the mouse, a grid with ticks, and series drawn into it. What is drawn
// where is decided by plot_scale.h and plot_view.h. UI thread, inside an ImGui window; allocates nothing in steady
// state.
//
// A plot: plot_frame(); navigate(); fill in the scales from frame.inner; draw_grid(); then series between
// begin_series() and end_series().
#pragma once

#include "viz/view/metric_history.h"
#include "viz/widgets/plot_scale.h"
#include "viz/widgets/plot_view.h"
#include "viz/widgets/style.h"

#include <imgui.h>

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

struct PlotRect {
    ImVec2 minimum{0.0F, 0.0F};
    ImVec2 maximum{0.0F, 0.0F};
    float width() const { return maximum.x - minimum.x; }
    float height() const { return maximum.y - minimum.y; }
};

// Space around the inner rectangle for labels, in pixels.
struct PlotMargins {
    float left = 0.0F;
    float top = 0.0F;
    float right = 0.0F;
    float bottom = 0.0F;
};

struct PlotFrame {
    PlotRect outer;
    PlotRect inner;
    bool hovered = false;       // the mouse is over the inner rectangle
    bool axis_hovered = false;  // or over the labels at its left
    bool dragged = false;       // and drags from there
    bool double_clicked = false;
};

// Takes `size` pixels at the cursor; wheel and drag over it belong to the plot, not to the window around it.
PlotFrame plot_frame(const char* id, ImVec2 size, const PlotMargins& margins);

// Wheel zooms the iterations around the mouse, dragging moves them, a double click shows all, or follows when all is
// shown.
void navigate(const PlotFrame& frame, const PlotScale& x, std::int64_t iterations, IterationView& view);

// Grid lines, tick labels below (with the axis' name in front) and at the left (with a unit). Labels that would
// touch their neighbour are left out.
void draw_grid(const PlotFrame& frame, const PlotScale& x, std::span<const PlotTick> x_ticks, const PlotScale& y,
               std::span<const PlotTick> y_ticks, const char* x_name, const char* y_unit, const WidgetStyle& style);

// Clips what is drawn to the inner rectangle.
void begin_series(const PlotFrame& frame);
void end_series();

// From the minimum to the maximum of each bin; bins of one iteration become a thin line.
void draw_band(const BinLayout& layout, std::span<const SeriesBin> bins, const PlotScale& x, const PlotScale& y,
               ImU32 color, float scale, std::vector<ImVec2>& points);

// Through the means of the bins; bins without a (finite) value leave a gap. `points` is scratch space to be reused.
void draw_line(const BinLayout& layout, std::span<const SeriesBin> bins, const PlotScale& x, const PlotScale& y,
               ImU32 color, float thickness, std::vector<ImVec2>& points);

// A vertical hairline, dashed when it stands for something that happened; nothing outside the frame.
void draw_hairline(const PlotFrame& frame, float x, ImU32 color, float scale, bool dashed);

// A dot ringed in `ground`, so that it stands out on a line.
void draw_dot(ImVec2 center, float radius, ImU32 color, ImU32 ground);

}  // namespace convscope
