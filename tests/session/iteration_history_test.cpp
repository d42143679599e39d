// The history that is copied whenever a run is saved.
#include "engine/session/iteration_history.h"
#include "tests/support/catch.h"

#include <thread>

namespace convscope {
namespace {

IterationMetrics iteration(std::int64_t number) {
    IterationMetrics metrics;
    metrics.iteration = number;
    return metrics;
}

IterationHistory history(std::int64_t count) {
    IterationHistory all;
    for (std::int64_t i = 1; i <= count; ++i) all.push_back(iteration(i));
    return all;
}

}  // namespace

TEST_CASE("A history gives back every iteration, however many there are") {
    const std::int64_t count = GENERATE(0, 1, 4095, 4096, 4097, 20000);
    const IterationHistory all = history(count);
    REQUIRE(all.size() == static_cast<std::size_t>(count));
    CHECK(all.empty() == (count == 0));
    const std::vector<IterationMetrics> plain = all.to_vector();
    REQUIRE(plain.size() == all.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        REQUIRE(plain[i].iteration == static_cast<std::int64_t>(i) + 1);
        REQUIRE(all[i].iteration == plain[i].iteration);
    }
    if (count > 0) CHECK(all.back().iteration == count);
    CHECK(IterationHistory(plain).size() == all.size());
}

TEST_CASE("A copy of a history shares what is old and keeps to itself what is new") {
    IterationHistory original = history(5000);
    IterationHistory copy = original;
    CHECK(&copy[0] == &original[0]);
    for (int i = 0; i < 5000; ++i) original.push_back(iteration(-1));
    for (int i = 0; i < 3; ++i) copy.push_back(iteration(-2));
    CHECK(copy.size() == 5003);
    CHECK(copy[4999].iteration == 5000);
    CHECK(copy.back().iteration == -2);
    CHECK(original[5000].iteration == -1);
    CHECK(original[4999].iteration == 5000);
}

TEST_CASE("A copy of a history is read by another thread while the original grows") {
    IterationHistory original = history(9000);
    std::int64_t sum = 0;
    std::thread reader([copy = original, &sum] {
        for (const IterationMetrics& metrics : copy.to_vector()) sum += metrics.iteration;
    });
    for (int i = 0; i < 9000; ++i) original.push_back(iteration(1));
    reader.join();
    CHECK(sum == 9000 * 9001 / 2);
    CHECK(original.size() == 18000);
}

}  // namespace convscope
