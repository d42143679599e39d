#include "engine/core/clock.h"

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"

using namespace convscope;

TEST_CASE("a manual clock moves only when told to") {
    ManualClock clock;
    const TimePoint start = clock.now();
    CHECK(clock.now() == start);
    clock.advance(std::chrono::milliseconds(1500));
    CHECK(seconds_between(start, clock.now()) == Approx(1.5));
}

TEST_CASE("the steady clock does not run backwards") {
    const SteadyClock clock;
    const TimePoint first = clock.now();
    CHECK(clock.now() >= first);
}

TEST_CASE("samples without any have neither mean nor percentile") {
    const RollingSamples samples(3);
    CHECK(samples.count() == 0);
    CHECK(samples.mean() == 0.0);
    CHECK(samples.percentile(0.5) == 0.0);
}

TEST_CASE("samples are summarised over those that fit, oldest forgotten first") {
    RollingSamples samples(4);
    for (double value : {1000.0, 1.0, 4.0}) samples.add(value);
    CHECK(samples.count() == 3);
    CHECK(samples.mean() == Approx(335.0));
    for (double value : {3.0, 2.0}) samples.add(value);
    CHECK(samples.count() == 4);
    CHECK(samples.mean() == Approx(2.5));
}

TEST_CASE("percentiles are values that occurred") {
    RollingSamples samples(101);
    for (int i = 100; i >= 0; --i) samples.add(i);
    CHECK(samples.percentile(0.0) == 0.0);
    CHECK(samples.percentile(0.5) == 50.0);
    CHECK(samples.percentile(0.99) == 99.0);
    CHECK(samples.percentile(1.0) == 100.0);
}
