// The scene's writing: names over walls, numbers in cells, class names beside bars. Drawn over the picture in the
// window's own type, so that it is sharp at every distance. UI thread.
#pragma once

#include "viz/panels/panel.h"
#include "viz/render/scene_renderer.h"
#include "viz/scene/scene_layout.h"
#include "viz/scene/scene_sight.h"

#include <imgui.h>

#include <array>
#include <vector>

namespace convscope {

struct SceneLabelsInput {
    const NetworkDescription& network;
    const SceneLayout& layout;
    const Camera& camera;
    const std::vector<SeenWall>& seen;
    ImVec2 origin;                           // of the viewport, in ImGui's coordinates
    std::size_t hovered;                     // wall; layout.walls.size(): none
    const std::vector<SceneValues>& values;  // on the walls in this picture
    std::span<const float> probabilities;    // of the classes; empty: there are none to show now
    bool pass;                               // an iteration's pass travels: walls before it are empty
};

class SceneLabels {
public:
    void draw(FrameContext& context, const SceneLabelsInput& input);

private:
    struct Label {
        std::size_t wall;
        float priority;
        ImVec2 place;  // of its lower edge's middle
    };
    void draw_names(FrameContext& context, const SceneLabelsInput& input);
    void draw_numbers(FrameContext& context, const SceneLabelsInput& input) const;
    void draw_classes(FrameContext& context, const SceneLabelsInput& input) const;

    std::vector<Label> labels_;  // reused from frame to frame, as are those
    std::vector<std::array<float, 4>> taken_;
};

}  // namespace convscope
