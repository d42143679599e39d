#include "engine/train/value_statistics.h"

#include "tests/support/catch.h"
#include "tests/support/no_numbers.h"

#include <cmath>
#include <random>

using namespace convscope;

namespace {

// The definition, in double precision and two passes.
ValueStatistics by_definition(const std::vector<float>& values) {
    ValueStatistics result;
    double sum = 0.0, squares = 0.0, zeros = 0.0, count = 0.0;
    for (const float value : values) {
        if (!std::isfinite(value)) {
            ++result.non_finite;
            continue;
        }
        if (count == 0.0) result.minimum = result.maximum = value;
        result.minimum = std::min(result.minimum, value);
        result.maximum = std::max(result.maximum, value);
        sum += value;
        zeros += value == 0.0F ? 1.0 : 0.0;
        ++count;
    }
    if (count == 0.0) return result;
    for (const float value : values)
        if (std::isfinite(value)) squares += (value - sum / count) * (value - sum / count);
    result.mean = static_cast<float>(sum / count);
    result.deviation = static_cast<float>(std::sqrt(squares / count));
    result.zero_fraction = static_cast<float>(zeros / count);
    return result;
}

void require_equal(const ValueStatistics& ours, const ValueStatistics& expected) {
    REQUIRE(ours.minimum == expected.minimum);
    REQUIRE(ours.maximum == expected.maximum);
    REQUIRE(ours.mean == Approx(expected.mean).epsilon(1e-5).margin(1e-7));
    REQUIRE(ours.deviation == Approx(expected.deviation).epsilon(1e-5).margin(1e-7));
    REQUIRE(ours.zero_fraction == Approx(expected.zero_fraction));
    REQUIRE(ours.non_finite == expected.non_finite);
}

}  // namespace

TEST_CASE("statistics are those of the definition, whatever the length, with zeros and values that are not finite") {
    std::minstd_rand random(3);
    for (const std::size_t size : {1, 2, 15, 16, 17, 100, 2048, 2049, 100000}) {
        std::vector<float> values(size);
        for (float& value : values) value = 1000.0F + static_cast<float>(random() % 1000) / 100.0F;
        require_equal(value_statistics(values), by_definition(values));
        values[size / 2] = kNan;
        values[0] = 0.0F;
        if (size > 20) values[size - 3] = -kInfinity;
        require_equal(value_statistics(values), by_definition(values));
    }
}

TEST_CASE("statistics of nothing, or of nothing finite, are zeros that count what was left out") {
    require_equal(value_statistics({}), ValueStatistics{});
    const std::vector<float> values{kNan, kInfinity};
    REQUIRE(value_statistics(values).non_finite == 2);
    REQUIRE(value_statistics(values).maximum == 0.0F);
}

TEST_CASE("each plane of a capture has its own statistics, and the whole has those of all") {
    TensorCapture capture;
    capture.shape = Shape{2, 2, 3, 3};
    for (int i = 0; i < 36; ++i) capture.values.push_back(static_cast<float>(i * i % 17));
    fill_statistics(capture);
    REQUIRE(capture.planes.size() == 4);
    require_equal(capture.planes[2], by_definition({capture.values.begin() + 18, capture.values.begin() + 27}));
    require_equal(capture.whole, by_definition(capture.values));
}
