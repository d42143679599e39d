// Saving while training goes on, by itself too, and what is said when it fails.
#include "engine/core/log.h"
#include "tests/session/saved_runs.h"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace convscope {

using namespace std::chrono_literals;

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
    const RunState written = file(*script, "a.pt").value();
    CHECK(written.training->iteration == saved.iteration);
    CHECK(written.training->learning_rate == 0.01);
    CHECK(written.progress.history.iterations() == saved.iteration);
    CHECK(written.progress.latest.iteration == saved.iteration);
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
    SessionUnderTest run({.script = script, .save_to = always("last.pt"), .clock = clock_that_moves()});
    run.step(5);
    run.wait_for([&](const Snapshot&) { return tries >= 3; });  // although it is paused
    const std::vector<event::Saved> failed = run.saves();
    REQUIRE(failed.size() == 1);
    CHECK_THAT(failed.front().problem, contains_text("last.pt: "));
    CHECK_THAT(failed.front().problem, contains_text("tried again"));
    full = false;
    CHECK(run.wait_for_saves(2).back().problem.empty());
    CHECK(file(*script, "last.pt")->training->iteration == 5);
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
    CHECK(file(*script, "last.pt")->training->iteration == 5);
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
    CHECK(file(*script, "last.pt")->training->iteration == 5);
}

TEST_CASE("A run saves itself when its time has come, and only when it has trained since") {
    auto script = ten_iterations_an_epoch();
    SessionUnderTest run({.script = script, .save_to = always("last.pt"), .autosave_seconds = 60.0});
    run.step(5);
    run.clock().advance(59s);
    run.apply(command::Pause{});
    run.apply(command::Pause{});  // behind it the turn that saves would have come
    CHECK(run.saves().empty());
    run.clock().advance(1s);
    CHECK(run.wait_for_saves(1).front().iteration == 5);  // although it is paused
    CHECK(file(*script, "last.pt")->training->iteration == 5);
    run.clock().advance(600s);
    for (int i = 0; i < 20; ++i) run.apply(command::SetProbe{HeldPicture{Split::Test, i}});
    CHECK(run.saves().size() == 1);
    CHECK(run.step(1)->state == SessionState::Paused);
    CHECK(run.wait_for_saves(2).back().iteration == 6);  // at once: a minute has passed since the last one
    CHECK(run.step(1)->state == SessionState::Paused);
    run.clock().advance(59s);
    run.apply(command::Pause{});
    run.apply(command::Pause{});
    CHECK(run.saves().size() == 2);
    run.clock().advance(1s);
    CHECK(run.wait_for_saves(3).back().iteration == 7);
}

TEST_CASE("Every epoch that is to be kept has a file of its own, from which the run goes on as it did") {
    auto script = ten_iterations_an_epoch();
    SessionUnderTest run({.script = script, .save_to = always("run/last.pt"), .keep_every_epochs = 2});
    const RunId id = run.step(5 * kEpoch + 3)->run_info->run;
    run.wait_for_saves(2);
    CHECK(file(*script, "run/epoch-0002.pt")->training->iteration == 2 * kEpoch);
    CHECK(file(*script, "run/epoch-0004.pt")->training->iteration == 4 * kEpoch);
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

TEST_CASE("A run that another takes the place of, and that could not be saved then, is saved as soon as it can be") {
    auto script = ten_iterations_an_epoch();
    std::atomic<bool> full{true};
    script->on_save = [&full] {
        if (full) throw std::bad_alloc();
    };
    int begun = 0;
    const bool waits = GENERATE(true, false);  // else it is tried again at the end alone
    CAPTURE(waits);
    {
        SessionUnderTest run({.script = script,
                              .save_to = [&begun](const Recipe&) { return std::to_string(++begun) + ".pt"; },
                              .clock = waits ? clock_that_moves() : std::make_shared<ManualClock>()});
        run.step(kEpoch + 2);
        run.apply(command::Reset{.seed = 2});
        run.step(kEpoch + 3);
        run.apply(command::Reset{.seed = 3});
        run.wait_for_saves(2);
        CHECK_FALSE(file(*script, "1.pt").has_value());
        for (const event::Saved& failed : run.saves()) CHECK_THAT(failed.problem, contains_text("tried again"));
        full = false;
        if (waits) run.wait_for_saves(4);
    }
    CHECK(file(*script, "1.pt")->training->iteration == kEpoch + 2);
    CHECK(file(*script, "2.pt")->training->iteration == kEpoch + 3);
}

TEST_CASE("Weights that are no numbers any more do not take the place of those that were saved before") {
    auto script = ten_iterations_an_epoch();
    script->nan_at = 7;
    SessionUnderTest run({.script = script, .save_to = always("last.pt")});
    SECTION("of which there are some") {
        run.step(5);
        run.apply(command::Save{});
        run.wait_for_saves(1);
        run.post(command::Run{});
        run.wait_for([](const Snapshot& s) { return s.iteration == 7 && s.state == SessionState::Paused; });
        CHECK_THAT(run.notices().back().text, contains_text("resume last.pt, which stays at iteration 5"));
        SECTION("by themselves") {
            run.end();
            CHECK(file(*script, "last.pt")->training->iteration == 5);
        }
        SECTION("nor when it is asked for, but of another file's") {
            run.apply(command::Save{});
            CHECK_THAT(run.wait_for_saves(2).back().problem,
                       contains_text("last.pt: keeps iteration 5, as the weights are no numbers any more"));
            CHECK(file(*script, "last.pt")->training->iteration == 5);
            run.apply(command::Save{"other.pt"});
            run.wait_for_saves(3);
            CHECK(file(*script, "other.pt")->training->iteration == 7);
        }
        SECTION("until they are numbers again") {
            script->nan_at = 0;
            run.step(1);
            run.end();
            CHECK(file(*script, "last.pt")->training->iteration == 8);
        }
    }
    SECTION("where there are none they are all there is") {
        run.post(command::Run{});
        run.wait_for([](const Snapshot& s) { return s.iteration == 7 && s.state == SessionState::Paused; });
        run.end();
        CHECK(file(*script, "last.pt")->training->iteration == 7);
    }
}

TEST_CASE("What cannot be saved to the very end is named there") {
    static std::mutex mutex;
    static std::vector<std::string> lines;
    lines.clear();
    log::set_sink([](log::Level, std::string_view text) {
        std::lock_guard lock(mutex);
        lines.emplace_back(text);
    });
    auto script = ten_iterations_an_epoch();
    script->save_problem = "the disk is full";
    int begun = 0;
    {
        SessionUnderTest run(
            {.script = script, .save_to = [&begun](const Recipe&) { return std::to_string(++begun) + ".pt"; }});
        run.step(kEpoch + 2);
        run.apply(command::Reset{.seed = 2});
        run.wait_for_saves(1);
        run.step(1);
    }
    log::set_sink(nullptr);
    std::ranges::sort(lines);  // which of them was tried again last is a matter of when the run ended
    CHECK(lines == std::vector<std::string>{"1.pt: the disk is full", "2.pt: the disk is full"});
}

TEST_CASE("Going back to what a run's file has, its newer self that could not be saved is let go of") {
    auto script = ten_iterations_an_epoch();
    std::atomic<bool> full{false};
    script->on_save = [&full] {
        if (full) throw std::bad_alloc();
    };
    int begun = 0;
    {
        SessionUnderTest run(
            {.script = script, .save_to = [&begun](const Recipe&) { return std::to_string(++begun) + ".pt"; }});
        run.step(3);
        run.apply(command::Save{});
        run.wait_for_saves(1);
        full = true;
        run.step(4);
        run.apply(command::Save{});
        run.wait_for_saves(2);
        CHECK(run.apply(command::Resume{"1.pt"})->iteration == 3);
        full = false;
    }
    CHECK(file(*script, "1.pt")->training->iteration == 3);
}

TEST_CASE("However slow the disk, of the epochs that are to be kept few wait for it, and the others are named") {
    auto script = ten_iterations_an_epoch();
    script->test_count = 10;
    Gate disk;
    script->on_save = [&disk] { disk.wait(); };
    constexpr std::int64_t kEpochs = 300;  // more than may wait
    std::size_t given_up = 0;
    {
        SessionUnderTest run({.script = script, .save_to = always("run/last.pt"), .keep_every_epochs = 1});
        run.step(kEpoch);
        REQUIRE(disk.wait_for_arrival());
        run.step((kEpochs - 1) * kEpoch);
        run.apply(command::Pause{});  // behind it comes the turn that saves
        run.apply(command::Pause{});
        const auto notices = run.notices();
        given_up = notices.size();
        REQUIRE(given_up > 0);
        CHECK_THAT(notices.front().text,
                   contains_text("run/epoch-0002.pt: could not be saved so far, and is given up"));
        disk.open();
    }
    std::size_t kept = 0;
    for (std::int64_t epoch = 1; epoch <= kEpochs; ++epoch) {
        char name[32];
        std::snprintf(name, sizeof name, "run/epoch-%04d.pt", static_cast<int>(epoch));
        kept += file(*script, name).has_value() ? 1U : 0U;
    }
    CHECK(kept + given_up <= kEpochs);
    CHECK(kept + given_up >= kEpochs - 1);  // the run's own file, saved at exit, may take the place of one more
    CHECK(kept <= 257);                     // of a megabyte each, and the one that was being written
    CHECK(file(*script, "run/epoch-0300.pt")->training->iteration == kEpochs * kEpoch);
}

TEST_CASE("A run is saved at exit as far as it got") {
    auto script = ten_iterations_an_epoch();
    SECTION("with everything it has trained") {
        {
            SessionUnderTest run({.script = script, .save_to = always("last.pt")});
            run.step(13);
            CHECK(run.saves().empty());
        }
        const RunState saved = file(*script, "last.pt").value();
        CHECK(saved.training->iteration == 13);
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
        CHECK(file(*script, "last.pt")->training->iteration == 2);
        CHECK(file(*script, "mine.pt")->training->iteration == 2);
    }
    SECTION("when it has failed, but for the iteration under way") {
        script->throw_at = 6;
        SessionUnderTest run({.script = script, .save_to = always("last.pt")});
        run.post(command::Run{});
        run.wait_for_state(SessionState::Failed);
        run.wait_for_saves(1);  // at once, not only at the end
        CHECK(file(*script, "last.pt")->training->iteration == 5);
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
        CHECK(file(*script, "last.pt")->training->iteration == kEpoch);
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
        CHECK(file(*script, "plain1.pt")->training->iteration == kEpoch + 2);
        run.step(1);
        run.end();
        CHECK(file(*script, "plain1.pt")->training->iteration == kEpoch + 2);
        CHECK(file(*script, "plain2.pt")->training->iteration == 1);
    }
    SECTION("by a resumed one") {
        run.apply(command::Save{"a.pt"});
        run.wait_for_saves(1);
        run.step(1);
        CHECK(run.apply(command::Resume{"a.pt"})->run_info->checkpoint == "plain2.pt");
        CHECK(run.wait_for_saves(2).back().path == "plain1.pt");
        run.step(3);
        run.end();
        CHECK(file(*script, "plain1.pt")->training->iteration == kEpoch + 3);
        CHECK(file(*script, "plain2.pt")->training->iteration == kEpoch + 5);
    }
    SECTION("but not over the very file that is resumed") {
        run.apply(command::Save{});
        run.wait_for_saves(1);
        run.step(kEpoch);
        CHECK(run.apply(command::Resume{"plain1.pt"})->iteration == kEpoch + 2);
        run.end();
        CHECK(file(*script, "plain1.pt")->training->iteration == kEpoch + 2);
    }
    SECTION("however little it was trained, as its log is there too; but not when it was not") {
        run.apply(command::Reset{.seed = 5});
        run.step(1);
        run.apply(command::Reset{.seed = 6});
        run.apply(command::Reset{.seed = 7});
        run.end();
        CHECK(file(*script, "plain2.pt")->training->iteration == 1);
        CHECK_FALSE(file(*script, "plain3.pt").has_value());
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
