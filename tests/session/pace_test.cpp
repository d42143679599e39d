// Slow motion: the pace is kept on average, never saved up, and never in the way of a command.
#include "tests/session/session_under_test.h"

namespace convscope {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("A slow pace keeps to its rate, to the tick of the clock") {
    auto script = std::make_shared<PlainScript>();
    const std::shared_ptr<ManualClock> clock = clock_that_moves();
    std::vector<TimePoint> begun;
    script->on_train = [&begun, &clock](std::int64_t) {
        begun.push_back(clock->now());
        clock->advance(7ms);  // what it takes is part of the period
    };
    {
        SessionUnderTest run({.script = script, .iterations_per_second = 50.0, .clock = clock});
        CHECK(run.wait_for_state(SessionState::Paused)->settings.iterations_per_second == 50.0);
        run.post(command::Run{});
        run.wait_for_iteration(100);
    }
    for (std::size_t i = 1; i < begun.size(); ++i) REQUIRE(begun[i] - begun[i - 1] == 20ms);
}

TEST_CASE("Time lost to one slow iteration is not made up for by a rush of others") {
    auto script = std::make_shared<PlainScript>();
    const std::shared_ptr<ManualClock> clock = clock_that_moves();
    std::vector<TimePoint> begun;
    script->on_train = [&begun, &clock](std::int64_t iteration) {
        begun.push_back(clock->now());
        if (iteration == 3) clock->advance(400ms);  // the slow iteration
        if (iteration == 6) clock->advance(60ms);   // less than two periods
    };
    {
        SessionUnderTest run({.script = script, .paused = false, .iterations_per_second = 25.0, .clock = clock});
        run.wait_for_iteration(9);
    }
    REQUIRE(begun.size() >= 9);
    CHECK(begun[2] - begun[0] == 80ms);
    CHECK(begun[3] - begun[2] == 400ms);  // the one after it follows at once, being due ...
    CHECK(begun[5] - begun[3] == 80ms);   // ... and those behind keep their distance from it
    CHECK(begun[6] - begun[5] == 60ms);
    CHECK(begun[8] - begun[5] == 120ms);  // a delay of less than a period is made up for
}

TEST_CASE("Any command is answered at once however slow the pace") {
    SessionUnderTest run({.paused = false, .iterations_per_second = kOncePerHour});
    run.wait_for_iteration(1);
    CHECK(run.apply(command::SetLearningRate{0.5})->settings.learning_rate == 0.5);
    CHECK_FALSE(run.watch(watch_everything())->seen.captures.empty());
    CHECK(run.apply(command::SetProbe{HeldPicture{Split::Test, 3}})->chosen.index == 3);
    CHECK(run.apply(command::Pause{})->state == SessionState::Paused);
    CHECK(run.script().iterations == 1);
}

TEST_CASE("A change of speed wakes the trainer") {
    SessionUnderTest run({.paused = false, .iterations_per_second = kOncePerHour});
    run.wait_for_iteration(1);
    SECTION("to flat out") {
        run.post(command::SetSpeed{0.0});
        run.wait_for_iteration(100);
    }
    SECTION("to another pace") {
        run.apply(command::SetSpeed{200.0});
        run.clock().advance(5ms);
        run.wait_for_iteration(2);
        run.clock().advance(4ms);
        CHECK(run.apply(command::SetProbe{})->iteration == 2);
        run.clock().advance(1ms);
        run.wait_for_iteration(3);
    }
    SECTION("to a pace too slow for a clock, and back") {
        run.apply(command::SetSpeed{1e-300});
        CHECK(run.apply(command::SetProbe{})->iteration == 1);
        run.post(command::SetSpeed{1e300});
        run.wait_for_iteration(100);
    }
}

TEST_CASE("A speed slider dragged among slow paces does not train an iteration for each of its positions") {
    SessionUnderTest run({.paused = false, .iterations_per_second = kOncePerHour});
    run.wait_for_iteration(1);
    for (int i = 1; i < 50; ++i) {
        run.apply(command::SetSpeed{kOncePerHour * (1.0 + i / 50.0)});
        run.clock().advance(1s);
    }
    CHECK(run.script().iterations == 1);
}

TEST_CASE("At a slow pace run and step train their first iteration at once") {
    SessionUnderTest run({.iterations_per_second = kOncePerHour});
    run.post(command::Run{});
    run.wait_for_iteration(1);
    run.apply(command::Pause{});
    CHECK(run.step()->iteration == 2);
    run.post(command::Run{});
    run.wait_for_iteration(3);
}

TEST_CASE("An evaluation at a slow pace is not followed by an iteration before its time") {
    auto script = std::make_shared<PlainScript>();
    SessionUnderTest run({.script = script, .paused = false, .iterations_per_second = kOncePerHour});
    run.wait_for_iteration(1);
    run.post(command::Evaluate{});
    run.wait_for([](const Snapshot& s) { return s.test_confusion && !s.evaluating; });
    run.clock().advance(3599s);
    CHECK(run.apply(command::SetProbe{})->iteration == 1);
    run.clock().advance(1s);
    run.wait_for_iteration(2);
}

}  // namespace convscope
