#include "engine/formats/lanes_file.h"

#include "engine/api/run_folder.h"
#include "engine/core/whole_file.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <string>

using namespace convscope;

namespace fs = std::filesystem;

namespace {

// Of three runs, the second of which lies within the first.
RunFamily three_lanes(const fs::path& folder) {
    return {
        .id = "0123456789abcdef",
        .lanes = {
            {.folder = folder / "one", .name = "as it was"},
            {.folder = folder / "one" / "run-2", .parent = 0, .from = 25, .begun_by = "learning rate 0.001 -> 0.01"},
            {.folder = folder / "three",
             .parent = 1,
             .from = 40,
             .name = "größer",
             .places = {{0, "the \"start\""}, {41, "erste Sieben, größer"}}}}};
}

void make_folders(const RunFamily& family) {
    for (const SavedLane& lane : family.lanes) fs::create_directories(lane.folder);
}

std::string refusal(const std::string& text) {
    const Result<RunFamily> read = parse_lanes(text, "/runs/one");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == ErrorCode::Corrupt);
    return read.error().message;
}

const std::string kHead = "{\"lanes\":1,\"family\":\"ab\"}\n";

}  // namespace

TEST_CASE("A family's lanes are read from any of its folders as they were written") {
    const TempFolder temp;
    const fs::path folder = fs::canonical(temp.path());
    const RunFamily family = three_lanes(folder);
    make_folders(family);
    for (const SavedLane& lane : family.lanes) {
        REQUIRE(write_lanes(family, lane.folder).ok());
        const Result<RunFamily> read = read_lanes(lane.folder);
        REQUIRE(read.ok());
        CHECK(read.value().id == family.id);
        CHECK(read.value().lanes == family.lanes);
    }
}

TEST_CASE("A family is moved as a whole and still is one") {
    const TempFolder temp;
    const fs::path folder = fs::canonical(temp.path());
    const RunFamily family = three_lanes(folder / "here");
    make_folders(family);
    REQUIRE(write_lanes(family, family.lanes.back().folder).ok());
    fs::rename(folder / "here", folder / "there");
    const Result<RunFamily> read = read_lanes(folder / "there" / "three");
    REQUIRE(read.ok());
    CHECK(read.value().lanes == three_lanes(folder / "there").lanes);
}

TEST_CASE("A run that is in no family has no list, and nothing is made to write one into") {
    const TempFolder temp;
    CHECK(read_lanes(temp.path()).error().code == ErrorCode::NotFound);
    CHECK_FALSE(write_lanes(three_lanes(temp.path()), temp.path() / "missing").ok());
    CHECK_FALSE(fs::exists(temp.path() / "missing"));
}

TEST_CASE("A list of lanes that no run writes is refused, with the line") {
    CHECK(refusal("").find("there is no lane in it") != std::string::npos);
    CHECK(refusal(kHead).find("there is no lane in it") != std::string::npos);
    CHECK(refusal("{\"folder\":\".\"}\n").find("line 1 is no line") != std::string::npos);
    CHECK(refusal("{\"lanes\":2,\"family\":\"ab\"}\n{\"folder\":\".\"}\n").find("line 1 ") != std::string::npos);
    for (const std::string line :
         {"nonsense", "{}", "{\"folder\":\"\"}", "{\"folder\":7}", "{\"folder\":[\".\"]}",
          "{\"folder\":\".\",\"parent\":-1,\"from\":0}", "{\"folder\":\".\",\"parent\":0}",
          "{\"folder\":\".\",\"parent\":0,\"from\":1e3}", "{\"folder\":\".\",\"parent\":0,\"from\":99999999999999}",
          "{\"folder\":\".\",\"places\":7}", "{\"folder\":\".\",\"places\":[7]}",
          "{\"folder\":\".\",\"places\":{\"7\":7}}", "{\"folder\":\".\",\"places\":{\"7\":\"\"}}",
          "{\"folder\":\".\",\"places\":{\"-7\":\"a\"}}", "{\"folder\":\".\",\"places\":{\"7x\":\"a\"}}",
          "{\"folder\":\".\",\"places\":{\"9\":\"a\",\"7\":\"b\"}}"})
        CHECK(refusal(kHead + "{\"folder\":\"..\"}\n" + line + '\n').find("line 3 is no line") != std::string::npos);
    std::string many = kHead;
    for (int i = 0; i < 300; ++i) many += "{\"folder\":\"" + std::to_string(i) + "\"}\n";
    CHECK(refusal(many).find("line 258 ") != std::string::npos);
    CHECK(refusal(kHead + "{\"folder\":\".\",\"name\":\"" + std::string(2000, 'n') + "\"}").find("line 2 ") !=
          std::string::npos);
}

TEST_CASE("Lanes that lead to each other in a circle, to none or to the same folder are refused") {
    const std::string circle =
        "{\"folder\":\".\",\"parent\":1,\"from\":3}\n{\"folder\":\"../b\",\"parent\":0,\"from\":3}\n";
    CHECK(refusal(kHead + circle).find("make no tree") != std::string::npos);
    CHECK(refusal(kHead + "{\"folder\":\".\",\"parent\":0,\"from\":3}\n").find("make no tree") != std::string::npos);
    CHECK(refusal(kHead + "{\"folder\":\".\",\"parent\":7,\"from\":3}\n").find("make no tree") != std::string::npos);
    CHECK(refusal(kHead + "{\"folder\":\".\"}\n{\"folder\":\"../one/\"}\n").find("make no tree") != std::string::npos);
}

TEST_CASE("What a lane is called is written whatever it is, and read as one line of text") {
    const TempFolder temp;
    RunFamily family{.id = "ab", .lanes = {{.folder = temp.path()}}};
    family.lanes[0].name = std::string(1023, 'n') + "ä" + "more";
    family.lanes[0].begun_by = "line\nfeed \xff";
    REQUIRE(write_lanes(family, temp.path()).ok());
    const Result<RunFamily> read = read_lanes(temp.path());
    REQUIRE(read.ok());
    CHECK(read.value().lanes[0].name == std::string(1023, 'n'));
    CHECK(read.value().lanes[0].begun_by.find('\n') == std::string::npos);
    CHECK(read.value().lanes[0].begun_by.starts_with("line"));
}

TEST_CASE("A list of lanes that is too large or no plain file is not read") {
    const TempFolder temp;
    REQUIRE(write_whole_file(temp.path() / kLanes, std::string((std::size_t{1} << 20) + 1, ' ')).ok());
    CHECK(read_lanes(temp.path()).error().code == ErrorCode::Corrupt);
    fs::remove(temp.path() / kLanes);
    fs::create_directory(temp.path() / kLanes);
    CHECK_FALSE(read_lanes(temp.path()).ok());
}
