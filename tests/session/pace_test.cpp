// Slow motion: the pace is kept on average, never saved up, and never in the way of a command. Time is only ever
// asserted to have passed, never to have been short.
#include "tests/session/session_under_test.h"

#include <chrono>
#include <thread>

namespace convscope {
namespace {

constexpr double kOncePerHour = 1.0 / 3600.0;

double seconds_since(TimePoint begin) { return seconds_between(begin, std::chrono::steady_clock::now()); }

}  // namespace

TEST_CASE("A slow pace keeps to its rate on average") {
    SessionUnderTest run({.iterations_per_second = 50.0});
    CHECK(run.wait_for_state(SessionState::Paused)->settings.iterations_per_second == 50.0);
    const TimePoint begin = std::chrono::steady_clock::now();
    run.post(command::Run{});
    const std::int64_t count =
        run.wait_for([begin](const Snapshot&) { return seconds_since(begin) >= 1.0; })->iteration;
    const double seconds = seconds_since(begin);
    CHECK(count >= 20);  // 50 on a machine with nothing else to do
    CHECK(static_cast<double>(count) <= 50.0 * seconds + 1.0);
}

TEST_CASE("Time lost to one slow iteration is not made up for by a rush of others") {
    auto script = std::make_shared<PlainScript>();
    std::vector<TimePoint> begun;
    script->on_train = [&begun](std::int64_t iteration) {
        begun.push_back(std::chrono::steady_clock::now());
        if (iteration == 3) std::this_thread::sleep_for(std::chrono::milliseconds(400));  // the slow iteration
    };
    {
        SessionUnderTest run({.script = script, .paused = false, .iterations_per_second = 25.0});
        run.wait_for_iteration(8);
    }
    REQUIRE(begun.size() >= 8);
    // The one after it may follow at once, being due; those behind keep their distance from it.
    CHECK(seconds_between(begun[3], begun[5]) >= 0.079);
    CHECK(seconds_between(begun[3], begun[7]) >= 0.159);
}

TEST_CASE("Any command is answered at once however slow the pace") {
    SessionUnderTest run({.paused = false, .iterations_per_second = kOncePerHour});
    run.wait_for_iteration(1);
    CHECK(run.apply(command::SetLearningRate{0.5})->settings.learning_rate == 0.5);
    CHECK_FALSE(run.watch(watch_everything())->captures.empty());
    CHECK(run.apply(command::SetProbe{Split::Test, 3})->probe.index == 3);
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
        run.post(command::SetSpeed{200.0});
        run.wait_for_iteration(5);
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
    for (int i = 1; i < 50; ++i) run.apply(command::SetSpeed{kOncePerHour * (1.0 + i / 50.0)});
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
    CHECK(run.apply(command::SetProbe{})->iteration == 1);
}

}  // namespace convscope
