// The network as a place to fly through: every layer a wall of its live values, from far away down to one number.
#pragma once

#include "viz/panels/loupe_card.h"
#include "viz/panels/panel.h"
#include "viz/panels/scene_chrome.h"
#include "viz/panels/scene_labels.h"
#include "viz/render/scene_figures.h"
#include "viz/scene/connections.h"
#include "viz/scene/pass_wave.h"
#include "viz/scene/scene_input.h"
#include "viz/scene/scene_layout.h"
#include "viz/scene/scene_sight.h"
#include "viz/scene/scene_view.h"

#include <optional>
#include <span>
#include <vector>

namespace convscope {

class ScenePanel final : public Panel {
public:
    std::string_view id() const override { return "scene"; }
    std::string_view title() const override { return "Scene"; }
    std::string_view help() const override;
    bool is_backdrop() const override { return true; }
    void draw(FrameContext& context) override;

private:
    SceneViewport find_free(FrameContext& context, const SceneViewport& viewport);
    void read_input(FrameContext& context, const SceneViewport& viewport);
    bool draw_on_wall(FrameContext& context, const Ray& ray, bool over);
    void follow_pass(const FrameContext& context);
    void watch(FrameContext& context) const;
    void connect(FrameContext& context);
    void gather(const FrameContext& context);
    void mark(const FrameContext& context);
    void draw_picture(FrameContext& context, const SceneViewport& viewport, const Camera& camera);
    void draw_over(FrameContext& context, const SceneViewport& viewport, const SceneViewport& free,
                   const Camera& camera);
    void draw_chrome(FrameContext& context, const SceneViewport& free, const Camera& camera);
    void draw_loupe(FrameContext& context, const SceneViewport& viewport);
    void draw_read_out(const FrameContext& context) const;

    const TensorCapture* shown(const FrameContext& context, const SceneWall& wall, bool weights) const;
    std::span<const float> probabilities(const FrameContext& context) const;
    SceneValues look_of(const FrameContext& context, const TensorCapture& capture) const;

    const NetworkDescription& network() const { return view_->network(); }
    const SceneLayout& layout() const { return view_->layout(); }

    SceneView* view_ = nullptr;  // of the frame that is being drawn
    SceneInput input_;
    PassWave wave_;
    LoupeCard loupe_;
    SceneLabels labels_;
    std::optional<Place> loupe_hover_;  // the input value that the mouse is on in the loupe

    PixelRect free_;  // where the picture is seen at present,
    PixelRect room_;  // of all this
    double free_at_ = 0.0;
    bool drawing_ = false;  // on the picture's wall, a stroke of the pad's

    std::optional<Place> connected_;    // what the lines lead to and from
    std::vector<Connection> upstream_;  // reused from frame to frame, as are the rest
    std::vector<Connection> downstream_;
    std::vector<SeenWall> seen_;
    std::vector<SceneValues> values_;
    SceneFigures figures_;
};

}  // namespace convscope
