// Which states are kept of a run, and what they take.
#include "engine/session/kept_states.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace convscope {
namespace {

constexpr RunId kLane{1};
constexpr std::size_t kBytes = 100'000;   // of a state's weights
constexpr std::size_t kShared = 300'000;  // that all have in common

TensorBlob blob(std::size_t bytes) {
    return {DType::UInt8, {static_cast<std::int64_t>(bytes)}, SharedBytes(std::string(bytes, 'x'))};
}

KeptState state_at(std::int64_t iteration, const TensorBlob& shared, bool ends_epoch = false) {
    auto training = std::make_shared<TrainingState>();
    training->iteration = iteration;
    training->weights = {{"weight", blob(kBytes)}};
    training->data.order = shared;
    KeptState state{.training = std::move(training), .moment = {}, .ends_epoch = ends_epoch};
    state.moment.iteration = iteration;
    return state;
}

std::vector<std::int64_t> iterations(const KeptStates& states, RunId lane = kLane) {
    std::vector<std::int64_t> result;
    for (const KeptState& state : states.of(lane)) result.push_back(state.iteration());
    return result;
}

}  // namespace

TEST_CASE("What states share is counted once, and not at all once nobody has it") {
    KeptStates states(std::size_t{1} << 30);
    const TensorBlob shared = blob(kShared);
    states.keep(kLane, state_at(0, shared), 10);
    const std::size_t one = states.bytes();
    CHECK(one > kBytes + kShared);
    CHECK(one < kBytes + kShared + 20'000);
    states.keep(kLane, state_at(5, shared), 10);
    CHECK(states.bytes() - one == one - kShared);
    states.keep(kLane, state_at(5, shared), 10);  // in the place of the other
    CHECK(states.bytes() - one == one - kShared);
    states.branch(kLane, RunId{2}, 5);
    CHECK(states.bytes() < one + one);
    CHECK(iterations(states, RunId{2}) == std::vector<std::int64_t>{0, 5});
    states.forget(kLane);
    states.forget(RunId{2});
    CHECK(states.bytes() == 0);
}

TEST_CASE("However long a run its states stay within their budget, dense where it is new, and its start is kept") {
    constexpr std::int64_t kPerEpoch = 400;
    constexpr std::size_t kBudget = 4'000'000;
    KeptStates states(kBudget);
    const TensorBlob shared = blob(kShared);
    for (std::int64_t iteration = 0; iteration <= 40'000; iteration += 20) {
        states.keep(kLane, state_at(iteration, shared, iteration > 0 && iteration % kPerEpoch == 0), kPerEpoch);
        REQUIRE(states.bytes() <= kBudget);
        REQUIRE(states.of(kLane).front().iteration() == 0);
        REQUIRE(states.of(kLane).back().iteration() == iteration);
    }
    const std::vector<std::int64_t> kept = iterations(states);
    CHECK(kept.size() > 25);
    CHECK(std::is_sorted(kept.begin(), kept.end()));
    // The last epoch is reached from near, and so is what is older in proportion.
    for (std::int64_t iteration = 1; iteration <= 40'000; ++iteration) {
        const std::int64_t away = iteration - states.before(kLane, iteration).iteration();
        const std::int64_t age = std::max(40'000 - iteration, kPerEpoch);
        REQUIRE(away > 0);
        REQUIRE(static_cast<double>(away) < 0.7 * static_cast<double>(age) + 40.0);
    }
    const auto ends = std::count_if(kept.begin() + 1, kept.end(), [](std::int64_t it) { return it % kPerEpoch == 0; });
    CHECK(ends >= static_cast<std::int64_t>(kept.size()) / 3);
}

TEST_CASE("Without a budget a lane has its first state and its last") {
    KeptStates states(0);
    for (std::int64_t iteration = 0; iteration < 50; iteration += 7)
        states.keep(kLane, state_at(iteration, blob(8)), 10);
    CHECK(iterations(states) == std::vector<std::int64_t>{0, 49});
    CHECK(states.before(kLane, 49).iteration() == 0);
    CHECK(states.before(kLane, 0).iteration() == 0);
    CHECK(states.before(kLane, 50).iteration() == 49);
}

TEST_CASE("The lane that has the most lets go first, and no lane of its first and last") {
    KeptStates states(3'000'000);
    const TensorBlob shared = blob(kShared);
    for (std::int64_t iteration = 0; iteration <= 200; iteration += 10)
        states.keep(kLane, state_at(iteration, shared), 50);
    states.branch(kLane, RunId{2}, 100);
    for (std::int64_t iteration = 110; iteration <= 400; iteration += 10)
        states.keep(RunId{2}, state_at(iteration, shared), 50);
    CHECK(states.bytes() <= 3'000'000);
    for (const RunId lane : {kLane, RunId{2}}) CHECK(states.of(lane).size() > 5);
    CHECK(iterations(states).front() == 0);
    CHECK(iterations(states).back() == 200);
    CHECK(iterations(states, RunId{2}).back() == 400);
}

}  // namespace convscope
