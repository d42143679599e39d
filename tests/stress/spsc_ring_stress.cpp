#include "engine/core/spsc_ring.h"

#include "tests/support/catch.h"

#include <cstdint>
#include <thread>

using namespace convscope;

namespace {

// Pushes 1..count on another thread and drains here; returns how many values were not the next in line.
std::uint64_t transfer(std::size_t capacity, std::uint64_t count, std::uint64_t drain_every) {
    struct Value {
        std::uint64_t number;
        std::uint64_t twice;  // a torn value does not fit
    };
    SpscRing<Value> ring(capacity);
    std::thread producer([&] {
        for (std::uint64_t i = 1; i <= count; ++i) ring.push({i, 2 * i});
        while (!ring.flush()) std::this_thread::yield();
    });
    std::uint64_t received = 0, wrong = 0, idle = 0;
    std::vector<Value> values;
    while (received < count) {
        if (++idle % drain_every != 0) {
            std::this_thread::yield();
            continue;
        }
        values.clear();
        ring.drain(values);
        for (const Value& value : values) wrong += value.number == ++received && value.twice == 2 * received ? 0 : 1;
    }
    producer.join();
    return wrong;
}

}  // namespace

TEST_CASE("a ring loses nothing and keeps the order while both threads run at full speed") {
    CHECK(transfer(/*capacity=*/1024, /*count=*/2'000'000, /*drain_every=*/1) == 0);
}

TEST_CASE("a ring loses nothing when its consumer is too slow for it") {
    CHECK(transfer(/*capacity=*/7, /*count=*/300'000, /*drain_every=*/5) == 0);
    CHECK(transfer(/*capacity=*/1, /*count=*/50'000, /*drain_every=*/1) == 0);
}
