#include "engine/api/metric_series.h"

#include "engine/api/run_history.h"
#include "tests/support/catch.h"
#include "tests/support/no_numbers.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace convscope;

namespace {

SeriesBin brute_force(const std::vector<float>& values, std::int64_t first, std::int64_t last) {
    SeriesBin bin;
    double sum = 0.0;
    for (std::int64_t i = std::max<std::int64_t>(1, first); i <= std::min<std::int64_t>(last, std::ssize(values));
         ++i) {
        const float value = values[static_cast<std::size_t>(i - 1)];
        if (!std::isfinite(value)) continue;
        bin.minimum = bin.count ? std::min(bin.minimum, value) : value;
        bin.maximum = bin.count ? std::max(bin.maximum, value) : value;
        sum += static_cast<double>(value);
        ++bin.count;
    }
    if (bin.count) bin.mean = static_cast<float>(sum / static_cast<double>(bin.count));
    return bin;
}

void check_same(const SeriesBin& found, const SeriesBin& wanted) {
    REQUIRE(found.count == wanted.count);
    if (wanted.count == 0) return;
    REQUIRE(found.minimum == wanted.minimum);
    REQUIRE(found.maximum == wanted.maximum);
    REQUIRE(found.mean == Approx(wanted.mean).margin(1e-5));
}

std::vector<float> random_values(std::size_t count, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
        const auto kind = random() % 50;
        values.push_back(kind == 0 ? kNan : kind == 1 ? std::numeric_limits<float>::infinity() : normal(random));
    }
    return values;
}

MetricSeries series_of(const std::vector<float>& values) {
    MetricSeries series;
    for (float value : values) series.push_back(value);
    return series;
}

}  // namespace

TEST_CASE("a series of which nothing has thinned out answers every stretch as looking at all values does") {
    std::mt19937 random(7);
    for (std::size_t count : {1U, 7U, 64U, 511U, 4099U, 16'384U}) {
        const std::vector<float> values = random_values(count, static_cast<std::uint32_t>(count));
        const MetricSeries series = series_of(values);
        for (int i = 0; i < 100; ++i) {
            const std::int64_t first = static_cast<std::int64_t>(random() % (count + 4)) - 2;
            const std::int64_t last = first + static_cast<std::int64_t>(random() % (count + 2));
            check_same(series.bin(first, last), brute_force(values, first, last));
        }
        check_same(series.bin(1, std::ssize(values)), brute_force(values, 1, std::ssize(values)));
    }
}

TEST_CASE(
    "however long a run, its newest values are exact, and blocks of older ones have the extremes and mean they had") {
    const std::vector<float> values = random_values(1'000'000, 5);
    const MetricSeries series = series_of(values);
    REQUIRE(series.size() == 1'000'000);
    for (std::int64_t i = 1'000'000 - 4095; i <= 1'000'000; ++i) {
        const float wanted = values[static_cast<std::size_t>(i - 1)];
        REQUIRE(series.stretch(i).exact());
        REQUIRE((std::isnan(wanted) ? std::isnan(series.at(i)) : series.at(i) == wanted));
    }
    const MetricSeries::Stretch oldest = series.stretch(1);
    CHECK_FALSE(oldest.exact());
    for (std::int64_t size = oldest.last; size <= 1'000'000; size *= 2)
        for (std::int64_t first = 1; first <= 1'000'000; first += size)
            check_same(series.bin(first, first + size - 1), brute_force(values, first, first + size - 1));
    const MetricSeries::Stretch middle = series.stretch(500'000);
    CHECK(middle.first <= 500'000);
    CHECK(middle.last >= 500'000);
    check_same(middle.bin, brute_force(values, middle.first, middle.last));
    CHECK(series.at(500'000) == middle.bin.mean);
    check_same(series.bin(500'000, 500'000), middle.bin);
}

TEST_CASE("a single outlier among millions is seen at any zoom") {
    MetricSeries series;
    constexpr std::int64_t kCount = 3'000'000;
    for (std::int64_t i = 1; i <= kCount; ++i) series.push_back(i == 654'321 ? -5.0F : i == 123'456 ? 9.0F : 1.0F);
    CHECK(series.bin(1, kCount).minimum == -5.0F);
    CHECK(series.bin(1, kCount).maximum == 9.0F);
    CHECK(series.bin(1, kCount).count == kCount);
    CHECK(series.bin(1'000'000, kCount).minimum == 1.0F);
    CHECK(series.stretch(123'456).bin.maximum == 9.0F);
    CHECK(series.stretch(654'321).bin.minimum == -5.0F);
}

TEST_CASE("a stretch without a finite value counts nothing") {
    MetricSeries series;
    for (int i = 0; i < 40'000; ++i) series.push_back(kNan);
    CHECK(series.bin(1, 20).count == 0);
    CHECK(series.bin(30, 50'000).count == 0);
    CHECK(series.bin(5, 4).count == 0);
    CHECK(std::isnan(series.at(20)));
    CHECK(std::isnan(series.at(40'000)));
}

TEST_CASE("a run's history takes each iteration once and shows what never came as a gap") {
    RunHistory history;
    history.add({.iteration = 2, .loss = 0.5F, .accuracy = 0.25F});
    history.add({.iteration = 2, .loss = 7.0F, .accuracy = 7.0F});
    history.add({.iteration = 1, .loss = 7.0F, .accuracy = 7.0F});
    history.add({.iteration = 3, .loss = 0.75F, .accuracy = 0.5F});
    CHECK(history.iterations() == 3);
    CHECK(std::isnan(history.loss.at(1)));
    CHECK(history.loss.at(2) == 0.5F);
    CHECK(history.accuracy.at(3) == 0.5F);
}
