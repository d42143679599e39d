#include "viz/scene/scene_view.h"

#include "viz/scene/layer_values.h"
#include "viz/scene/scene_places.h"

#include <algorithm>
#include <limits>

namespace convscope {
namespace {

constexpr float kHomeYaw = 0.72F;  // from the input's side, so that fronts are seen
constexpr float kHomePitch = 0.24F;
constexpr float kFocusYaw = 1.40F;  // nearly face on
constexpr float kFocusPitch = 0.07F;
constexpr float kFocusMargin = 0.12F;

bool same_layers(const NetworkDescription& a, const NetworkDescription& b) {
    return a.input_shape == b.input_shape &&
           std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(),
                      [](const LayerDescription& x, const LayerDescription& y) {
                          return x.spec.name == y.spec.name && x.spec.kind == y.spec.kind && x.inputs == y.inputs &&
                                 x.output_shape == y.output_shape && x.weight_shape == y.weight_shape;
                      });
}

}  // namespace

bool SceneView::adopt(const RunInfo& info) {
    if (run_ == info.run) return false;
    const bool other_network = !run_ || !same_layers(network_, info.network);
    run_ = info.run;
    network_ = info.network;
    hover.reset();
    if (!other_network) return true;
    layout_ = layout_scene(network_);
    if (with_) {
        if (with_->empty()) with_->adopt(info);  // nobody has seen the first one yet
        return true;
    }
    navigator_.set_scene(layout_.box);
    go_home();
    navigator_.jump(navigator_.goal());
    return true;
}

void SceneView::go_home() { navigator().frame(layout_.box, kHomeYaw, kHomePitch, 0.06F); }

Selection SceneView::selection_at(Selection selection, const SceneHit& hit) const {
    const SceneWall& wall = layout_.walls[hit.wall];
    const bool was_here = selection.layer == wall.layer;
    const std::int64_t old_channel = selection.channel;
    selection.select_layer(wall.layer);
    if (!hit.cell) {
        selection.select_channel(-1);
        return selection;
    }
    const LayerDescription* layer =
        wall.layer == kInputLayer ? nullptr : &network_.layers[static_cast<std::size_t>(wall.layer.index)];
    if (hit.weights) {
        const bool kernels = layer->weight_shape.rank() == 4;
        selection.select_channel(kernels ? kernels_of(*layer).output_of(hit.cell->tile) : hit.cell->row);
        return selection;
    }
    if (layer && !layer->has_maps()) {
        selection.select_channel(hit.cell->column);
        selection.row = selection.column = 0;
        return selection;
    }
    const std::int64_t channel = hit.cell->tile * wall.values.planes_per_tile;
    selection.select_channel(channel);
    if (was_here && old_channel == channel) {
        selection.row = hit.cell->row;
        selection.column = hit.cell->column;
    }
    return selection;
}

// Nearly face on, if the eye then stands between the wall and what is before it; else past that, from the side.
void SceneView::focus(const Selection& selection) {
    if (empty()) return;
    const Box box = focus_box(layout_, network_, selection.layer, selected_place(network_, selection));
    const SceneWall& wall = layout_.walls[layout_.wall_of(selection.layer)];
    float room = std::numeric_limits<float>::max();
    for (const SceneWall& other : layout_.walls)
        if (other.level == wall.level && other.values.corner.x < wall.values.corner.x)
            room = std::min(room, wall.values.corner.x - other.values.corner.x);
    const CameraPose facing =
        fit({.yaw = kFocusYaw, .pitch = kFocusPitch}, box, navigator().camera().aspect(), kFocusMargin);
    if (facing.distance < 0.9F * room)
        navigator().frame(box, kFocusYaw, kFocusPitch, kFocusMargin);
    else
        navigator().frame(box, kHomeYaw, kHomePitch, kFocusMargin);
}

void SceneView::go_to(const CameraPose& pose) { navigator().go_to(pose); }

void SceneView::tick(double time_seconds) {
    if (with_) return with_->tick(time_seconds);
    navigator_.tick(last_seconds_ < 0.0 ? 0.0 : time_seconds - last_seconds_);
    last_seconds_ = time_seconds;
}

}  // namespace convscope
