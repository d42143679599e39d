// Going on with a saved run as if it had never been interrupted, and what is said of it.
#include "tests/session/saved_runs.h"

namespace convscope {

TEST_CASE("A resumed run is the run that was not interrupted, its history included") {
    constexpr std::int64_t kAll = 35;
    const std::int64_t before = GENERATE(0, 1, 4, kEpoch, kEpoch + 3, 2 * kEpoch);
    CAPTURE(before);
    auto script = ten_iterations_an_epoch();
    {
        SessionUnderTest run({.script = script});
        if (before > 0) run.step(before);
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
    }
    const History wanted = uninterrupted(kAll);
    SECTION("at the beginning of a session") {
        SessionUnderTest again({.script = script, .seed = 77, .resume = "a.pt"});
        const SnapshotPtr resumed = again.wait_for_state(SessionState::Paused);
        CHECK(resumed->iteration == before);
        CHECK(resumed->metrics.iteration == before);
        CHECK(resumed->run_info->seed == 1);
        const RunId id = again.step(kAll - before)->run_info->run;
        CHECK((history(again, id) == wanted));
    }
    SECTION("in the place of another run, paused") {
        SessionUnderTest again({.script = script, .seed = 77, .paused = false});
        const RunId other = again.wait_for_iteration(50)->run_info->run;
        const SnapshotPtr resumed = again.apply(command::Resume{"a.pt"});
        CHECK(resumed->state == SessionState::Paused);
        CHECK(resumed->run_info->run != other);
        CHECK(resumed->iteration == before);
        const RunId id = again.step(kAll - before)->run_info->run;
        CHECK((history(again, id) == wanted));
    }
}

TEST_CASE("A resumed run says so before it tells its history") {
    auto script = ten_iterations_an_epoch();
    {
        SessionUnderTest run({.script = script});
        run.step(13);
        run.apply(command::Save{"folder/a.pt"});
        run.wait_for_saves(1);
    }
    SessionUnderTest again({.script = script, .resume = "folder/a.pt"});
    again.wait_for_state(SessionState::Paused);
    const std::vector<Event>& events = again.events();
    REQUIRE(events.size() == 2);
    REQUIRE(std::holds_alternative<event::RunStarted>(events[0]));
    REQUIRE(std::get<event::RunStarted>(events[0]).resumed.has_value());
    CHECK(std::get<event::RunStarted>(events[0]).resumed->iteration == 13);
    CHECK_FALSE(std::get<event::RunStarted>(events[0]).resumed->evaluation_due);
    REQUIRE(std::holds_alternative<event::Changed>(events[1]));
    CHECK(std::get<event::Changed>(events[1]).what == "resumed from a.pt");
    CHECK(std::get<event::Changed>(events[1]).iteration == 13);
    REQUIRE(std::get<event::RunStarted>(events[0]).history);
    CHECK(std::get<event::RunStarted>(events[0]).history->iterations() == 13);
    CHECK(std::get<event::RunStarted>(events[0]).history->evaluations.total() == 1);
    CHECK(again.metrics().empty());
    again.step(kEpoch);
    CHECK(again.metrics().front().iteration == 14);
    again.apply(command::Reset{.seed = 1});
    CHECK_FALSE(std::get<event::RunStarted>(again.events().back()).resumed.has_value());
}

TEST_CASE("Settings that were changed by hand are resumed with the run") {
    auto script = ten_iterations_an_epoch();
    {
        SessionUnderTest run({.script = script});
        run.step(3);
        run.apply(command::SetLearningRate{0.003});
        run.apply(command::SetMomentum{0.25});
        run.apply(command::SetBatchSize{7});
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
    }
    SessionUnderTest again({.script = script, .resume = "a.pt"});
    const LiveSettings settings = again.wait_for_state(SessionState::Paused)->settings;
    CHECK(settings.learning_rate == 0.003);
    CHECK(settings.momentum == 0.25);
    CHECK(settings.batch_size == 7);
}

TEST_CASE("A run saved when its epoch's evaluation was due begins with that evaluation, once") {
    auto script = ten_iterations_an_epoch();
    auto measuring = std::make_shared<Gate>();
    script->on_classify = [measuring](std::int64_t) { measuring->wait(); };
    {
        SessionUnderTest run({.script = script});
        run.post(command::Step{kEpoch});
        REQUIRE(measuring->wait_for_arrival());
        run.post(command::Save{"a.pt"});  // applied after the first of three slices
        measuring->open();
        const event::Saved saved = run.wait_for_saves(1).front();
        CHECK(saved.iteration == kEpoch);
    }
    REQUIRE(file(*script, "a.pt")->progress.evaluation_due);
    REQUIRE(file(*script, "a.pt")->progress.history.evaluations.total() == 0);
    SessionUnderTest again({.script = script, .resume = "a.pt"});
    again.wait_for([](const Snapshot& s) { return s.run_info && s.iteration == kEpoch && !s.evaluating; });
    REQUIRE(std::holds_alternative<event::RunStarted>(again.events().front()));
    CHECK(std::get<event::RunStarted>(again.events().front()).resumed->evaluation_due);
    CHECK(again.evaluations().size() == 1);
    const RunId id = again.step(25)->run_info->run;
    CHECK((history(again, id) == uninterrupted(kEpoch + 25)));
}

TEST_CASE("What a resumed run has measured is saved, though its file had the iteration before") {
    auto script = ten_iterations_an_epoch();
    {
        SessionUnderTest run({.script = script});
        run.step(kEpoch);
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
    }
    RunProgress& progress = script->files.at("a.pt").progress;  // as it was before the measurement
    progress.evaluation_due = true;
    progress.epoch = 1;
    progress.history.evaluations = {};
    {
        SessionUnderTest again({.script = script, .resume = "a.pt", .save_to = [](const Recipe&) { return "a.pt"; }});
        again.wait_for([](const Snapshot& s) { return s.run_info && s.iteration == kEpoch && !s.evaluating; });
    }
    CHECK_FALSE(file(*script, "a.pt")->progress.evaluation_due);
    CHECK(file(*script, "a.pt")->progress.history.evaluations.total() == 1);
}

TEST_CASE("A finished run is finished when resumed, and goes on when told to") {
    auto script = ten_iterations_an_epoch();
    Recipe recipe = plain_recipe();
    recipe.epochs = 2;
    {
        SessionUnderTest run({.script = script, .recipe = recipe, .paused = false});
        run.wait_for_state(SessionState::Finished);
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
    }
    SessionUnderTest again({.script = script, .paused = false, .resume = "a.pt"});
    CHECK(again.wait_for_state(SessionState::Finished)->iteration == 2 * kEpoch);
    const CommandId id = again.post(command::Run{});
    const SnapshotPtr end = again.wait_for(
        [id](const Snapshot& s) { return s.applied_command >= id && s.state == SessionState::Finished; });
    CHECK(end->iteration == 4 * kEpoch);
}

TEST_CASE("A run that was interrupted ends where it was to end when resumed, also where a finished one would go on") {
    auto script = ten_iterations_an_epoch();
    Recipe recipe = plain_recipe();
    recipe.epochs = 4;
    const std::int64_t stopped = GENERATE(3, kEpoch, 2 * kEpoch + 7);
    CAPTURE(stopped);
    {
        SessionUnderTest run({.script = script, .recipe = recipe});
        run.step(stopped);
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
    }
    SessionUnderTest again({.script = script, .paused = false, .resume = "a.pt", .extend_finished = true});
    CHECK(again.wait_for_state(SessionState::Finished)->iteration == 4 * kEpoch);
    again.apply(command::Save{"b.pt"});
    again.wait_for_saves(1);
    SessionUnderTest more({.script = script, .paused = false, .resume = "b.pt", .extend_finished = true});
    CHECK(more.wait_for([](const Snapshot& s) { return s.state == SessionState::Finished && s.iteration > 4 * kEpoch; })
              ->iteration == 8 * kEpoch);
}

TEST_CASE("A run that was interrupted in its last measurement is measured when resumed, and has ended") {
    auto script = ten_iterations_an_epoch();
    Recipe recipe = plain_recipe();
    recipe.epochs = 1;
    auto measuring = std::make_shared<Gate>();
    script->on_classify = [measuring](std::int64_t) { measuring->wait(); };
    {
        SessionUnderTest run({.script = script, .recipe = recipe, .paused = false});
        REQUIRE(measuring->wait_for_arrival());
        run.post(command::Save{"a.pt"});
        measuring->open();
        run.wait_for_saves(1);
    }
    SessionUnderTest again({.script = script, .paused = false, .resume = "a.pt", .extend_finished = true});
    const SnapshotPtr end = again.wait_for_state(SessionState::Finished);
    CHECK(end->iteration == kEpoch);
    CHECK(again.evaluations().size() == 1);
}

TEST_CASE("What a run does not go on with as it was is marked where it goes on") {
    auto script = ten_iterations_an_epoch();
    {
        SessionUnderTest run({.script = script});
        run.step(3);
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
    }
    script->resume_changes = {"learning rate 0.01 -> 0.5"};
    SessionUnderTest again({.script = script, .resume = "a.pt"});
    again.wait_for_state(SessionState::Paused);
    CHECK(again.marks() == std::vector<std::string>{"resumed from a.pt", "learning rate 0.01 -> 0.5"});
    for (const Event& event : again.events())
        if (const auto* changed = std::get_if<event::Changed>(&event)) CHECK(changed->iteration == 3);
}

TEST_CASE("Resuming what cannot be read changes nothing but a notice") {
    auto script = ten_iterations_an_epoch();
    SessionUnderTest run({.script = script});
    run.watch(watch_everything());
    const SnapshotPtr before = run.step(13);
    const std::size_t events = run.events().size();
    const SnapshotPtr after = run.apply(command::Resume{"missing.pt"});
    CHECK(after->run_info == before->run_info);
    CHECK(after->state == SessionState::Paused);
    CHECK(after->iteration == 13);
    CHECK(after->seen.captures == before->seen.captures);
    REQUIRE(run.events().size() == events + 1);
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().severity == event::Notice::Severity::Error);
    CHECK(run.notices().front().text == "missing.pt: there is no such file");
    const RunId id = run.step(12)->run_info->run;
    CHECK((history(run, id) == uninterrupted(25)));
}

TEST_CASE("A session that is to begin with a file that is missing fails with the reason, and reset recovers") {
    SessionUnderTest run({.resume = "missing.pt"});
    const SnapshotPtr failed = run.wait_for_state(SessionState::Failed);
    CHECK(failed->failure == "missing.pt: there is no such file");
    run.apply(command::Reset{.seed = 1});
    run.wait_for_iteration(3);
}

TEST_CASE("A saved run recovers a session that has failed") {
    auto script = ten_iterations_an_epoch();
    SessionUnderTest run({.script = script});
    run.step(4);
    run.apply(command::Save{"a.pt"});
    run.wait_for_saves(1);
    script->throw_at = 6;
    run.post(command::Run{});
    run.wait_for_state(SessionState::Failed);
    script->throw_at = 0;
    const SnapshotPtr resumed = run.apply(command::Resume{"a.pt"});
    CHECK(resumed->failure.empty());
    CHECK(resumed->state == SessionState::Paused);
    const RunId id = run.step(21)->run_info->run;
    CHECK((history(run, id) == uninterrupted(25)));
}

TEST_CASE("Resuming from the file that was just asked for reads what was saved to it, however slow the disk") {
    auto script = ten_iterations_an_epoch();
    SessionUnderTest run({.script = script});
    run.step(3);
    run.apply(command::Save{"a.pt"});
    run.wait_for_saves(1);
    Gate disk;
    script->on_save = [&disk] { disk.wait(); };
    run.step(4);
    run.post(command::Save{"a.pt"});
    const CommandId resumed = run.post(command::Resume{"a.pt"});
    REQUIRE(disk.wait_for_arrival());
    disk.open();
    const SnapshotPtr after = run.wait_for([&](const Snapshot& s) { return s.applied_command >= resumed; });
    CHECK(after->iteration == 7);
}

}  // namespace convscope
