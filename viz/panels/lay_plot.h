// Points in two or three dimensions on the screen: drawn, pointed at, chosen with a lasso, moved about. UI thread,
// inside an ImGui window.
#pragma once

#include "viz/panels/panel.h"
#include "viz/scene/navigator.h"
#include "viz/scene/scene_input.h"
#include "viz/view/lay_of_data.h"
#include "viz/widgets/style.h"

#include <imgui.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace convscope {

// How a point looks.
struct LayMark {
    ImU32 color = 0;
    bool on_top = false;  // of those that are not
};

struct LayPlotResult {
    std::int64_t hovered = -1;  // place of the point under the mouse
    std::int64_t clicked = -1;
    bool chose = false;  // `chosen` is another
    bool takes_keys = false;
    bool moving = false;
};

class LayPlot {
public:
    // Fills what is left of the window, less `below`. `marks`: one a point. `ringed`: a point that is marked; -1: none.
    // `chosen`, ascending: what a lasso encloses; nothing where the ground is clicked.
    LayPlotResult draw(FrameContext& context, std::span<const LayPoint> points, int dimensions,
                       std::span<const LayMark> marks, std::int64_t ringed, std::vector<std::int64_t>& chosen,
                       float below, const WidgetStyle& style);

private:
    struct Dot {
        float x = 0.0F;
        float y = 0.0F;
        float depth = 0.0F;   // 0 in two dimensions
        float radius = 0.0F;  // in pixels; 0: it is not seen
    };

    void steer_flat(bool over, const WidgetStyle& style);
    void place_flat(std::span<const LayPoint> points, const Box& box);
    void steer_deep(FrameContext& context, const Box& box, bool over, LayPlotResult& result);
    void place_deep(std::span<const LayPoint> points);
    void draw_dots(std::span<const LayMark> marks, const WidgetStyle& style);
    void draw_axes(const Box& box, const WidgetStyle& style) const;
    bool follow_lasso(bool may_begin, std::vector<std::int64_t>& chosen, const WidgetStyle& style);
    std::int64_t nearest(ImVec2 mouse, float reach) const;

    ImVec2 corner_{}, size_{};
    float radius_ = 3.0F;  // of a dot, in pixels
    std::vector<Dot> dots_;
    std::vector<std::int32_t> order_;  // in which they are drawn
    std::vector<ImVec2> lasso_;
    bool lassoing_ = false;
    bool pressed_ = false;  // the left button went down here
    // In two dimensions.
    float zoom_ = 1.0F;
    ImVec2 shift_{};  // of the middle, in pixels
    // In three.
    Navigator navigator_;
    SceneInput input_;
    bool framed_ = false;
    double seconds_ = 0.0;
};

}  // namespace convscope
