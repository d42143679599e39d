#include "engine/core/float_order.h"

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

using namespace convscope;

TEST_CASE("floats are ordered from the largest to the smallest, equal ones as they lie, and what is no number last") {
    const float infinity = std::numeric_limits<float>::infinity();
    const float none = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> values{0.5F, none, -1.0F, 0.5F, -0.0F, infinity, 0.0F, -infinity, 1e-40F, -none, -2.0F};
    FloatOrder order;
    const auto places = order.descending(values);
    CHECK(std::vector<std::uint32_t>(places.begin(), places.end()) ==
          std::vector<std::uint32_t>{5, 0, 3, 8, 4, 6, 2, 10, 7, 1, 9});
}

TEST_CASE("many floats are in the order of a stable sort, and ordering them again allocates nothing") {
    std::mt19937 random(7);
    std::vector<float> values(20'000);
    for (float& value : values) value = static_cast<float>(static_cast<int>(random() % 4001) - 2000) / 999.0F;
    std::vector<std::uint32_t> expected(values.size());
    std::iota(expected.begin(), expected.end(), 0U);
    std::stable_sort(expected.begin(), expected.end(), [&](auto a, auto b) { return values[a] > values[b]; });
    FloatOrder order;
    CHECK(std::ranges::equal(order.descending(values), expected));
    const std::int64_t before = test::allocations_of_this_thread();
    order.descending(values);
    CHECK(test::allocations_of_this_thread() == before);
    CHECK(order.descending({}).empty());
}
