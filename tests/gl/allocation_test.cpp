// What the GL driver allocates in C is its own business.
#include "tests/gl/sample_capture.h"
#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"
#include "tests/support/egl_context.h"
#include "viz/widgets/tile_view.h"

using namespace convscope;

TEST_CASE("in steady state a frame of tiles allocates nothing, not even when its content is new") {
    const test::EglContext context;
    test::ImGuiCanvas canvas(800, 600);
    gfx::ShaderLibrary shaders(gfx::embedded_shaders());
    const auto renderer = TileRenderer::create(shaders).value();
    const Palette palette{};
    TileViewState state;
    TensorCapture capture = test::make_ramp({200, 3, 3});
    const TileViewOptions options{.mark_dead = true, .highlighted_plane = 3};
    const auto panel = [&] {
        const std::int64_t before = test::allocations_of_this_thread();
        const auto result =
            tile_view("view", capture, state, options, *renderer, palette, 1.0F, ImVec2(780.0F, 500.0F));
        if (result.hover) tile_tooltip(capture, *result.hover, palette);
        color_legend(capture, options.colormap, options.range, 3, 1.0F, palette, 1.0F, 0.0F);
        return test::allocations_of_this_thread() - before;
    };
    canvas.move_mouse(20.0F, 30.0F);
    std::int64_t first = 0;
    std::int64_t last = 0;
    for (int i = 0; i < 10; ++i) {
        capture.content_id += 1000;
        const std::int64_t before = test::allocations_of_this_thread();
        renderer->begin_frame();
        std::int64_t counted = test::allocations_of_this_thread() - before;
        canvas.frame([&] { test::in_bare_window([&] { counted += panel(); }); });
        const std::int64_t after = test::allocations_of_this_thread();
        renderer->end_frame();
        last = counted + test::allocations_of_this_thread() - after;
        if (i == 0) first = last;
    }
    CHECK(first > 0);  // the counter counts
    CHECK(last == 0);
    CHECK(renderer->counters().bytes_uploaded == 200 * 9 * 4);
}
