#include "tests/panels/panel_stage.h"

#include "tests/support/catch.h"

#include <imgui.h>

namespace convscope::test {

PanelStage::PanelStage(std::string_view panel, int width, int height, ScriptedOptions options)
    : session(options),
      canvas_(width, height),
      shaders_(gfx::ShaderLibrary::for_this_build()),
      tiles_(TileRenderer::create(shaders_).value()),
      fonts_(build_fonts(1.0F)),
      engine_(session, clock_),
      panels_(make_panels()),
      width_(static_cast<float>(width)),
      height_(static_cast<float>(height)) {
    for (const auto& candidate : panels_)
        if (candidate->id() == panel) panel_ = candidate.get();
    REQUIRE(panel_);
}

void PanelStage::frame() {
    tiles_->begin_frame();
    picture_ = canvas_.frame([this] {
        engine_.begin_frame();
        FrameContext context{.engine = engine_,
                             .selection = selection,
                             .settings = settings,
                             .colors = palette(settings.theme),
                             .fonts = fonts_,
                             .tiles = *tiles_,
                             .time_seconds = 0.0,
                             .scale = 1.0F,
                             .frame_milliseconds_median = 1.0,
                             .frame_milliseconds_p99 = 2.0,
                             .frames_per_second = 60.0};
        ImGui::SetNextWindowPos({0.0F, 0.0F});
        ImGui::SetNextWindowSize({width_, height_});
        ImGui::Begin("panel", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoNav);
        panel_->draw(context);
        ImGui::End();
        unfinished_ = context.unfinished;
        watched_ = engine_.watch();
        engine_.end_frame();
    });
    tiles_->end_frame();
    CHECK(glGetError() == GL_NO_ERROR);
    if (engine_.snapshot() && engine_.snapshot()->run_info) session.apply();
}

void PanelStage::frames(int count) {
    for (int i = 0; i < count; ++i) frame();
}

void PanelStage::point(float x, float y) {
    canvas_.move_mouse(x, y);
    frames(2);  // ImGui learns in one frame what the mouse points at in the next
}

void PanelStage::type(const char* text) {
    ImGui::GetIO().AddInputCharactersUTF8(text);
    frame();
}

gfx::Image PanelStage::picture() {
    frame();
    return picture_;
}

void PanelStage::click(float x, float y) {
    point(x, y);
    canvas_.press_mouse(true);
    frame();
    canvas_.press_mouse(false);
    frames(2);
}

}  // namespace convscope::test
