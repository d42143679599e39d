#include "engine/formats/run_log.h"

#include "engine/core/whole_file.h"
#include "tests/data/temp_folder.h"
#include "tests/formats/full_disk.h"
#include "tests/formats/sample_log.h"

#include <stdlib.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

// Sets an environment variable for one test.
class Environment {
public:
    Environment(const char* name, const std::string& value) : name_(name) {
        if (const char* before = getenv(name)) before_ = before;
        setenv(name, value.c_str(), 1);
    }
    ~Environment() { before_.empty() ? unsetenv(name_) : setenv(name_, before_.c_str(), 1); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* name_;
    std::string before_;
};

}  // namespace

TEST_CASE("A run's folder holds the recipe, a table, lines of JSON and events") {
    const TempFolder folder;
    const fs::path run = folder.path() / "runs" / "mine";
    {
        const auto log = open_log(run);
        REQUIRE(log->add_iteration(iteration(1)).ok());
        REQUIRE(log->add_change(1, "learning rate 0.001 -> 0.01").ok());
        REQUIRE(log->add_evaluation(evaluation(1)).ok());
    }
    CHECK(read_whole_file(run / "recipe.toml", 1000).value() == "name = \"mine\"\n");

    const auto table = lines_of(run / "metrics.csv");
    REQUIRE(table.size() == 3);
    CHECK(table[1] == "1,1,0.1,0.5,0.001,,,,,,");
    CHECK(table[2] == "1,1,,,,nan,0.75,0.3,0.9,2.5,10000");
    for (const std::string& row : table) CHECK(std::count(row.begin(), row.end(), ',') == 10);

    const auto objects = lines_of(run / "metrics.jsonl");
    REQUIRE(objects.size() == 3);
    const auto first = nlohmann::json::parse(objects[0]);
    CHECK(first["event"] == "iteration");
    CHECK(first["loss"].dump() == "0.1");
    const auto change = nlohmann::json::parse(objects[1]);
    CHECK(change["event"] == "change");
    CHECK(change["what"] == "learning rate 0.001 -> 0.01");
    const auto last = nlohmann::json::parse(objects[2]);
    CHECK(last["event"] == "evaluation");
    CHECK(last["train_loss"].is_null());
    CHECK(last["test_accuracy"] == 0.9);

    CHECK(std::distance(fs::directory_iterator(run / "tensorboard"), {}) == 1);
}

TEST_CASE("What was measured on held-out pictures is called validation in the table, in JSON and in the events") {
    const TempFolder folder;
    const auto begin = [&](bool resumed) {
        RunLog::Options options;
        options.measured_on = MeasuredOn::Validation;
        if (resumed) options.resumed = ResumePoint{.iteration = 1};
        return open_log(folder.path(), std::move(options));
    };
    REQUIRE(begin(false)->add_evaluation(evaluation(1)).ok());
    REQUIRE(begin(true)->add_evaluation(evaluation(2)).ok());  // with the same names, and without a second header
    const auto table = lines_of(folder.path() / "metrics.csv");
    REQUIRE(table.size() == 3);
    CHECK(table[0] + '\n' == csv_header(MeasuredOn::Validation));
    CHECK_THAT(table[0], contains_text(",validation_loss,validation_accuracy,"));
    CHECK_FALSE(fs::exists(folder.path() / "metrics.csv.old"));
    for (const std::string& line : lines_of(folder.path() / "metrics.jsonl")) {
        const auto object = nlohmann::json::parse(line);
        if (object["event"] != "evaluation") continue;
        CHECK(object["validation_loss"] == 0.3);
        CHECK(object["validation_accuracy"] == 0.9);
        CHECK_FALSE(object.contains("test_loss"));
        CHECK(moment_of_object(line));
    }
    std::string events;
    for (const auto& file : fs::directory_iterator(folder.path() / "tensorboard"))
        events += read_whole_file(file.path(), 1 << 20).value();
    CHECK(events.find("accuracy/validation") != std::string::npos);
    CHECK(events.find("loss/validation") != std::string::npos);
    CHECK(events.find("/test") == std::string::npos);
}

TEST_CASE("Only every so many iterations are logged when that is asked for, and every evaluation") {
    const TempFolder folder;
    RunLog::Options options;
    options.log_every = 10;
    {
        const auto log = open_log(folder.path(), options);
        for (int i = 1; i <= 35; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
        REQUIRE(log->add_evaluation(evaluation(35)).ok());
    }
    const auto table = lines_of(folder.path() / "metrics.csv");
    REQUIRE(table.size() == 5);
    CHECK(table[1].substr(0, 3) == "10,");
    CHECK(table[3].substr(0, 3) == "30,");
}

TEST_CASE("Lines reach the file after a second, and whatever the second with an evaluation") {
    const TempFolder folder;
    double now = 1000.0;
    RunLog::Options options;
    options.clock = [&now] { return now; };
    const auto log = open_log(folder.path(), options);
    const auto rows = [&] { return lines_of(folder.path() / "metrics.csv").size() - 1; };
    REQUIRE(log->add_iteration(iteration(1)).ok());
    CHECK(rows() == 0);
    now += 1.5;
    REQUIRE(log->add_iteration(iteration(2)).ok());
    CHECK(rows() == 2);
    REQUIRE(log->add_iteration(iteration(3)).ok());
    CHECK(rows() == 2);
    REQUIRE(log->add_evaluation(evaluation(3)).ok());
    CHECK(rows() == 4);
    now -= 3600.0;  // the clock is set back
    REQUIRE(log->add_iteration(iteration(4)).ok());
    CHECK(rows() == 5);
}

TEST_CASE("A resumed run continues its table, without a torn last line and without a second header") {
    const TempFolder folder;
    REQUIRE(open_log(folder.path())->add_iteration(iteration(1)).ok());
    std::ofstream(folder.path() / "metrics.csv", std::ios::app) << "2,1,0.";
    std::ofstream(folder.path() / "metrics.jsonl", std::ios::app) << R"({"event":"iteration","iter)";
    REQUIRE(open_log(folder.path())->add_iteration(iteration(2)).ok());
    const auto table = lines_of(folder.path() / "metrics.csv");
    REQUIRE(table.size() == 3);
    CHECK(table[0].substr(0, 9) == "iteration");
    CHECK(table[1].substr(0, 2) == "1,");
    CHECK(table[2].substr(0, 2) == "2,");
    for (const std::string& line : lines_of(folder.path() / "metrics.jsonl"))
        CHECK(nlohmann::json::parse(line)["event"] == "iteration");
    CHECK(std::distance(fs::directory_iterator(folder.path() / "tensorboard"), {}) == 2);
}

TEST_CASE("What a full disk refuses is said, kept, and in the log once there is room again, every line whole") {
    const TempFolder folder;
    const auto log = open_log(folder.path());
    bool refused = false;
    {
        const FullDisk disk(3000);
        for (int i = 1; i <= 200; ++i)
            for (const auto& added :
                 {log->add_iteration(iteration(i)), log->add_change(i, "something"), log->flush()}) {
                if (added) continue;
                refused = true;
                CHECK_THAT(added.error().message, contains_text(folder.path().string()));
            }
        // Behind the header as many rows as came before what it lacks.
        CHECK_THAT(log->unwritten(),
                   contains_text("iterations " + std::to_string(lines_of(folder.path() / "metrics.csv").size()) +
                                 " to 200 in metrics.csv"));
        for (const char* name : {"metrics.jsonl", "tensorboard"})
            CHECK_THAT(log->unwritten(), contains_text(std::string(" to 200 in ") + name));
        for (const std::string& line : lines_of(folder.path() / "metrics.jsonl")) CHECK(nlohmann::json::accept(line));
        CHECK(lines_of(folder.path() / "metrics.csv").size() < 200);
    }
    CHECK(refused);
    CHECK(log->add_evaluation(evaluation(201)).ok());
    CHECK(log->unwritten().empty());
    CHECK_FALSE(log->take_notice().has_value());
    const auto rows = lines_of(folder.path() / "metrics.csv");
    REQUIRE(rows.size() == 202);
    for (int i = 1; i <= 201; ++i) CHECK(rows[static_cast<std::size_t>(i)].starts_with(std::to_string(i) + ","));
    CHECK(lines_of(folder.path() / "metrics.jsonl").size() == 401);
}

TEST_CASE("A disk that is full for too long costs the iterations that cannot be kept, and these are named") {
    const TempFolder folder;
    RunLog::Options options;
    options.most_kept = 2000;
    const auto log = open_log(folder.path(), options);
    {
        const FullDisk disk(100);
        for (int i = 1; i <= 200; ++i) {
            const auto refused = log->add_iteration(iteration(i));
            static_cast<void>(refused);
        }
    }
    CHECK(log->unwritten() == "iterations 1 to 200");
    REQUIRE(log->flush().ok());
    REQUIRE(log->add_iteration(iteration(201)).ok());
    REQUIRE(log->flush().ok());
    const std::size_t kept = lines_of(folder.path() / "metrics.csv").size() - 2;
    CHECK(kept > 5);
    CHECK(kept < 50);
    const std::string first = std::to_string(kept + 1);
    CHECK_THAT(log->take_notice().value(), contains_text("iterations " + first + " to 200"));
    const auto objects = lines_of(folder.path() / "metrics.jsonl");
    REQUIRE(objects.size() == kept + 2);
    CHECK(objects[kept] == R"({"event":"missing","iteration":200,"first":)" + first + "}");
}

TEST_CASE("A log whose folder cannot be written to yet begins when it can, with all that happened before") {
    const TempFolder folder;
    REQUIRE(write_whole_file(folder.path() / "run", "in the way").ok());
    RunLog log(folder.path() / "run", "name = \"mine\"\n", {});
    REQUIRE(log.add_iteration(iteration(1)).ok());
    CHECK_FALSE(log.flush().ok());
    fs::remove(folder.path() / "run");
    REQUIRE(log.flush().ok());
    CHECK(lines_of(folder.path() / "run" / "metrics.csv").size() == 2);
    CHECK(std::distance(fs::directory_iterator(folder.path() / "run" / "tensorboard"), {}) == 1);
}

TEST_CASE("A run whose folder cannot be made is an error that names it") {
    const TempFolder folder;
    REQUIRE(write_whole_file(folder.path() / "file", "x").ok());
    const auto log = RunLog::open(folder.path() / "file" / "run", "");
    REQUIRE_FALSE(log.ok());
    CHECK_THAT(log.error().message, contains_text((folder.path() / "file").string()));
}

TEST_CASE("A run's folder is named after recipe and time, below the state home, and never one that exists") {
    const TempFolder folder;
    const Environment zone("TZ", "UTC");
    const Environment state("XDG_STATE_HOME", folder.path().string());
    constexpr std::time_t kTime = 1700000000;  // 2023-11-14 22:13:20 UTC
    const fs::path runs = folder.path() / "convscope" / "runs";
    const auto first = default_run_folder("wide-cnn", kTime);
    REQUIRE(first.ok());
    CHECK(first.value() == runs / "wide-cnn-2023-11-14-221320");
    fs::create_directories(first.value());
    CHECK(default_run_folder("wide-cnn", kTime).value() == runs / "wide-cnn-2023-11-14-221320-2");
    CHECK(default_run_folder("../my net", kTime).value() == runs / "..-my-net-2023-11-14-221320");
    const Environment relative("XDG_STATE_HOME", "somewhere");
    const Environment home("HOME", "/home/me");
    CHECK(default_run_folder("a", kTime).value() == "/home/me/.local/state/convscope/runs/a-2023-11-14-221320");
    const Environment homeless("HOME", "");
    CHECK_FALSE(default_run_folder("a", kTime).ok());
}
