#include "viz/widgets/plot_series.h"

#include "tests/support/catch.h"

#include <cmath>
#include <limits>
#include <vector>

using namespace convscope;

namespace {

MetricSeries ramp(std::int64_t count) {
    MetricSeries series;
    for (std::int64_t i = 1; i <= count; ++i) series.push_back(static_cast<float>(i));
    return series;
}

}  // namespace

TEST_CASE("a smoothed constant is that constant from the first value on") {
    MetricSeries series;
    for (int i = 0; i < 50; ++i) series.push_back(2.5F);
    SmoothedSeries smoothed;
    smoothed.update(series, RunId{1}, 0.95F);
    REQUIRE(smoothed.values().size() == 50);
    for (std::int64_t i = 1; i <= 50; ++i) CHECK(smoothed.values().at(i) == Approx(2.5));
}

TEST_CASE("smoothing weighs the past as it says") {
    MetricSeries series;
    series.push_back(4.0F);
    series.push_back(8.0F);
    SmoothedSeries smoothed;
    smoothed.update(series, RunId{1}, 0.5F);
    CHECK(smoothed.values().at(1) == Approx(4.0));
    CHECK(smoothed.values().at(2) == Approx((0.5 * 0.5 * 4.0 + 0.5 * 8.0) / (1.0 - 0.25)));
}

TEST_CASE("without smoothing the values stay as they are") {
    const MetricSeries series = ramp(20);
    SmoothedSeries smoothed;
    smoothed.update(series, RunId{1}, 0.0F);
    for (std::int64_t i = 1; i <= 20; ++i) CHECK(smoothed.values().at(i) == Approx(static_cast<double>(i)));
}

TEST_CASE("a value that is not finite leaves a gap and does not spoil what follows") {
    MetricSeries series;
    series.push_back(1.0F);
    series.push_back(std::numeric_limits<float>::quiet_NaN());
    series.push_back(1.0F);
    SmoothedSeries smoothed;
    smoothed.update(series, RunId{1}, 0.9F);
    CHECK(std::isnan(smoothed.values().at(2)));
    CHECK(smoothed.values().at(3) == Approx(1.0));
}

TEST_CASE("smoothing as values arrive equals smoothing them at once") {
    MetricSeries series;
    SmoothedSeries bit_by_bit;
    for (int i = 0; i < 300; ++i) {
        series.push_back(std::sin(static_cast<float>(i) * 0.1F));
        bit_by_bit.update(series, RunId{1}, 0.8F);
    }
    SmoothedSeries at_once;
    at_once.update(series, RunId{1}, 0.8F);
    for (std::int64_t i = 1; i <= 300; ++i) CHECK(bit_by_bit.values().at(i) == at_once.values().at(i));
}

TEST_CASE("another weight or another run starts the smoothing over and says so") {
    const MetricSeries series = ramp(10);
    SmoothedSeries smoothed;
    smoothed.update(series, RunId{1}, 0.5F);
    const std::uint64_t first = smoothed.generation();
    smoothed.update(series, RunId{1}, 0.5F);
    CHECK(smoothed.generation() == first);
    smoothed.update(series, RunId{1}, 0.9F);
    const std::uint64_t second = smoothed.generation();
    CHECK(second != first);
    smoothed.update(ramp(3), RunId{2}, 0.9F);
    CHECK(smoothed.generation() != second);
    CHECK(smoothed.values().size() == 3);
}

TEST_CASE("what has thinned out is smoothed as its mean, which the average of all values stays close to") {
    // A falling wave with noise, as losses are; the reference is made of all values, none of them thinned out.
    const std::int64_t count = 300'000;
    const float weight = GENERATE(0.5F, 0.9F, 0.99F, 0.999F);
    MetricSeries series;
    SmoothedSeries while_it_came;
    std::vector<double> exact;
    double average = 0.0;
    double remaining = 1.0;
    for (std::int64_t i = 1; i <= count; ++i) {
        const auto t = static_cast<double>(i);
        const double value = 2.0 / (1.0 + t / 5'000.0) + 0.2 * std::sin(t / 7'000.0) + 0.1 * std::sin(t * 1.7);
        series.push_back(static_cast<float>(value));
        average = static_cast<double>(weight) * average + (1.0 - static_cast<double>(weight)) * value;
        remaining *= static_cast<double>(weight);
        exact.push_back(average / (1.0 - remaining));
        if (i % 50 == 0) while_it_came.update(series, RunId{1}, weight);
    }
    SmoothedSeries afterwards;
    afterwards.update(series, RunId{1}, weight);
    REQUIRE(while_it_came.values().size() == count);
    REQUIRE(afterwards.values().size() == count);
    for (std::int64_t i = 1; i <= count;) {
        const MetricSeries::Stretch stretch = series.stretch(i);
        double mean = 0.0;
        for (std::int64_t t = stretch.first; t <= stretch.last; ++t) mean += exact[static_cast<std::size_t>(t - 1)];
        mean /= static_cast<double>(stretch.last - stretch.first + 1);
        REQUIRE(while_it_came.values().stretch(i).last == stretch.last);
        REQUIRE(static_cast<double>(while_it_came.values().at(i)) == Approx(mean).margin(1e-4));
        // Within what the values of a stretch spread, at the very beginning too.
        const double spread = static_cast<double>(stretch.bin.maximum - stretch.bin.minimum);
        REQUIRE(std::abs(static_cast<double>(afterwards.values().at(i)) - mean) <= 0.02 + 0.1 * spread);
        i = stretch.last + 1;
    }
    CHECK(afterwards.values().at(count) == Approx(exact.back()).margin(1e-3));
}

TEST_CASE("a series that thinned out while nobody looked is smoothed from its beginning again") {
    MetricSeries series = ramp(100);
    SmoothedSeries smoothed;
    smoothed.update(series, RunId{1}, 0.9F);
    const std::uint64_t before = smoothed.generation();
    while (series.size() < 200'000) series.push_back(1.0F);
    smoothed.update(series, RunId{1}, 0.9F);
    CHECK(smoothed.generation() != before);
    CHECK(smoothed.values().size() == 200'000);
    CHECK(smoothed.values().list().levels() == series.list().levels());
    CHECK(smoothed.values().at(200'000) == Approx(1.0));
}

TEST_CASE("cached bins equal fresh ones while a series grows and the view follows it") {
    MetricSeries series;
    BinCache cache;
    for (std::int64_t i = 1; i <= 700; ++i) {
        series.push_back(static_cast<float>((i * 37) % 101));
        if (i % 13 != 0) continue;
        const auto last = static_cast<double>(i);
        const BinLayout layout = bin_layout({std::max(1.0, last - 300.0), last}, i, 64);
        cache.update(series, layout, 1);
        REQUIRE(static_cast<std::int64_t>(cache.bins().size()) == layout.count);
        for (std::int64_t b = 0; b < layout.count; ++b) {
            const SeriesBin fresh = series.bin(layout.first_iteration(b), layout.last_iteration(b));
            const SeriesBin& kept = cache.bins()[static_cast<std::size_t>(b)];
            CHECK(kept.count == fresh.count);
            CHECK(kept.minimum == fresh.minimum);
            CHECK(kept.maximum == fresh.maximum);
        }
    }
}

TEST_CASE("bins of another run do not survive in the cache") {
    BinCache cache;
    const BinLayout layout = bin_layout({1.0, 40.0}, 40, 20);
    cache.update(ramp(40), layout, 1);
    MetricSeries other;
    for (int i = 0; i < 40; ++i) other.push_back(-7.0F);
    cache.update(other, layout, 2);
    for (const SeriesBin& bin : cache.bins()) CHECK(bin.maximum == -7.0F);
}
