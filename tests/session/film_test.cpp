// An iteration's film: all of its phases and its minibatch, for whoever looks as long as he likes; and that nobody
// waits for it, nor pays for it who does not look.
#include "tests/session/driven_run.h"
#include "tests/support/session_contract.h"

#include <array>

namespace convscope {
namespace {

using SnapshotPtr = DrivenRun::SnapshotPtr;
constexpr std::array<Phase, 5> kEveryPhase{Phase::Batch, Phase::Forward, Phase::Loss, Phase::Backward, Phase::Update};

WatchSet watch_film() {
    WatchSet watch = watch_phases();
    watch.film = true;
    return watch;
}

// All that is to be done while it rests.
SnapshotPtr settled(DrivenRun& run) {
    while (run.driver.work()) {
    }
    return run.latest();
}

// As the snapshot of a phase that is shown at once would be.
Snapshot at(const Snapshot& snapshot, Phase phase) {
    Snapshot still = snapshot;
    still.iteration = snapshot.film->iteration - 1;
    still.phase = phase;
    still.seen = snapshot.film->at(phase);
    return still;
}

void require_film(const SnapshotPtr& snapshot, std::int64_t iteration, const WatchSet& watched) {
    REQUIRE(snapshot->film);
    REQUIRE(snapshot->film->shows(snapshot->run_info->run, iteration, watched));
    for (const Phase phase : kEveryPhase) {
        CAPTURE(static_cast<int>(phase));
        REQUIRE(describe_inconsistency(at(*snapshot, phase)) == "");
        const Observation& seen = snapshot->film->at(phase);
        REQUIRE((seen.find({TensorKind::PassActivation, LayerId{2}}) != nullptr) == (phase >= Phase::Forward));
        REQUIRE((seen.find({TensorKind::WeightGradient, LayerId{2}}) != nullptr) == (phase >= Phase::Backward));
        REQUIRE((seen.find({TensorKind::WeightUpdate, LayerId{2}}) != nullptr) == (phase >= Phase::Update));
        REQUIRE(seen.pass.label >= 0);
    }
    const BatchSheet& batch = snapshot->film->batch;
    REQUIRE(batch.count() == 10);
    double sum = 0.0;
    for (const float loss : batch.losses) sum += static_cast<double>(loss);
    REQUIRE(static_cast<float>(sum / 10.0) == Approx(snapshot->metrics.loss).epsilon(1e-5));
    REQUIRE(batch.pixels.size() == 10u * 36u);
    for (std::size_t i = 0; i < 10; ++i) REQUIRE(batch.labels[i] == plain_label(Split::Train, batch.indices[i]));
}

}  // namespace

TEST_CASE("A step while somebody wants its film is filmed, without a rest, and not trained twice") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(command::Watch{watch_film()});
    CHECK_FALSE(settled(run)->film);  // no iteration is there
    const TimePoint before = run.clock->now();
    require_film(run.step(), 1, watch_film());
    CHECK(run.clock->now() == before);
    CHECK(run.script->iterations == 1);
    require_film(run.step(7), 8, watch_film());
    CHECK(run.script->iterations == 8);
    CHECK(run.latest()->phase == Phase::None);
}

TEST_CASE("An iteration that nobody filmed is trained again for whoever wants to see its phases, to the same bits") {
    DrivenRun alone({.recipe = plain_recipe(), .paused = true});
    alone.begin();
    alone.step(12);
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.step(7);
    const std::int64_t iterations = run.script->iterations;
    run.apply(command::Watch{watch_film()});
    const SnapshotPtr filmed = settled(run);
    require_film(filmed, 7, watch_film());
    CHECK(filmed->iteration == 7);
    CHECK(filmed->state == SessionState::Paused);
    CHECK(filmed->line.furthest == 7);
    CHECK_FALSE(filmed->line.travelling_to);
    CHECK(run.script->iterations > iterations);
    const std::int64_t trained = run.script->iterations;
    settled(run);
    CHECK(run.script->iterations == trained);  // once
    run.step(5);
    CHECK(run.logged_iterations == alone.logged_iterations);
    CHECK(run.driver.state()->weights == alone.driver.state()->weights);
}

TEST_CASE("The film of a place in the past comes with it") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.step(20);
    run.apply(command::Watch{watch_film()});
    settled(run);
    require_film(run.go_to(9), 9, watch_film());
    const std::int64_t trained = run.script->iterations;
    settled(run);
    CHECK(run.script->iterations == trained);
    CHECK(run.latest()->line.furthest == 20);
}

TEST_CASE("What is looked at in addition is filmed anew, what is looked at no more is not") {
    WatchSet little;
    little.film = true;
    little.add({TensorKind::Weight, LayerId{0}});
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.step(3);
    run.apply(command::Watch{little});
    CHECK(settled(run)->film->watched == little);
    run.apply(command::Watch{watch_film()});
    require_film(settled(run), 3, watch_film());
    const std::int64_t trained = run.script->iterations;
    run.apply(command::Watch{little});
    CHECK(settled(run)->film->watched == watch_film());
    CHECK(run.script->iterations == trained);
    little.film = false;
    CHECK_FALSE(run.apply(command::Watch{little})->film);
}

TEST_CASE("The sample of the minibatch that is the probe is the one whose pass is filmed") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(command::Watch{watch_film()});
    run.step(2);
    CHECK(run.latest()->film->sample == 0);
    run.apply(command::SetProbe{BatchSample{4}});
    const SnapshotPtr of_fifth = settled(run);
    require_film(of_fifth, 2, watch_film());
    CHECK(of_fifth->film->sample == 4);
    for (const Phase phase : kEveryPhase) {
        CHECK(of_fifth->film->at(phase).pass.sample == 4);
        CHECK(of_fifth->film->at(phase).pass.label == of_fifth->film->batch.labels[4]);
    }
    CHECK(of_fifth->seen.probe.label == of_fifth->film->batch.labels[4]);
    run.apply(command::SetProbe{BatchSample{-3}});
    CHECK(settled(run)->film->sample == 0);
}

TEST_CASE("Behind the first place that is known there is no film, and it is not tried again and again") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(command::Watch{watch_film()});
    const SnapshotPtr fresh = settled(run);
    CHECK_FALSE(fresh->film);
    CHECK_FALSE(run.driver.work());
    CHECK(run.script->iterations == 0);
}

TEST_CASE("Flat out nothing is filmed, and the film of the iteration at which it pauses comes then") {
    DrivenRun run;
    run.begin();
    run.apply(command::Watch{watch_film()});
    for (int i = 0; i < 30; ++i) run.work();
    CHECK_FALSE(run.latest()->film);
    run.apply(command::Pause{});
    const SnapshotPtr paused = settled(run);
    require_film(paused, paused->iteration, watch_film());
}

TEST_CASE("A film that is begun and not completed is none") {
    auto script = std::make_shared<PlainScript>();
    DrivenRun run({.recipe = plain_recipe(), .paused = true}, script);
    run.begin();
    run.apply(command::Watch{watch_film()});
    run.step(2);
    script->break_at = 3;
    run.apply(command::Step{1});
    CHECK_THROWS(run.driver.work());
    run.driver.fail("broken");
    REQUIRE(run.latest()->film);
    CHECK(run.latest()->film->iteration == 2);
    CHECK(run.latest()->phase == Phase::None);
}

TEST_CASE("A session makes films as every session does") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.step(5);
    require_films_to_be_made([&](Command command) {
        run.apply(std::move(command));
        return settled(run);
    });
}

TEST_CASE("What happened at a breakpoint is still said while its iteration is filmed") {
    DrivenRun run({.recipe = plain_recipe(), .breakpoints = {{.kind = BreakpointKind::Iteration, .value = 5.0}}});
    run.begin();
    while (run.latest()->state == SessionState::Running) run.work();
    REQUIRE(run.latest()->paused_by);
    run.apply(command::Watch{watch_film()});
    const SnapshotPtr filmed = settled(run);
    require_film(filmed, 5, watch_film());
    CHECK(filmed->paused_by);
}

}  // namespace convscope
