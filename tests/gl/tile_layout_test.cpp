#include "viz/render/tile_layout.h"

#include "tests/support/catch.h"

#include <cmath>
#include <utility>

using namespace convscope;

namespace {

TileLayoutOptions options(std::int64_t count, std::int64_t width, std::int64_t height) {
    return {.tile_count = count,
            .plane_width = width,
            .plane_height = height,
            .region_width = 700.0F,
            .region_height = 400.0F};
}

bool is_whole(float x) { return std::abs(x - std::round(x)) < 1e-3F; }

}  // namespace

TEST_CASE("whatever the tensor, by default all of it fits its region") {
    struct Case {
        std::int64_t count, width, height;
    };
    for (const Case& c : {Case{1, 1, 1}, Case{1, 3, 3}, Case{200, 3, 3}, Case{200, 1, 1}, Case{4096, 3, 3},
                          Case{10, 24, 24}, Case{512, 7, 7}, Case{1, 2000, 500}, Case{1, 500, 2000}, Case{1, 10, 1},
                          Case{1, 1000, 1}, Case{1, 30000, 1}, Case{64, 1, 20}, Case{3, 224, 224}})
        for (const float label : {0.0F, 14.0F}) {
            TileLayoutOptions wanted = options(c.count, c.width, c.height);
            wanted.label_height = label;
            wanted.label_width = 25.0F;
            const TileLayout layout = layout_tiles(wanted);
            CAPTURE(c.count, c.width, c.height, label, layout.cell, layout.columns);
            CHECK(layout.width <= 700.01F);
            CHECK(layout.height <= 400.01F);
            CHECK(layout.columns * layout.rows >= c.count);
            CHECK(layout.cell_columns * layout.cell_rows >= c.width * c.height);
            CHECK(layout.cell > 0.0F);
        }
}

TEST_CASE("small kernels have cells of whole device pixels, on whole pixels") {
    for (const float pixel : {1.0F, 0.5F}) {
        TileLayoutOptions wanted = options(20, 3, 3);
        wanted.pixel = pixel;
        const TileLayout layout = layout_tiles(wanted);
        CHECK(layout.cell >= 15.0F);
        CHECK(is_whole(layout.cell / pixel));
        for (std::int64_t tile = 0; tile < 20; ++tile) {
            CHECK(is_whole(layout.tile_rect(tile).x / pixel));
            CHECK(is_whole(layout.tile_rect(tile).y / pixel));
        }
    }
}

TEST_CASE("a single 3x3 kernel is no wall of colour, and a projector's scale makes it larger") {
    CHECK(layout_tiles(options(1, 3, 3)).cell == TileLayout::kLargestFittedCell);
    TileLayoutOptions scaled = options(1, 3, 3);
    scaled.scale = 2.0F;
    CHECK(layout_tiles(scaled).cell == 2.0F * TileLayout::kLargestFittedCell);
}

TEST_CASE("a grid prefers a full last row to a ragged one of the same size") {
    TileLayoutOptions wanted = options(20, 24, 24);
    wanted.region_width = 640.0F;
    wanted.region_height = 480.0F;
    const TileLayout layout = layout_tiles(wanted);
    CHECK(layout.columns * layout.rows == 20);
}

TEST_CASE("a caller may ask for the number of columns") {
    TileLayoutOptions wanted = options(200, 3, 3);
    wanted.columns = 10;
    const TileLayout layout = layout_tiles(wanted);
    CHECK(layout.columns == 10);
    CHECK(layout.rows == 20);
}

TEST_CASE("a short vector is one strip, a long one is wrapped after a multiple of ten") {
    const TileLayout ten = layout_tiles(options(1, 10, 1));
    CHECK(ten.cell_rows == 1);
    CHECK(ten.cell == TileLayout::kLargestFittedCell);
    const TileLayout long_one = layout_tiles(options(1, 500, 1));
    CHECK(long_one.cell_rows > 1);
    CHECK(long_one.cell_columns % 10 == 0);
    CHECK(long_one.cell >= 15.0F);
}

TEST_CASE("what is hit in a wrapped vector is the cell that is drawn there") {
    const TileLayout layout = layout_tiles(options(1, 497, 1));
    for (const std::int64_t index : {0, 29, 30, 31, 496}) {
        const TileRect cell = layout.cell_rect(0, 0, index);
        const auto hit = layout.hit(cell.x + 0.5F * cell.width, cell.y + 0.5F * cell.height);
        REQUIRE(hit);
        CHECK(hit->row == 0);
        CHECK(hit->column == index);
    }
    // Behind the last one is nothing.
    const TileRect last = layout.cell_rect(0, 0, 496);
    CHECK_FALSE(layout.hit(last.x + 1.5F * last.width, last.y + 0.5F * last.height));
}

TEST_CASE("every cell of every tile is hit where it is drawn, and gaps and labels are hit nowhere") {
    TileLayoutOptions wanted = options(7, 5, 4);
    wanted.label_height = 14.0F;
    wanted.label_width = 20.0F;
    for (const float zoom : {0.0F, 61.0F}) {
        wanted.zoom = zoom;
        const TileLayout layout = layout_tiles(wanted);
        REQUIRE(layout.label_height > 0.0F);
        for (std::int64_t tile = 0; tile < 7; ++tile) {
            const TileRect rect = layout.tile_rect(tile);
            for (std::int64_t row = 0; row < 4; ++row)
                for (std::int64_t column = 0; column < 5; ++column) {
                    const TileRect cell = layout.cell_rect(tile, row, column);
                    for (const float inside : {0.01F, 0.5F, 0.99F}) {
                        const auto hit = layout.hit(cell.x + inside * cell.width, cell.y + inside * cell.height);
                        REQUIRE(hit);
                        CHECK(hit->tile == tile);
                        CHECK(hit->row == row);
                        CHECK(hit->column == column);
                    }
                }
            CHECK_FALSE(layout.hit(rect.x + 1.0F, rect.y - 1.0F));                // its label
            CHECK_FALSE(layout.hit(rect.x + rect.width + 1.0F, rect.y + 1.0F));   // right of it
            CHECK_FALSE(layout.hit(rect.x + 1.0F, rect.y + rect.height + 1.0F));  // below it
        }
        CHECK_FALSE(layout.hit(-1.0F, 1.0F));
        CHECK_FALSE(layout.hit(1.0F, layout.height + 5.0F));
    }
}

TEST_CASE("a matrix that would be a thread is stretched until it can be read, an image never") {
    const TileLayout wide = layout_tiles(options(1, 500, 10));
    CHECK(wide.cell_height > 5.0F * wide.cell_width);
    CHECK(wide.height <= 400.0F);
    CHECK(wide.width == Approx(700.0F));
    const TileRect cell = wide.cell_rect(0, 7, 321);
    const auto hit = wide.hit(cell.x + 0.5F * cell.width, cell.y + 0.9F * cell.height);
    REQUIRE(hit);
    CHECK(hit->row == 7);
    CHECK(hit->column == 321);
    const TileLayout tall = layout_tiles(options(1, 10, 500));
    CHECK(tall.cell_width > 5.0F * tall.cell_height);
    for (const auto& [width, height] : {std::pair{28, 28}, std::pair{30, 20}, std::pair{2000, 500}}) {
        const TileLayout layout = layout_tiles(options(1, width, height));
        CHECK(layout.cell_width == layout.cell_height);
    }
    TileLayoutOptions zoomed = options(1, 500, 10);  // square again where there is room
    zoomed.zoom = 30.0F;
    CHECK(layout_tiles(zoomed).cell_height == 30.0F);
    CHECK(layout_tiles(zoomed).cell_width == 30.0F);
}

TEST_CASE("zooming keeps the columns and what is under an anchor") {
    TileLayoutOptions wanted = options(20, 24, 24);
    const TileLayout fitted = layout_tiles(wanted);
    wanted.zoom = 3.0F * fitted.cell;
    const TileLayout zoomed = layout_tiles(wanted);
    CHECK(zoomed.columns == fitted.columns);
    CHECK(zoomed.cell == Approx(3.0F * fitted.cell).margin(1.0));
    const TileRect cell = fitted.cell_rect(13, 7, 21);
    const TileAnchor anchor = fitted.anchor(cell.x + 0.4F * cell.width, cell.y + 0.4F * cell.height);
    const auto hit = zoomed.hit(zoomed.anchor_x(anchor), zoomed.anchor_y(anchor));
    REQUIRE(hit);
    CHECK(hit->tile == 13);
    CHECK(hit->row == 7);
    CHECK(hit->column == 21);
}

TEST_CASE("a zoom smaller than what fits is what fits, and a huge one is limited") {
    TileLayoutOptions wanted = options(20, 24, 24);
    const float fitted = layout_tiles(wanted).cell;
    wanted.zoom = 0.3F * fitted;
    CHECK(layout_tiles(wanted).cell == fitted);
    wanted.zoom = 1e9F;
    CHECK(layout_tiles(wanted).cell == TileLayout::kLargestCell);
}

TEST_CASE("labels appear as soon as the tiles have room for them") {
    TileLayoutOptions wanted = options(512, 7, 7);
    wanted.label_height = 14.0F;
    wanted.label_width = 30.0F;
    const TileLayout fitted = layout_tiles(wanted);
    CHECK(fitted.label_height == 0.0F);
    wanted.zoom = 20.0F;
    CHECK(layout_tiles(wanted).label_height == 14.0F);
}

TEST_CASE("the visible tiles are those that the view touches") {
    TileLayoutOptions wanted = options(400, 8, 8);
    wanted.zoom = 30.0F;
    const TileLayout layout = layout_tiles(wanted);
    const TileRect view{.x = 500.0F, .y = 800.0F, .width = 700.0F, .height = 400.0F};
    const TileSpan span = visible_tiles(layout, view);
    for (std::int64_t tile = 0; tile < 400; ++tile) {
        const TileRect rect = layout.tile_rect(tile);
        const bool touches = rect.x < view.x + view.width && rect.x + rect.width > view.x &&
                             rect.y < view.y + view.height && rect.y + rect.height > view.y;
        const std::int64_t row = tile / layout.columns;
        const std::int64_t column = tile % layout.columns;
        const bool listed =
            row >= span.first_row && row < span.end_row && column >= span.first_column && column < span.end_column;
        if (touches) CHECK(listed);
    }
    CHECK((span.end_row - span.first_row) * (span.end_column - span.first_column) <= 16);
    const TileSpan outside = visible_tiles(layout, {.x = 1e6F, .y = 1e6F, .width = 10.0F, .height = 10.0F});
    CHECK(outside.first_row == outside.end_row);
}

TEST_CASE("no tiles, no size and no room are laid out without a word") {
    CHECK(layout_tiles(options(0, 3, 3)).tile_count == 0);
    CHECK(layout_tiles(options(3, 0, 3)).tile_count == 0);
    CHECK_FALSE(layout_tiles(options(0, 3, 3)).hit(0.0F, 0.0F));
    TileLayoutOptions narrow = options(200, 28, 28);
    narrow.region_width = 2.0F;
    narrow.region_height = -5.0F;
    CHECK(layout_tiles(narrow).cell > 0.0F);
}
