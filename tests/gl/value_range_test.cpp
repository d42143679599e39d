#include "viz/render/value_range.h"

#include "tests/support/catch.h"
#include "tests/support/no_numbers.h"

#include <cmath>
#include <limits>

using namespace convscope;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kHuge = std::numeric_limits<float>::max();

ValueStatistics between(float minimum, float maximum) { return {.minimum = minimum, .maximum = maximum}; }

TensorCapture two_maps() {
    TensorCapture capture;
    capture.shape = {2, 1, 2};
    capture.planes = {between(0.0F, 1.0F), between(-4.0F, 2.0F)};
    capture.whole = between(-4.0F, 2.0F);
    return capture;
}

}  // namespace

TEST_CASE("each map has its own range, or its layer's, or the fixed one") {
    const TensorCapture capture = two_maps();
    CHECK(plane_range(capture, 0, {.mode = RangeMode::PerMap}) == ValueRange{0.0F, 1.0F});
    CHECK(plane_range(capture, 1, {.mode = RangeMode::PerMap}) == ValueRange{-4.0F, 2.0F});
    CHECK(plane_range(capture, 0, {.mode = RangeMode::PerLayer}) == ValueRange{-4.0F, 2.0F});
    CHECK(plane_range(capture, 0, {.mode = RangeMode::Fixed, .fixed = {-7.0F, 9.0F}}) == ValueRange{-7.0F, 9.0F});
    CHECK(plane_range(capture, 5, {.mode = RangeMode::PerMap}) == ValueRange{-4.0F, 2.0F});
}

TEST_CASE("signed values are shown with zero in the middle") {
    CHECK(range_of(between(-4.0F, 2.0F), /*symmetric=*/true) == ValueRange{-4.0F, 4.0F});
    CHECK(range_of(between(1.0F, 2.0F), /*symmetric=*/true) == ValueRange{-2.0F, 2.0F});
    CHECK(range_of(between(0.0F, 0.0F), /*symmetric=*/true) == ValueRange{-1.0F, 1.0F});
}

TEST_CASE("a constant is shown against zero") {
    CHECK(range_of(between(0.0F, 0.0F), /*symmetric=*/false) == ValueRange{0.0F, 1.0F});
    CHECK(range_of(between(3.0F, 3.0F), /*symmetric=*/false) == ValueRange{0.0F, 3.0F});
    CHECK(range_of(between(-3.0F, -3.0F), /*symmetric=*/false) == ValueRange{-3.0F, 0.0F});
}

TEST_CASE("whatever the statistics, the range can be divided by") {
    for (const float low : {kNan, -kInf, -kHuge, -1.0F, -1e-45F, 0.0F, 1e-45F, 1.0F})
        for (const float high : {kNan, kInf, kHuge, 1.0F, 1e-45F, 0.0F, -1.0F, -kInf})
            for (const bool symmetric : {false, true}) {
                CAPTURE(low, high, symmetric);
                const ValueRange range = range_of(between(low, high), symmetric);
                CHECK(std::isnormal(range.maximum - range.minimum));
                CHECK(range.maximum > range.minimum);
                CHECK(range.position(range.minimum) == 0.0F);
                CHECK(range.position(range.maximum) == 1.0F);
            }
}

TEST_CASE("a fixed range that makes no sense still draws") {
    for (const ValueRange fixed : {ValueRange{2.0F, 2.0F}, ValueRange{3.0F, 1.0F}, ValueRange{kNan, kNan}}) {
        const ValueRange range = plane_range(two_maps(), 0, {.mode = RangeMode::Fixed, .fixed = fixed});
        CHECK(range.maximum > range.minimum);
    }
}
