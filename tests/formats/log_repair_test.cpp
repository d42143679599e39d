// A log that a run goes on with: what it has too much, what it lacks, and what others did to its files meanwhile.
#include "engine/core/plain_file.h"
#include "engine/core/whole_file.h"
#include "tests/data/temp_folder.h"
#include "tests/formats/sample_log.h"

#include <sys/stat.h>
#include <unistd.h>

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
    std::ofstream(folder.path() / "metrics.jsonl", std::ios::app) << "{\"event\":\"iterat";
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

TEST_CASE("Lines that no run has written stay when a log is cut back, wherever they are, and that is said once") {
    const TempFolder folder;
    {
        const auto log = open_log(folder.path());
        for (int i = 1; i <= 2; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
    }
    // Of which some look like later ones.
    const std::vector<std::string> theirs{"my own note",  "[8]", R"({"iteration": 9, "mine": 1})",
                                          "99,1,garbled", "9",   "2,1,0.1,0.5"};
    const auto add_theirs = [&] {
        for (const char* name : {"metrics.csv", "metrics.jsonl"}) {
            std::ofstream file(folder.path() / name, std::ios::app);
            for (const std::string& line : theirs) file << line << "\n\n";
        }
    };
    add_theirs();
    const auto lines = [&](const char* name) {
        std::vector<std::string> all = lines_of(folder.path() / name);
        std::erase(all, "");
        return all;
    };
    const auto without = [&](std::vector<std::string> all) {
        std::erase_if(all, [&](const std::string& line) { return std::ranges::count(theirs, line) > 0; });
        return all;
    };
    const auto before = lines("metrics.csv");
    RunLog::Options options;
    options.resumed = ResumePoint{GENERATE(2, 1), false};
    {
        const auto log = open_log(folder.path(), options);
        CHECK(log->take_notice() == (folder.path() / "metrics.csv").string() +
                                        ": 6 lines were not written by a run, the first of them line " +
                                        (options.resumed->iteration == 2 ? "4" : "3") + "; they stay; " +
                                        (folder.path() / "metrics.jsonl").string() +
                                        ": 6 lines were not written by a run, the first of them line " +
                                        (options.resumed->iteration == 2 ? "3" : "2") + "; they stay");
        REQUIRE(log->add_iteration(iteration(options.resumed->iteration + 1)).ok());
        std::ofstream(folder.path() / "metrics.csv", std::ios::app) << "a note without an end";
        REQUIRE(log->add_iteration(iteration(options.resumed->iteration + 2)).ok());
        REQUIRE(log->flush().ok());
        CHECK_THAT(log->take_notice().value(), contains_text("metrics.csv: 7 lines were not written by a run"));
    }
    for (const char* name : {"metrics.csv", "metrics.jsonl"}) {
        std::vector<std::string> kept = lines(name);
        std::erase_if(kept, [&](const std::string& line) { return std::ranges::count(theirs, line) == 0; });
        CHECK(kept == theirs);
    }
    std::vector<std::string> rows = without(lines("metrics.csv"));
    CHECK(std::erase(rows, "a note without an end") == 1);
    const auto last = static_cast<std::size_t>(options.resumed->iteration) + 2;
    REQUIRE(rows.size() == 1 + last);
    for (std::size_t i = 1; i <= last; ++i) CHECK(rows[i].starts_with(std::to_string(i) + ",1,0.1"));
    CHECK(without(lines("metrics.jsonl")).size() == last);
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

TEST_CASE("What one of a log's files lacks in its midst is taken from the other one, each line in its place") {
    const TempFolder folder;
    const fs::path table = folder.path() / "metrics.csv";
    const fs::path objects = folder.path() / "metrics.jsonl";
    {
        const auto log = open_log(folder.path());
        for (int i = 1; i <= 12; ++i) {
            IterationMetrics metrics = iteration(i);
            metrics.loss = 1.0F / static_cast<float>(i);
            REQUIRE(log->add_iteration(metrics).ok());
            if (i == 6) REQUIRE(log->add_change(i, "before the measurement").ok());
            if (i % 3 == 0) REQUIRE(log->add_evaluation(evaluation(i)).ok());
        }
    }
    const std::string whole_table = read_whole_file(table, 1 << 20).value();
    const std::string whole_objects = read_whole_file(objects, 1 << 20).value();
    const auto take_out = [](const fs::path& path, std::size_t first, std::size_t last) {  // lines, from 0
        const auto lines = lines_of(path);
        std::ofstream file(path);
        for (std::size_t i = 0; i < lines.size(); ++i)
            if (i < first || i > last) file << lines[i] << "\n";
    };
    SECTION("of the table") { take_out(table, 3, 9); }
    SECTION("of the table's beginning") { take_out(table, 1, 2); }
    SECTION("of the objects") { take_out(objects, 9, 11); }
    SECTION("of both, but not the same") {
        take_out(table, 2, 3);
        take_out(objects, 4, 4);
        take_out(objects, 8, 12);
    }
    RunLog::Options options;
    options.resumed = ResumePoint{12, false};
    options.own_folder = true;
    const auto log = open_log(folder.path(), options);
    CHECK_FALSE(log->take_notice().has_value());
    CHECK(log->lacking().empty());
    CHECK(read_whole_file(table, 1 << 20).value() == whole_table);
    CHECK(read_whole_file(objects, 1 << 20).value() == whole_objects);
}

TEST_CASE("What both of a log's files lack in their midst is said from where to where, there too, and once") {
    const TempFolder folder;
    {
        const auto log = open_log(folder.path());
        for (int i = 1; i <= 20; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
    }
    for (const char* name : {"metrics.csv", "metrics.jsonl"}) {
        auto lines = lines_of(folder.path() / name);
        const bool is_table = std::string_view(name).ends_with("csv");
        for (const auto& [first, last] : {std::pair{14, 14}, std::pair{5, 9}})  // the later one first: places stay
            lines.erase(lines.begin() + first - (is_table ? 0 : 1), lines.begin() + last + (is_table ? 1 : 0));
        std::ofstream file(folder.path() / name);
        for (const std::string& line : lines) file << line << "\n";
    }
    RunLog::Options options;
    options.resumed = ResumePoint{20, false};
    options.own_folder = true;
    for (int time = 0; time < 3; ++time) {
        const auto log = open_log(folder.path(), options);
        const auto said = log->take_notice();
        CHECK(said.has_value() == (time == 0));
        if (said) CHECK(*said == folder.path().string() + ": the log lacks iterations 5 to 9, iteration 14");
        CHECK(log->lacking().empty() == (time > 0));
    }
    const auto objects = lines_of(folder.path() / "metrics.jsonl");
    REQUIRE(objects.size() == 16);
    CHECK(objects[4] == R"({"event":"missing","iteration":9,"first":5})");
    CHECK(objects[9] == R"({"event":"missing","iteration":14,"first":14})");
}

TEST_CASE("A log is not said to lack what a run that was resumed with fewer or more of it logged did not log") {
    const TempFolder folder;
    std::int64_t done = 0;
    for (const std::int64_t every : {1, 5, 1, 20, 5}) {
        RunLog::Options options;
        options.log_every = every;
        if (done > 0) options.resumed = ResumePoint{done, false};
        options.own_folder = done > 0;
        const auto log = open_log(folder.path(), options);
        CHECK_FALSE(log->take_notice().has_value());
        for (const std::int64_t end = done + 60; done < end;) REQUIRE(log->add_iteration(iteration(++done)).ok());
    }
}

TEST_CASE("A log whose lines somebody has sorted otherwise is left as it is") {
    const TempFolder folder;
    {
        const auto log = open_log(folder.path());
        for (int i = 1; i <= 9; ++i) REQUIRE(log->add_iteration(iteration(i)).ok());
    }
    const fs::path table = folder.path() / "metrics.csv";
    auto rows = lines_of(table);
    rows.erase(rows.begin() + 3);
    std::reverse(rows.begin() + 1, rows.end() - 1);  // 9 stays last
    std::ofstream file(table);
    for (const std::string& row : rows) file << row << "\n";
    file.close();
    RunLog::Options options;
    options.resumed = ResumePoint{9, false};
    options.own_folder = true;
    const auto log = open_log(folder.path(), options);
    CHECK(lines_of(table) == rows);
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
    SECTION("both, by what lacks lines in its midst, as an editor does") {
        for (const fs::path& path : {table, objects}) {
            std::string lines;
            for (const std::string& line : lines_of(path))
                if (!line.starts_with("2,") && line.find("\"iteration\":2,") == std::string::npos) lines += line + "\n";
            REQUIRE(write_whole_file(path, lines).ok());
        }
    }
    SECTION("added to") { std::ofstream(table, std::ios::app) << "4,1,0."; }
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
    const std::string name = GENERATE("metrics.csv", "metrics.jsonl");
    const std::string other = name == "metrics.csv" ? "metrics.jsonl" : "metrics.csv";
    const fs::path run = folder.path() / "run";
    RunLog::Options options;
    options.most_kept = GENERATE(std::size_t{1} << 20, std::size_t{400});  // more than all lines, and fewer
    const auto log = open_log(run, options);
    REQUIRE(log->add_iteration(iteration(1)).ok());
    REQUIRE(log->flush().ok());
    // One with another name too has to become a file of its own, for which there is no room.
    fs::create_hard_link(run / name, run / "elsewhere");
    std::ofstream(run / name, std::ios::app) << "\n";
    const fs::path in_the_way = run / (name + ".tmp." + std::to_string(getpid()));
    fs::create_directory(in_the_way);
    const std::string there = read_whole_file(run / name, 1000).value();
    for (int i = 2; i <= 40; ++i) {
        REQUIRE(log->add_iteration(iteration(i)).ok());
        const Result<void> refused = log->flush();
        REQUIRE_FALSE(refused.ok());
        CHECK_THAT(refused.error().message, contains_text((run / name).string() + ": cannot write"));
    }
    const std::size_t header = other == "metrics.csv" ? 1 : 0;
    CHECK(lines_of(run / other).size() == 40 + header);
    CHECK(log->unwritten() == "iterations 2 to 40 in " + name);
    CHECK(read_whole_file(run / name, 1000).value() == there);
    fs::remove(in_the_way);
    REQUIRE(log->flush().ok());
    CHECK(log->unwritten().empty());
    CHECK_FALSE(log->take_notice().has_value());
    CHECK(lines_of(run / name).size() == 42 - header);  // with the empty one
    CHECK(read_whole_file(run / "elsewhere", 1000).value() == there);
    CHECK(lines_of(run / other).size() == 40 + header);
}

TEST_CASE("What each of a log's files lacks is said of it alone") {
    const TempFolder folder;
    const auto log = open_log(folder.path());
    const auto add_refused = [&](int first, int last) {
        for (int i = first; i <= last; ++i) {
            REQUIRE(log->add_iteration(iteration(i)).ok());
            REQUIRE_FALSE(log->flush().ok());
        }
    };
    std::vector<fs::path> in_the_way;
    const auto block = [&](const std::string& name) {
        fs::create_hard_link(folder.path() / name, folder.path() / (name + ".elsewhere"));
        std::ofstream(folder.path() / name, std::ios::app) << "\n";
        in_the_way.push_back(folder.path() / (name + ".tmp." + std::to_string(getpid())));
        fs::create_directory(in_the_way.back());
    };
    REQUIRE(log->add_iteration(iteration(1)).ok());
    REQUIRE(log->flush().ok());
    block("metrics.csv");
    add_refused(2, 40);
    block("metrics.jsonl");
    add_refused(41, 50);
    CHECK(log->unwritten() == "iterations 2 to 50 in metrics.csv, iterations 41 to 50 in metrics.jsonl");
    for (const fs::path& one : in_the_way) fs::remove(one);
    REQUIRE(log->flush().ok());
    CHECK(log->unwritten().empty());
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
    REQUIRE(log.flush().ok());
    CHECK(log.take_notice() == (second / "metrics.csv").string() + ": a link had taken its place, and is " +
                                   (second / "metrics.csv.old").string() + " now");
    CHECK(fs::read_symlink(second / "metrics.csv.old") == first / "metrics.csv");
    CHECK(lines_of(second / "metrics.csv").size() == 4);  // the three from the other file
    CHECK(read_whole_file(first / "metrics.csv", 1000).value() == table);
}

TEST_CASE("What takes the place of any of a log's files is set aside while the run goes on, and none is lost") {
    const TempFolder folder;
    const fs::path theirs = folder.path() / "theirs";
    fs::create_directory(theirs);
    REQUIRE(write_whole_file(folder.path() / "note", "a note").ok());
    const std::string name = GENERATE("recipe.toml", "metrics.csv", "metrics.jsonl", "tensorboard");
    const fs::path run = folder.path() / "run";
    const auto log = open_log(run);
    REQUIRE(log->add_iteration(iteration(1)).ok());
    REQUIRE(log->flush().ok());
    if (name == "recipe.toml") fs::remove(run / "metrics.csv");  // it is written with the rest
    fs::rename(run / name, folder.path() / "away");
    std::string kind = "a link";
    SECTION("a link to a file") { fs::create_symlink(folder.path() / "note", run / name); }
    SECTION("a link to a folder") { fs::create_directory_symlink(theirs, run / name); }
    SECTION("a link to what it was") { fs::create_symlink(folder.path() / "away", run / name); }
    SECTION("a link to a device") { fs::create_symlink("/dev/full", run / name); }
    SECTION("a pipe") {
        REQUIRE(mkfifo((run / name).c_str(), 0600) == 0);
        kind = "a pipe";
    }
    const auto size_of_all = [&] {
        std::uintmax_t bytes = 0;
        for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "away"))
            bytes += fs::file_size(entry.path());
        return bytes;
    };
    const std::uintmax_t before = name == "tensorboard" ? size_of_all() : fs::file_size(folder.path() / "away");
    for (int i = 2; i <= 9; ++i) {
        REQUIRE(log->add_iteration(iteration(i)).ok());
        REQUIRE(log->flush().ok());
    }
    CHECK(log->take_notice() ==
          (run / name).string() + ": " + kind + " had taken its place, and is " + (run / name).string() + ".old now");
    CHECK(kind_at(run / (name + ".old")) == kind);
    CHECK(before == (name == "tensorboard" ? size_of_all() : fs::file_size(folder.path() / "away")));
    CHECK(fs::is_empty(theirs));
    CHECK(read_whole_file(folder.path() / "note", 1000).value() == "a note");
    CHECK(lines_of(run / "metrics.csv").size() == 10);
    CHECK(lines_of(run / "metrics.jsonl").size() == 9);
    CHECK(read_whole_file(run / "recipe.toml", 1000).value() == "name = \"mine\"\n");
    CHECK(std::distance(fs::directory_iterator(run / "tensorboard"), {}) == 1);
}
