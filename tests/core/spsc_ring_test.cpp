#include "engine/core/spsc_ring.h"

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"

#include <numeric>

using namespace convscope;

namespace {

std::vector<int> numbers(int first, int last) {
    std::vector<int> values(static_cast<std::size_t>(last - first + 1));
    std::iota(values.begin(), values.end(), first);
    return values;
}

}  // namespace

TEST_CASE("values come out in the order they went in, appended to what is there") {
    SpscRing<int> ring(4);
    std::vector<int> out{0};
    for (int i = 1; i <= 3; ++i) ring.push(i);
    CHECK(ring.drain(out) == 3);
    for (int i = 4; i <= 6; ++i) ring.push(i);  // round the end of the ring
    CHECK(ring.drain(out) == 3);
    CHECK(ring.drain(out) == 0);
    CHECK(out == numbers(0, 6));
}

TEST_CASE("a full ring holds as many values as it was made for") {
    for (std::size_t capacity : {1, 2, 7}) {
        SpscRing<int> ring(capacity);
        for (std::size_t i = 0; i < capacity; ++i) ring.push(static_cast<int>(i));
        CHECK(ring.flush());
        std::vector<int> out;
        CHECK(ring.drain(out) == capacity);
    }
}

TEST_CASE("what does not fit waits its turn and nothing is lost") {
    SpscRing<int> ring(3);
    for (int i = 1; i <= 10; ++i) ring.push(i);
    CHECK_FALSE(ring.flush());
    std::vector<int> out;
    CHECK(ring.drain(out) == 3);
    ring.push(11);  // must queue behind the overflow
    while (!ring.flush()) ring.drain(out);
    ring.drain(out);
    CHECK(out == numbers(1, 11));
}

TEST_CASE("a ring whose consumer keeps up allocates nothing") {
    SpscRing<int> ring(8);
    std::vector<int> out;
    out.reserve(8);
    const std::int64_t before = test::allocations_of_this_thread();
    for (int i = 0; i < 1000; ++i) {
        ring.push(i);
        if (i % 8 == 7) {
            out.clear();
            ring.drain(out);
        }
    }
    CHECK(test::allocations_of_this_thread() == before);
}
