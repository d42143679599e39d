// Counts what this program allocates with operator new; what the GL driver allocates in C is its own business.
#include "tests/gl/sample_capture.h"
#include "tests/support/catch.h"
#include "tests/support/egl_context.h"
#include "viz/widgets/tile_view.h"

#include <cstdlib>
#include <new>

namespace {

thread_local long allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* block = std::malloc(size ? size : 1)) return block;
    throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

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
        const long before = allocations;
        const auto result =
            tile_view("view", capture, state, options, *renderer, palette, 1.0F, ImVec2(780.0F, 500.0F));
        if (result.hover) tile_tooltip(capture, *result.hover, palette);
        color_legend(capture, options.colormap, options.range, 3, 1.0F, palette, 1.0F, 0.0F);
        return allocations - before;
    };
    canvas.move_mouse(20.0F, 30.0F);
    long first = 0;
    long last = 0;
    for (int i = 0; i < 10; ++i) {
        capture.content_id += 1000;
        const long before = allocations;
        renderer->begin_frame();
        long counted = allocations - before;
        canvas.frame([&] { test::in_bare_window([&] { counted += panel(); }); });
        const long after = allocations;
        renderer->end_frame();
        last = counted + allocations - after;
        if (i == 0) first = last;
    }
    CHECK(first > 0);  // the counter counts
    CHECK(last == 0);
    CHECK(renderer->counters().bytes_uploaded == 200 * 9 * 4);
}
