// The thread that writes files while others go on.
#include "engine/session/background_writer.h"

#include "tests/session/session_under_test.h"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace convscope {
namespace {

using namespace std::chrono_literals;
using Try = BackgroundWriter::Try;
using Trouble = BackgroundWriter::Trouble;

// Notes what was done and told, in order. Read once the writer is gone.
struct Diary {
    std::mutex mutex;
    std::vector<std::string> entries;  // guarded by mutex

    void note(std::string entry) {
        std::lock_guard lock(mutex);
        entries.push_back(std::move(entry));
    }
    std::function<void(Trouble, const std::string&)> teller() {
        return [this](Trouble trouble, const std::string& file) {
            note(file + (trouble == Trouble::GivenUp ? " given up" : " put off"));
        };
    }
};

// Its files are busy from the beginning to opening the gate.
struct BusyWriter {
    Diary& diary;
    Gate gate;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    BackgroundWriter writer;
    explicit BusyWriter(Diary& into, BackgroundWriter::Limits limits = {})
        : diary(into), writer(clock, limits, into.teller()) {
        writer.post({.file = "first", .write = [this](const Try&) {
                         gate.wait();
                         diary.note("first");
                         return true;
                     }});
        REQUIRE(gate.wait_for_arrival());
    }
    ~BusyWriter() { gate.open(); }
    void post(const std::string& file, bool asked = false, bool spare = false) {
        writer.post(
            {.file = file, .asked = asked, .spare = spare, .bytes = 10, .write = [this, file](const Try& attempt) {
                 diary.note(file + (attempt.asked ? ", as asked" : ""));
                 return true;
             }});
    }
};

}  // namespace

TEST_CASE("Jobs are done in order, on the writer's thread, all of them before the writer is gone") {
    std::vector<int> done;
    std::thread::id thread;
    Diary diary;
    {
        BackgroundWriter writer(std::make_shared<ManualClock>(), {}, diary.teller());
        for (int i = 0; i < 5; ++i)
            writer.post({.file = std::to_string(i), .write = [&, i](const Try&) {
                             done.push_back(i);
                             thread = std::this_thread::get_id();
                             return true;
                         }});
    }
    CHECK(done == std::vector<int>{0, 1, 2, 3, 4});
    CHECK(thread != std::this_thread::get_id());
    CHECK(diary.entries.empty());
}

TEST_CASE("Of the jobs for one file only the newest waits, and what has begun goes on") {
    Diary diary;
    {
        BusyWriter busy(diary);
        busy.post("last.pt");
        busy.post("other.pt");
        busy.post("last.pt");
        busy.post("first");
    }
    CHECK(diary.entries == std::vector<std::string>{"first", "other.pt", "last.pt", "first"});
}

TEST_CASE("Whoever has asked for a file hears of the newer one that takes its place") {
    Diary diary;
    {
        BusyWriter busy(diary);
        busy.post("last.pt", /*asked=*/true);
        busy.post("last.pt");
    }
    CHECK(diary.entries == std::vector<std::string>{"first", "last.pt, as asked"});
}

TEST_CASE(
    "However long a disk does not answer, what waits for it is limited: the oldest are given up, spare ones first") {
    Diary diary;
    {
        BusyWriter busy(diary, {.most = 50});
        for (const char* file : {"run-1", "epoch-1", "epoch-2", "run-2", "run-3", "run-4", "run-5", "run-6"})
            busy.post(file, /*asked=*/false, /*spare=*/file[0] == 'e');
    }
    CHECK(diary.entries == std::vector<std::string>{"epoch-1 given up", "epoch-2 given up", "run-1 given up", "first",
                                                    "run-2", "run-3", "run-4", "run-5", "run-6"});
}

TEST_CASE("Four jobs may wait however much they hold") {
    Diary diary;
    {
        BusyWriter busy(diary, {.most = 1});
        for (const char* file : {"1", "2", "3", "4", "5"}) busy.post(file);
    }
    CHECK(diary.entries == std::vector<std::string>{"1 given up", "first", "2", "3", "4", "5"});
}

TEST_CASE("A disk that takes too long is told once, when something has waited for it in vain") {
    Diary diary;
    {
        BusyWriter busy(diary, {.long_time = 10.0});
        for (const char* time : {"0 s", "9 s", "10 s", "19 s"}) {
            diary.note(time);
            busy.post("last.pt");
            busy.post("last.pt");
            busy.clock->advance(time[0] == '9' ? 1s : 9s);
        }
    }
    CHECK(diary.entries ==
          std::vector<std::string>{"0 s", "9 s", "10 s", "last.pt put off", "19 s", "first", "last.pt"});
}

TEST_CASE("What fails is tried again, after a wait that doubles up to a minute, and knows how often it has failed") {
    Diary diary;
    Gate done;
    const std::shared_ptr<ManualClock> clock = clock_that_moves();
    TimePoint last = clock->now();
    BackgroundWriter writer(clock, {.first_wait = 5.0}, diary.teller());
    writer.post({.file = "a", .asked = true, .write = [&](const Try& attempt) {
                     const double waited = seconds_between(std::exchange(last, clock->now()), clock->now());
                     diary.note(std::to_string(attempt.failures) + (attempt.asked ? ", as asked" : "") + " after " +
                                std::to_string(static_cast<int>(waited)) + " s");
                     if (attempt.failures == 1) throw std::runtime_error("as bad as saying so");
                     if (attempt.failures == 6) done.open();
                     return attempt.failures == 6;
                 }});
    REQUIRE(done.wait());
    writer.flush();
    CHECK(diary.entries == std::vector<std::string>{"0, as asked after 0 s", "1 after 5 s", "2 after 10 s",
                                                    "3 after 20 s", "4 after 40 s", "5 after 60 s", "6 after 60 s"});
}

TEST_CASE("What fails waits longer each time, but a newer job of its file, a flush or the end try it at once") {
    Diary diary;
    std::atomic<bool> full{true};
    Gate begun;
    const auto job = [&](std::string what) {
        return BackgroundWriter::Job{
            .file = "a", .write = [&, what](const Try& attempt) {
                begun.wait();
                diary.note(what + " " + std::to_string(attempt.failures) + (attempt.last ? " last" : ""));
                return !full;
            }};
    };
    {
        BackgroundWriter writer(std::make_shared<ManualClock>(), {}, diary.teller());
        writer.post(job("old"));
        REQUIRE(begun.wait_for_arrival());  // so that a flush is another try
        begun.open();
        writer.flush();
        writer.flush();
        writer.post(job("new"));
        SECTION("and no longer when it is done") {
            full = false;
            writer.flush();
        }
        SECTION("to the end, where it is given up") {}
    }
    CHECK(diary.entries == std::vector<std::string>{"old 0", "old 1", "old 2", full ? "new 3 last" : "new 3"});
}

TEST_CASE("What waits for a file can be forgotten, and nothing is being written there then") {
    Diary diary;
    {
        Gate begun;
        BackgroundWriter writer(std::make_shared<ManualClock>(), {}, diary.teller());
        writer.post({.file = "a", .write = [&](const Try&) {
                         begun.wait();
                         diary.note("a");
                         return false;
                     }});
        REQUIRE(begun.wait_for_arrival());
        begun.open();
        writer.flush();
        diary.note("forgotten");
        writer.forget("a");
        writer.forget("never there");
    }
    CHECK(diary.entries == std::vector<std::string>{"a", "a", "forgotten"});
}

TEST_CASE("A job may give the writer another one") {
    std::vector<int> done;
    Gate given;
    {
        Diary diary;
        BackgroundWriter writer(std::make_shared<ManualClock>(), {}, diary.teller());
        writer.post({.file = "a", .write = [&](const Try&) {
                         done.push_back(1);
                         writer.post({.file = "b", .write = [&](const Try&) {
                                          done.push_back(2);
                                          return true;
                                      }});
                         given.open();
                         return true;
                     }});
        REQUIRE(given.wait());
    }
    CHECK(done == std::vector<int>{1, 2});
}

}  // namespace convscope
