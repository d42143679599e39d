#include "viz/app/report.h"

#include "tests/support/catch.h"

#include <unistd.h>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

std::vector<nlohmann::json> lines_of(const fs::path& file) {
    std::vector<nlohmann::json> lines;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
}

}  // namespace

TEST_CASE("a report has one line per change, at once readable by others") {
    const fs::path file = fs::temp_directory_path() / ("convscope-report-" + std::to_string(::getpid()));
    auto report = Report::open(file);
    REQUIRE(report);
    ReportState state;
    state.state = "running";
    state.workspace = "overview";
    Anchors anchors;
    REQUIRE(report.value().write(1, state, {}, anchors));
    REQUIRE(report.value().write(2, state, {1.5, 2.5, 0.5, 60.0}, anchors));
    state.iteration = 7;
    state.lanes = 2;
    state.twin = 7;
    state.lane = "baseline";
    state.lane_list = true;
    state.notice = "a file named \xFF is no UTF-8";
    REQUIRE(report.value().write(3, state, {1.5, 2.5, 0.5, 60.0}, anchors));
    anchors.note("control.run", {1.0F, 2.0F, 3.0F, 4.0F});
    REQUIRE(report.value().write(4, state, {}, anchors));
    const auto lines = lines_of(file);
    REQUIRE(lines.size() == 3);
    CHECK(lines[2]["anchors"]["control.run"] == std::vector<float>{1.0F, 2.0F, 3.0F, 4.0F});
    CHECK_FALSE(lines[1].contains("anchors"));
    CHECK(lines[0]["frame"] == 1);
    CHECK(lines[1]["frame"] == 3);
    CHECK(lines[1]["iteration"] == 7);
    CHECK(lines[0]["lanes"] == 1);
    CHECK(lines[1]["lanes"] == 2);
    CHECK(lines[0]["twin"] == -1);
    CHECK(lines[1]["twin"] == 7);
    CHECK(lines[1]["lane"] == "baseline");
    CHECK(lines[1]["lane_list"] == true);
    CHECK(lines[1]["frame_milliseconds_p99"] == 2.5);
    fs::remove(file);
}

TEST_CASE("a report that cannot be written says so with its name") {
    const auto refused = Report::open("/nonexistent/report.jsonl");
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, contains_text("/nonexistent/report.jsonl"));
    const auto device = Report::open("/dev/full");
    REQUIRE_FALSE(device);
    CHECK_THAT(device.error().message, contains_text("/dev/full"));
}
