// Beginning and end: a session ends from every state, at once, and on the right thread.
#include "tests/session/session_under_test.h"

#include <thread>

namespace convscope {
// That a destructor returns is the test: where it waited for something, this would last an hour or for ever.
TEST_CASE("A session ends at once from whatever it is doing") {
    auto script = std::make_shared<PlainScript>();
    SECTION("running flat out, everything watched") {
        SessionUnderTest run({.script = script, .paused = false});
        run.watch(watch_everything());
        run.wait_for_iteration(100);
    }
    SECTION("paused") {
        SessionUnderTest run({.script = script});
        run.step(1);
    }
    SECTION("waiting for an iteration that is due in an hour") {
        SessionUnderTest run({.script = script, .paused = false, .iterations_per_second = kOncePerHour});
        run.wait_for_iteration(1);
    }
    SECTION("finished") {
        Recipe recipe = plain_recipe();
        recipe.epochs = 1;
        SessionUnderTest run({.script = script, .recipe = recipe, .paused = false});
        run.wait_for_state(SessionState::Finished);
    }
    SECTION("failed") {
        script->throw_at = 2;
        SessionUnderTest run({.script = script, .paused = false});
        run.wait_for_state(SessionState::Failed);
    }
    SECTION("evaluating a test set without end") {
        script->test_count = 1'000'000'000'000;
        SessionUnderTest run({.script = script});
        run.post(command::Evaluate{});
        run.wait_for([](const Snapshot& s) { return s.evaluating; });
    }
    SECTION("sweeping a test set without end") {
        script->test_count = 1'000'000'000'000;
        const auto clock = std::make_shared<ManualClock>();
        script->on_classify = [&clock](std::int64_t) { clock->advance(std::chrono::milliseconds(3)); };
        SessionUnderTest run({.script = script, .clock = clock});
        run.watch(watch_everything());
        run.wait_for([](const Snapshot& s) { return s.sweep_progress > 0.0; });
    }
    SECTION("looking for a mistake that does not exist") {
        script->test_count = 1'000'000'000'000;
        SessionUnderTest run({.script = script});
        run.post(command::SeekMistake{});
        run.wait_for([](const Snapshot& s) { return s.seeking; });
    }
    SECTION("with commands that nobody has applied") {
        SessionUnderTest run({.script = script});
        for (int i = 0; i < 1000; ++i) run.post(command::Step{1'000'000'000});
    }
    SECTION("making its first run") {
        Gate starting;
        script->on_start = [&starting] { starting.wait(); };
        std::thread opener;
        {
            SessionUnderTest run({.script = script, .paused = false});
            REQUIRE(starting.wait_for_arrival());
            CHECK(run.wait_for_state(SessionState::Starting)->run_info == nullptr);
            opener = std::thread([&starting] { starting.open(); });
        }
        opener.join();
    }
    SECTION("just made") { SessionUnderTest run({.script = script}); }
    SUCCEED();
}

TEST_CASE("The trainer is made and destroyed on the session's own thread") {
    auto script = std::make_shared<PlainScript>();
    {
        SessionUnderTest run({.script = script, .paused = false});
        run.wait_for_iteration(3);
    }
    CHECK(script->made_on.load() != std::this_thread::get_id());
    CHECK(script->destroyed_on.load() == script->made_on.load());
}

TEST_CASE("What was published outlives the session") {
    SessionUnderTest run({.paused = false});
    run.watch(watch_everything());
    const SnapshotPtr kept = run.wait_for_iteration(50);
    run.end();
    CHECK(describe_inconsistency(*kept) == "");
    CHECK(kept->run_info->network.layers.size() == 3);
}

TEST_CASE("Sessions side by side do not share run ids") {
    SessionUnderTest one;
    SessionUnderTest two;
    CHECK(one.step()->run_info->run != two.step()->run_info->run);
}

}  // namespace convscope
