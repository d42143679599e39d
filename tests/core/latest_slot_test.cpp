#include "engine/core/latest_slot.h"

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"

#include <vector>

using namespace convscope;

TEST_CASE("a slot is empty, and counts as taken, before the first publication") {
    LatestSlot<int> slot;
    CHECK(slot.fetch() == nullptr);
    CHECK(slot.taken());
}

TEST_CASE("the newest published value is fetched, and fetched again while nothing is newer") {
    LatestSlot<int> slot;
    slot.publish(std::make_shared<int>(1));
    slot.publish(std::make_shared<int>(2));
    CHECK(*slot.fetch() == 2);
    const int* first = slot.fetch().get();
    CHECK(slot.fetch().get() == first);
    slot.publish(std::make_shared<int>(3));
    CHECK(*slot.fetch() == 3);
}

TEST_CASE("the publisher sees when the last value was taken") {
    LatestSlot<int> slot;
    slot.publish(std::make_shared<int>(1));
    CHECK_FALSE(slot.taken());
    slot.fetch();
    CHECK(slot.taken());
    slot.publish(std::make_shared<int>(2));
    CHECK_FALSE(slot.taken());
}

TEST_CASE("a fetched value outlives later publications for as long as its reader keeps it") {
    LatestSlot<int> slot;
    slot.publish(std::make_shared<int>(1));
    const std::shared_ptr<const int> kept = slot.fetch();
    for (int i = 2; i < 10; ++i) {
        slot.publish(std::make_shared<int>(i));
        slot.fetch();
    }
    CHECK(*kept == 1);
    CHECK(kept.use_count() == 1);
}

TEST_CASE("at most two values besides the reader's are kept alive, however many nobody fetched") {
    LatestSlot<int> slot;
    std::vector<std::weak_ptr<const int>> published;
    for (int i = 0; i < 100; ++i) {
        auto value = std::make_shared<const int>(i);
        published.push_back(value);
        slot.publish(std::move(value));
    }
    slot.fetch();
    std::size_t alive = 0;
    for (const auto& value : published) alive += value.expired() ? 0 : 1;
    CHECK(alive <= 2);
    CHECK_FALSE(published.back().expired());
}

TEST_CASE("publishing and fetching allocate nothing") {
    LatestSlot<int> slot;
    const auto value = std::make_shared<const int>(1);
    const std::int64_t before = test::allocations_of_this_thread();
    for (int i = 0; i < 1000; ++i) {
        slot.publish(value);
        if (i % 3 == 0) slot.fetch();
    }
    CHECK(test::allocations_of_this_thread() == before);
}
