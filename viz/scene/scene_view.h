// The scene as somebody sees it: where everything stands, the camera that flies in it, and what it points at. Drawn by
// the scene's panel, flown by whoever wants to. Pure, UI thread.
#pragma once

#include "engine/api/run_info.h"
#include "viz/scene/navigator.h"
#include "viz/scene/scene_layout.h"
#include "viz/view/selection.h"

#include <optional>

namespace convscope {

class SceneView {
public:
    // From now on it is seen from where that one is, which outlives it, and whoever flies in one flies in both.
    void share_camera(SceneView& with) { with_ = &with; }

    // Another network is laid out and seen from home at once; one of the same layers keeps the view. Before the first
    // there is nothing to fly in, and all but this does nothing.
    // True when it is another run.
    bool adopt(const RunInfo& info);
    bool empty() const { return !run_.has_value(); }

    const NetworkDescription& network() const { return network_; }
    const SceneLayout& layout() const { return layout_; }
    Navigator& navigator() { return with_ ? with_->navigator_ : navigator_; }
    const Navigator& navigator() const { return with_ ? with_->navigator_ : navigator_; }

    // Where everything is seen.
    void go_home();
    void focus(const Selection& selection);
    void go_to(const CameraPose& pose);
    // Moves the camera on to that time, in seconds that only grow.
    void tick(double time_seconds);

    // Under the pointer; forgotten with the run.
    std::optional<SceneHit> hover;
    // What a click on it selects: the map that was hit; of a map that was selected before, the very value.
    Selection selection_at(Selection selection, const SceneHit& hit) const;

private:
    SceneView* with_ = nullptr;  // whose camera it is; null: its own
    std::optional<RunId> run_;
    NetworkDescription network_;
    SceneLayout layout_;
    Navigator navigator_;
    double last_seconds_ = -1.0;
};

}  // namespace convscope
