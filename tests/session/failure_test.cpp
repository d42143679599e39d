// What a session does when training breaks: it says so, keeps what it has shown, and can be reset.
#include "tests/session/session_under_test.h"

#include <cmath>
#include <stdexcept>

namespace convscope {
namespace {

constexpr const char* kFirstLine = "The plain trainer was told to fail";

bool has_error(SessionUnderTest& run, const std::string& text) {
    for (const event::Notice& notice : run.notices())
        if (notice.severity == event::Notice::Severity::Error && notice.text.find(text) != std::string::npos)
            return true;
    return false;
}

}  // namespace

TEST_CASE("An exception in an iteration makes the session failed with the first line of what it says") {
    auto script = std::make_shared<PlainScript>();
    script->throw_at = 6;
    SessionUnderTest run({.script = script});
    run.watch(watch_everything());
    run.post(command::Run{});
    const SnapshotPtr failed = run.wait_for_state(SessionState::Failed);
    CHECK(failed->failure == kFirstLine);
    CHECK(failed->iteration == 5);
    CHECK(has_error(run, kFirstLine));
    CHECK_FALSE(failed->seen.captures.empty());
    CHECK(describe_inconsistency(*failed) == "");

    SECTION("reset recovers") {
        script->throw_at = 0;
        const CommandId id = run.post(command::Reset{.seed = 2});
        const SnapshotPtr again =
            run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.iteration >= 20; });
        CHECK(again->state == SessionState::Running);
        CHECK(again->failure.empty());
        CHECK(again->run_info->run > failed->run_info->run);
    }
    SECTION("what needs a network is refused with a notice and acknowledged, and nothing is lost") {
        const std::size_t notices = run.notices().size();
        const std::vector<Command> refused = {command::Run{},        command::Step{3},
                                              command::Evaluate{},   command::SetLearningRate{0.5},
                                              command::SetProbe{},   command::SetProbe{BatchSample{}},
                                              command::SeekClass{1}, command::SeekMistake{}};
        SnapshotPtr after;
        for (const Command& command : refused) after = run.apply(command);
        CHECK(run.notices().size() == notices + refused.size());
        CHECK(after->state == SessionState::Failed);
        CHECK_FALSE(after->seeking);
        CHECK(after->seen.captures == failed->seen.captures);
        CHECK(run.script().iterations == 5);
    }
    SECTION("looking elsewhere keeps the last pictures, and pause and speed need no network") {
        CHECK(run.watch(WatchSet{})->seen.captures == failed->seen.captures);
        run.apply(command::Pause{});
        const SnapshotPtr after = run.apply(command::SetSpeed{7.0});
        CHECK(after->settings.iterations_per_second == 7.0);
        CHECK(after->state == SessionState::Failed);
        CHECK(run.notices().size() == 1);
    }
    SECTION("a reset that is refused leaves it failed, with its reason") {
        script->refused_recipe = "plain";
        const SnapshotPtr after = run.apply(command::Reset{.seed = 2});
        CHECK(after->state == SessionState::Failed);
        CHECK(after->failure == kFirstLine);
        CHECK(has_error(run, "does not fit"));
    }
}

TEST_CASE("An exception while capturing leaves the last pictures whole") {
    auto script = std::make_shared<PlainScript>();
    script->on_capture = [](std::int64_t iteration) {
        if (iteration == 4) throw std::runtime_error("no memory for a copy");
    };
    SessionUnderTest run({.script = script});
    run.watch(watch_everything());
    run.post(command::Step{10});
    const SnapshotPtr failed = run.wait_for_state(SessionState::Failed);
    CHECK(failed->failure == "no memory for a copy");
    REQUIRE(failed->seen.captures.size() == 14);
    CHECK(failed->seen.captures.front()->iteration == 3);
    CHECK(describe_inconsistency(*failed) == "");
}

TEST_CASE("An exception in an evaluation, a sweep or a search fails the session, and reset recovers") {
    auto script = std::make_shared<PlainScript>();
    auto broken = std::make_shared<std::atomic<bool>>(true);
    script->on_classify = [broken](std::int64_t) {
        if (*broken) throw std::runtime_error("classification is broken");
    };
    SessionUnderTest run({.script = script});
    const int what = GENERATE(0, 1, 2);
    if (what == 0) run.post(command::Evaluate{});
    if (what == 1) run.post(command::SeekMistake{});
    if (what == 2) run.post(command::Watch{watch_everything()});
    const SnapshotPtr failed = run.wait_for_state(SessionState::Failed);
    CHECK(failed->failure == "classification is broken");
    CHECK_FALSE(failed->evaluating);
    CHECK_FALSE(failed->seeking);
    CHECK(failed->sweep_progress == 0.0);
    *broken = false;
    run.apply(command::Reset{.seed = 1});
    run.wait_for_iteration(30);
}

TEST_CASE("A failing command does not swallow those behind it") {
    auto script = std::make_shared<PlainScript>();
    Gate busy;
    script->on_train = [&busy](std::int64_t) { busy.wait(); };
    SessionUnderTest run({.script = script});
    run.post(command::Step{1});
    REQUIRE(busy.wait_for_arrival());
    script->start_throws = "out of memory";  // the trainer's thread is at the gate
    run.post(command::Reset{.seed = 2});
    const CommandId last = run.post(command::SetSpeed{3.0});
    busy.open();
    const SnapshotPtr snapshot = run.wait_for([last](const Snapshot& s) { return s.applied_command >= last; });
    CHECK(snapshot->state == SessionState::Failed);
    CHECK(snapshot->failure == "out of memory");
    CHECK(snapshot->settings.iterations_per_second == 3.0);
}

TEST_CASE("A first recipe that does not fit fails the session with the reason, and another recipe recovers") {
    auto script = std::make_shared<PlainScript>();
    script->refused_recipe = "plain";
    SessionUnderTest run({.script = script});
    const SnapshotPtr failed = run.wait_for_state(SessionState::Failed);
    CHECK(failed->failure == "Recipe 'plain' does not fit the data");
    CHECK(failed->run_info == nullptr);
    CHECK(run.apply(command::Step{})->state == SessionState::Failed);
    CHECK(run.apply(command::Reset{})->state == SessionState::Failed);
    Recipe fitting = plain_recipe();
    fitting.name = "fitting";
    run.apply(command::Reset{.seed = 1, .recipe = fitting});
    CHECK(run.wait_for_iteration(3)->state == SessionState::Running);
}

TEST_CASE("A trainer that cannot be made fails the session, and reset tries again") {
    std::atomic<int> attempts{0};
    auto script = std::make_shared<PlainScript>();
    SessionUnderTest run({.script = script, .on_make = [&attempts] {
                              if (++attempts < 3) throw std::runtime_error("No CUDA device: choose --device cpu");
                          }});
    const SnapshotPtr failed = run.wait_for_state(SessionState::Failed);
    CHECK(failed->failure == "No CUDA device: choose --device cpu");
    CHECK(run.apply(command::Reset{})->state == SessionState::Failed);
    run.apply(command::Reset{});
    run.wait_for_iteration(3);
    CHECK(attempts == 3);
}

TEST_CASE("An exception that says nothing still has a reason on screen") {
    auto script = std::make_shared<PlainScript>();
    script->on_train = [](std::int64_t) { throw std::runtime_error(""); };
    SessionUnderTest run({.script = script, .paused = false});
    CHECK_FALSE(run.wait_for_state(SessionState::Failed)->failure.empty());
}

TEST_CASE("A loss that is not a number pauses the run and says at which iteration") {
    auto script = std::make_shared<PlainScript>();
    script->nan_at = 12;
    SessionUnderTest run({.script = script, .paused = false});
    const SnapshotPtr paused = run.wait_for_state(SessionState::Paused);
    CHECK(paused->iteration == 12);
    CHECK(std::isnan(paused->metrics.loss));
    CHECK(has_error(run, "iteration 12"));
    CHECK(run.metrics().size() == 12);

    script->nan_at = 0;
    run.apply(command::Run{});
    run.wait_for_iteration(20);
}

TEST_CASE("A step that meets a loss that is not a number ends there") {
    auto script = std::make_shared<PlainScript>();
    script->nan_at = 3;
    SessionUnderTest run({.script = script});
    CHECK(run.step(10)->iteration == 3);
    script->nan_at = 0;
    CHECK(run.step(10)->iteration == 13);
}

TEST_CASE("A loss that no network has that learns is said once, goes with its run, and does not stop it") {
    auto script = std::make_shared<PlainScript>();
    script->huge_at = 5;
    SessionUnderTest run({.script = script});
    run.step(4);
    CHECK(run.notices().empty());
    const RunId id = run.step(20)->run_info->run;
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().severity == event::Notice::Severity::Warning);
    CHECK(run.notices().front().about == id);
    CHECK(run.notices().front().text ==
          "The run diverges: the loss of iteration 5 is 1e+15, where guessing costs 2.30; start it over and lower the "
          "learning rate");
    run.apply(command::Reset{.seed = 1});
    run.step(6);
    CHECK(run.notices().size() == 2);
}

}  // namespace convscope
