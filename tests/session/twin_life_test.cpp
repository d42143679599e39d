// A run beside another: how it fails, ends, is refused and looked at, and keeps that one's pace.
#include "tests/session/driven_pair.h"

#include <string>
#include <thread>
#include <vector>

namespace convscope {

using command::BeginTwin;

TEST_CASE("A run beside that fails is shown as failed, and the leader trains on") {
    DrivenPair run;
    run.script->another = paired_script();
    run.script->another->throw_at = 18;
    run.step(10);
    run.apply(BeginTwin{});
    run.step(30);
    CHECK(run.shown()->iteration == 40);
    CHECK(run.shown()->state == SessionState::Paused);
    CHECK(run.twin_shown()->state == SessionState::Failed);
    CHECK(run.twin_shown()->iteration == 17);
    CHECK(run.twin_shown()->failure == "The plain trainer was told to fail");
    CHECK(run.notices().empty());
    run.post_to_twin(command::SetLearningRate{0.5});
    CHECK(run.twin_notices().back() == "The run beside has failed: begin it anew");
    DrivenPair alone;
    alone.step(40);
    require_equal(*run.leader().state(), *alone.leader().state());
    run.script->another->throw_at = 0;
    run.apply(BeginTwin{});
    run.step(3);
    require_same(run);
}

TEST_CASE("Beside a leader that has failed a run rests, and another run in his place ends it") {
    DrivenPair run;
    run.script->another = paired_script();
    run.step(10);
    run.apply(BeginTwin{});
    run.script->throw_at = 18;
    run.step(30);
    CHECK(run.shown()->state == SessionState::Failed);
    CHECK(run.twin_shown()->state == SessionState::Paused);
    CHECK(run.twin_shown()->iteration == 17);
    run.apply(BeginTwin{});
    CHECK(run.notices().back() == "There is no other run beside this one: The run has failed: reset it first");
    CHECK(run.pair.twin() == nullptr);
    run.script->throw_at = 0;
    run.apply(command::Reset{3});
    run.step(2);
    run.apply(BeginTwin{});
    run.script->throw_at = run.shown()->iteration + 2;
    run.step(3);
    CHECK(run.shown()->state == SessionState::Failed);
    run.apply(command::Reset{3});
    CHECK(run.pair.twin() == nullptr);
    CHECK(run.twin_shown() == nullptr);
    CHECK(run.shown()->twin == nullptr);
}

TEST_CASE("Another run in the leader's place ends the run beside, with a word, and one that is refused does not") {
    DrivenPair run;
    run.step(20);
    const RunId first = run.shown()->line.lane;
    run.apply(command::Save{"a.pt"});
    run.apply(BeginTwin{});
    run.apply(command::Resume{"nowhere.pt"});
    run.apply(command::GoToLane{RunId{999999}});
    CHECK(run.pair.twin() != nullptr);
    const auto ends = [&](const Command& command) {
        run.apply(BeginTwin{});
        REQUIRE(run.pair.twin() != nullptr);
        run.apply(command);
        CHECK(run.pair.twin() == nullptr);
        CHECK(run.shown()->twin == nullptr);
        CHECK(run.notices().back().find("has ended") != std::string::npos);
    };
    run.go_to(10);
    run.apply(command::SetMomentum{0.75});
    CHECK(run.pair.twin() != nullptr);
    run.step(5);
    const RunId second = run.shown()->line.lane;
    ends(command::GoToLane{first});
    run.apply(BeginTwin{});
    run.apply(command::DeleteLane{first});  // refused, and nobody's
    CHECK(run.pair.twin() != nullptr);
    run.apply(BeginTwin{.lane = second});
    run.step(3);
    require_together(run);
    run.apply(command::DeleteLane{second});
    CHECK(run.pair.twin() == nullptr);
    ends(command::Reset{7});
    run.step(2);
    ends(command::BringBack{});
    ends(command::Resume{"a.pt"});
}

TEST_CASE("What makes a run go on or elsewhere is refused where a run follows, with a word, and acknowledged") {
    DrivenPair run;
    run.step(10);
    run.apply(BeginTwin{});
    std::size_t told = 0;
    for (const Command& command : std::vector<Command>{command::Run{}, command::Step{3}, command::GoTo{2},
                                                       command::Reset{}, command::SetThreads{2}, command::SetSpeed{2.0},
                                                       command::SetProbe{}, BeginTwin{}, command::EndTwin{}}) {
        const DrivenPair::SnapshotPtr answered = run.post_to_twin(command);
        CHECK(answered->applied_command == run.last_command());
        run.settle();
        CHECK(run.twin_notices().size() == ++told);
        CHECK(run.twin_shown()->iteration == 10);
    }
    require_same(run);
}

TEST_CASE("What cannot be trained beside is said, and why") {
    DrivenPair run;
    run.step(10);
    const auto refused = [&](const BeginTwin& begin, const std::string& why) {
        run.apply(begin);
        CHECK(run.notices().back() == "There is no other run beside this one: " + why);
        CHECK(run.pair.twin() == nullptr);
        CHECK(run.twin_shown() == nullptr);
        CHECK(run.shown()->twin == nullptr);
        CHECK(run.shown()->applied_command == run.last_command());
    };
    refused({.lane = RunId{999999}}, "There is no lane 999999 to be trained beside");
    refused({.difference = {command::SetMomentum{2.0}}}, "Momentum must be at least 0 and below 1; 2 was not applied");
    Recipe bad = paired_recipe();
    bad.name = "bad";
    run.script->refused_recipe = "bad";
    refused({.recipe = bad}, "Recipe 'bad' does not fit the data");
    run.script->start_throws = "no memory";
    bad.name = "good";
    refused({.recipe = bad}, "no memory");
    run.apply(command::Save{"a.pt"});
    run.apply(command::Resume{"a.pt"});
    run.step(3);
    if (run.shown()->line.kept->front() > 0)
        refused({.recipe = bad}, "Another recipe begins at iteration 0, and this run can go back to " +
                                     std::to_string(run.shown()->line.kept->front()) + ": reset it first");
    run.step(30);
    CHECK(run.shown()->state == SessionState::Paused);
}

TEST_CASE("A run beside that is ended is gone: its trainer, its states and what it published") {
    DrivenPair run;
    run.script->another = paired_script();
    run.step(10);
    run.apply(BeginTwin{.difference = {command::SetLearningRate{0.5}}});
    run.post_to_twin(command::Watch{watch_everything()});
    run.step(10);
    const std::weak_ptr<const TrainingState> state = run.twin().state();
    const std::weak_ptr<const RunInfo> info = run.twin_shown()->run_info;
    CHECK_FALSE(info.expired());
    CHECK(run.script->another->destroyed_on.load() == std::thread::id());
    const CommandId id = CommandId{run.last_command().value + 1};
    CHECK(run.apply(command::EndTwin{})->applied_command == id);
    CHECK(run.script->another->destroyed_on.load() == std::this_thread::get_id());
    CHECK(run.shown()->twin == nullptr);
    CHECK(run.twin_shown() == nullptr);
    run.pair.twin_publisher().drain_events(run.twin_events);
    run.twin_events.clear();
    CHECK(state.expired());
    CHECK(info.expired());
    run.apply(command::EndTwin{});  // there is none
    run.step(3);
    CHECK(run.notices().empty());
}

TEST_CASE("What is looked at is said to each, before there is a run beside too, and the probe is the leader's") {
    DrivenPair run;
    run.step(10);
    run.post_to_twin(command::Watch{watch_everything()});
    const CommandId watch = run.last_command();
    CHECK(run.twin_shown() == nullptr);
    run.apply(command::SetProbe{HeldPicture{Split::Train, 5}});
    run.apply(BeginTwin{});
    CHECK(run.twin_shown()->applied_command == watch);
    CHECK(run.twin_shown()->seen.captures.size() > 3);
    CHECK(run.shown()->seen.captures.empty());
    CHECK(std::get<HeldPicture>(run.twin_shown()->seen.probe.source) == HeldPicture{Split::Train, 5});
    CHECK(describe_inconsistency(*run.twin_shown()).empty());
    run.script->predict = [](std::int64_t index, int label, std::int64_t) { return index == 9 ? label + 1 : label; };
    run.apply(command::SeekMistake{});
    CHECK(std::get<HeldPicture>(run.twin_shown()->seen.probe.source) == HeldPicture{Split::Test, 9});
    run.step(3);
    CHECK(describe_inconsistency(*run.twin_shown()).empty());
    REQUIRE(run.twin_shown()->find({TensorKind::WeightGradient, LayerId{0}}) != nullptr);
    CHECK(run.twin_shown()->find({TensorKind::WeightGradient, LayerId{0}})->iteration == 13);
    run.apply(command::EndTwin{});
    run.apply(BeginTwin{});
    CHECK(run.twin_shown()->seen.captures.size() > 3);  // still looked at
    run.post_to_twin(command::Evaluate{});
    run.settle();
    CHECK(run.twin_notices().empty());
    run.apply(command::EndTwin{});
    run.post_to_twin(command::Evaluate{});
    CHECK(run.twin_notices().back() == "There is no run beside the first one");
}

TEST_CASE("Both keep the leader's pace, and rest half as long each at the phases of an iteration") {
    DrivenPair run;
    run.step(4);
    run.apply(BeginTwin{});
    run.apply(command::SetSpeed{1.0});
    run.post(command::Run{});
    run.settle();
    CHECK(run.shown()->iteration == 5);
    CHECK(run.twin_shown()->state == SessionState::Running);
    CHECK(run.twin_shown()->settings.iterations_per_second == 1.0);
    for (int i = 0; i < 5; ++i) {
        run.clock->advance(std::chrono::seconds(1));
        run.settle();
        CHECK(run.shown()->iteration == 6 + i);
        CHECK(run.twin_shown()->iteration == 6 + i);
    }
    run.post(command::Watch{watch_phases()});
    run.post_to_twin(command::Watch{watch_phases()});
    const TimePoint due = run.leader().pace().next_due();
    run.clock->advance(due - run.clock->now());
    run.pair.work();
    CHECK(run.rests.size() == 5);
    run.pair.work();
    REQUIRE(run.rests.size() == 10);
    for (const double rest : run.rests) CHECK(rest == Approx(1.0 / 12.0));
    CHECK(run.clock->now() < run.leader().pace().next_due());
}

TEST_CASE("The film of an iteration is made of both") {
    DrivenPair run;
    run.step(4);
    run.apply(BeginTwin{.difference = {command::SetLearningRate{0.5}}});
    WatchSet watched = watch_everything();
    watched.film = true;
    run.post(command::Watch{watched});
    run.post_to_twin(command::Watch{watched});
    run.settle();
    for (const auto& shown : {run.shown(), run.twin_shown()}) {
        CHECK(shown->iteration == 4);
        REQUIRE((shown->iteration == shown->twin->begins || shown->film));
    }
    run.step(3);
    for (const auto& shown : {run.shown(), run.twin_shown()}) {
        REQUIRE(shown->film);
        CHECK(shown->film->iteration == 7);
    }
    CHECK(run.rests.empty());
    require_together(run);
}

TEST_CASE("Where the leader ends by its own measurements, both are finished, and both go on") {
    DrivenPair run;
    run.step(4);
    run.apply(BeginTwin{.difference = {command::SetLearningRate{0.2}}});
    run.apply(command::Run{});
    CHECK(run.shown()->state == SessionState::Finished);
    require_together(run);
    const std::int64_t end = run.shown()->iteration;
    CHECK(run.twin_shown()->planned_iterations == run.shown()->planned_iterations);
    run.step(5);
    CHECK(run.shown()->iteration == end + 5);
    require_together(run);
    CHECK(run.twin_shown()->planned_iterations == run.shown()->planned_iterations);
}

}  // namespace convscope
