#include "engine/formats/log_thinning.h"

#include "tests/support/catch.h"

using namespace convscope;

namespace {

std::int64_t logged(std::int64_t first, std::int64_t last, std::int64_t log_every) {
    std::int64_t count = 0;
    for (std::int64_t i = first; i <= last; ++i) count += is_logged(i, log_every) ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("What is logged thins out tenfold at each tenfold length of a run, by itself") {
    CHECK(logged(1, 10'000, 0) == 10'000);
    CHECK(logged(10'001, 100'000, 0) == 9'000);
    CHECK(is_logged(10'010, 0));
    CHECK_FALSE(is_logged(10'001, 0));
    CHECK_FALSE(is_logged(10'005, 0));
    CHECK(logged(100'001, 1'000'000, 0) == 9'000);
    CHECK(is_logged(100'100, 0));
    CHECK_FALSE(is_logged(100'010, 0));
    CHECK(logged(1'000'001, 10'000'000, 0) == 9'000);
    CHECK(logged(10'000'001, 80'000'000, 0) == 7'000);
}

TEST_CASE("Every nth iteration is logged where that is asked for, however long the run") {
    CHECK(logged(1, 30'000, 1) == 30'000);
    CHECK(logged(1, 30'000, 7) == 30'000 / 7);
    CHECK(is_logged(10'000'001, 1));
}

TEST_CASE("Histograms of weights thin out with the epochs, unless iterations were asked for") {
    std::int64_t thin = 0;
    std::int64_t asked = 0;
    for (std::int64_t epoch = 1; epoch <= 10'000; ++epoch) {
        thin += are_weights_logged(epoch, 0) ? 1 : 0;
        asked += are_weights_logged(epoch, 100) ? 1 : 0;
    }
    CHECK(thin == 100 + 90 + 90);
    CHECK(asked == 10'000);
}
