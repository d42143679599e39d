// A run without a thread: what is done next, and when, to the tick of a clock.
#include "tests/session/driven_run.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace convscope {
namespace {

using namespace std::chrono_literals;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace

TEST_CASE("Each piece of work is an iteration, a slice, or nothing until something is due") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    CHECK(run.begin()->state == SessionState::Paused);
    CHECK_FALSE(run.driver.work());
    CHECK(run.driver.next_due() == TimePoint::max());
    run.script->test_count = 1000;  // two slices of an evaluation, at the next run
    run.apply(command::Reset{.seed = 1});
    const SnapshotPtr stepping = run.apply(command::Step{100});
    CHECK(stepping->applied_command == CommandId{2});
    for (std::int64_t i = 1; i <= 100; ++i) REQUIRE(run.work()->iteration == i);
    CHECK(run.script->classify_calls == 0);
    run.work();
    CHECK(run.script->classify_calls == 1);
    const SnapshotPtr measured = run.work();
    CHECK(measured->test_confusion->matrix.total() == 1000);
    CHECK(measured->state == SessionState::Paused);
    CHECK_FALSE(run.driver.work());
}

TEST_CASE("At a pace nothing is to be done before an iteration is due, however often one asks") {
    DrivenRun run({.recipe = plain_recipe(), .iterations_per_second = 4.0});
    run.begin();
    CHECK(run.work()->iteration == 1);
    for (int i = 0; i < 25; ++i) {
        REQUIRE_FALSE(run.driver.work());
        REQUIRE(run.driver.next_due() == TimePoint(250ms));
        run.clock->advance(10ms);
    }
    CHECK(run.work()->iteration == 2);
    CHECK(run.driver.next_due() == TimePoint(500ms));
    CHECK(run.apply(command::SetSpeed{10.0})->iteration == 2);
    CHECK(run.driver.next_due() == TimePoint(350ms));
}

TEST_CASE("A run saves itself to the tick, and what it has saved is no reason to wake") {
    DrivenRun run({.recipe = plain_recipe(),
                   .paused = true,
                   .save_to = [](const Recipe&) { return "last.pt"; },
                   .autosave_seconds = 60.0});
    run.begin();
    CHECK(run.driver.next_due() == TimePoint::max());
    run.clock->advance(20s);
    run.apply(command::Step{2});
    run.work();
    run.work();
    CHECK(run.driver.next_due() == TimePoint(60s));
    run.clock->advance(40s);
    CHECK_FALSE(run.driver.work());  // the disk is another thread's
    CHECK(run.driver.next_due() == TimePoint::max());
    run.driver.end();
    std::lock_guard lock(run.script->files_mutex);
    CHECK(run.script->files.size() <= 1);
}

TEST_CASE("Flat out captures are a twenty-fifth of the time, for a reader who fetches every snapshot") {
    DrivenRun run;
    run.script->train_count = 1'000'000;
    std::vector<std::int64_t> captured;
    run.script->on_train = [&](std::int64_t) { run.clock->advance(1ms); };
    run.script->on_capture = [&](std::int64_t iteration) {
        run.clock->advance(2ms);
        captured.push_back(iteration);
    };
    run.begin();
    WatchSet watch;
    watch.add({TensorKind::Weight, LayerId{0}});
    run.apply(command::Watch{watch});
    for (int i = 0; i < 220; ++i) run.work();
    CHECK(captured == std::vector<std::int64_t>{0, 50, 100, 150, 200});
}

TEST_CASE("Flat out every layer's statistics are measured four times a second, and at every step") {
    DrivenRun run;
    run.script->on_train = [&](std::int64_t) { run.clock->advance(100ms); };
    run.begin();
    WatchSet watch;
    watch.layer_statistics = true;
    run.apply(command::Watch{watch});
    const std::int64_t first = run.script->statistics;
    CHECK(first == 1);
    for (int i = 0; i < 30; ++i) run.work();
    CHECK(run.script->statistics == first + 10);  // as soon as more than 0.25 s have passed: after 0.3 s
    run.apply(command::Step{7});
    const std::int64_t before = run.script->statistics;
    for (int i = 0; i < 7; ++i) run.work();
    CHECK(run.script->statistics == before + 7);
}

TEST_CASE("What a piece of work throws is the driver's to tell and the run's end, until another begins") {
    DrivenRun run;
    run.script->throw_at = 3;
    run.begin();
    run.work();
    run.work();
    REQUIRE_THROWS_AS(run.driver.work(), std::runtime_error);
    run.driver.fail("no memory\nand where that was");
    const SnapshotPtr failed = run.driver.publisher().latest();
    CHECK(failed->state == SessionState::Failed);
    CHECK(failed->failure == "no memory");
    CHECK(failed->iteration == 2);
    CHECK_FALSE(run.driver.work());
    CHECK(run.driver.next_due() == TimePoint::max());
    run.script->throw_at = 0;
    CHECK(run.apply(command::Reset{.seed = 2})->state == SessionState::Running);
    CHECK(run.work()->iteration == 1);
}

TEST_CASE("A rest amid an iteration is counted neither as training nor as watching") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.script->on_train = [&](std::int64_t) { run.clock->advance(2ms); };
    run.script->on_capture = [&](std::int64_t) { run.clock->advance(1ms); };
    run.begin();
    WatchSet watch = watch_phases();
    watch.test_confusion = watch.layer_statistics = false;
    run.apply(command::Watch{watch});
    const TimePoint begin = run.clock->now();
    run.apply(command::Step{1});
    const SnapshotPtr done = run.work();
    CHECK(done->published - begin == 2ms + 5 * (1ms + 350ms) + 1ms);
    CHECK(done->samples_per_second == Approx(10 / 0.002));
    CHECK(done->cost.share == Approx(6.0 / (2.0 + 6.0)));
}

}  // namespace convscope
