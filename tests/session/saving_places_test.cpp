// Where a run's files go that others have moved, or taken the place of, while it trains.
#include "engine/core/plain_file.h"
#include "tests/data/temp_folder.h"
#include "tests/session/saved_runs.h"

#include <sys/stat.h>

#include <atomic>

namespace convscope {

TEST_CASE("A run's own files are saved where its folder is by then, and another file where it was asked for") {
    auto script = ten_iterations_an_epoch();
    std::atomic<bool> there = false;
    SessionUnderTest run({.script = script,
                          .save_to = always("run/last.pt"),
                          .folders = {.find = [&](const std::filesystem::path& first) -> Result<RunFolder> {
                              if (first != "run") return Error{ErrorCode::Io, "asked of " + first.string()};
                              if (!there) return Error{ErrorCode::Io, "no folder"};
                              return RunFolder{"run-2", "moved"};
                          }},
                          .keep_every_epochs = 1});
    run.step(1);
    run.apply(command::Save{});
    CHECK(run.wait_for_saves(1).back().problem == "no folder");
    there = true;
    run.apply(command::Save{});
    const auto saved = run.wait_for_saves(2).back();
    CHECK(saved.problem.empty());
    CHECK(saved.path == "run-2/last.pt");
    run.apply(command::Save{"elsewhere.pt"});
    run.wait_for_saves(3);
    run.step(kEpoch - 1);
    CHECK(run.notices().front().text == "moved");
    run.end();
    CHECK(file(*script, "run-2/last.pt"));
    CHECK(file(*script, "run-2/epoch-0001.pt"));
    CHECK(file(*script, "elsewhere.pt"));
    CHECK_FALSE(file(*script, "run/last.pt"));
}

TEST_CASE("A run says where its file is once its folder had to go elsewhere, and is saved there without another name") {
    auto script = ten_iterations_an_epoch();
    const auto held = std::make_shared<HeldRunFolder>();
    const bool moves = GENERATE(false, true);
    SessionUnderTest run(
        {.script = script,
         .save_to = always("run/last.pt"),
         .folders = {.find = [&](const std::filesystem::path& first) -> Result<RunFolder> {
                         if (first != "run") return Error{ErrorCode::Io, "of " + first.string()};
                         return RunFolder{moves ? "run-2" : "run"};
                     },
                     .hold = [&](const std::filesystem::path& folder) { return folder == "run" ? held : nullptr; }}});
    const std::string place = moves ? "run-2/last.pt" : "run/last.pt";
    CHECK(run.step(1)->run_info->checkpoint == "run/last.pt");
    if (moves) held->moves.post("run-2");
    const SnapshotPtr after = run.step(1);
    CHECK(after->run_info->checkpoint == place);
    run.apply(command::Save{});
    CHECK(run.wait_for_saves(1).back().path == place);
    run.apply(command::Save{place});
    CHECK(run.wait_for_saves(2).back().path == place);
    run.step(1);
    run.end();
    CHECK(file(*script, place)->training->iteration == 3);
    CHECK(script->files.size() == 1);
}

TEST_CASE("What has taken the place of a run's file is set aside, which is said, and the run is saved") {
    const TempFolder folder;
    const std::filesystem::path last = folder.path() / "last.pt";
    auto script = ten_iterations_an_epoch();
    SessionUnderTest run({.script = script, .save_to = always(last.c_str())});
    run.step(1);
    std::string kind;
    SECTION("a link to a device") {
        std::filesystem::create_symlink("/dev/full", last);
        kind = "a link";
    }
    SECTION("a folder") {
        std::filesystem::create_directory(last);
        kind = "a folder";
    }
    SECTION("a pipe") {
        REQUIRE(mkfifo(last.c_str(), 0600) == 0);
        kind = "a pipe";
    }
    run.apply(command::Save{});
    CHECK(run.wait_for_saves(1).back().problem.empty());
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().text ==
          last.string() + ": " + kind + " had taken its place, and is " + last.string() + ".old now");
    CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(last)));  // nothing is written by this script
    CHECK(kind_at(last.string() + ".old") == kind);
    CHECK(file(*script, last.string()));
}

}  // namespace convscope
