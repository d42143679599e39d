// A log that a run goes on with: what it has too much, what it lacks, and what others did to its files meanwhile.
#include "engine/core/whole_file.h"
#include "tests/data/temp_folder.h"
#include "tests/formats/sample_log.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

using namespace convscope;
namespace fs = std::filesystem;

TEST_CASE("A resumed run's log is cut back to where the run goes on, so that each iteration is in it once") {
    const TempFolder folder;
    const bool evaluation_due = GENERATE(false, true);
    {
        const auto log = open_log(folder.path());
        CHECK_FALSE(log->continued());
        for (int i = 1; i <= 9; ++i) {
            REQUIRE(log->add_iteration(iteration(i)).ok());
            if (i % 3 == 0) {
                REQUIRE(log->add_change(i, "before the measurement").ok());
                REQUIRE(log->add_evaluation(evaluation(i)).ok());
                REQUIRE(log->add_change(i, "after it").ok());
            }
        }
    }
    std::ofstream(folder.path() / "metrics.jsonl", std::ios::app) << "{\"torn\": ";
    const auto before = lines_of(folder.path() / "metrics.csv");
    RunLog::Options options;
    options.resumed = ResumePoint{6, evaluation_due};
    {
        const auto log = open_log(folder.path(), options);
        CHECK(log->continued());
        REQUIRE(log->add_evaluation(evaluation(6)).ok());
        REQUIRE(log->add_iteration(iteration(7)).ok());
    }
    // Six iterations and what was measured at the third and, unless that is to be done again, at the sixth.
    const std::size_t kept = 1 + 6 + (evaluation_due ? 1 : 2);
    const auto table = lines_of(folder.path() / "metrics.csv");
    REQUIRE(table.size() == kept + 2);
    CHECK(std::equal(table.begin(), table.begin() + static_cast<std::ptrdiff_t>(kept), before.begin()));
    CHECK(table.back().substr(0, 2) == "7,");
    std::vector<std::string> changes;
    for (const std::string& line : lines_of(folder.path() / "metrics.jsonl")) {
        const auto object = nlohmann::json::parse(line);
        CHECK(object["iteration"] <= 7);
        if (object["event"] == "change" && object["iteration"] == 6) changes.push_back(object["what"]);
    }
    // What was changed after a measurement that is to be done again had not happened yet.
    CHECK(changes.size() == (evaluation_due ? 1U : 2U));
}

TEST_CASE("Lines that are no log of ours are kept when a log is cut back, and nothing is cut unless it is resumed") {
    const TempFolder folder;
    REQUIRE(open_log(folder.path())->add_iteration(iteration(8)).ok());
    for (const char* name : {"metrics.csv", "metrics.jsonl"})
        std::ofstream(folder.path() / name, std::ios::app)
            << "my own note\n\n[8]\n{\"iteration\": \"9\"}\n99999999999999999999999,1\n9\n";
    const auto count = [&](const char* name) { return lines_of(folder.path() / name).size(); };
    const std::size_t rows = count("metrics.csv");
    const std::size_t objects = count("metrics.jsonl");
    open_log(folder.path());
    CHECK(count("metrics.csv") == rows);
    RunLog::Options options;
    options.resumed = ResumePoint{8, false};
    open_log(folder.path(), options);
    CHECK(count("metrics.csv") == rows);
    CHECK(count("metrics.jsonl") == objects);
    options.resumed = ResumePoint{7, false};
    open_log(folder.path(), options);
    CHECK(count("metrics.csv") == 1);
    CHECK(lines_of(folder.path() / "metrics.jsonl") ==
          std::vector<std::string>{R"({"event":"missing","iteration":7,"first":1})"});
}

TEST_CASE("A resumed run without a log begins one") {
    const TempFolder folder;
    RunLog::Options options;
    options.resumed = ResumePoint{50, false};
    {
        const auto log = open_log(folder.path(), options);
        CHECK_FALSE(log->continued());
        REQUIRE(log->add_iteration(iteration(51)).ok());
    }
    CHECK(lines_of(folder.path() / "metrics.csv").size() == 2);
}

TEST_CASE(
    "A resumed run's log gets the measurements that it lacks from the run's own file, and says which iterations it "
    "lacks") {
    const TempFolder folder;
    {
        const auto log = open_log(folder.path());
        for (int i = 1; i <= 4; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
    }
    RunLog::Options options;
    options.resumed = ResumePoint{12, false};
    for (const int i : {3, 6, 6, 12}) options.evaluations.push_back(evaluation(i));
    for (int time = 0; time < 2; ++time) {  // and when it is resumed there again, nothing is lacking
        const auto log = open_log(folder.path(), options);
        const auto said = log->take_notice();
        CHECK(said.has_value() == (time == 0));
        if (said) CHECK_THAT(*said, contains_text("iterations 5 to 12"));
        REQUIRE(log->add_iteration(iteration(13)).ok());
        options.resumed = ResumePoint{13, false};
    }
    std::vector<std::string> rows;
    for (const std::string& row : lines_of(folder.path() / "metrics.csv"))
        rows.push_back(row.substr(0, row.find(',')) + (row.ends_with("10000") ? " measured" : ""));
    CHECK(rows == std::vector<std::string>{"iteration", "1", "2", "3", "4", "6 measured", "12 measured", "13", "13"});
    std::vector<std::string> objects;
    for (const std::string& line : lines_of(folder.path() / "metrics.jsonl")) {
        const auto object = nlohmann::json::parse(line);
        objects.push_back(object["event"].get<std::string>().substr(0, 1) + object["iteration"].dump());
    }
    CHECK(objects == std::vector<std::string>{"i1", "i2", "i3", "i4", "e6", "e12", "m12", "i13", "i13"});
}

TEST_CASE("What one of a resumed log's files lacks is taken from the other one, to the last digit") {
    const TempFolder folder;
    const fs::path table = folder.path() / "metrics.csv";
    const fs::path objects = folder.path() / "metrics.jsonl";
    {
        const auto log = open_log(folder.path());
        for (int i = 1; i <= 9; ++i) {
            IterationMetrics metrics = iteration(i);
            metrics.loss = 1.0F / static_cast<float>(i);
            REQUIRE(log->add_iteration(metrics).ok());
            if (i % 3 == 0) REQUIRE(log->add_evaluation(evaluation(i)).ok());
        }
    }
    const std::string whole_table = read_whole_file(table, 1 << 20).value();
    const std::string whole_objects = read_whole_file(objects, 1 << 20).value();
    SECTION("the table is gone") { fs::remove(table); }
    SECTION("the table ends amid a row") { fs::resize_file(table, whole_table.size() / 2); }
    SECTION("the table ends amid its header") { fs::resize_file(table, 7); }
    SECTION("the objects are gone") { fs::remove(objects); }
    SECTION("the objects end amid a line") { fs::resize_file(objects, whole_objects.size() / 3); }
    SECTION("each ends somewhere, one of them at its last measurement") {
        fs::resize_file(table, whole_table.size() - 1);
        fs::resize_file(objects, whole_objects.size() / 3);
    }
    RunLog::Options options;
    options.resumed = ResumePoint{9, false};
    options.own_folder = true;
    // What the run's own file knows, which comes into it only when neither has it.
    options.evaluations = {evaluation(3), evaluation(6), evaluation(9)};
    const auto log = open_log(folder.path(), options);
    CHECK(log->continued());
    CHECK_FALSE(log->take_notice().has_value());
    CHECK(log->lacking().empty());
    CHECK(read_whole_file(table, 1 << 20).value() == whole_table);
    CHECK(read_whole_file(objects, 1 << 20).value() == whole_objects);
}

TEST_CASE("A log both of whose files are gone says from where to where it lacks iterations, and has the measurements") {
    const TempFolder folder;
    RunLog::Options options;
    options.resumed = ResumePoint{9, false};
    options.own_folder = true;
    options.evaluations = {evaluation(3), evaluation(9)};
    const auto log = open_log(folder.path(), options);
    CHECK_THAT(log->take_notice().value(), contains_text("iterations 1 to 9"));
    CHECK_THAT(log->lacking(), contains_text("iterations 1 to 9"));
    REQUIRE(log->flush().ok());
    CHECK(lines_of(folder.path() / "metrics.csv").size() == 3);
    CHECK(lines_of(folder.path() / "metrics.jsonl").back() == R"({"event":"missing","iteration":9,"first":1})");
}

TEST_CASE("A table of other columns is set aside with a word, and written anew from what the other file has") {
    const TempFolder folder;
    const fs::path table = folder.path() / "metrics.csv";
    {
        const auto log = open_log(folder.path());
        for (int i = 1; i <= 3; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
    }
    const std::string whole = read_whole_file(table, 1 << 20).value();
    const std::string other =
        GENERATE("iteration;epoch;loss\n1;1;0,1\n", "1,1,0.1,0.5,0.001,,,,,,\n", "\xef\xbb\xbfiteration,epoch\n");
    REQUIRE(write_whole_file(table, other).ok());
    REQUIRE(write_whole_file(table.string() + ".old", "in the way").ok());
    RunLog::Options options;
    options.resumed = ResumePoint{3, false};
    const auto log = open_log(folder.path(), options);
    CHECK_THAT(log->take_notice().value(), contains_text("metrics.csv.old-2"));
    CHECK(log->lacking().empty());
    CHECK(read_whole_file(table, 1 << 20).value() == whole);
    CHECK(read_whole_file(table.string() + ".old-2", 1 << 20).value() == other);
    CHECK(read_whole_file(table.string() + ".old", 1 << 20).value() == "in the way");
}

TEST_CASE("A run that is resumed with more of it logged than before lacks nothing") {
    const TempFolder folder;
    RunLog::Options options;
    options.log_every = 10;
    {
        const auto log = open_log(folder.path(), options);
        for (int i = 1; i <= 35; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
    }
    options.log_every = 1;
    SECTION("up to where it was saved") {
        options.resumed = ResumePoint{35, false};
        CHECK_FALSE(open_log(folder.path(), options)->take_notice().has_value());
    }
    SECTION("unless it does, beyond that") {
        options.resumed = ResumePoint{45, false};
        CHECK_THAT(open_log(folder.path(), options)->take_notice().value(), contains_text("iterations 40 to 45"));
    }
}

TEST_CASE("A log's file that others remove, replace, shorten or add to while the run goes on is whole again") {
    const TempFolder folder;
    const fs::path table = folder.path() / "metrics.csv";
    const fs::path objects = folder.path() / "metrics.jsonl";
    // Catch keeps what it generates from one run of the test to the next, whose folder is another: so a name, no path.
    const auto either_file = [&] { return folder.path() / GENERATE("metrics.csv", "metrics.jsonl"); };
    const auto log = open_log(folder.path());
    const auto add = [&](int first, int last) {
        for (int i = first; i <= last; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
        REQUIRE(log->add_evaluation(evaluation(last)).ok());
    };
    add(1, 3);
    const std::string part = read_whole_file(table, 1 << 20).value();
    const std::string part_of_objects = read_whole_file(objects, 1 << 20).value();
    add(4, 6);
    SECTION("removed") { fs::remove(either_file()); }
    SECTION("replaced by what it was a while ago, as an editor does") { REQUIRE(write_whole_file(table, part).ok()); }
    SECTION("both, by what they were a while ago") {
        REQUIRE(write_whole_file(table, part).ok());
        REQUIRE(write_whole_file(objects, part_of_objects).ok());
    }
    SECTION("shortened") { fs::resize_file(either_file(), 100); }
    SECTION("added to") { std::ofstream(table, std::ios::app) << "torn,by,hand"; }
    add(7, 9);
    CHECK_FALSE(log->take_notice().has_value());
    std::vector<std::string> wanted{"iteration"};
    for (int i = 1; i <= 9; ++i) {
        wanted.push_back(std::to_string(i));
        if (i % 3 == 0) wanted.push_back(std::to_string(i));
    }
    std::vector<std::string> rows;
    for (const std::string& row : lines_of(table)) rows.push_back(row.substr(0, row.find(',')));
    CHECK(rows == wanted);
    std::vector<std::string> logged{"iteration"};
    for (const std::string& line : lines_of(objects)) logged.push_back(nlohmann::json::parse(line)["iteration"].dump());
    CHECK(logged == wanted);
}

TEST_CASE("A run's folder that is moved or removed while it goes on is made again, with all that was logged before") {
    const TempFolder folder;
    const fs::path run = folder.path() / "run";
    const auto log = open_log(run);
    for (int i = 1; i <= 3; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
    REQUIRE(log->add_change(3, "something").ok());
    SECTION("moved") { fs::rename(run, folder.path() / "elsewhere"); }
    SECTION("removed") { fs::remove_all(run); }
    REQUIRE(log->add_iteration(iteration(4)).ok());
    REQUIRE(log->sync().ok());
    CHECK_FALSE(log->take_notice().has_value());
    CHECK(lines_of(run / "metrics.csv").size() == 5);
    CHECK(lines_of(run / "metrics.jsonl").size() == 5);  // with what was changed
    if (fs::exists(folder.path() / "elsewhere"))
        CHECK(lines_of(folder.path() / "elsewhere" / "metrics.csv").size() == 4);
    CHECK(fs::exists(run / "recipe.toml"));
    CHECK(std::distance(fs::directory_iterator(run / "tensorboard"), {}) == 1);
}

TEST_CASE("A log asks where its folder is before it writes, and goes on there with all that it had") {
    const TempFolder folder;
    const fs::path run = folder.path() / "run";
    fs::path now = run;
    bool nowhere = false;
    RunLog::Options options;
    options.find = [&](const fs::path& first) -> Result<RunFolder> {
        CHECK(first == run);
        if (nowhere) return Error{ErrorCode::Io, "nowhere"};
        return RunFolder{now, now == run ? "" : "is elsewhere now"};
    };
    const auto log = open_log(run, options);
    for (int i = 1; i <= 3; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
    REQUIRE(log->flush().ok());
    const std::string before = read_whole_file(run / "metrics.csv", 1000).value();
    now = folder.path() / "run-2";
    nowhere = true;
    REQUIRE(log->add_iteration(iteration(4)).ok());
    CHECK_FALSE(log->flush().ok());
    nowhere = false;
    REQUIRE(log->sync().ok());
    CHECK(log->take_notice() == "is elsewhere now");
    CHECK(read_whole_file(run / "metrics.csv", 1000).value() == before);
    CHECK(lines_of(now / "metrics.csv").size() == 5);
    CHECK(lines_of(now / "metrics.jsonl").size() == 4);
    CHECK(fs::exists(now / "recipe.toml"));
    CHECK(std::distance(fs::directory_iterator(run / "tensorboard"), {}) == 1);
    CHECK(std::distance(fs::directory_iterator(now / "tensorboard"), {}) == 1);
}

TEST_CASE("Where one of a log's files cannot be written the others go on, and it gets what it lacks when it can be") {
    const TempFolder folder;
    const fs::path theirs = folder.path() / "theirs";
    REQUIRE(write_whole_file(theirs, "1,1,torn").ok());
    const std::string name = GENERATE("metrics.csv", "metrics.jsonl");
    const std::string other = name == "metrics.csv" ? "metrics.jsonl" : "metrics.csv";
    const fs::path run = folder.path() / "run";
    RunLog::Options options;
    options.most_kept = GENERATE(std::size_t{1} << 20, std::size_t{400});  // more than all lines, and fewer
    const auto log = open_log(run, options);
    REQUIRE(log->add_iteration(iteration(1)).ok());
    REQUIRE(log->flush().ok());
    fs::remove(run / name);
    SECTION("a link is in its place") { fs::create_symlink(theirs, run / name); }
    SECTION("a folder") { fs::create_directory(run / name); }
    for (int i = 2; i <= 40; ++i) {
        REQUIRE(log->add_iteration(iteration(i)).ok());
        const Result<void> refused = log->flush();
        REQUIRE_FALSE(refused.ok());
        CHECK_THAT(refused.error().message, contains_text((run / name).string() + ": is no plain file"));
    }
    const std::size_t header = other == "metrics.csv" ? 1 : 0;
    CHECK(lines_of(run / other).size() == 40 + header);
    CHECK(log->unwritten() == "iterations 2 to 40 in " + name);
    CHECK(read_whole_file(theirs, 1000).value() == "1,1,torn");
    fs::remove(run / name);
    REQUIRE(log->flush().ok());
    CHECK(log->unwritten().empty());
    CHECK_FALSE(log->take_notice().has_value());
    CHECK(lines_of(run / name).size() == 41 - header);
    CHECK(lines_of(run / other).size() == 40 + header);
}

TEST_CASE("A log that is continued does not reach into files that have another name elsewhere") {
    const TempFolder folder;
    const fs::path first = folder.path() / "first";
    const fs::path second = folder.path() / "second";
    {
        const auto log = open_log(first);
        for (int i = 1; i <= 5; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
    }
    const std::string table = read_whole_file(first / "metrics.csv", 1000).value();
    fs::create_directories(second);
    for (const char* name : {"metrics.csv", "metrics.jsonl"}) fs::create_hard_link(first / name, second / name);
    RunLog::Options options;
    options.resumed = ResumePoint{3, false};
    {
        const auto log = open_log(second, options);
        REQUIRE(log->add_iteration(iteration(4)).ok());
    }
    CHECK(lines_of(second / "metrics.csv").size() == 5);
    CHECK(read_whole_file(first / "metrics.csv", 1000).value() == table);
    fs::remove(second / "metrics.csv");
    fs::create_symlink(first / "metrics.csv", second / "metrics.csv");
    RunLog log(second, "", options);
    CHECK_FALSE(log.flush().ok());
    CHECK(read_whole_file(first / "metrics.csv", 1000).value() == table);
}
