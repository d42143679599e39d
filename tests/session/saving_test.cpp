// Saving while training goes on, resuming as if never interrupted, autosave, and what is said when it fails.
#include "tests/session/session_under_test.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace convscope {
namespace {

constexpr std::int64_t kEpoch = 10;  // iterations, the last one of five samples

std::shared_ptr<PlainScript> ten_iterations_an_epoch() {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 95;
    script->test_count = 1234;  // three slices of an evaluation
    script->predict = [](std::int64_t index, int label, std::int64_t iteration) {
        return (index + iteration) % 7 == 0 ? 9 : label;
    };
    return script;
}

std::optional<PlainSaved> file(PlainScript& script, const std::string& path) {
    std::lock_guard lock(script.files_mutex);
    const auto found = script.files.find(path);
    return found == script.files.end() ? std::nullopt : std::optional(found->second);
}

std::function<std::filesystem::path(const Recipe&)> always(const char* path) {
    return [path](const Recipe&) { return path; };
}

// All that must repeat, in the order it was reported: not the run's name, not times.
struct History {
    std::vector<std::vector<double>> curves;  // loss and accuracy of each iteration; of a resumed run since iteration 1
    std::vector<std::vector<double>> iterations;  // what is said of the newest eleven
    std::vector<std::vector<double>> evaluations;
    bool operator==(const History&) const = default;
};

History history(SessionUnderTest& run, RunId id) {
    History all;
    const auto add_evaluation = [&all](const EvaluationMetrics& e) {
        all.evaluations.push_back({double(e.iteration), double(e.epoch), double(e.ends_epoch), e.train_loss,
                                   e.train_accuracy, e.test_loss, e.test_accuracy});
    };
    for (const Event& event : run.events()) {
        const auto* started = std::get_if<event::RunStarted>(&event);
        if (!started || started->info->run != id || !started->history) continue;
        for (std::int64_t i = 1; i <= started->history->iterations(); ++i)
            all.curves.push_back({double(started->history->loss.at(i)), double(started->history->accuracy.at(i))});
        for (const EvaluationMetrics& e : started->history->evaluations.items()) add_evaluation(e);
    }
    for (const IterationMetrics& m : run.metrics()) {
        if (m.run != id) continue;
        REQUIRE(m.iteration == std::ssize(all.curves) + 1);
        all.curves.push_back({double(m.loss), double(m.accuracy)});
        all.iterations.push_back({double(m.epoch), double(m.learning_rate)});
    }
    all.iterations.erase(all.iterations.begin(),
                         all.iterations.end() - std::min<std::ptrdiff_t>(11, std::ssize(all.iterations)));
    for (const EvaluationMetrics& e : run.evaluations())
        if (e.run == id) add_evaluation(e);
    return all;
}

// A run of `iterations` that nobody has interrupted.
History uninterrupted(std::int64_t iterations) {
    SessionUnderTest run({.script = ten_iterations_an_epoch()});
    const RunId id = run.step(iterations)->run_info->run;
    return history(run, id);
}

}  // namespace

TEST_CASE("While a file is being written training goes on, commands are obeyed, and the file is of its own moment") {
    auto script = ten_iterations_an_epoch();
    Gate disk;
    script->on_save = [&disk] { disk.wait(); };
    SessionUnderTest run({.script = script, .paused = false});
    run.wait_for_iteration(3);
    const SnapshotPtr asked = run.apply(command::Save{"a.pt"});
    REQUIRE(disk.wait_for_arrival());
    run.apply(command::SetLearningRate{0.005});
    const SnapshotPtr later = run.wait_for_iteration(asked->iteration + 200);
    CHECK(run.saves().empty());
    CHECK_FALSE(file(*script, "a.pt").has_value());
    disk.open();
    const event::Saved saved = run.wait_for_saves(1).front();
    CHECK(saved.run == later->run_info->run);
    CHECK(saved.path == "a.pt");
    CHECK(saved.problem.empty());
    CHECK(saved.iteration <= asked->iteration);
    const PlainSaved written = file(*script, "a.pt").value();
    CHECK(written.iteration == saved.iteration);
    CHECK(written.settings.learning_rate == 0.01);
    CHECK(written.progress.history.iterations() == saved.iteration);
    CHECK(written.progress.latest.iteration == saved.iteration);
}

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
    CHECK(after->captures == before->captures);
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

TEST_CASE("Saving that fails is reported with its sentence, and training goes on") {
    auto script = ten_iterations_an_epoch();
    script->save_problem = "the disk is full";
    SessionUnderTest run({.script = script, .paused = false});
    const SnapshotPtr asked = run.apply(command::Save{"a.pt"});
    const event::Saved saved = run.wait_for_saves(1).front();
    CHECK(saved.path == "a.pt");
    CHECK(saved.problem == "a.pt: the disk is full");
    CHECK(run.wait_for_iteration(asked->iteration + 50)->state == SessionState::Running);
}

TEST_CASE("A saving that fails is told once, counts for nothing, and is tried again until it is done") {
    auto script = ten_iterations_an_epoch();
    std::atomic<int> tries{0};
    std::atomic<bool> full{true};
    script->on_save = [&] {
        ++tries;
        if (full) throw std::bad_alloc();  // as good as any reason
    };
    SessionUnderTest run({.script = script, .save_to = always("last.pt"), .autosave_seconds = 0.0});
    run.step(5);
    run.wait_for([&](const Snapshot&) { return tries >= 3; });  // although it is paused
    const std::vector<event::Saved> failed = run.saves();
    REQUIRE(failed.size() == 1);
    CHECK_THAT(failed.front().problem, contains_text("last.pt: "));
    CHECK_THAT(failed.front().problem, contains_text("tried again"));
    full = false;
    CHECK(run.wait_for_saves(2).back().problem.empty());
    CHECK(file(*script, "last.pt")->iteration == 5);
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().text == "last.pt: saved again");
}

TEST_CASE("A saving that has failed is tried once more at exit") {
    auto script = ten_iterations_an_epoch();
    std::atomic<int> tries{0};
    script->on_save = [&] {
        if (++tries == 1) throw std::bad_alloc();
    };
    {
        SessionUnderTest run({.script = script, .save_to = always("last.pt")});
        run.step(5);
        run.apply(command::Save{});
        CHECK_FALSE(run.wait_for_saves(1).front().problem.empty());
    }
    CHECK(file(*script, "last.pt")->iteration == 5);
}

TEST_CASE("Even one that fails only while the session ends") {
    auto script = ten_iterations_an_epoch();
    Gate disk;
    std::atomic<int> tries{0};
    script->on_save = [&] {
        disk.wait();
        if (++tries == 1) throw std::bad_alloc();
    };
    std::thread opener;
    {
        SessionUnderTest run({.script = script, .save_to = always("last.pt")});
        run.step(5);
        run.apply(command::Save{});
        REQUIRE(disk.wait_for_arrival());
        opener = std::thread([&disk] { disk.open(); });
    }
    opener.join();
    CHECK(file(*script, "last.pt")->iteration == 5);
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

TEST_CASE("A run saves itself when its time has come, and only when it has trained since") {
    auto script = ten_iterations_an_epoch();
    SessionUnderTest run({.script = script, .save_to = always("last.pt"), .autosave_seconds = 0.0});
    run.step(5);
    run.wait_for([&](const Snapshot&) {
        const auto saves = run.saves();
        return !saves.empty() && saves.back().iteration == 5;
    });
    CHECK(file(*script, "last.pt")->iteration == 5);
    const std::size_t count = run.saves().size();
    for (int i = 0; i < 20; ++i) run.apply(command::SetProbe{Split::Test, i});
    CHECK(run.saves().size() == count);
    CHECK(run.step(1)->state == SessionState::Paused);
    run.wait_for([&](const Snapshot&) { return run.saves().back().iteration == 6; });
}

TEST_CASE("Every epoch that is to be kept has a file of its own, from which the run goes on as it did") {
    auto script = ten_iterations_an_epoch();
    SessionUnderTest run({.script = script, .save_to = always("run/last.pt"), .keep_every_epochs = 2});
    const RunId id = run.step(5 * kEpoch + 3)->run_info->run;
    run.wait_for_saves(2);
    CHECK(file(*script, "run/epoch-0002.pt")->iteration == 2 * kEpoch);
    CHECK(file(*script, "run/epoch-0004.pt")->iteration == 4 * kEpoch);
    for (const char* none : {"run/epoch-0001.pt", "run/epoch-0003.pt", "run/epoch-0005.pt", "run/last.pt"})
        CHECK_FALSE(file(*script, none).has_value());

    SessionUnderTest resumed({.script = script, .resume = "run/epoch-0002.pt"});
    const RunId again = resumed.step(3 * kEpoch + 3)->run_info->run;
    CHECK(history(resumed, again) == history(run, id));
}

TEST_CASE("However slow the disk, only the newest of the runs that save themselves waits for it") {
    auto script = ten_iterations_an_epoch();
    Gate disk;
    script->on_save = [&disk] { disk.wait(); };
    SessionUnderTest run({.script = script, .save_to = always("last.pt"), .autosave_seconds = 0.0});
    run.step(1);
    REQUIRE(disk.wait_for_arrival());
    run.step(40);
    run.apply(command::Pause{});  // behind it comes the turn that saves
    run.apply(command::Pause{});
    disk.open();
    const std::vector<event::Saved> saves = run.wait_for_saves(2);
    CHECK(saves.size() == 2);
    CHECK(saves.front().iteration == 1);
    CHECK(saves.back().iteration == 41);
}

TEST_CASE("A run is saved at exit as far as it got") {
    auto script = ten_iterations_an_epoch();
    SECTION("with everything it has trained") {
        {
            SessionUnderTest run({.script = script, .save_to = always("last.pt")});
            run.step(13);
            CHECK(run.saves().empty());
        }
        const PlainSaved saved = file(*script, "last.pt").value();
        CHECK(saved.iteration == 13);
        CHECK(saved.progress.history.iterations() == 13);
        CHECK(saved.progress.history.evaluations.total() == 1);
    }
    SECTION("not when it has not trained, so that an older file of that name stays") {
        { SessionUnderTest run({.script = script, .save_to = always("last.pt")}); }
        CHECK_FALSE(file(*script, "last.pt").has_value());
    }
    SECTION("although another file was asked for just before, while the disk was busy") {
        Gate disk;
        script->on_save = [&disk] { disk.wait(); };
        {
            SessionUnderTest run({.script = script, .save_to = always("last.pt"), .autosave_seconds = 0.0});
            run.step(1);
            REQUIRE(disk.wait_for_arrival());
            run.step(1);
            run.apply(command::Pause{});
            run.apply(command::Save{"mine.pt"});
            disk.open();
        }
        CHECK(file(*script, "last.pt")->iteration == 2);
        CHECK(file(*script, "mine.pt")->iteration == 2);
    }
    SECTION("when it has failed, but for the iteration under way") {
        script->throw_at = 6;
        SessionUnderTest run({.script = script, .save_to = always("last.pt")});
        run.post(command::Run{});
        run.wait_for_state(SessionState::Failed);
        run.wait_for_saves(1);  // at once, not only at the end
        CHECK(file(*script, "last.pt")->iteration == 5);
        SECTION("and once only") {
            run.end();
            CHECK(file(*script, "last.pt")->progress.history.iterations() == 5);
        }
        SECTION("and goes on as if nothing had been") {
            script->throw_at = 0;
            SessionUnderTest again({.script = script, .resume = "last.pt"});
            const RunId id = again.step(20)->run_info->run;
            CHECK((history(again, id) == uninterrupted(25)));
        }
    }
    SECTION("when it has failed at its epoch's measurement, which is due then") {
        script->on_classify = [](std::int64_t) { throw std::runtime_error("no memory"); };
        {
            SessionUnderTest run({.script = script, .save_to = always("last.pt")});
            run.post(command::Run{});
            run.wait_for_state(SessionState::Failed);
        }
        CHECK(file(*script, "last.pt")->iteration == kEpoch);
        CHECK(file(*script, "last.pt")->progress.evaluation_due);
    }
    SECTION("not when it has failed amid an update: half an iteration must not take the place of a whole one") {
        script->break_at = 6;
        {
            SessionUnderTest run({.script = script, .save_to = always("last.pt")});
            run.post(command::Run{});
            run.wait_for_state(SessionState::Failed);
        }
        CHECK_FALSE(file(*script, "last.pt").has_value());
    }
}

TEST_CASE("Each run has a file of its own, and one that another takes the place of is saved as it ends") {
    auto script = ten_iterations_an_epoch();
    int begun = 0;
    SessionUnderTest run({.script = script, .save_to = [&begun](const Recipe& recipe) {
                              return recipe.name + std::to_string(++begun) + ".pt";
                          }});
    CHECK(run.step(kEpoch + 2)->run_info->checkpoint == "plain1.pt");
    SECTION("by a new run") {
        CHECK(run.apply(command::Reset{.seed = 5})->run_info->checkpoint == "plain2.pt");
        const event::Saved saved = run.wait_for_saves(1).front();
        CHECK(saved.path == "plain1.pt");
        CHECK_FALSE(saved.asked);
        CHECK(file(*script, "plain1.pt")->iteration == kEpoch + 2);
        run.step(1);
        run.end();
        CHECK(file(*script, "plain1.pt")->iteration == kEpoch + 2);
        CHECK(file(*script, "plain2.pt")->iteration == 1);
    }
    SECTION("by a resumed one") {
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
        run.step(1);
        CHECK(run.apply(command::Resume{"a.pt"})->run_info->checkpoint == "plain2.pt");
        CHECK(run.wait_for_saves(2).back().path == "plain1.pt");
        run.step(3);
        run.end();
        CHECK(file(*script, "plain1.pt")->iteration == kEpoch + 3);
        CHECK(file(*script, "plain2.pt")->iteration == kEpoch + 5);
    }
    SECTION("but not over the very file that is resumed") {
        run.apply(command::Save{});
        run.wait_for_saves(1);
        run.step(kEpoch);
        CHECK(run.apply(command::Resume{"plain1.pt"})->iteration == kEpoch + 2);
        run.end();
        CHECK(file(*script, "plain1.pt")->iteration == kEpoch + 2);
    }
    SECTION("but not within its first epoch: trying out seeds leaves no files") {
        run.apply(command::Reset{.seed = 5});
        run.step(kEpoch - 1);
        run.apply(command::Reset{.seed = 6});
        run.end();
        CHECK_FALSE(file(*script, "plain2.pt").has_value());
    }
    SECTION("and is what is saved without naming a file") {
        run.apply(command::Save{});
        const event::Saved saved = run.wait_for_saves(1).front();
        CHECK(saved.path == "plain1.pt");
        CHECK(saved.asked);
    }
}

TEST_CASE("A run without a file of its own is saved to none, and that is said") {
    SessionUnderTest run;
    CHECK(run.apply(command::Save{})->run_info->checkpoint.empty());
    REQUIRE(run.notices().size() == 1);
    CHECK_THAT(run.notices().front().text, contains_text("--out"));
    CHECK(run.saves().empty());
}

TEST_CASE("The end waits for what is being saved") {
    auto script = ten_iterations_an_epoch();
    Gate disk;
    script->on_save = [&disk] { disk.wait(); };
    std::thread opener;
    {
        SessionUnderTest run({.script = script});
        run.step(2);
        run.apply(command::Save{"a.pt"});
        run.apply(command::Save{"b.pt"});
        REQUIRE(disk.wait_for_arrival());
        opener = std::thread([&disk] { disk.open(); });
    }
    opener.join();
    CHECK(file(*script, "a.pt").has_value());
    CHECK(file(*script, "b.pt").has_value());
}

}  // namespace convscope
