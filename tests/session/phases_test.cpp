// The phases of an iteration, for whoever follows at a pace that allows it; and that nobody else pays for them.
#include "tests/session/session_under_test.h"

#include <bit>
#include <cmath>
#include <limits>
#include <map>

namespace convscope {
namespace {

using namespace std::chrono_literals;

constexpr double kFollowed = 2.0;  // iterations per second
const std::vector<Phase> kAllPhases = {Phase::Batch, Phase::Forward, Phase::Loss, Phase::Backward, Phase::Update};

// Which were published between iteration `iteration` and the next.
std::vector<Phase> phases_after(const std::vector<SnapshotPtr>& all, std::int64_t iteration) {
    std::vector<Phase> phases;
    for (const SnapshotPtr& snapshot : all)
        if (snapshot->iteration == iteration && snapshot->phase != Phase::None) phases.push_back(snapshot->phase);
    return phases;
}

bool any_phase(const std::vector<SnapshotPtr>& all) {
    for (const SnapshotPtr& snapshot : all)
        if (snapshot->phase != Phase::None) return true;
    return false;
}

auto at(Phase phase) {
    return [phase](const Snapshot& s) { return s.phase == phase; };
}

}  // namespace

TEST_CASE("At a pace that can be followed an iteration is published phase by phase, then as a whole") {
    SessionUnderTest run({.iterations_per_second = kFollowed, .record = true, .clock = clock_that_moves()});
    run.watch(watch_phases());
    run.post(command::Run{});
    const SnapshotPtr whole =
        run.wait_for([](const Snapshot& s) { return s.iteration >= 2 && s.phase == Phase::None; });
    const std::vector<SnapshotPtr> all = run.recorded();
    CHECK(phases_after(all, 0) == kAllPhases);
    CHECK(phases_after(all, 1) == kAllPhases);
    CHECK(whole->phase == Phase::None);
    CHECK(whole->phase_seconds == 0.0);
    for (const SnapshotPtr& snapshot : all) {
        REQUIRE(describe_inconsistency(*snapshot) == "");
        if (snapshot->phase == Phase::None) continue;
        CHECK(snapshot->state == SessionState::Running);
        CHECK(snapshot->metrics.iteration == snapshot->iteration);
        CHECK(snapshot->phase_seconds == Approx(1.0 / kFollowed / 6.0));
        for (const auto& capture : snapshot->seen.captures) CHECK(capture->iteration == snapshot->iteration);
    }
}

TEST_CASE("A phase has the tensors that it has come to, and the whole iteration keeps them") {
    SessionUnderTest run({.iterations_per_second = kFollowed, .record = true, .clock = clock_that_moves()});
    run.watch(watch_phases());
    run.post(command::Run{});
    run.wait_for_iteration(2);
    const std::map<TensorKind, Phase> made_at = {{TensorKind::PassActivation, Phase::Forward},
                                                 {TensorKind::PassGradient, Phase::Backward},
                                                 {TensorKind::WeightGradient, Phase::Backward},
                                                 {TensorKind::BiasGradient, Phase::Backward},
                                                 {TensorKind::WeightUpdate, Phase::Update}};
    for (const SnapshotPtr& snapshot : run.recorded()) {
        if (snapshot->phase == Phase::None && snapshot->iteration == 0) continue;
        CAPTURE(snapshot->iteration, static_cast<int>(snapshot->phase));
        for (const auto& [kind, phase] : made_at)
            CHECK((snapshot->find({kind, LayerId{2}}) != nullptr) ==
                  (snapshot->phase == Phase::None || snapshot->phase >= phase));
        for (const TensorKey always :
             {TensorKey{TensorKind::PassActivation, kInputLayer}, TensorKey{TensorKind::Activation, LayerId{2}},
              TensorKey{TensorKind::Weight, LayerId{2}}})
            CHECK(snapshot->find(always) != nullptr);
    }
}

TEST_CASE(
    "A phase says the sample's class, then what the network took it for, then the loss; between iterations nothing") {
    SessionUnderTest run({.iterations_per_second = kFollowed, .record = true, .clock = clock_that_moves()});
    run.watch(watch_phases());
    run.post(command::Run{});
    run.wait_for_iteration(2);
    for (const SnapshotPtr& snapshot : run.recorded()) {
        CAPTURE(snapshot->iteration, static_cast<int>(snapshot->phase));
        CHECK((snapshot->seen.pass.label >= 0) == (snapshot->phase != Phase::None));
        CHECK(snapshot->seen.pass.probabilities.empty() == (snapshot->phase < Phase::Forward));
        CHECK(snapshot->seen.pass.loss.has_value() == (snapshot->phase >= Phase::Loss));
    }
}

TEST_CASE("A single step is shown phase by phase whatever the pace, and rests long enough to be followed") {
    const double pace = GENERATE(0.0, 500.0, kOncePerHour);
    CAPTURE(pace);
    auto script = std::make_shared<PlainScript>();
    const std::shared_ptr<ManualClock> clock = clock_that_moves();
    script->on_train = [&clock](std::int64_t) { clock->advance(2ms); };
    SessionUnderTest run({.script = script, .iterations_per_second = pace, .record = true, .clock = clock});
    run.watch(watch_phases());
    const TimePoint begin = clock->now();
    const SnapshotPtr end = run.step();
    CHECK(end->published - begin == 2ms + 5 * 350ms);
    CHECK(end->iteration == 1);
    CHECK(end->phase == Phase::None);
    CHECK(phases_after(run.recorded(), 0) == kAllPhases);
    // What was shown is not what was trained.
    CHECK(run.script().iterations == 1);
    CHECK(end->samples_per_second == Approx(10.0 / 0.002));
}

TEST_CASE("Of many steps the last one is followed") {
    SessionUnderTest run({.record = true, .clock = clock_that_moves()});
    run.watch(watch_phases());
    const CommandId id = run.post(command::Step{3});
    run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.state == SessionState::Paused; });
    CHECK(phases_after(run.recorded(), 0).empty());
    CHECK(phases_after(run.recorded(), 1).empty());
    CHECK(phases_after(run.recorded(), 2) == kAllPhases);
}

TEST_CASE("Looking elsewhere does not end the film") {
    SessionUnderTest run({.record = true});
    run.watch(watch_phases());
    run.post(command::Step{1});
    run.wait_for(at(Phase::Batch));
    WatchSet elsewhere = watch_phases();
    elsewhere.add({TensorKind::Weight, LayerId{0}});
    run.post(command::Watch{elsewhere});
    for (const Phase reached : kAllPhases) {
        run.wait_for(at(reached));
        run.clock().advance(350ms);
    }
    run.wait_for([](const Snapshot& s) { return s.iteration == 1 && s.phase == Phase::None; });
    CHECK(phases_after(run.recorded(), 0) == kAllPhases);
}

TEST_CASE("What the last observed iteration has kept can be looked at while paused") {
    SessionUnderTest run({.clock = clock_that_moves()});
    WatchSet only_phases;
    only_phases.phases = true;
    run.watch(only_phases);
    run.step();
    CHECK(run.script().captures == 0);
    const SnapshotPtr paused = run.watch(watch_phases());
    CHECK(paused->find({TensorKind::PassActivation, LayerId{0}}) != nullptr);
    CHECK(paused->find({TensorKind::PassGradient, LayerId{0}}) != nullptr);
    CHECK(describe_inconsistency(*paused) == "");
    WatchSet without_phases = watch_phases();
    without_phases.phases = false;
    run.watch(without_phases);
    CHECK(run.step()->find({TensorKind::PassActivation, LayerId{0}}) == nullptr);
}

TEST_CASE("A command is not kept waiting by the phases of an iteration") {
    SessionUnderTest run({.iterations_per_second = kOncePerHour, .record = true});
    run.watch(watch_phases());
    run.post(command::Run{});  // rests ten minutes at each phase
    run.wait_for(at(Phase::Batch));
    const SnapshotPtr answer = run.apply(command::SetLearningRate{0.5});
    CHECK(answer->settings.learning_rate == 0.5);
    CHECK(answer->iteration == 1);
    CHECK(answer->phase == Phase::None);
    CHECK(phases_after(run.recorded(), 0) == std::vector<Phase>{Phase::Batch});
    run.metrics();
    CHECK(run.metrics().front().learning_rate == 0.01F);  // it was applied when the iteration was over
}

TEST_CASE("A command that comes between two phases ends the film too") {
    auto script = std::make_shared<PlainScript>();
    Gate computing;
    script->on_phase = [&computing](Phase phase) {
        if (phase == Phase::Batch) computing.wait();
    };
    SessionUnderTest run({.script = script, .iterations_per_second = kOncePerHour, .record = true});
    run.watch(watch_phases());
    run.post(command::Run{});
    REQUIRE(computing.wait_for_arrival());
    const CommandId id = run.post(command::Pause{});
    computing.open();
    const SnapshotPtr paused = run.wait_for([id](const Snapshot& s) { return s.applied_command >= id; });
    CHECK(paused->state == SessionState::Paused);
    CHECK(paused->iteration == 1);
    CHECK(paused->find({TensorKind::PassGradient, LayerId{2}}) != nullptr);  // observed all the same
    CHECK_FALSE(any_phase(run.recorded()));
}

TEST_CASE("No phase is published and none is rested at unless it is watched at a pace that can be followed") {
    SECTION("flat out") {
        SessionUnderTest run({.record = true});
        run.watch(watch_phases());
        run.post(command::Run{});
        run.wait_for_iteration(300);
        CHECK_FALSE(any_phase(run.recorded()));
    }
    SECTION("at a faster pace") {
        SessionUnderTest run({.iterations_per_second = 50.0, .record = true, .clock = clock_that_moves()});
        run.watch(watch_phases());
        run.post(command::Run{});
        run.wait_for_iteration(5);
        CHECK_FALSE(any_phase(run.recorded()));
    }
    SECTION("unwatched") {
        auto script = std::make_shared<PlainScript>();
        script->on_phase = [](Phase) { FAIL("nobody was to observe this"); };
        SessionUnderTest run(
            {.script = script, .iterations_per_second = kFollowed, .record = true, .clock = clock_that_moves()});
        run.watch(watch_everything());
        run.step(2);
        run.post(command::Run{});
        run.wait_for_iteration(3);
        CHECK_FALSE(any_phase(run.recorded()));
    }
}

TEST_CASE("The rests are part of the period: five of them, and the whole result for as long again as each") {
    auto script = std::make_shared<PlainScript>();
    const std::shared_ptr<ManualClock> clock = clock_that_moves();
    std::vector<TimePoint> begun;
    script->on_train = [&](std::int64_t) { begun.push_back(clock->now()); };
    std::vector<SnapshotPtr> all;
    {
        SessionUnderTest run({.script = script, .iterations_per_second = kFollowed, .record = true, .clock = clock});
        run.watch(watch_phases());
        run.post(command::Run{});
        run.wait_for_iteration(3);
        all = run.recorded();
    }
    REQUIRE(begun.size() >= 3);
    CHECK(begun[1] - begun[0] == 500ms);
    CHECK(begun[2] - begun[1] == 500ms);
    for (const SnapshotPtr& snapshot : all) {
        if (snapshot->iteration == 0 && snapshot->phase != Phase::None)
            CHECK(seconds_between(begun[0], snapshot->published) ==
                  Approx((static_cast<double>(snapshot->phase) - 1.0) / 12.0).margin(1e-6));
        if (snapshot->iteration == 1 && snapshot->phase == Phase::None)
            CHECK(seconds_between(begun[0], snapshot->published) == Approx(5.0 / 12.0).margin(1e-6));
    }
}

TEST_CASE("Following every phase leaves the losses as they are, to the bit") {
    const auto losses = [](bool followed) {
        SessionUnderTest run({.iterations_per_second = followed ? kFollowed : 0.0, .clock = clock_that_moves()});
        if (followed) run.watch(watch_phases());
        run.post(command::Run{});
        run.wait_for_iteration(3);
        std::vector<std::uint32_t> bits;
        for (const IterationMetrics& metrics : run.metrics())
            bits.push_back(std::bit_cast<std::uint32_t>(metrics.loss));
        bits.resize(3);
        return bits;
    };
    CHECK(losses(true) == losses(false));
}

// That the destructor returns is the test: at any of these phases it would last an hour.
TEST_CASE("A session ends at once from a rest at any phase") {
    const Phase phase = GENERATE(Phase::Batch, Phase::Forward, Phase::Update);
    auto script = std::make_shared<PlainScript>();
    SessionUnderTest run({.script = script});
    run.watch(watch_phases());
    run.post(command::Step{1});
    for (const Phase reached : kAllPhases) {
        run.wait_for(at(reached));
        if (reached == phase) break;
        run.clock().advance(350ms);
    }
    run.end();
    CHECK(script->iterations < 5);
}

TEST_CASE("A trainer that fails between two phases leaves no phase behind") {
    auto script = std::make_shared<PlainScript>();
    script->on_phase = [](Phase phase) {
        if (phase == Phase::Loss) throw std::runtime_error("the loss is lost");
    };
    SessionUnderTest run({.script = script, .iterations_per_second = kFollowed, .clock = clock_that_moves()});
    run.watch(watch_phases());
    run.post(command::Run{});
    const SnapshotPtr failed = run.wait_for_state(SessionState::Failed);
    CHECK(failed->phase == Phase::None);
    CHECK(failed->phase_seconds == 0.0);
    CHECK(failed->failure == "the loss is lost");
}

}  // namespace convscope
