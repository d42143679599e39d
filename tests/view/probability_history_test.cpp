#include "viz/view/probability_history.h"

#include "tests/support/catch.h"

#include <memory>
#include <vector>

using namespace convscope;

namespace {

std::shared_ptr<const RunInfo> run_info(std::uint64_t run) {
    auto info = std::make_shared<RunInfo>();
    info->run = RunId{run};
    return info;
}

Snapshot sample(std::int64_t iteration, float first, std::int64_t index = 3) {
    static const auto kInfo = run_info(1);
    Snapshot snapshot;
    snapshot.run_info = kInfo;
    snapshot.line.lane = kInfo->run;
    snapshot.iteration = iteration;
    snapshot.seen.probe.source = HeldPicture{Split::Test, index};
    snapshot.seen.probe.iteration = iteration;
    snapshot.seen.probe.probabilities = {first, 1.0F - first};
    return snapshot;
}

}  // namespace

TEST_CASE("each iteration's probabilities are kept once") {
    ProbabilityHistory history;
    history.update(sample(1, 0.25F));
    history.update(sample(1, 0.25F));
    history.update(sample(4, 0.75F));
    REQUIRE(history.end() == 2);
    CHECK(history.class_count() == 2);
    CHECK(history.iteration(0) == 1);
    CHECK(history.iteration(1) == 4);
    CHECK(history.probabilities(1)[0] == 0.75F);
    CHECK(history.mean(0, 0, 2) == Approx(0.5));
}

TEST_CASE("the newest samples push out the oldest") {
    ProbabilityHistory history;
    for (std::int64_t i = 1; i <= ProbabilityHistory::kCapacity + 5; ++i) history.update(sample(i, 0.5F));
    CHECK(history.end() - history.first() == ProbabilityHistory::kCapacity);
    CHECK(history.iteration(history.first()) == 6);
    CHECK(history.iteration(history.end() - 1) == ProbabilityHistory::kCapacity + 5);
}

TEST_CASE("another picture or another run starts the history over") {
    ProbabilityHistory history;
    history.update(sample(1, 0.5F));
    history.update(sample(2, 0.5F));
    history.update(sample(2, 0.5F, /*index=*/4));
    CHECK(history.end() == 1);
    Snapshot other = sample(1, 0.5F, /*index=*/4);
    other.run_info = run_info(2);
    history.update(other);
    CHECK(history.end() == 1);
}

TEST_CASE("while the probe follows the minibatches its changing picture starts nothing over") {
    ProbabilityHistory history;
    for (std::int64_t i = 1; i <= 3; ++i) {
        Snapshot snapshot = sample(i, 0.5F);
        snapshot.seen.probe.source = BatchSample{};
        history.update(snapshot);
    }
    CHECK(history.end() == 3);
}

TEST_CASE("a place in the past is known already, and the known future is when it comes again") {
    ProbabilityHistory history;
    for (std::int64_t i = 1; i <= 5; ++i) history.update(sample(i, 0.5F));
    for (const std::int64_t i : {2, 3, 0, 5}) history.update(sample(i, 0.5F));
    CHECK(history.end() == 5);
    history.update(sample(6, 0.5F));
    CHECK(history.end() == 6);
    CHECK(history.iteration(history.end() - 1) == 6);
}

TEST_CASE("a branch goes on from where it begins, with what lies before") {
    const std::int64_t before = GENERATE(as<std::int64_t>(), 20, ProbabilityHistory::kCapacity + 20);
    ProbabilityHistory history;
    for (std::int64_t i = 1; i <= before; ++i) history.update(sample(i, 0.25F));
    const std::int64_t first = history.iteration(history.first());
    Snapshot branch = sample(before - 9, 0.75F);
    branch.run_info = run_info(2);
    branch.line.lane = RunId{2};
    branch.line.lanes = std::make_shared<const std::vector<RunLane>>(
        std::vector<RunLane>{{.id = RunId{1}, .furthest = before},
                             {.id = RunId{2}, .parent = RunId{1}, .from = before - 10, .furthest = before - 9}});
    branch.line.travelling_to = 7;
    history.update(branch);  // not there yet
    CHECK(history.iteration(history.end() - 1) == before);
    branch.line.travelling_to.reset();
    history.update(branch);
    CHECK(history.iteration(history.first()) == first);
    CHECK(history.iteration(history.end() - 1) == before - 9);
    CHECK(history.probabilities(history.end() - 1)[0] == 0.75F);
    CHECK(history.iteration(history.end() - 2) == before - 10);
    CHECK(history.probabilities(history.end() - 2)[0] == 0.25F);
}

TEST_CASE("a snapshot without probabilities adds nothing") {
    ProbabilityHistory history;
    Snapshot empty = sample(1, 0.5F);
    empty.seen.probe.probabilities.clear();
    history.update(empty);
    history.update(Snapshot{});
    CHECK(history.end() == 0);
}
