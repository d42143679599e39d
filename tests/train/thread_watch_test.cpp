#include "engine/train/thread_settings.h"
#include "tests/support/catch.h"

using namespace convscope;

TEST_CASE("threads that keep each other from working are noticed within a second or two of training") {
    ThreadWatch watch(/*seconds_per_sample=*/1e-4);
    for (int i = 0; i < 1000; ++i) REQUIRE_FALSE(watch.add(32e-4, 32));  // as fast as one thread
    double seconds = 0.0;
    bool noticed = false;
    while (!noticed && seconds < 10.0) {
        noticed = watch.add(0.2, 32);
        seconds += 0.2;
    }
    CHECK(noticed);
    CHECK(seconds < 2.5);
}

TEST_CASE("a slow iteration now and then is no reason to give up threads") {
    ThreadWatch watch(/*seconds_per_sample=*/1e-4);
    for (int i = 0; i < 2000; ++i) REQUIRE_FALSE(watch.add(i % 100 == 0 ? 0.1 : 32e-4, 32));
}
