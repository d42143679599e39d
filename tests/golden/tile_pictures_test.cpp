// Tiles as users see them, without text, which depends on ImGui's version.
#include "viz/widgets/tile_view.h"

#include "tests/gl/sample_capture.h"
#include "tests/golden/golden_picture.h"
#include "tests/support/catch.h"
#include "tests/support/egl_context.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace convscope;

namespace {

// Like feature maps: blobs that move from plane to plane, cut at zero as ReLU does; the last plane is dead.
TensorCapture blobs(std::int64_t planes, std::int64_t side) {
    std::vector<float> values;
    for (std::int64_t p = 0; p < planes; ++p)
        for (std::int64_t y = 0; y < side; ++y)
            for (std::int64_t x = 0; x < side; ++x) {
                const float u = static_cast<float>(x) / static_cast<float>(side - 1) * 6.0F;
                const float v = static_cast<float>(y) / static_cast<float>(side - 1) * 6.0F;
                const float wave = std::sin(u + static_cast<float>(p)) * std::cos(v - 0.5F * static_cast<float>(p));
                values.push_back(p + 1 == planes ? 0.0F : std::max(0.0F, wave));
            }
    return test::make_capture({planes, side, side}, std::move(values));
}

// Like weights: signed, without a pattern.
TensorCapture noise(const Shape& shape) {
    std::vector<float> values;
    std::uint32_t state = 1;
    for (std::int64_t i = 0; i < shape.element_count(); ++i) {
        state = state * 1664525U + 1013904223U;  // Numerical Recipes' linear congruential generator
        values.push_back(static_cast<float>(state >> 8) / static_cast<float>(1U << 23) - 1.0F);
    }
    return test::make_capture(shape, std::move(values));
}

std::string picture(const std::string& name, const TensorCapture& capture, const TileViewOptions& options) {
    const test::EglContext context;
    test::ImGuiCanvas canvas(360, 240);
    canvas.clear = 0x1B1E23FF;
    gfx::ShaderLibrary shaders(gfx::embedded_shaders());
    const auto renderer = TileRenderer::create(shaders).value();
    Palette colors{};
    colors.accent = 0x4FA3FFFF;
    colors.no_data = 0xFF4FD8FF;
    colors.panel = 0x1B1E23FF;
    TileViewState state;
    gfx::Image image;
    for (int i = 0; i < 2; ++i) {  // ImGui hides a new window for one frame while it finds its size
        renderer->begin_frame();
        image = canvas.frame([&] {
            test::in_bare_window([&] {
                ImGui::SetCursorPos(ImVec2(8.0F, 8.0F));
                tile_view("view", capture, state, options, *renderer, colors, 1.0F, ImVec2(344.0F, 224.0F));
            });
        });
        renderer->end_frame();
    }
    return test::compare_with_golden(image, name);
}

}  // namespace

TEST_CASE("feature maps look as they did, with a hatch where a value is not a number") {
    TensorCapture capture = blobs(12, 24);
    for (std::size_t i = 0; i < 40; ++i) capture.values[5 * 576 + 200 + i] = std::numeric_limits<float>::quiet_NaN();
    CHECK(picture("feature-maps", capture, {.labels = false, .highlighted_plane = 3}) == "");
}

TEST_CASE("small signed kernels look as they did") {
    CHECK(picture("kernels", noise({20, 10, 3, 3}),
                  {.colormap = Colormap::Diverging,
                   .range = {.mode = RangeMode::PerLayer, .symmetric = true},
                   .labels = false}) == "");
}

TEST_CASE("a long vector looks as it did: wrapped into strips") {
    CHECK(picture("vector", test::make_ramp({487}), {.colormap = Colormap::Magma, .labels = false}) == "");
}

TEST_CASE("a matrix much wider than high looks as it did: stretched, and cells without a number hatched") {
    TensorCapture capture = noise({5, 40});
    for (std::size_t i = 0; i < 7; ++i) capture.values[90 + i] = std::numeric_limits<float>::infinity();
    CHECK(picture("matrix", capture,
                  {.colormap = Colormap::Diverging, .range = {.symmetric = true}, .labels = false}) == "");
}

TEST_CASE("colour pictures look as they did, with a hatch where a channel is not a number") {
    TensorCapture capture = blobs(18, 24);
    for (std::size_t i = 0; i < 40; ++i) capture.values[7 * 576 + 200 + i] = std::numeric_limits<float>::quiet_NaN();
    CHECK(picture("colour", capture, {.labels = false, .rgb = RgbRange{}}) == "");
}

TEST_CASE("a plane with more cells than pixels looks as it did: averaged") {
    CHECK(picture("averaged", blobs(1 + 1, 700), {.colormap = Colormap::Grey, .labels = false}) == "");
}
