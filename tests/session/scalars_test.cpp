// Scalars and events: every one arrives, once, in order.
#include "tests/session/session_under_test.h"

#include <thread>

namespace convscope {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<PlainScript> endless_epoch() {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 1'000'000'000;
    return script;
}

// Fetches as a window does, until `count` have come, while time goes by.
void fetch(SessionUnderTest& run, std::size_t count) {
    while (run.metrics().size() < count) {
        run.clock().advance(1ms);
        std::this_thread::yield();
    }
}

bool complete(const std::vector<IterationMetrics>& metrics) {
    for (std::size_t i = 0; i < metrics.size(); ++i)
        if (metrics[i].iteration != static_cast<std::int64_t>(i) + 1) return false;
    return true;
}

}  // namespace

TEST_CASE("A reader that sleeps through twelve thousand iterations gets every scalar, in order") {
    constexpr std::int64_t kSlept = 12'000;
    auto script = endless_epoch();
    Gate reached;
    script->on_train = [&reached](std::int64_t iteration) {
        if (iteration == kSlept) reached.open();
    };
    SessionUnderTest run({.script = script});
    run.post(command::Run{});
    REQUIRE(reached.wait());

    SECTION("while it is paused") {
        const auto count = static_cast<std::size_t>(run.apply(command::Pause{})->iteration);
        REQUIRE(count >= kSlept - 1);
        fetch(run, count);
        CHECK(run.metrics().size() == count);
        CHECK(complete(run.metrics()));
    }
    SECTION("while the next iteration is an hour away") {
        const auto count = static_cast<std::size_t>(run.apply(command::SetSpeed{1.0 / 3600.0})->iteration);
        fetch(run, count);
        CHECK(complete(run.metrics()));
    }
    SECTION("while training goes on at full speed") {
        fetch(run, 3 * kSlept);
        CHECK(complete(run.metrics()));
    }
}

TEST_CASE("By the time a snapshot is read, its scalars and events are there") {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 50;  // five iterations an epoch
    SessionUnderTest run({.script = script, .paused = false});
    std::uint64_t last = 0;
    for (int i = 0; i < 300; ++i) {
        const SnapshotPtr snapshot = run.wait_for([last](const Snapshot& s) { return s.sequence > last; });
        last = snapshot->sequence;
        const std::vector<IterationMetrics>& metrics = run.metrics();
        if (metrics.size() < 4000 && snapshot->iteration > 0) {
            REQUIRE(!metrics.empty());
            REQUIRE(metrics.back().iteration >= snapshot->iteration);
            REQUIRE(metrics[static_cast<std::size_t>(snapshot->iteration) - 1].loss == snapshot->metrics.loss);
        }
        const std::int64_t epochs_done = snapshot->iteration / 5 - (snapshot->evaluating ? 1 : 0);
        REQUIRE(static_cast<std::int64_t>(run.evaluations().size()) >= epochs_done);
    }
    CHECK(complete(run.metrics()));
}

TEST_CASE("Scalars say of which run and epoch they are") {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 30;
    SessionUnderTest run({.script = script});
    const RunId first = run.step(7)->run_info->run;
    const RunId second = run.apply(command::Reset{.seed = 2})->run_info->run;
    run.step(2);
    const std::vector<IterationMetrics>& metrics = run.metrics();
    REQUIRE(metrics.size() == 9);
    for (std::size_t i = 0; i < 7; ++i) {
        CHECK(metrics[i].run == first);
        CHECK(metrics[i].epoch == static_cast<std::int64_t>(i) / 3 + 1);
    }
    CHECK(metrics[7].run == second);
    CHECK(metrics[7].iteration == 1);
    CHECK(metrics[7].epoch == 1);
}

TEST_CASE("What training costs and what watching costs is measured") {
    auto script = endless_epoch();
    const auto clock = std::make_shared<ManualClock>();
    script->on_train = [&clock](std::int64_t) { clock->advance(3ms); };
    script->on_capture = [&clock](std::int64_t) { clock->advance(1ms); };
    SessionUnderTest run({.script = script, .paused = false, .clock = clock});
    const SnapshotPtr unwatched = run.wait_for_iteration(200);
    CHECK(unwatched->samples_per_second == Approx(10.0 / 0.003));
    CHECK(unwatched->cost.captured_bytes == 0);
    CHECK(unwatched->cost.share == 0.0);
    WatchSet watch = watch_everything();
    watch.test_confusion = false;
    watch.every_iteration = true;
    run.watch(watch);
    const SnapshotPtr watched = run.wait_for_iteration(unwatched->iteration + 5000);
    CHECK(watched->samples_per_second == Approx(10.0 / 0.003));
    CHECK(watched->cost.capture_microseconds == Approx(1000.0));
    CHECK(watched->cost.share == Approx(0.25));
    std::int64_t bytes = 0;
    for (const auto& capture : watched->seen.captures) bytes += capture->shape.element_count() * 4;
    CHECK(watched->cost.captured_bytes == bytes);
}

}  // namespace convscope
