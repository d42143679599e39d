#include "viz/render/tile_renderer.h"

#include "tests/gl/sample_capture.h"
#include "tests/support/catch.h"
#include "tests/support/egl_context.h"
#include "tests/support/no_numbers.h"
#include "viz/gfx/texture_array.h"
#include "viz/render/colormap.h"

#include <imgui.h>

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

using namespace convscope;
using convscope::test::make_capture;
using convscope::test::make_ramp;

namespace {

constexpr Rgba kHatch = 0xFF00FFFF;

struct Pixel {
    int r, g, b;
    bool operator==(const Pixel&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Pixel& p) { return out << p.r << ' ' << p.g << ' ' << p.b; }

Pixel pixel(const gfx::Image& image, int x, int y) {
    const std::uint8_t* p = image.at(x, y);
    return {p[0], p[1], p[2]};
}

bool close(Pixel a, Rgb8 b) { return std::abs(a.r - b.r) <= 1 && std::abs(a.g - b.g) <= 1 && std::abs(a.b - b.b) <= 1; }

const Pixel kBlack{0, 0, 0};

// A context, a canvas and a renderer.
struct Stage {
    explicit Stage(int width = 256, int height = 128, float scale = 1.0F) : canvas(width, height, scale) {}

    // One frame of one tensor.
    gfx::Image frame(const TensorCapture& capture, std::span<const PlacedTile> tiles, const TileColors& colors) {
        renderer->begin_frame();
        gfx::Image image = canvas.frame([&] {
            test::in_bare_window([&] {
                if (clip) ImGui::PushClipRect({clip->at(0), clip->at(1)}, {clip->at(2), clip->at(3)}, true);
                REQUIRE(renderer->draw(ImGui::GetWindowDrawList(), capture, tiles, colors).ok());
                if (clip) ImGui::PopClipRect();
                if (after) after();
            });
        });
        renderer->end_frame();
        CHECK(glGetError() == GL_NO_ERROR);
        return image;
    }

    test::EglContext context;
    test::ImGuiCanvas canvas;
    gfx::ShaderLibrary shaders{gfx::embedded_shaders()};
    std::unique_ptr<TileRenderer> renderer = TileRenderer::create(shaders).value();
    std::optional<std::array<float, 4>> clip;
    std::function<void()> after;
};

PlacedTile at(std::int64_t plane, float x, float y, float width, float height) {
    return {.plane = plane, .x = x, .y = y, .width = width, .height = height};
}

}  // namespace

TEST_CASE("a value has the colour that the CPU looks up for it, in every colormap") {
    Stage stage;
    const TensorCapture capture = make_ramp({1, 4, 64});
    const PlacedTile tile = at(0, 0, 0, 256, 64);
    for (int map = 0; map < kColormapCount; ++map) {
        const TileColors colors{.colormap = static_cast<Colormap>(map), .range = {.mode = RangeMode::PerMap}};
        const auto image = stage.frame(capture, {&tile, 1}, colors);
        const ValueRange range = plane_range(capture, 0, colors.range);
        for (int row = 0; row < 4; ++row)
            for (int column = 0; column < 64; ++column) {
                const float value = static_cast<float>(row * 64 + column);
                const Rgb8 expected = rgb(colors.colormap, range.position(value));
                for (const auto& [dx, dy] : {std::pair{0, 0}, std::pair{3, 15}})  // first and last pixel of the cell
                    CHECK(close(pixel(image, column * 4 + dx, row * 16 + dy), expected));
            }
        CHECK(pixel(image, 10, 64) == kBlack);
    }
}

TEST_CASE("every map is drawn with its own range or its layer's") {
    Stage stage;
    const TensorCapture capture = make_capture({2, 1, 2}, {0.0F, 1.0F, 0.0F, 4.0F});
    const std::array tiles{at(0, 0, 0, 20, 10), at(1, 100, 0, 20, 10)};
    const auto of_map = stage.frame(capture, tiles, {.range = {.mode = RangeMode::PerMap}});
    CHECK(close(pixel(of_map, 15, 5), rgb(Colormap::Viridis, 1.0F)));
    CHECK(close(pixel(of_map, 115, 5), rgb(Colormap::Viridis, 1.0F)));
    const auto of_layer = stage.frame(capture, tiles, {.range = {.mode = RangeMode::PerLayer}});
    CHECK(close(pixel(of_layer, 15, 5), rgb(Colormap::Viridis, 0.25F)));
    CHECK(close(pixel(of_layer, 115, 5), rgb(Colormap::Viridis, 1.0F)));
    const auto fixed = stage.frame(capture, tiles, {.range = {.mode = RangeMode::Fixed, .fixed = {0.0F, 2.0F}}});
    CHECK(close(pixel(fixed, 15, 5), rgb(Colormap::Viridis, 0.5F)));
    CHECK(close(pixel(fixed, 115, 5), rgb(Colormap::Viridis, 1.0F)));
}

TEST_CASE("what is not a finite number is a hatch, and only that is") {
    Stage stage;
    constexpr float kInf = std::numeric_limits<float>::infinity();
    const TensorCapture capture = make_capture({1, 1, 4}, {std::numeric_limits<float>::quiet_NaN(), 1.0F, kInf, -kInf});
    const PlacedTile tile = at(0, 0, 0, 128, 32);
    const auto image = stage.frame(capture, {&tile, 1}, {.no_data = kHatch, .no_data_ground = 0x000000FF});
    for (const int cell : {0, 2, 3}) {
        int lines = 0;
        int ground = 0;
        for (int y = 0; y < 32; ++y)
            for (int x = cell * 32; x < cell * 32 + 32; ++x) {
                lines += pixel(image, x, y) == Pixel{255, 0, 255};
                ground += pixel(image, x, y) == kBlack;
            }
        CHECK(lines + ground == 32 * 32);
        CHECK(lines > 200);
        CHECK(ground > 200);
    }
    for (int x = 32; x < 64; ++x) CHECK(close(pixel(image, x, 16), rgb(Colormap::Viridis, 1.0F)));  // [0, 1]
}

TEST_CASE("one value that is not a number shows even where many cells share a pixel") {
    Stage stage;
    std::vector<float> values(64 * 64, 1.0F);
    values[64 * 33 + 17] = std::numeric_limits<float>::quiet_NaN();
    const TensorCapture capture = make_capture({1, 64, 64}, values);
    const PlacedTile tile = at(0, 0, 0, 16, 16);
    const auto image = stage.frame(capture, {&tile, 1}, {.no_data = kHatch});
    CHECK(pixel(image, 4, 8) == Pixel{255, 0, 255});
    CHECK(close(pixel(image, 8, 8), rgb(Colormap::Viridis, 1.0F)));
}

TEST_CASE("three planes are a colour picture, each channel between its own no light and full light") {
    Stage stage;
    // Two pictures of 2 x 1: the planes are red, green, blue of the first, then of the second.
    const TensorCapture capture =
        make_capture({6, 1, 2}, {-1.0F, 1.0F, 0.0F, 10.0F, 0.0F, 2.0F, 1.0F, 3.0F, 5.0F, 0.0F, 1.0F, -1.0F});
    const TileColors colors{.rgb = RgbRange{ValueRange{-1.0F, 1.0F}, {0.0F, 10.0F}, {0.0F, 2.0F}}};
    const std::array tiles{at(1, 0, 0, 40, 20), at(0, 100, 0, 40, 20)};
    const auto image = stage.frame(capture, tiles, colors);
    CHECK(close(pixel(image, 110, 10), Rgb8{0, 0, 0}));
    CHECK(close(pixel(image, 130, 10), Rgb8{255, 255, 255}));
    CHECK(close(pixel(image, 10, 10), Rgb8{255, 128, 128}));
    CHECK(close(pixel(image, 30, 10), Rgb8{255, 0, 0}));  // out of range is clamped
}

TEST_CASE("a colour picture and its channels may be drawn in one frame") {
    Stage stage;
    const TensorCapture capture = make_capture({3, 1, 1}, {1.0F, 0.0F, 0.5F});
    const std::array channel{at(0, 0, 0, 20, 20), at(1, 30, 0, 20, 20)};
    stage.after = [&] {
        const PlacedTile tile = at(0, 100, 0, 20, 20);
        REQUIRE(stage.renderer->draw(ImGui::GetWindowDrawList(), capture, {&tile, 1}, {.rgb = RgbRange{}}).ok());
    };
    const TileColors grey{.colormap = Colormap::Grey, .range = {.mode = RangeMode::Fixed}};
    const auto image = stage.frame(capture, channel, grey);
    CHECK(close(pixel(image, 10, 10), rgb(Colormap::Grey, 1.0F)));
    CHECK(close(pixel(image, 40, 10), rgb(Colormap::Grey, 0.0F)));
    CHECK(close(pixel(image, 110, 10), Rgb8{255, 0, 128}));
}

TEST_CASE("a colour picture with a channel that is not a number is hatched there, never a plausible colour") {
    Stage stage;
    const TensorCapture capture = make_capture({3, 1, 2}, {1.0F, 1.0F, kNan, 1.0F, 1.0F, 1.0F});
    const PlacedTile tile = at(0, 0, 0, 8, 4);
    const auto image = stage.frame(capture, {&tile, 1}, {.no_data = kHatch, .rgb = RgbRange{}});
    CHECK(pixel(image, 2, 2) == Pixel{255, 0, 255});
    CHECK(pixel(image, 6, 2) == Pixel{255, 255, 255});
}

TEST_CASE("planes that do not come in threes are refused as colour pictures") {
    Stage stage;
    stage.renderer->begin_frame();
    stage.canvas.frame([&] {
        test::in_bare_window([&] {
            const PlacedTile tile = at(0, 0, 0, 8, 4);
            const auto drawn =
                stage.renderer->draw(ImGui::GetWindowDrawList(), make_ramp({4, 2, 2}), {&tile, 1}, {.rgb = RgbRange{}});
            REQUIRE_FALSE(drawn);
            CHECK_THAT(drawn.error().message, contains_text("4x2x2"));
        });
    });
    stage.renderer->end_frame();
}

TEST_CASE("where many cells share a pixel, it has the colour of their mean") {
    Stage stage;
    std::vector<float> values;
    for (int i = 0; i < 64 * 64; ++i) values.push_back((i / 64 + i) % 2 ? 1.0F : 0.0F);  // a chessboard
    const TensorCapture capture = make_capture({1, 64, 64}, values);
    const PlacedTile tile = at(0, 0, 0, 16, 16);
    const auto image = stage.frame(capture, {&tile, 1}, {});
    for (int y = 0; y < 16; ++y)
        for (int x = 0; x < 16; ++x) CHECK(close(pixel(image, x, y), rgb(Colormap::Viridis, 0.5F)));
}

TEST_CASE("where many signed cells share a pixel, it has the colour of the strongest") {
    Stage stage;
    std::vector<float> values;
    for (int i = 0; i < 64 * 64; ++i) values.push_back((i / 64 + i) % 2 ? 0.5F : -0.5F);
    values[64 * 9 + 9] = -1.0F;  // the weights around it cancel
    values[64 * 41 + 41] = 0.75F;
    const TensorCapture capture = make_capture({1, 64, 64}, values);
    const PlacedTile tile = at(0, 0, 0, 16, 16);
    const auto image =
        stage.frame(capture, {&tile, 1}, {.colormap = Colormap::Diverging, .range = {.symmetric = true}});
    CHECK(close(pixel(image, 2, 2), rgb(Colormap::Diverging, 0.0F)));
    CHECK(close(pixel(image, 10, 10), rgb(Colormap::Diverging, 0.875F)));
}

TEST_CASE("tiles stay inside the clip rectangle, also on a display with more pixels than points") {
    for (const float scale : {1.0F, 2.0F}) {
        Stage stage(256, 128, scale);
        stage.clip = {{30.0F, 20.0F, 90.0F, 70.0F}};
        const TensorCapture capture = make_capture({1, 1, 1}, {1.0F});
        const PlacedTile tile = at(0, 0, 0, 256, 128);
        const auto image = stage.frame(capture, {&tile, 1}, {});
        const auto s = static_cast<int>(scale);
        for (int y = 0; y < 128 * s; ++y)
            for (int x = 0; x < 256 * s; ++x) {
                const bool inside = x >= 30 * s && x < 90 * s && y >= 20 * s && y < 70 * s;
                if ((pixel(image, x, y) != kBlack) != inside) FAIL("at " << x << ", " << y);
            }
    }
}

TEST_CASE("five hundred tiles are one draw call") {
    Stage stage;
    const TensorCapture capture = make_ramp({500, 3, 3});
    std::vector<PlacedTile> tiles;
    for (int i = 0; i < 500; ++i)
        tiles.push_back(at(i, static_cast<float>(i % 50) * 5.0F, static_cast<float>(i / 50) * 5.0F, 3, 3));
    stage.frame(capture, tiles, {.range = {.mode = RangeMode::PerLayer}});
    CHECK(stage.renderer->counters().draw_calls == 1);
    CHECK(stage.renderer->counters().tiles == 500);
    CHECK(stage.renderer->counters().bytes_uploaded == 500 * 9 * 4);
    const auto image = stage.frame(capture, tiles, {.range = {.mode = RangeMode::PerLayer}});
    CHECK(stage.renderer->counters().bytes_uploaded == 0);
    for (const int plane : {0, 123, 499}) {
        const float value = static_cast<float>(plane * 9 + 4);
        CHECK(close(pixel(image, plane % 50 * 5 + 1, plane / 50 * 5 + 1), rgb(Colormap::Viridis, value / 4499.0F)));
    }
}

TEST_CASE("planes past the layer limit are drawn from further pages") {
    Stage stage;
    const std::int64_t count = gfx::TextureLimits::of_context().layers + 2;
    const TensorCapture capture = make_ramp({count, 1, 1});
    const std::array tiles{at(0, 0, 0, 10, 10), at(count - 1, 20, 0, 10, 10), at(count / 2, 40, 0, 10, 10)};
    const auto image = stage.frame(capture, tiles, {.range = {.mode = RangeMode::PerLayer}});
    CHECK(stage.renderer->counters().draw_calls == 2);
    CHECK(close(pixel(image, 5, 5), rgb(Colormap::Viridis, 0.0F)));
    CHECK(close(pixel(image, 25, 5), rgb(Colormap::Viridis, 1.0F)));
    CHECK(close(pixel(image, 45, 5),
                rgb(Colormap::Viridis, static_cast<float>(count / 2) / static_cast<float>(count - 1))));
}

TEST_CASE("a wrapped vector reads row by row and ends where it ends, folded or not") {
    Stage stage;
    for (const std::int64_t length : {97, 1500}) {
        const TensorCapture capture = make_ramp({length});
        const std::int64_t columns = length < 100 ? 10 : 60;
        const std::int64_t rows = (length + columns - 1) / columns;
        const int cell = length < 100 ? 10 : 4;
        const PlacedTile tile = at(0, 0, 0, static_cast<float>(columns * cell), static_cast<float>(rows * cell));
        const auto image = stage.frame(capture, {&tile, 1}, {.cell_columns = columns});
        for (std::int64_t i = 0; i < length; ++i) {
            const auto shown =
                pixel(image, static_cast<int>(i % columns) * cell + 1, static_cast<int>(i / columns) * cell + 1);
            CHECK(close(shown, rgb(Colormap::Viridis, static_cast<float>(i) / static_cast<float>(length - 1))));
        }
        if (length % columns != 0)
            CHECK(pixel(image, static_cast<int>(columns) * cell - 1, static_cast<int>(rows) * cell - 1) == kBlack);
    }
}

TEST_CASE("two contents of one tensor in one frame are both drawn as they are") {
    Stage stage;
    const TensorCapture low = make_capture({1, 1, 1}, {0.0F});
    const TensorCapture high = make_capture({1, 1, 1}, {1.0F});
    const TileColors colors{.range = {.mode = RangeMode::Fixed, .fixed = {0.0F, 1.0F}}};
    const PlacedTile left = at(0, 0, 0, 10, 10);
    const PlacedTile right = at(0, 20, 0, 10, 10);
    stage.after = [&] { REQUIRE(stage.renderer->draw(ImGui::GetWindowDrawList(), high, {&right, 1}, colors).ok()); };
    const auto image = stage.frame(low, {&left, 1}, colors);
    CHECK(close(pixel(image, 5, 5), rgb(Colormap::Viridis, 0.0F)));
    CHECK(close(pixel(image, 25, 5), rgb(Colormap::Viridis, 1.0F)));
}

TEST_CASE("what ImGui draws after tiles looks as without them") {
    Stage stage;
    const TensorCapture capture = make_ramp({1, 2, 2});
    const auto shapes = [] {
        ImGui::GetWindowDrawList()->AddRectFilled({100.0F, 10.0F}, {140.0F, 50.0F}, IM_COL32(10, 200, 30, 255));
        ImGui::SetCursorPos({100.0F, 60.0F});
        ImGui::TextUnformatted("after the tiles");
    };
    stage.after = shapes;
    const PlacedTile tile = at(0, 0, 0, 50, 50);
    const auto with = stage.frame(capture, {&tile, 1}, {});
    const auto without = stage.canvas.frame([&] { test::in_bare_window(shapes); });
    for (int y = 0; y < 128; ++y)
        for (int x = 60; x < 256; ++x)
            if (pixel(with, x, y) != pixel(without, x, y)) FAIL("at " << x << ", " << y);
}

TEST_CASE("a tensor that cannot be drawn says why, and the frame goes on") {
    Stage stage;
    TensorCapture incomplete = make_ramp({1, 2, 2});
    incomplete.values.clear();
    const PlacedTile tile = at(0, 0, 0, 10, 10);
    stage.renderer->begin_frame();
    stage.canvas.frame([&] {
        test::in_bare_window([&] {
            const auto drawn = stage.renderer->draw(ImGui::GetWindowDrawList(), incomplete, {&tile, 1}, {});
            REQUIRE_FALSE(drawn.ok());
            CHECK(drawn.error().message.find("1x2x2") != std::string::npos);
        });
    });
    stage.renderer->end_frame();
    CHECK(stage.renderer->counters().draw_calls == 0);
}
