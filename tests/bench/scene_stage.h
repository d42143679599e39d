// The scene alone in a window of 1440x900 that nobody sees, drawn on the null device. UI thread.
#pragma once

#include "engine/core/clock.h"
#include "tests/support/null_gl.h"
#include "viz/gfx/shader_library.h"
#include "viz/panels/scene_panel.h"
#include "viz/render/tile_renderer.h"
#include "viz/view/engine_link.h"
#include "viz/widgets/fonts.h"

#include <memory>

struct ImGuiContext;

namespace convscope::bench {

struct StagedFrame {
    double cpu_milliseconds = 0.0;  // the calling thread's own: a whole frame but for handing ImGui's triangles on
    std::int64_t draw_calls = 0;    // of the scene's picture
    std::int64_t uploaded_bytes = 0;
    bool unfinished = false;  // it asks for another frame
};

class SceneStage {
public:
    // The session must outlive it. One at a time: there is one null device and one ImGui context.
    explicit SceneStage(Session& session);
    ~SceneStage();
    SceneStage(const SceneStage&) = delete;
    SceneStage& operator=(const SceneStage&) = delete;

    // Flies to a layer with the next frame.
    void focus(LayerId layer);
    // The left button held down takes the scene round in an ellipse, once in four seconds; or it is let go.
    void hold_and_turn(bool held) { held_ = held; }
    StagedFrame draw(double time_seconds);

    EngineLink& engine() { return engine_; }

private:
    const SteadyClock clock_;
    EngineLink engine_;
    std::unique_ptr<gfx::ShaderLibrary> shaders_;
    std::unique_ptr<TileRenderer> tiles_;
    std::unique_ptr<SceneRenderer> scene_;
    ImGuiContext* context_;
    Fonts fonts_;
    Anchors anchors_;
    ScenePanel panel_;
    Settings settings_;
    Selection selection_;
    SceneView view_;
    bool focus_ = false;
    UiStream ui_;  // nobody clicks
    bool held_ = false;
};

}  // namespace convscope::bench
