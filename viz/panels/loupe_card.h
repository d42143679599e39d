// The convolution loupe: how the selected value came about, number by number, over the scene. UI thread.
#pragma once

#include "viz/panels/panel.h"
#include "viz/scene/loupe.h"

#include <imgui.h>

#include <optional>

namespace convscope {

class LoupeCard {
public:
    // A window of its own with its upper right corner at `corner`, at most `height` high. Explains the value at `place`
    // from the frame's snapshot, and watches what that takes. Returns the input value under the mouse, if any; sets
    // `closed` when the card was closed.
    std::optional<Place> draw(FrameContext& context, const NetworkDescription& network, const Place& place,
                              ImVec2 corner, float height, bool& closed);

private:
    void draw_title(FrameContext& context, const NetworkDescription& network, const Place& place, bool& closed) const;
    void draw_arithmetic(FrameContext& context, const NetworkDescription& network);
    void draw_weighted_sum(FrameContext& context, const NetworkDescription& network);
    void draw_window(FrameContext& context, const NetworkDescription& network);
    void draw_largest(FrameContext& context, const NetworkDescription& network);
    void draw_total(FrameContext& context, const NetworkDescription& network);

    Loupe loupe_;
    Place explained_;
    std::int64_t channel_ = -1;  // whose products are spread out; -1: that with the largest sum
    std::optional<Place> hovered_;
};

}  // namespace convscope
