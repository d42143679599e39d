// A run that another has taken the place of comes back as if it had never been interrupted.
#include "engine/host/run_folders.h"
#include "engine/host/run_recorder.h"
#include "tests/data/temp_folder.h"
#include "tests/session/saved_runs.h"

#include <fstream>

namespace convscope {
namespace {

namespace fs = std::filesystem;

// The first column of a run's table, below its head.
std::vector<std::string> logged_iterations(const fs::path& run) {
    std::ifstream file(run / "metrics.csv");
    std::vector<std::string> numbers;
    std::string line;
    for (std::getline(file, line); std::getline(file, line);) numbers.push_back(line.substr(0, line.find(',')));
    return numbers;
}

}  // namespace

TEST_CASE("Whatever has taken a run's place, it is brought back as if it had never been interrupted") {
    constexpr std::int64_t kAll = 35;
    const std::int64_t before = GENERATE(1, 4, kEpoch, kEpoch + 3, 2 * kEpoch);
    const int how = GENERATE(0, 1, 2, 3);
    CAPTURE(before, how);
    SessionUnderTest run({.script = ten_iterations_an_epoch()});
    run.step(3);
    run.apply(command::Save{"another.pt"});
    run.wait_for_saves(1);
    run.apply(command::Reset{.seed = 1});
    const RunId first = run.step(before)->run_info->run;
    Recipe other = plain_recipe();
    other.name = "other";
    if (how == 0) run.apply(command::Reset{.seed = 5});
    if (how == 1) run.apply(command::Reset{.seed = 1, .recipe = other});
    if (how == 2) run.apply(command::Reset{.seed = 1, .data = "other numbers"});
    if (how == 3) run.apply(command::Resume{"another.pt"});
    run.step(7);
    const SnapshotPtr back = run.apply(command::BringBack{});
    CHECK(back->state == SessionState::Paused);
    CHECK(back->iteration == before);
    CHECK(back->run_info->run > first);  // RunIds only rise
    CHECK(back->run_info->seed == 1);
    CHECK(back->run_info->recipe.name == plain_recipe().name);
    const RunId id = run.step(kAll - before)->run_info->run;
    CHECK((history(run, id) == uninterrupted(kAll)));
}

TEST_CASE("Bringing back is undone by itself, as often as one likes") {
    SessionUnderTest run({.script = ten_iterations_an_epoch()});
    run.step(13);
    CHECK(run.apply(command::Reset{.seed = 5})->set_aside->iteration == 13);
    run.step(4);
    for (int i = 0; i < 3; ++i) {
        CHECK(run.apply(command::BringBack{})->iteration == 13);
        const SnapshotPtr there = run.apply(command::BringBack{});
        CHECK(there->iteration == 4);
        CHECK(there->run_info->seed == 5);
    }
    run.apply(command::BringBack{});
    const RunId id = run.step(12)->run_info->run;
    CHECK((history(run, id) == uninterrupted(25)));
}

TEST_CASE("Settings that were changed by hand come back with their run, and so do threads and first weights' file") {
    SessionUnderTest run({.script = ten_iterations_an_epoch()});
    run.step(3);
    run.apply(command::SetLearningRate{0.003});
    run.apply(command::SetMomentum{0.25});
    run.apply(command::SetBatchSize{7});
    run.apply(command::SetThreads{3});
    run.apply(command::Reset{.seed = 5});
    run.apply(command::SetThreads{2});
    const LiveSettings settings = run.apply(command::BringBack{})->settings;
    CHECK(settings.learning_rate == 0.003);
    CHECK(settings.momentum == 0.25);
    CHECK(settings.batch_size == 7);
    CHECK(settings.threads == 3);
}

TEST_CASE("What was set aside is said, and a run that was not trained takes nobody's place there") {
    SessionUnderTest run({.script = ten_iterations_an_epoch(), .save_to = [n = 0](const Recipe&) mutable {
                              return "run-" + std::to_string(++n) + "/last.pt";
                          }});
    CHECK_FALSE(run.wait_for_state(SessionState::Paused)->set_aside);
    CHECK_FALSE(run.apply(command::Reset{.seed = 2})->set_aside);
    const RunId second = run.step(13)->run_info->run;
    const auto aside = run.apply(command::Reset{.seed = 3})->set_aside;
    REQUIRE(aside);
    CHECK(aside->run == second);
    CHECK(aside->recipe == plain_recipe().name);
    CHECK(aside->iteration == 13);
    CHECK(aside->file == "run-2/last.pt");
    CHECK(run.apply(command::Reset{.seed = 4})->set_aside == aside);
    const SnapshotPtr back = run.apply(command::BringBack{});
    CHECK(back->run_info->seed == 2);
    CHECK(back->run_info->checkpoint == "run-2/last.pt");
    CHECK_FALSE(back->set_aside);
}

TEST_CASE("Where nothing was set aside, or what takes a run's place is refused, nothing changes but a notice") {
    auto script = ten_iterations_an_epoch();
    script->refused_recipe = "refused";
    SessionUnderTest run({.script = script});
    const RunId id = run.step(3)->run_info->run;
    CHECK(run.apply(command::BringBack{})->run_info->run == id);
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().text == "There is no run to be brought back: none was set aside");
    Recipe refused = plain_recipe();
    refused.name = "refused";
    const SnapshotPtr after = run.apply(command::Reset{.seed = 1, .recipe = refused});
    CHECK(after->run_info->run == id);
    CHECK_FALSE(after->set_aside);
    CHECK_FALSE(run.apply(command::Resume{"missing.pt"})->set_aside);
    run.step(22);
    CHECK((history(run, id) == uninterrupted(25)));
}

TEST_CASE("A run comes back running where the session runs, also from one that has failed") {
    auto script = ten_iterations_an_epoch();
    SessionUnderTest run({.script = script});
    run.step(13);
    run.apply(command::Reset{.seed = 5});
    script->throw_at = 6;
    run.post(command::Run{});
    run.wait_for_state(SessionState::Failed);
    script->throw_at = 0;
    run.post(command::BringBack{});
    const SnapshotPtr back = run.wait_for([](const Snapshot& s) { return s.iteration > 20; });
    CHECK(back->run_info->seed == 1);
    CHECK(back->failure.empty());
}

TEST_CASE("Who went back to what a run's file has can undo that") {
    SessionUnderTest run({.script = ten_iterations_an_epoch(), .save_to = [n = 0](const Recipe&) mutable {
                              return "run-" + std::to_string(++n) + "/last.pt";
                          }});
    run.step(4);
    run.apply(command::Save{});
    run.wait_for_saves(1);
    run.step(9);
    CHECK(run.apply(command::Resume{"run-1/last.pt"})->iteration == 4);
    CHECK(run.apply(command::BringBack{})->iteration == 13);
    const RunId id = run.step(12)->run_info->run;
    CHECK((history(run, id) == uninterrupted(25)));
}

TEST_CASE("A run that is brought back goes on in its own folder, with its own log and its own file") {
    const TempFolder temp;
    {
        const RunFolders folders = open_run_folders({.out = temp.path()}).value();
        const auto recorder = std::make_shared<RunRecorder>(/*log_every=*/1, RunRecorder::kMostRows, folders.use);
        SessionUnderTest run({.script = ten_iterations_an_epoch(),
                              .save_to = folders.checkpoint,
                              .folders = folders.use,
                              .log = [recorder](RunLogEntry entry) { return recorder->add(std::move(entry)); },
                              .settle_log = [recorder] { return recorder->settle(); }});
        run.step(3);
        run.apply(command::Reset{.seed = 5});
        run.step(4);
        // It is this process's alone all the while.
        CHECK_FALSE(ClaimedFolder::claim(temp.path(), ClaimedFolder::Existing::Take).ok());
        CHECK(run.apply(command::BringBack{})->run_info->checkpoint == temp.path() / "last.pt");
        run.step(2);
        run.apply(command::BringBack{});
        run.step(1);
    }
    CHECK(logged_iterations(temp.path()) == std::vector<std::string>{"1", "2", "3", "4", "5"});
    CHECK(logged_iterations(temp.path() / "run-2") == std::vector<std::string>{"1", "2", "3", "4", "5"});
    CHECK_FALSE(fs::exists(temp.path() / "run-3"));
    CHECK_FALSE(fs::exists(temp.path() / "old-1"));
}

}  // namespace convscope
