#include "viz/view/drawing_pad.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace convscope;

namespace {

constexpr std::int64_t kSide = DrawingPad::kSide;

int ink_at(const DrawingPad& pad, float x, float y) {
    const auto pixel = [](float at) {
        return std::min<std::int64_t>(kSide - 1, static_cast<std::int64_t>(at * kSide));
    };
    return pad.ink()[static_cast<std::size_t>(pixel(y) * kSide + pixel(x))];
}

double all_ink(const DrawingPad& pad) { return std::accumulate(pad.ink().begin(), pad.ink().end(), 0.0) / 255.0; }

void draw_line(DrawingPad& pad, const PadPen& pen, PadPoint from, PadPoint to) {
    pad.begin_stroke(pen, from);
    pad.go_on(to);
}

}  // namespace

TEST_CASE("A stroke is as wide as its pen, round at its ends, and soft at its edge") {
    DrawingPad pad;
    const PadPen pen{.width = 0.1F};
    draw_line(pad, pen, {0.3F, 0.5F}, {0.7F, 0.5F});
    CHECK(ink_at(pad, 0.5F, 0.5F) == 255);
    CHECK(ink_at(pad, 0.5F, 0.54F) == 255);
    CHECK(ink_at(pad, 0.5F, 0.56F) == 0);
    CHECK(ink_at(pad, 0.26F, 0.5F) == 255);
    CHECK(ink_at(pad, 0.24F, 0.5F) == 0);
    CHECK(ink_at(pad, 0.255F, 0.545F) == 0);  // a corner that a square end would have
    const double width = 0.1 * kSide;
    const double area = 0.4 * kSide * width + 3.14159 * width * width / 4.0;
    CHECK(all_ink(pad) == Approx(area).epsilon(0.02));
    CHECK(std::any_of(pad.ink().begin(), pad.ink().end(), [](int ink) { return ink > 0 && ink < 255; }));
}

TEST_CASE("A click is a dot, and a stroke that crosses itself is no darker") {
    DrawingPad pad;
    pad.begin_stroke({.width = 0.2F}, {0.5F, 0.5F});
    CHECK(all_ink(pad) == Approx(3.14159 * 0.01 * kSide * kSide).epsilon(0.02));
    const double before = all_ink(pad);
    pad.go_on({0.5F, 0.5F});
    pad.begin_stroke({.width = 0.2F}, {0.5F, 0.5F});
    CHECK(all_ink(pad) == before);
}

TEST_CASE("The eraser takes ink away, and undo brings it back stroke by stroke") {
    DrawingPad pad;
    const PadPen pen{.width = 0.1F}, eraser{.width = 0.1F, .erases = true};
    draw_line(pad, pen, {0.2F, 0.5F}, {0.8F, 0.5F});
    const double drawn = all_ink(pad);
    draw_line(pad, eraser, {0.5F, 0.2F}, {0.5F, 0.8F});
    CHECK(ink_at(pad, 0.5F, 0.5F) == 0);
    CHECK(ink_at(pad, 0.3F, 0.5F) == 255);
    CHECK(all_ink(pad) < drawn);
    const std::uint64_t revision = pad.revision();
    pad.undo();
    CHECK(all_ink(pad) == drawn);
    CHECK(pad.revision() != revision);
    pad.undo();
    CHECK(pad.empty());
    CHECK_FALSE(pad.can_undo());
    pad.undo();
    CHECK(pad.empty());
}

TEST_CASE("What was cleared away comes back with undo, and what is drawn behind it is drawn on empty paper") {
    DrawingPad pad;
    draw_line(pad, {}, {0.2F, 0.2F}, {0.8F, 0.8F});
    const double drawn = all_ink(pad);
    pad.clear();
    CHECK(pad.empty());
    pad.go_on({0.9F, 0.1F});  // of the stroke that is gone
    CHECK(pad.empty());
    pad.clear();  // there is nothing to clear
    draw_line(pad, {}, {0.5F, 0.2F}, {0.5F, 0.8F});
    CHECK(ink_at(pad, 0.25F, 0.25F) == 0);
    pad.undo();
    CHECK(pad.empty());
    pad.undo();
    CHECK(all_ink(pad) == drawn);
}

TEST_CASE("Points beside the pad are moved to its rim, and what is no number draws nothing") {
    DrawingPad pad;
    draw_line(pad, {.width = 0.1F}, {0.5F, -3.0F}, {0.5F, 7.0F});
    CHECK(ink_at(pad, 0.5F, 0.0F) == 255);
    CHECK(ink_at(pad, 0.5F, 0.999F) == 255);
    const std::uint64_t revision = pad.revision();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    pad.begin_stroke({}, {nan, 0.5F});
    pad.go_on({0.5F, std::numeric_limits<float>::infinity()});
    CHECK(pad.revision() == revision);
    pad.begin_stroke({.width = 90.0F}, {0.0F, 0.0F});
    CHECK(ink_at(pad, 0.5F, 0.5F) == 255);  // the line
    CHECK(ink_at(pad, 0.3F, 0.3F) == 0);    // the widest pen there is
}

TEST_CASE("The picture of a pad has its margin of paper around it") {
    DrawingPad pad;
    draw_line(pad, {}, {0.0F, 0.0F}, {1.0F, 1.0F});
    const DrawnPicture bare = pad.picture(0), framed = pad.picture(8);
    CHECK(bare.width == kSide);
    CHECK(std::equal(bare.pixels.begin(), bare.pixels.end(), pad.ink().begin(), pad.ink().end()));
    REQUIRE(framed.height == kSide + 16);
    REQUIRE(std::ssize(framed.pixels) == framed.height * framed.width);
    CHECK(std::all_of(framed.pixels.begin(), framed.pixels.begin() + 8 * framed.width,
                      [](int pixel) { return pixel == 0; }));
    CHECK(framed.pixels[static_cast<std::size_t>(8 * framed.width + 8)] == 255);
}
