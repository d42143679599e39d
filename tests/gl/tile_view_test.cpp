#include "viz/widgets/tile_view.h"

#include "tests/gl/sample_capture.h"
#include "tests/support/catch.h"
#include "tests/support/egl_context.h"

#include <limits>
#include <optional>

using namespace convscope;
using convscope::test::make_ramp;

namespace {

// A view that fills a canvas of 400 x 300, driven by hand.
struct Stage {
    TileViewResult frame() {
        TileViewResult result;
        renderer->begin_frame();
        canvas.frame([&] {
            test::in_bare_window([&] {
                result = tile_view("view", capture, state, options, *renderer, palette, 1.0F, ImVec2(0.0F, 0.0F));
            });
        });
        renderer->end_frame();
        CHECK(glGetError() == GL_NO_ERROR);
        return result;
    }
    // ImGui learns in one frame what the mouse points at in the next.
    TileViewResult frame_at(float x, float y) {
        canvas.move_mouse(x, y);
        frame();
        return frame();
    }
    // The middle of a cell on the screen, from what was drawn last.
    ImVec2 middle(std::int64_t plane, std::int64_t row, std::int64_t column) const {
        for (const PlacedTile& tile : state.tiles)
            if (tile.plane == plane)
                return {tile.x + tile.width * (static_cast<float>(column) + 0.5F) /
                                     static_cast<float>(capture.plane_width()),
                        tile.y + tile.height * (static_cast<float>(row) + 0.5F) /
                                     static_cast<float>(capture.plane_height())};
        FAIL("plane " << plane << " is not in view");
        return {};
    }
    void click(bool and_again = false) {
        for (int i = 0; i < (and_again ? 2 : 1); ++i) {
            canvas.press_mouse(true);
            frame();
            canvas.press_mouse(false);
            clicked = frame().clicked_plane;
        }
    }

    test::EglContext context;
    test::ImGuiCanvas canvas{400, 300};
    gfx::ShaderLibrary shaders{gfx::embedded_shaders()};
    std::unique_ptr<TileRenderer> renderer = TileRenderer::create(shaders).value();
    Palette palette{};
    TensorCapture capture = make_ramp({12, 8, 8});
    TileViewState state;
    TileViewOptions options;
    std::int64_t clicked = -1;
};

}  // namespace

TEST_CASE("every plane is in view at first, and the mouse reads the exact value under it") {
    Stage stage;
    stage.frame();
    CHECK(stage.state.tiles.size() == 12);
    const ImVec2 place = stage.middle(7, 3, 5);
    const auto result = stage.frame_at(place.x, place.y);
    REQUIRE(result.hover);
    CHECK(result.hover->plane == 7);
    CHECK(result.hover->row == 3);
    CHECK(result.hover->column == 5);
    CHECK(result.hover->value == static_cast<float>(7 * 64 + 3 * 8 + 5));
    CHECK_FALSE(stage.frame_at(399.0F, 299.0F).hover);
}

TEST_CASE("the wheel zooms around the mouse, and a double click shows everything again") {
    Stage stage;
    stage.frame();
    const ImVec2 place = stage.middle(7, 3, 5);
    stage.frame_at(place.x, place.y);
    for (int i = 0; i < 8; ++i) {
        stage.canvas.turn_wheel(1.0F);
        const auto result = stage.frame();
        REQUIRE(result.hover);
        CHECK(result.hover->plane == 7);
        CHECK(result.hover->row == 3);
        CHECK(result.hover->column == 5);
    }
    CHECK(stage.state.zoom > 30.0F);
    CHECK(stage.state.tiles.size() < 12);
    stage.canvas.turn_wheel(-100.0F);
    stage.frame();
    CHECK(stage.state.zoom == 0.0F);
    stage.canvas.turn_wheel(3.0F);
    stage.frame();
    CHECK(stage.state.zoom > 0.0F);
    stage.click(/*and_again=*/true);
    CHECK(stage.state.zoom == 0.0F);
    CHECK(stage.state.tiles.size() == 12);
}

TEST_CASE("dragging moves the content with the mouse and is no click, a click is") {
    Stage stage;
    stage.frame();
    const ImVec2 place = stage.middle(5, 4, 4);
    stage.frame_at(place.x, place.y);
    stage.click();
    CHECK(stage.clicked == 5);

    stage.canvas.turn_wheel(6.0F);
    for (int i = 0; i < 30; ++i) stage.frame();  // half a second: the next press is no double click
    const auto before = stage.frame();
    stage.canvas.press_mouse(true);
    stage.frame();
    stage.canvas.move_mouse(place.x - 40.0F, place.y - 25.0F);
    stage.frame();
    const auto during = stage.frame();
    stage.canvas.press_mouse(false);
    const auto after = stage.frame();
    CHECK(after.clicked_plane == -1);
    REQUIRE(during.hover);
    REQUIRE(before.hover);
    CHECK(during.hover->plane == before.hover->plane);
    CHECK(during.hover->row == before.hover->row);
    CHECK(during.hover->column == before.hover->column);
}

TEST_CASE("content cannot be dragged out of its view, nor at all when it fits") {
    Stage stage;
    stage.frame();
    const ImVec2 place = stage.middle(5, 4, 4);
    stage.frame_at(place.x, place.y);
    stage.canvas.press_mouse(true);
    stage.frame();
    stage.canvas.move_mouse(place.x + 5000.0F, place.y + 5000.0F);
    stage.frame();
    CHECK(stage.state.scroll.x == 0.0F);
    CHECK(stage.state.scroll.y == 0.0F);
    CHECK(stage.state.tiles.size() == 12);  // what fits does not move
    stage.canvas.press_mouse(false);
    stage.frame_at(place.x, place.y);
    stage.canvas.turn_wheel(1.0F);
    stage.frame();
    for (const float distance : {5000.0F, -5000.0F}) {
        stage.canvas.move_mouse(place.x, place.y);
        stage.frame();
        stage.canvas.press_mouse(true);
        stage.frame();
        stage.canvas.move_mouse(place.x + distance, place.y + distance);
        stage.frame();
        stage.canvas.press_mouse(false);
        stage.frame();
        CHECK_FALSE(stage.state.tiles.empty());
    }
}

TEST_CASE("the wheel over a view does not scroll the panel around it") {
    Stage stage;
    float panel_scroll = 0.0F;
    const auto frame = [&] {
        stage.renderer->begin_frame();
        stage.canvas.frame([&] {
            ImGui::SetNextWindowPos({0.0F, 0.0F});
            ImGui::SetNextWindowSize({400.0F, 300.0F});
            ImGui::Begin("panel");
            tile_view("view", stage.capture, stage.state, stage.options, *stage.renderer, stage.palette, 1.0F,
                      {380.0F, 200.0F});
            ImGui::Dummy({10.0F, 2000.0F});
            panel_scroll = ImGui::GetScrollY();
            ImGui::End();
        });
        stage.renderer->end_frame();
    };
    frame();
    stage.canvas.move_mouse(60.0F, 80.0F);
    frame();
    for (const float notches : {1.0F, 2.0F, -1.0F, -5.0F}) {
        stage.canvas.turn_wheel(notches);
        frame();
        frame();
        CHECK(panel_scroll == 0.0F);
    }
}

TEST_CASE("chosen planes are shown in the chosen order") {
    Stage stage;
    const std::int64_t planes[] = {9, 2, 4};
    stage.options.planes = planes;
    stage.frame();
    REQUIRE(stage.state.tiles.size() == 3);
    CHECK(stage.state.tiles[0].plane == 9);
    CHECK(stage.state.tiles[1].plane == 2);
    const ImVec2 place = stage.middle(2, 1, 1);
    const auto result = stage.frame_at(place.x, place.y);
    REQUIRE(result.hover);
    CHECK(result.hover->plane == 2);
    CHECK(result.hover->value == static_cast<float>(2 * 64 + 9));
}

TEST_CASE("vectors, matrices, 1x1 kernels and values that are not numbers are all drawn") {
    Stage stage;
    for (const Shape& shape :
         {Shape{10}, Shape{2000}, Shape{10, 500}, Shape{20, 10, 1, 1}, Shape{1, 28, 28}, Shape{0}}) {
        stage.capture = make_ramp(shape);
        if (!stage.capture.values.empty()) stage.capture.values[0] = std::numeric_limits<float>::quiet_NaN();
        stage.state = {};
        stage.frame();
        stage.frame_at(20.0F, 20.0F);
        stage.canvas.turn_wheel(30.0F);  // numbers in the cells
        stage.frame();
        CHECK(stage.renderer->counters().draw_calls == (shape.element_count() > 0 ? 1 : 0));
    }
}
