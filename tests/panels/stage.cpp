#include "tests/panels/stage.h"

#include "viz/app/theme.h"
#include "viz/widgets/style.h"

namespace convscope::test {

Stage::Stage(ScriptedOptions options, int width, int height)
    : session(options),
      canvas_(width, height),
      shaders_(gfx::ShaderLibrary::for_this_build()),
      tiles_(TileRenderer::create(shaders_).value()),
      fonts_(build_fonts(1.0F)),
      engine(session, clock_) {}

gfx::Image Stage::frame(const std::function<void(FrameContext&)>& draw) {
    const Palette& colors = palette(settings.theme);
    apply_theme(colors, 1.0F);
    canvas_.clear = colors.background;
    engine.begin_frame();
    tiles_->begin_frame();
    gfx::Image image = canvas_.frame([&] {
        FrameContext context{.engine = engine,
                             .selection = selection,
                             .settings = settings,
                             .colors = colors,
                             .fonts = fonts_,
                             .tiles = *tiles_,
                             .time_seconds = 1.0,
                             .scale = 1.0F,
                             .frame_milliseconds_median = 1.0,
                             .frame_milliseconds_p99 = 2.0,
                             .frames_per_second = 60.0};
        draw(context);
    });
    tiles_->end_frame();
    engine.end_frame();
    return image;
}

gfx::Image Stage::frames(int count, const std::function<void(FrameContext&)>& draw) {
    gfx::Image image;
    for (int i = 0; i < count; ++i) {
        image = frame(draw);
        if (engine.snapshot() && engine.snapshot()->run_info) session.apply();
    }
    return image;
}

unsigned gl_error() { return glGetError(); }

}  // namespace convscope::test
