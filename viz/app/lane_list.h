// The list of the run's lanes: every way that it has gone, what became of each, and the way back there. Floats over the
// panels. UI thread, inside an ImGui frame.
#pragma once

#include "viz/panels/panel.h"
#include "viz/view/lane_rows.h"

#include <imgui.h>

#include <array>
#include <optional>
#include <vector>

namespace convscope {

class LaneList {
public:
    // Between `top` and `bottom` of the window. It stands at the lower left, grows upwards, and is moved by its title.
    void draw(FrameContext& context, float top, float bottom);

private:
    using Text = std::array<char, 64>;

    void draw_title(FrameContext& context, const WidgetStyle& style);
    // True when the mouse is on it.
    bool draw_row(FrameContext& context, const WidgetStyle& style, const LaneRow& row, int index);
    void draw_name(FrameContext& context, const WidgetStyle& style, const LaneRow& row, float width);
    void rename(FrameContext& context, const LaneRow& row);

    std::vector<LaneRow> rows_;     // reused from frame to frame
    std::optional<ImVec2> corner_;  // the lower left one, where somebody has moved it
    RunId asked_;                   // whether to delete that one; 0: none
    RunId edited_;                  // whose name is being typed, and what it was; 0: none
    Text before_{};
    Text typed_{};
};

}  // namespace convscope
