#include "viz/view/probability_history.h"

#include "tests/support/catch.h"

#include <memory>

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

TEST_CASE("a snapshot without probabilities adds nothing") {
    ProbabilityHistory history;
    Snapshot empty = sample(1, 0.5F);
    empty.seen.probe.probabilities.clear();
    history.update(empty);
    history.update(Snapshot{});
    CHECK(history.end() == 0);
}
