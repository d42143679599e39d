// One panel on a canvas without a display, over a scripted session, with a mouse moved by hand.
#pragma once

#include "tests/support/egl_context.h"
#include "tests/support/scripted_session.h"
#include "viz/panels/panel.h"
#include "viz/render/tile_renderer.h"
#include "viz/widgets/fonts.h"

#include <memory>
#include <string_view>
#include <vector>

namespace convscope::test {

class PanelStage {
public:
    // The panel by its id, filling a window of that size but for ImGui's own padding.
    PanelStage(std::string_view panel, int width, int height, ScriptedOptions options = {});

    // One frame; then what was posted meanwhile is carried out, so that the next frame sees it.
    void frame();
    void frames(int count);
    void click(float x, float y);
    void point(float x, float y);                    // and waits until ImGui knows
    void type(const char* text);                     // into the field that was clicked; clicking elsewhere commits it
    gfx::Image picture();                            // of one more frame
    bool unfinished() const { return unfinished_; }  // the panel asked for another frame
    // Everything that was asked for by the frame before.
    const WatchSet& watched() const { return watched_; }

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
    EngineLink engine_;
    std::vector<std::unique_ptr<Panel>> panels_;
    Panel* panel_ = nullptr;
    WatchSet watched_;
    gfx::Image picture_;
    bool unfinished_ = false;
    float width_;
    float height_;
};

}  // namespace convscope::test
