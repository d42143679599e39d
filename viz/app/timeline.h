// The line above the status line, in every workspace: the run so far as a strip that can be dragged along, with the
// transport at its left and the place in words at its right. UI thread.
#pragma once

#include "viz/panels/ghost_curves.h"
#include "viz/panels/panel.h"
#include "viz/panels/twin_curve.h"
#include "viz/view/place_in_time.h"
#include "viz/widgets/plot_scale.h"
#include "viz/widgets/plot_series.h"

#include <imgui.h>

#include <cstdint>
#include <vector>

namespace convscope {

class Timeline {
public:
    // Across the window from `top` on. Of a narrow one the words are left out first, then the strip. `lanes_open`:
    // their list is.
    void draw(FrameContext& context, float top, float height, bool lanes_open = false);
    // Over what lies between `top` and `bottom`, when another iteration is on its way for longer than a blink: dims it,
    // and says which one.
    void draw_veil(FrameContext& context, float top, float bottom);

private:
    struct Strip;

    // Where it ends.
    static float draw_transport(FrameContext& context, const WidgetStyle& style, const PlaceInTime& place,
                                bool lanes_open);
    void draw_strip(FrameContext& context, const WidgetStyle& style, const PlaceInTime& place, ImVec2 corner,
                    ImVec2 end);
    void draw_loss(const Strip& strip, const MetricHistory& history, const WidgetStyle& style);
    void draw_ghosts(const Strip& strip, const PlotScale& loss, const WidgetStyle& style);
    static void draw_epochs(const Strip& strip, const MetricHistory& history, const WidgetStyle& style);
    static void draw_changes(const Strip& strip, const MetricHistory& history, const WidgetStyle& style);
    static void draw_places(const Strip& strip, std::span<const NamedPlace> places, const WidgetStyle& style);
    static void draw_kept(const Strip& strip, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_playhead(const Strip& strip, const WidgetStyle& style) const;
    void read_out(const Strip& strip, const FrameContext& context, std::int64_t iteration,
                  const WidgetStyle& style) const;

    Scrub scrub_;
    BinCache bins_;
    std::vector<Ghost> ghosts_;
    GhostCurves ghost_curves_;
    TwinCurve twin_curve_;
    std::vector<ImVec2> points_;  // reused from frame to frame
    double away_since_ = -1.0;    // when the place that is on its way was first waited for; -1: one has arrived
};

}  // namespace convscope
