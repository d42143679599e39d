// What strokes and sheets are found with, on planes whose answers can be counted.
#include "engine/data/plane.h"

#include "tests/support/catch.h"

#include <algorithm>

using namespace convscope;

TEST_CASE("thresholds lie between the kinds of values, however many there are of each") {
    std::vector<float> values(90, 10.0F);
    values.insert(values.end(), 10, 200.0F);
    CHECK(threshold_of(values) > 10.0F);
    CHECK(threshold_of(values) <= 200.0F);
    values.insert(values.end(), 300, 90.0F);
    const auto [lower, upper] = two_thresholds_of(values);
    CHECK(lower > 10.0F);
    CHECK(lower <= 90.0F);
    CHECK(upper > 90.0F);
    CHECK(upper <= 200.0F);
    // Of two kinds both sides are whole, and of one there is nothing below.
    const auto [below, above] = two_thresholds_of({3.0F, 3.0F, 8.0F, 8.0F, 8.0F});
    CHECK(below > 3.0F);
    CHECK(above <= 8.0F);
    CHECK(two_thresholds_of({5.0F, 5.0F}) == std::pair(5.0F, 5.0F));
    CHECK(threshold_of({5.0F, 5.0F}) == 5.0F);
}

TEST_CASE("the widest disc is bounded by what is no part, not by the picture's border") {
    Mask strip(20 * 9);
    for (std::size_t row = 0; row < 9; ++row)
        for (std::size_t column = 6; column < 11; ++column) strip[row * 20 + column] = true;
    CHECK(widest(strip, 9, 20) == 3.0F);
    strip.flip();
    CHECK(widest(strip, 9, 20) == 9.0F);  // the right corner is nine pixels from the strip
    CHECK(widest(Mask(180), 9, 20) == 0.0F);
    CHECK(widest(Mask(180, true), 9, 20) >= 20.0F);
}

TEST_CASE("pieces hang together by corners too, and know the border") {
    Mask mask(5 * 5);
    for (const std::size_t place : {6, 12, 24}) mask[place] = true;  // two in a diagonal, and one in the corner
    mask[18] = true;                                                 // which joins them
    CHECK(pieces_of(mask, 5, 5).size() == 1);
    mask[18] = false;
    const std::vector<Piece> pieces = pieces_of(mask, 5, 5);
    REQUIRE(pieces.size() == 2);
    CHECK(pieces[0].pixels == std::vector<std::int64_t>{6, 12});
    CHECK_FALSE(pieces[0].on_border);
    CHECK(pieces[1].on_border);
}

TEST_CASE("dilation and erosion take the square around, as much of it as there is") {
    Plane plane(3, 5);
    plane.at(1, 2) = 7.0F;
    CHECK(std::ranges::count(highest(plane, 1).values, 7.0F) == 9);
    CHECK(std::ranges::count(lowest(highest(plane, 1), 1).values, 7.0F) == 3);  // the rows above and below do not count
    CHECK(smoothed(plane, 1).at(0, 1) == Approx(7.0F / 6.0F));
}
