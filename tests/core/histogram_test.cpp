// Counts whose range no one has to know before.
#include "engine/api/histogram.h"
#include "tests/support/catch.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

using namespace convscope;

TEST_CASE("Every value is counted once, in the bin whose bounds it lies between, in whatever order they come") {
    std::minstd_rand random(5);
    std::vector<float> values;
    for (int i = 0; i < 5000; ++i)
        values.push_back(
            std::ldexp(static_cast<float>(random() % 2001) / 1000.0F - 1.0F, static_cast<int>(random() % 9)));
    Histogram forwards, backwards;
    forwards.add(values);
    for (auto value = values.rbegin(); value != values.rend(); ++value) backwards.add(*value);
    CHECK(forwards.counts == backwards.counts);
    CHECK(forwards.exponent == backwards.exponent);
    CHECK(forwards.count == 5000);
    CHECK(std::accumulate(forwards.counts.begin(), forwards.counts.end(), std::int64_t{0}) == 5000);
    const double width = 2.0 * forwards.range() / static_cast<double>(Histogram::kBins);
    for (std::size_t i = 0; i < Histogram::kBins; ++i) {
        const double low = -forwards.range() + width * static_cast<double>(i);
        const auto inside = std::count_if(values.begin(), values.end(), [&](float value) {
            return static_cast<double>(value) >= low && static_cast<double>(value) < low + width;
        });
        CHECK(forwards.counts[i] == inside);
    }
}

TEST_CASE("What is no number is counted by itself") {
    Histogram histogram;
    histogram.add(std::vector<float>{NAN, std::numeric_limits<float>::infinity(), 0.0F, -0.0F, 1.0F, -1.0F});
    CHECK(histogram.no_numbers == 2);
    CHECK(histogram.count == 4);
    CHECK(histogram.zeros == 2);
    CHECK(histogram.least == -1.0F);
    CHECK(histogram.largest == 1.0F);
    CHECK(histogram.mean() == 0.0);
    CHECK(histogram.exponent == 1);
}

TEST_CASE("Two histograms are brought to one range exactly, and never to a smaller one") {
    Histogram small, large;
    small.add(std::vector<float>{0.4F, -0.3F, 0.01F});
    large.add(std::vector<float>{0.4F, -0.3F, 0.01F, 100.0F});
    small.widen(large.exponent);
    small.add(100.0F);
    CHECK(small.counts == large.counts);
    small.widen(0);
    CHECK(small.exponent == large.exponent);
}
