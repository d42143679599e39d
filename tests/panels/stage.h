// Everything a panel needs to be drawn, on the software rasteriser and a scripted session turned by hand.
#pragma once

#include "tests/support/egl_context.h"
#include "tests/support/scripted_session.h"
#include "viz/gfx/shader_library.h"
#include "viz/panels/panel.h"
#include "viz/render/tile_renderer.h"
#include "viz/widgets/fonts.h"

#include <functional>
#include <memory>

namespace convscope::test {

class Stage {
public:
    explicit Stage(ScriptedOptions options = {}, int width = 1280, int height = 800);

    // One frame of the window: adopts the newest snapshot, draws, tells the session what was watched.
    gfx::Image frame(const std::function<void(FrameContext&)>& draw);
    // Frames with the session answering in between, until what is watched has arrived and ImGui has settled.
    gfx::Image frames(int count, const std::function<void(FrameContext&)>& draw);

    ScriptedSession session;
    Settings settings;
    Selection selection;

private:
    EglContext egl_;
    ImGuiCanvas canvas_;
    gfx::ShaderLibrary shaders_;
    std::unique_ptr<TileRenderer> tiles_;
    Fonts fonts_;
    SteadyClock clock_;

public:
    EngineLink engine;
};

// OpenGL's pending error as a number; 0 is none.
unsigned gl_error();

}  // namespace convscope::test
