// Everything a panel needs to be drawn, on the software rasteriser and a scripted session turned by hand, with a mouse
// moved by hand. One at a time: ImGui and OpenGL are per process.
#pragma once

#include "tests/support/egl_context.h"
#include "tests/support/scripted_session.h"
#include "viz/gfx/shader_library.h"
#include "viz/panels/panel.h"
#include "viz/render/scene_renderer.h"
#include "viz/render/tile_renderer.h"
#include "viz/widgets/fonts.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace convscope::test {

class Stage {
public:
    using Draw = std::function<void(FrameContext&)>;

    // Shows nothing until show().
    explicit Stage(ScriptedOptions options = {}, int width = 1280, int height = 800);
    // Shows the panel of that id, filling a window of that size but for the theme's padding.
    Stage(std::string_view panel, int width, int height, ScriptedOptions options = {});

    // What the frames from now on draw.
    void show(Draw draw) { draw_ = std::move(draw); }

    // One frame of the window: adopts the newest snapshot, draws, tells the session what was watched, which then
    // answers, so that the next frame sees it. OpenGL may have no complaint.
    gfx::Image frame();
    // That many: ImGui settles within three, and what is watched has arrived then.
    gfx::Image frames(int count);
    void point(float x, float y);
    void click(float x, float y);
    void type(const char* text);  // into the field that was clicked; clicking elsewhere commits it

    std::vector<event::Notice> take_notices() { return engine_.take_notices(); }
    // Of the last frame.
    const WatchSet& watched() const { return watched_; }
    bool unfinished() const { return unfinished_; }            // FrameContext::unfinished
    std::int64_t allocations() const { return allocations_; }  // by what was drawn

    ScriptedSession session;
    std::vector<Recipe> recipes;  // on offer
    DataFetcher* fetcher = nullptr;
    Settings settings;
    Selection selection;

private:
    void show_panel(std::string_view id);

    EglContext egl_;
    ImGuiCanvas canvas_;
    gfx::ShaderLibrary shaders_;
    std::unique_ptr<TileRenderer> tiles_;
    std::unique_ptr<SceneRenderer> scene_;
    Fonts fonts_;
    SteadyClock clock_;
    EngineLink engine_;
    std::vector<std::unique_ptr<Panel>> panels_;
    float width_;
    float height_;
    Draw draw_;
    WatchSet watched_;
    bool unfinished_ = false;
    std::int64_t allocations_ = 0;
};

}  // namespace convscope::test
