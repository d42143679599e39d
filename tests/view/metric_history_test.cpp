#include "viz/view/metric_history.h"

#include "tests/support/catch.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace convscope;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

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

IterationMetrics scalar(std::uint64_t run, std::int64_t iteration, float loss) {
    IterationMetrics metrics;
    metrics.run = RunId{run};
    metrics.iteration = iteration;
    metrics.loss = loss;
    metrics.accuracy = 1.0F - loss;
    return metrics;
}

Event run_started(std::uint64_t run) {
    auto info = std::make_shared<RunInfo>();
    info->run = RunId{run};
    return event::RunStarted{info};
}

}  // namespace

TEST_CASE("the pyramid answers every stretch as looking at all values does") {
    std::mt19937 random(7);
    for (std::size_t count : {1U, 7U, 8U, 9U, 63U, 64U, 65U, 511U, 512U, 4099U}) {
        const std::vector<float> values = random_values(count, static_cast<std::uint32_t>(count));
        MetricSeries series;
        for (float value : values) series.push_back(value);
        for (int i = 0; i < 300; ++i) {
            const auto size = static_cast<std::int64_t>(count);
            const std::int64_t first = static_cast<std::int64_t>(random() % (count + 4)) - 2;
            const std::int64_t last = first + static_cast<std::int64_t>(random() % (count + 2));
            check_same(series.bin(first, last), brute_force(values, first, last));
            check_same(series.bin(1, size), brute_force(values, 1, size));
        }
    }
}

TEST_CASE("a stretch that is asked for while values arrive is right at every length") {
    const std::vector<float> values = random_values(700, 3);
    MetricSeries series;
    for (std::size_t i = 0; i < values.size(); ++i) {
        series.push_back(values[i]);
        const std::vector<float> so_far(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i + 1));
        check_same(series.bin(1, std::ssize(so_far)), brute_force(so_far, 1, std::ssize(so_far)));
    }
}

TEST_CASE("a stretch without a finite value counts nothing") {
    MetricSeries series;
    for (int i = 0; i < 20; ++i) series.push_back(kNan);
    CHECK(series.bin(1, 20).count == 0);
    CHECK(series.bin(30, 40).count == 0);
    CHECK(series.bin(5, 4).count == 0);
    CHECK(std::isnan(series.at(20)));
}

TEST_CASE("bins share out the iterations without losing or repeating one") {
    MetricSeries series;
    for (int i = 1; i <= 1000; ++i) series.push_back(static_cast<float>(i));
    for (std::size_t bin_count : {1U, 3U, 7U, 333U, 1000U, 2500U}) {
        std::vector<SeriesBin> bins(bin_count);
        series.bins(1.0, 1000.0, bins);
        std::int64_t counted = 0;
        double sum = 0.0;
        for (const SeriesBin& bin : bins) {
            counted += bin.count;
            sum += static_cast<double>(bin.mean) * static_cast<double>(bin.count);
        }
        CHECK(counted == 1000);
        CHECK(sum == Approx(500'500.0));
    }
}

TEST_CASE("a million values keep their extremes at any zoom") {
    MetricSeries series;
    constexpr std::int64_t kCount = 1'000'000;
    for (std::int64_t i = 1; i <= kCount; ++i) series.push_back(i == 654'321 ? -5.0F : i == 123'456 ? 9.0F : 1.0F);
    CHECK(series.size() == kCount);
    CHECK(series.bin(1, kCount).minimum == -5.0F);
    CHECK(series.bin(1, kCount).maximum == 9.0F);
    CHECK(series.bin(1, kCount).count == kCount);
    CHECK(series.bin(654'322, kCount).minimum == 1.0F);
    CHECK(series.at(123'456) == 9.0F);
    std::vector<SeriesBin> bins(1200);
    series.bins(1.0, static_cast<double>(kCount), bins);
    float lowest = 1.0F;
    for (const SeriesBin& bin : bins) lowest = std::min(lowest, bin.minimum);
    CHECK(lowest == -5.0F);
}

TEST_CASE("a new run empties the history, whichever word of it arrives first") {
    const bool event_first = GENERATE(true, false);
    MetricHistory history;
    history.add(run_started(1));
    history.add(scalar(1, 1, 0.5F));
    history.add(Event(event::Changed{RunId{1}, 1, "learning rate 0.1 -> 0.2"}));
    REQUIRE(history.marks().size() == 1);
    if (event_first) {
        history.add(run_started(2));
        history.add(scalar(2, 1, 0.25F));
    } else {
        history.add(scalar(2, 1, 0.25F));
        history.add(run_started(2));
    }
    CHECK(history.marks().empty());
    REQUIRE(history.loss().size() == 1);
    CHECK(history.loss().at(1) == 0.25F);
    REQUIRE(history.run_info());
    CHECK(history.run_info()->run == RunId{2});
}

TEST_CASE("what belongs to a run that is over is dropped") {
    MetricHistory history;
    history.add(run_started(2));
    history.add(scalar(2, 1, 0.25F));
    history.add(scalar(1, 900, 3.0F));
    EvaluationMetrics old;
    old.run = RunId{1};
    history.add(Event(event::Evaluated{old}));
    CHECK(history.loss().size() == 1);
    CHECK(history.evaluations().empty());
}

TEST_CASE("a run that begins after iteration 1 has a gap before it") {
    MetricHistory history;
    history.add(scalar(1, 4, 0.5F));
    REQUIRE(history.loss().size() == 4);
    CHECK(std::isnan(history.loss().at(1)));
    CHECK(history.loss().at(4) == 0.5F);
    CHECK(history.accuracy().at(4) == 0.5F);
}
