#include "engine/formats/past_file.h"

#include "engine/api/run_folder.h"
#include "engine/core/whole_file.h"
#include "engine/formats/checkpoint.h"
#include "engine/recipe/recipe_library.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/some_run.h"

#include <filesystem>
#include <string>
#include <vector>

using namespace convscope;

namespace fs = std::filesystem;

namespace {

std::vector<std::int64_t> listed(const fs::path& folder) {
    std::vector<std::int64_t> iterations;
    for (const PastState& state : past_files().list(folder)) {
        CHECK(state.file == past_files().file_of(folder, state.iteration));
        CHECK(state.bytes == static_cast<std::int64_t>(fs::file_size(state.file)));
        iterations.push_back(state.iteration);
    }
    return iterations;
}

RunState a_run() { return some_run(find_recipe("mlp").value()); }

}  // namespace

TEST_CASE("A state of a run's past is an ordinary saved run in the run's folder, and is listed by its iteration") {
    const TempFolder temp;
    const PastFiles files = past_files();
    for (const std::int64_t iteration : std::vector<std::int64_t>{1'000'000'000'000, 20, 0})
        REQUIRE(files.write(a_run(), files.file_of(temp.path(), iteration)).ok());
    CHECK(listed(temp.path()) == std::vector<std::int64_t>{0, 20, 1'000'000'000'000});
    CHECK(read_checkpoint(files.file_of(temp.path(), 20)).ok());
    files.remove(files.file_of(temp.path(), 20));
    CHECK(listed(temp.path()) == std::vector<std::int64_t>{0, 1'000'000'000'000});
}

TEST_CASE("What is no state of a past is not listed, and stays when that goes") {
    const TempFolder temp;
    const PastFiles files = past_files();
    CHECK(listed(temp.path()).empty());
    REQUIRE(files.write(a_run(), files.file_of(temp.path(), 7)).ok());
    REQUIRE(files.write_changes("changes", temp.path()).ok());
    CHECK(files.read_changes(temp.path()).value() == "changes");
    const fs::path states = temp.path() / kStates;
    for (const char* name : {"7.pt", "000000008.pt.tmp.4711", "notes.txt", "-00000001.pt", "00000000x.pt"})
        REQUIRE(write_whole_file(states / name, "mine").ok());
    fs::create_directory(states / "000000009.pt");
    fs::create_symlink(states / "000000007.pt", states / "000000010.pt");
    CHECK(listed(temp.path()) == std::vector<std::int64_t>{7});
    files.remove_all(temp.path());
    CHECK(listed(temp.path()).empty());
    CHECK_FALSE(fs::exists(states / "changes.jsonl"));
    CHECK(fs::exists(states / "notes.txt"));
}

TEST_CASE("Nothing is written through a link in the place of the folder, and nothing listed or removed there") {
    const TempFolder temp;
    const PastFiles files = past_files();
    const fs::path run = temp.path() / "run", others = temp.path() / "others";
    fs::create_directories(run);
    REQUIRE(files.write(a_run(), files.file_of(others, 7)).ok());
    fs::create_directory_symlink(others / kStates, run / kStates);
    CHECK(listed(run).empty());
    files.remove_all(run);
    CHECK(listed(others) == std::vector<std::int64_t>{7});
    REQUIRE(files.write(a_run(), files.file_of(run, 8)).ok());
    CHECK(listed(run) == std::vector<std::int64_t>{8});
    CHECK(listed(others) == std::vector<std::int64_t>{7});
}

TEST_CASE("A past that is over leaves no folder behind") {
    const TempFolder temp;
    const PastFiles files = past_files();
    REQUIRE(files.write(a_run(), files.file_of(temp.path(), 7)).ok());
    files.remove_all(temp.path());
    CHECK_FALSE(fs::exists(temp.path() / kStates));
    CHECK(files.read_changes(temp.path()).error().code == ErrorCode::NotFound);
}
