// What stands around the scene's picture: where one is (a trail that leads out again), how far the pass has come, what
// the colours mean, and a map from above. UI thread, over the picture.
#pragma once

#include "viz/panels/panel.h"
#include "viz/render/value_range.h"
#include "viz/scene/camera.h"
#include "viz/scene/pass_wave.h"
#include "viz/scene/scene_layout.h"

#include <imgui.h>

#include <cstdint>

namespace convscope {

struct SceneViewport {
    ImVec2 origin;
    ImVec2 size;
};

// "Network > conv1 > map 3 > (5, 7)"; a click leads back there by changing the selection.
void draw_trail(FrameContext& context, const NetworkDescription& network, const SceneViewport& viewport);

// Whose values these are, or of which pass, with the sample's class and the minibatch's loss; and below, the phases,
// one of which holds the iteration.
void draw_phases(FrameContext& context, const PassWave& wave, const SceneViewport& viewport);

// The colormap and range of a wall's values and of the weights that lead to it, lowest left.
struct SceneLegend {
    const char* what = "";
    const TensorCapture* capture = nullptr;
    Colormap colormap = Colormap::Viridis;
    RangeChoice range{};
    std::int64_t plane = -1;
};
// `lines`: connections are drawn, and their colours are explained too.
void draw_legends(FrameContext& context, std::span<const SceneLegend> legends, bool lines,
                  const SceneViewport& viewport);

// From above, with the eye and what it sees. Returns the wall that was clicked; walls.size(): none.
std::size_t draw_map(const FrameContext& context, const SceneLayout& layout, const Camera& camera,
                     const SceneViewport& viewport);

}  // namespace convscope
