// The scene's picture, pixel by pixel: the surface lies face-on, one length of space a pixel, x to the right, -y down.
#include "viz/render/scene_renderer.h"

#include "tests/gl/sample_capture.h"
#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"
#include "tests/support/egl_context.h"
#include "tests/support/no_numbers.h"
#include "viz/gfx/texture_array.h"
#include "viz/render/colormap.h"

#include <glm/gtc/matrix_transform.hpp>

#include <array>
#include <cmath>
#include <vector>

using namespace convscope;
using convscope::test::make_capture;
using convscope::test::make_ramp;

namespace {

constexpr float kCell = 8.0F;  // pixels: too few for hairlines between cells

struct Pixel {
    int r, g, b;
    bool operator==(const Pixel&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Pixel& p) { return out << p.r << ' ' << p.g << ' ' << p.b; }

bool close(Pixel a, Rgb8 b) { return std::abs(a.r - b.r) <= 1 && std::abs(a.g - b.g) <= 1 && std::abs(a.b - b.b) <= 1; }

const Pixel kBackground{0x10, 0x20, 0x30};
const Pixel kHatch{255, 0, 255};
const Pixel kHatchGround{0, 0, 0};

Palette test_palette() {
    Palette colors{};
    colors.background = 0x102030FF;
    colors.panel = 0x000000FF;
    colors.raised = 0x404040FF;
    colors.line = 0x808080FF;
    colors.no_data = 0xFF00FFFF;
    return colors;
}

// At the upper left corner of the picture.
SceneSurface surface_of(const TensorCapture& capture, std::int64_t tile_columns = 1, float gap = 0.0F,
                        float cell = kCell) {
    SceneSurface surface;
    surface.key = capture.key;
    surface.tile_count = capture.plane_count();
    surface.tile_columns = tile_columns;
    surface.plane_width = surface.cell_columns = capture.plane_width();
    surface.plane_height = surface.cell_rows = capture.plane_height();
    surface.cell_width = surface.cell_height = cell;
    surface.gap = gap;
    surface.right = {1.0F, 0.0F, 0.0F};
    return surface;
}

struct Easel {
    explicit Easel(int picture_width = 256, int picture_height = 128, int samples = 4)
        : width(picture_width), height(picture_height), renderer(SceneRenderer::create(shaders, samples).value()) {}

    ScenePicture picture() const {
        ScenePicture made;
        made.view_projection =
            glm::ortho(0.0F, static_cast<float>(width), -static_cast<float>(height), 0.0F, -10.0F, 10.0F);
        made.colors = &colors;
        return made;
    }
    gfx::Image draw(const ScenePicture& drawn) {
        const auto texture = renderer->draw(drawn, width, height);
        REQUIRE(texture.ok());
        const gfx::FramebufferHandle reader = gfx::FramebufferHandle::create();
        glBindFramebuffer(GL_FRAMEBUFFER, reader.id());
        glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture.value(), 0);
        gfx::Image image = gfx::read_pixels(width, height);
        glBindFramebuffer(GL_FRAMEBUFFER, 0);
        CHECK(glGetError() == GL_NO_ERROR);
        return image;
    }
    gfx::Image draw(const SceneValues& values) {
        ScenePicture drawn = picture();
        drawn.values = {&values, 1};
        return draw(drawn);
    }

    test::EglContext context;
    gfx::ShaderLibrary shaders{gfx::embedded_shaders()};
    Palette colors = test_palette();
    int width;
    int height;
    std::unique_ptr<SceneRenderer> renderer;
};

Pixel pixel(const gfx::Image& image, float x, float y) {
    const std::uint8_t* p = image.at(static_cast<int>(x), static_cast<int>(y));
    return {p[0], p[1], p[2]};
}

Pixel at_cell(const gfx::Image& image, const SceneSurface& surface, const SurfaceCell& cell) {
    const Vec2 place = surface.cell_corner(cell) + 0.5F * Vec2{surface.cell_width, surface.cell_height};
    return pixel(image, place.x, place.y);
}

// Every cell of the surface has the colour that the CPU looks up for its value.
void check_cells(const gfx::Image& image, const SceneValues& values) {
    const TensorCapture& capture = *values.capture;
    std::size_t at = 0;
    for (std::int64_t tile = 0; tile < capture.plane_count(); ++tile) {
        const ValueRange range = plane_range(capture, tile, values.range);
        for (std::int64_t row = 0; row < capture.plane_height(); ++row)
            for (std::int64_t column = 0; column < capture.plane_width(); ++column) {
                const float value = capture.values[at++];
                const Pixel shown = at_cell(image, *values.surface, {tile, row, column});
                if (close(shown, rgb(values.colormap, range.position(value)))) continue;
                FAIL_CHECK("tile " << tile << ", row " << row << ", column " << column << ": " << value << " is "
                                   << shown);
            }
    }
}

int count_of(const gfx::Image& image, Pixel color) {
    int count = 0;
    for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x)
            count += pixel(image, static_cast<float>(x), static_cast<float>(y)) == color;
    return count;
}

}  // namespace

TEST_CASE("face-on every cell of the scene has the colour that the CPU looks up for it, in every colormap and range") {
    Easel easel;
    std::vector<float> values;
    for (int i = 0; i < 6 * 4 * 5; ++i)
        values.push_back(std::sin(static_cast<float>(i)) * static_cast<float>(1 + i / 20));
    const TensorCapture capture = make_capture({6, 4, 5}, values);
    const SceneSurface surface = surface_of(capture, 3, 6.0F);
    for (int map = 0; map < kColormapCount; ++map)
        for (const RangeMode mode : {RangeMode::PerMap, RangeMode::PerLayer, RangeMode::Fixed})
            for (const bool symmetric : {false, true}) {
                const SceneValues shown{.surface = &surface,
                                        .capture = &capture,
                                        .colormap = static_cast<Colormap>(map),
                                        .range = {.mode = mode, .fixed = {-2.0F, 3.0F}, .symmetric = symmetric}};
                INFO("colormap " << map << ", range mode " << static_cast<int>(mode) << ", symmetric " << symmetric);
                check_cells(easel.draw(shown), shown);
            }
}

TEST_CASE("a cell large enough for hairlines keeps its colour between them") {
    Easel easel(256, 256);
    const TensorCapture capture = make_ramp({1, 6, 6});
    const SceneSurface surface = surface_of(capture, 1, 0.0F, 40.0F);
    const SceneValues shown{.surface = &surface, .capture = &capture};
    const auto image = easel.draw(shown);
    check_cells(image, shown);
    for (const float x : {6.0F, 20.0F, 34.0F}) CHECK(close(pixel(image, x, 20.0F), rgb(Colormap::Viridis, 0.0F)));
    CHECK_FALSE(close(pixel(image, 40.0F, 20.0F), rgb(Colormap::Viridis, 1.0F / 35.0F)));
}

TEST_CASE("between tiles and past the last one there is no cell's colour") {
    Easel easel;
    std::vector<float> values(5 * 2 * 2, 1.0F);
    values[0] = 0.0F;
    const TensorCapture capture = make_capture({5, 2, 2}, values);
    const SceneSurface surface = surface_of(capture, 3, 8.0F);
    const auto image = easel.draw({.surface = &surface, .capture = &capture, .range = {.mode = RangeMode::PerLayer}});
    const Pixel gap = pixel(image, 20.0F, 4.0F);
    CHECK(gap.r == gap.g);  // grey as the slab that carries it
    CHECK(gap.g == gap.b);
    CHECK(gap.r > 0);
    for (const float y : {4.0F, 18.0F, 20.0F, 22.0F}) CHECK(pixel(image, 20.0F, y) == gap);
    CHECK(pixel(image, 4.0F, 20.0F) == gap);
    CHECK(pixel(image, 52.0F, 28.0F) == kBackground);  // where a sixth tile would be
    CHECK(pixel(image, 66.0F, 4.0F) == kBackground);   // right of the surface
}

TEST_CASE("in the scene what is not a finite number is a hatch, which stays in its cell") {
    Easel easel;
    const TensorCapture capture = make_capture({3, 1, 2}, {0.0F, kNan, kInfinity, 1.0F, -kInfinity, 2.0F});
    const SceneSurface surface = surface_of(capture, 3, 16.0F, 16.0F);
    const auto image = easel.draw({.surface = &surface, .capture = &capture, .range = {.mode = RangeMode::PerLayer}});
    const auto is_hatched = [&](float left) {
        int lines = 0;
        int ground = 0;
        for (int y = 1; y < 15; ++y)
            for (int x = 1; x < 15; ++x) {
                lines += pixel(image, left + static_cast<float>(x), static_cast<float>(y)) == kHatch;
                ground += pixel(image, left + static_cast<float>(x), static_cast<float>(y)) == kHatchGround;
            }
        return lines + ground == 14 * 14 && lines > 40 && ground > 40;
    };
    CHECK(close(pixel(image, 8.0F, 8.0F), rgb(Colormap::Viridis, 0.0F)));
    CHECK(is_hatched(16.0F));
    CHECK(is_hatched(48.0F));
    CHECK(close(pixel(image, 72.0F, 8.0F), rgb(Colormap::Viridis, 0.5F)));
    CHECK(is_hatched(96.0F));
    const Pixel gap = pixel(image, 88.0F, 8.0F);  // beside a number
    int strayed = 0;
    for (int y = 1; y < 15; ++y)
        for (int x = 33; x < 47; ++x)  // beside a NaN
            strayed += pixel(image, static_cast<float>(x), static_cast<float>(y)) != gap;
    CHECK(strayed == 0);
}

TEST_CASE("a NaN of the scene shows where many cells share a pixel") {
    Easel easel;
    std::vector<float> values(64 * 64, 1.0F);
    values[64 * 33 + 17] = kNan;
    const TensorCapture capture = make_capture({1, 64, 64}, values);
    const SceneSurface surface = surface_of(capture, 1, 0.0F, 0.25F);
    const auto image = easel.draw({.surface = &surface, .capture = &capture});
    CHECK(pixel(image, 4.0F, 8.0F) == kHatch);
    CHECK(count_of(image, kHatch) == 1);
}

TEST_CASE("a colour picture in the scene shows its three planes as one tile") {
    Easel easel;
    const TensorCapture capture = make_capture({3, 1, 3}, {-1.0F, 1.0F, 1.0F, 0.0F, 10.0F, kNan, 0.0F, 1.0F, 1.0F});
    SceneSurface surface = surface_of(capture);
    surface.tile_count = 1;
    surface.planes_per_tile = 3;
    const auto image = easel.draw({.surface = &surface,
                                   .capture = &capture,
                                   .rgb = RgbRange{ValueRange{-1.0F, 1.0F}, {0.0F, 10.0F}, {0.0F, 2.0F}}});
    CHECK(close(at_cell(image, surface, {0, 0, 0}), Rgb8{0, 0, 0}));
    CHECK(close(at_cell(image, surface, {0, 0, 1}), Rgb8{255, 255, 128}));
    const Pixel none = at_cell(image, surface, {0, 0, 2});
    CHECK((none == kHatch || none == kHatchGround));
}

TEST_CASE("a vector folded in the scene and in its texture shows every value at its cell, and nothing past its end") {
    Easel easel(320, 320);
    const TensorCapture capture = make_ramp({2500});  // a texture is 1024 wide
    SceneSurface surface = surface_of(capture, 1, 0.0F, 5.0F);
    surface.cell_columns = 60;
    surface.cell_rows = 42;
    const SceneValues shown{.surface = &surface, .capture = &capture};
    const auto image = easel.draw(shown);
    check_cells(image, shown);
    CHECK(pixel(image, 40.5F * 5.0F, 41.5F * 5.0F) == kBackground);
}

TEST_CASE("planes past the layer limit of a texture stand on the same surface") {
    Easel easel(512, 512);
    const std::int64_t count = gfx::TextureLimits::of_context().layers + 60;
    const TensorCapture capture = make_ramp({count, 1, 1});
    const SceneSurface surface = surface_of(capture, 50, 2.0F, 6.0F);
    REQUIRE(surface.height() < 512.0F);
    for (const RangeMode mode : {RangeMode::PerLayer, RangeMode::PerMap}) {
        const SceneValues shown{.surface = &surface, .capture = &capture, .range = {.mode = mode}};
        check_cells(easel.draw(shown), shown);
        CHECK(easel.renderer->counters().draw_calls == 2);
    }
}

TEST_CASE("the scene uploads a tensor when its content changed, and lets go of what it does not draw") {
    Easel easel;
    TensorCapture first = make_ramp({4, 3, 3});
    TensorCapture second = make_ramp({4, 3, 3});
    second.key.layer = LayerId{1};
    constexpr std::int64_t kBytes = 4 * 9 * 4;
    const SceneSurface surface = surface_of(first, 2, 4.0F);
    const std::array both{SceneValues{.surface = &surface, .capture = &first},
                          SceneValues{.surface = &surface, .capture = &second}};
    ScenePicture drawn = easel.picture();
    const auto uploaded = [&] {
        easel.draw(drawn);
        return easel.renderer->counters().bytes_uploaded;
    };
    drawn.values = both;
    CHECK(uploaded() == 2 * kBytes);
    CHECK(easel.renderer->counters().textures == 2);
    CHECK(uploaded() == 0);
    second = make_ramp({4, 3, 3});
    second.key.layer = LayerId{1};
    CHECK(uploaded() == kBytes);
    drawn.values = std::span(both).first(1);
    CHECK(uploaded() == 0);
    CHECK(easel.renderer->counters().textures == 1);
    drawn.values = {};
    CHECK(uploaded() == 0);
    CHECK(easel.renderer->counters().textures == 0);
}

TEST_CASE("a tensor that is not of the surface's network is left out") {
    Easel easel;
    const TensorCapture capture = make_ramp({4, 3, 3});
    for (const Shape& other : {Shape{5, 3, 3}, Shape{4, 2, 3}, Shape{4, 3, 2}, Shape{36}}) {
        const SceneSurface surface = surface_of(make_ramp(other), 2, 4.0F);
        const auto image = easel.draw({.surface = &surface, .capture = &capture});
        CHECK(count_of(image, kBackground) == 256 * 128);
        CHECK(easel.renderer->counters().draw_calls == 0);
    }
}

TEST_CASE("the scene is drawn without multisampling, and at one pixel, alike") {
    Easel smooth(256, 128, 4);
    const TensorCapture capture = make_ramp({6, 4, 4});
    const SceneSurface surface = surface_of(capture, 3, 6.0F);
    const SceneValues shown{.surface = &surface, .capture = &capture};
    for (const int samples : {0, 1, 4, 1000}) {
        auto renderer = SceneRenderer::create(smooth.shaders, samples);
        REQUIRE(renderer.ok());
        smooth.renderer = std::move(renderer).value();
        smooth.width = 256;
        smooth.height = 128;
        check_cells(smooth.draw(shown), shown);
        smooth.width = smooth.height = 1;
        const auto one = smooth.draw(shown);
        CHECK(close(pixel(one, 0.0F, 0.0F), rgb(Colormap::Viridis, 0.0F)));
        smooth.width = 100;  // another size again
        smooth.height = 70;
        const auto again = smooth.draw(shown);
        CHECK(close(at_cell(again, surface, {0, 3, 3}), rgb(Colormap::Viridis, 1.0F)));
    }
}

TEST_CASE("a picture too large for the driver is refused, and the next one is drawn") {
    Easel easel;
    const int too_large = gfx::TextureLimits::of_context().size + 1;
    const auto refused = easel.renderer->draw(easel.picture(), too_large, 8);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::Unsupported);
    CHECK(glGetError() == GL_NO_ERROR);  // the driver was not asked
    const TensorCapture capture = make_ramp({6, 4, 4});
    const SceneSurface surface = surface_of(capture, 3, 6.0F);
    const SceneValues shown{.surface = &surface, .capture = &capture};
    check_cells(easel.draw(shown), shown);
}

TEST_CASE(
    "a wall is one draw call whatever the number of its maps, all slabs another, all lines, marks and the ground") {
    Easel easel;
    const TensorCapture few = make_ramp({2, 1, 1});
    TensorCapture many = make_ramp({600, 1, 1});
    many.key.layer = LayerId{1};
    const SceneSurface few_surface = surface_of(few);
    const SceneSurface many_surface = surface_of(many, 30, 1.0F, 2.0F);
    const std::array values{SceneValues{.surface = &few_surface, .capture = &few},
                            SceneValues{.surface = &many_surface, .capture = &many}};
    const std::vector<SceneBlock> blocks(500, SceneBlock{.slab = {.half = {1.0F, 1.0F, 1.0F}}, .color = 0xFF0000FF});
    const std::vector<SceneLine> lines(500, SceneLine{.to = {9.0F, 9.0F, 0.0F}, .to_color = 0xFFFFFFFF});
    std::vector<Box> shades(200);
    for (Box& box : shades) box.add(Vec3{1.0F});
    ScenePicture drawn = easel.picture();
    drawn.values = values;
    easel.draw(drawn);
    CHECK(easel.renderer->counters().draw_calls == 2);
    drawn.blocks = blocks;
    easel.draw(drawn);
    CHECK(easel.renderer->counters().draw_calls == 3);
    drawn.lines = lines;
    drawn.marks = lines;
    drawn.shades = shades;
    drawn.extent.add(Vec3{-50.0F, 0.0F, -50.0F});
    drawn.extent.add(Vec3{50.0F, 20.0F, 50.0F});
    easel.draw(drawn);
    CHECK(easel.renderer->counters().draw_calls == 6);
}

TEST_CASE("walls hide what is behind them, marks are drawn over everything, lines only where nothing is before them") {
    Easel easel;
    const TensorCapture capture = make_capture({1, 1, 1}, {1.0F});
    const SceneSurface surface = surface_of(capture, 1, 0.0F, 64.0F);
    const SceneValues values{.surface = &surface, .capture = &capture};
    const Rgb8 wall = rgb(Colormap::Viridis, 1.0F);
    const SceneLine behind{.from = {0.0F, -30.5F, -1.0F},
                           .to = {128.0F, -30.5F, -1.0F},
                           .width = 3.0F,
                           .from_color = 0xFF0000FF,
                           .to_color = 0xFF0000FF};
    ScenePicture drawn = easel.picture();
    drawn.values = {&values, 1};
    drawn.lines = {&behind, 1};
    auto image = easel.draw(drawn);
    CHECK(close(pixel(image, 40.0F, 30.0F), wall));
    CHECK(pixel(image, 100.0F, 30.0F) == Pixel{255, 0, 0});
    SceneLine before = behind;
    before.from.z = before.to.z = 1.0F;
    drawn.lines = {&before, 1};
    image = easel.draw(drawn);
    CHECK(pixel(image, 40.0F, 30.0F) == Pixel{255, 0, 0});
    CHECK(close(pixel(image, 40.0F, 40.0F), wall));
    drawn.lines = {};
    drawn.marks = {&behind, 1};
    image = easel.draw(drawn);
    CHECK(pixel(image, 40.0F, 30.0F) == Pixel{255, 0, 0});
}

TEST_CASE("a line that runs behind the eye is drawn as far as it is seen") {
    Easel easel(128, 128);
    ScenePicture drawn = easel.picture();
    drawn.view_projection = glm::perspective(1.0F, 1.0F, 0.1F, 100.0F);  // from the origin along -z
    drawn.near = 0.1F;
    const auto red_line = [](Vec3 from, Vec3 to) {
        return SceneLine{.from = from, .to = to, .width = 4.0F, .from_color = 0xFF0000FF, .to_color = 0xFF0000FF};
    };
    const std::array lines{red_line({0.0F, 0.0F, -50.0F}, {0.0F, 3.0F, 40.0F}),
                           red_line({-5.0F, -1.0F, 2.0F}, {5.0F, -1.0F, 2.0F}),
                           red_line({1.0F, 1.0F, 0.0F}, {1.0F, 1.0F, 0.0F})};
    drawn.lines = std::span(lines).first(1);
    const auto image = easel.draw(drawn);
    CHECK(pixel(image, 64.0F, 20.0F) == Pixel{255, 0, 0});
    CHECK(pixel(image, 64.0F, 100.0F) == kBackground);
    CHECK(pixel(image, 20.0F, 20.0F) == kBackground);
    drawn.lines = std::span(lines).last(2);  // behind the eye, and without length
    CHECK(count_of(easel.draw(drawn), kBackground) == 128 * 128);
}

TEST_CASE("the framebuffer that was bound is bound again after the scene") {
    Easel easel;
    const gfx::Framebuffer bound = gfx::Framebuffer::create(16, 16).value();
    bound.bind();
    REQUIRE(easel.renderer->draw(easel.picture(), 64, 32).ok());
    GLint after = 0;
    glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &after);
    CHECK(static_cast<GLuint>(after) == bound.id());
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
}

TEST_CASE("in steady state the scene's picture allocates nothing, not even when its content is new") {
    Easel easel;
    TensorCapture capture = make_ramp({200, 3, 3});
    const SceneSurface surface = surface_of(capture, 20, 1.0F, 2.0F);
    const SceneValues values{.surface = &surface, .capture = &capture};
    const std::vector<SceneBlock> blocks(40, SceneBlock{.slab = {}, .color = 0xFF0000FF});
    const std::vector<SceneLine> lines(300);
    std::vector<Box> shades(20);
    for (Box& box : shades) box.add(Vec3{1.0F});
    ScenePicture drawn = easel.picture();
    drawn.values = {&values, 1};
    drawn.blocks = blocks;
    drawn.lines = drawn.marks = lines;
    drawn.shades = shades;
    drawn.extent.add(Vec3{0.0F});
    drawn.extent.add(Vec3{9.0F});
    std::int64_t first = 0;
    std::int64_t last = 0;
    for (int i = 0; i < 10; ++i) {
        capture.content_id += 1000;
        const std::int64_t before = test::allocations_of_this_thread();
        const bool drawn_well = easel.renderer->draw(drawn, 256, 128).ok();
        last = test::allocations_of_this_thread() - before;
        if (i == 0) first = last;
        REQUIRE(drawn_well);
    }
    CHECK(first > 0);  // the counter counts
    CHECK(last == 0);
    CHECK(easel.renderer->counters().bytes_uploaded == 200 * 9 * 4);
}
