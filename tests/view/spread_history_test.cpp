// How numbers were spread, kept without growing.
#include "viz/view/spread_history.h"
#include "tests/support/catch.h"

using namespace convscope;

namespace {

Histogram one(float value) {
    Histogram histogram;
    histogram.add(value);
    return histogram;
}

}  // namespace

TEST_CASE("what is looked at later is added, what is of the past or empty is not") {
    SpreadHistory history;
    history.add(5, one(1.0F));
    history.add(9, one(2.0F));
    history.add(7, one(3.0F));
    history.add(9, one(4.0F));
    history.add(11, Histogram{});
    REQUIRE(history.until(100).size() == 2);
    CHECK(history.until(100)[1].values.largest == 2.0F);
    CHECK(history.until(8).size() == 1);
    CHECK(history.until(4).empty());
    history.clear();
    CHECK(history.until(100).empty());
}

TEST_CASE("however long it is looked at, it keeps no more moments than there is room for, from the first to the last") {
    SpreadHistory history;
    for (int i = 0; i < 10'000; ++i) history.add(i, one(static_cast<float>(i)));
    const auto moments = history.until(10'000);
    CHECK(moments.size() <= SpreadHistory::kMost);
    CHECK(moments.size() > SpreadHistory::kMost / 3);
    CHECK(moments.front().iteration == 0);
    CHECK(moments.back().iteration > 9'500);
    for (std::size_t i = 1; i < moments.size(); ++i) CHECK(moments[i - 1].iteration < moments[i].iteration);
}
