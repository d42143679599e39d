// The thread that writes files while others go on.
#include "engine/session/background_writer.h"

#include "tests/session/session_under_test.h"

#include <string>
#include <thread>
#include <vector>

namespace convscope {
namespace {

// Notes what was done, in order. Read once the writer is gone.
struct Diary {
    std::vector<std::string> done;
    std::function<void()> job(std::string what) {
        return [this, what = std::move(what)] { done.push_back(what); };
    }
};

// The writer is busy from the first job to opening the gate.
struct BusyWriter {
    Diary& diary;
    Gate gate;
    BackgroundWriter writer;
    explicit BusyWriter(Diary& into) : diary(into) {
        writer.post(
            [this] {
                gate.wait();
                diary.done.push_back("first");
            },
            /*replaceable_as=*/1);
        REQUIRE(gate.wait_for_arrival());
    }
    ~BusyWriter() { gate.open(); }
    void post(const std::string& what, std::uint64_t run = 0) { writer.post(diary.job(what), run); }
};

}  // namespace

TEST_CASE("Jobs are done in order, on the writer's thread, all of them before the writer is gone") {
    std::vector<int> done;
    std::vector<int> wanted;
    std::thread::id thread;
    {
        BackgroundWriter writer;
        for (int i = 0; i < 100; ++i) {
            writer.post(
                [&, i] {
                    done.push_back(i);
                    thread = std::this_thread::get_id();
                },
                /*replaceable_as=*/0);
            wanted.push_back(i);
        }
    }
    CHECK(done == wanted);
    CHECK(thread != std::this_thread::get_id());
}

TEST_CASE("A replaceable job that waits gives way to a later one, one that has begun does not") {
    Diary diary;
    {
        BusyWriter busy(diary);
        busy.post("old autosave", 1);
        busy.post("middle autosave", 1);
        busy.post("new autosave", 1);
    }
    CHECK(diary.done == std::vector<std::string>{"first", "new autosave"});
}

TEST_CASE("A job does not give way to one of another run") {
    Diary diary;
    {
        BusyWriter busy(diary);
        busy.post("old autosave", 1);
        busy.post("another run's autosave", 2);
        busy.post("new autosave", 1);
    }
    CHECK(diary.done == std::vector<std::string>{"first", "another run's autosave", "new autosave"});
}

TEST_CASE("What was asked for is never replaced, and does not replace what saves itself") {
    Diary diary;
    {
        BusyWriter busy(diary);
        busy.post("asked for");
        busy.post("old autosave", 1);
        busy.post("asked for as well");
        busy.post("new autosave", 1);
        busy.post("asked for at last");
    }
    CHECK(diary.done ==
          std::vector<std::string>{"first", "asked for", "asked for as well", "new autosave", "asked for at last"});
}

TEST_CASE("A job may give the writer another one") {
    std::vector<int> done;
    Gate given;
    {
        BackgroundWriter writer;
        writer.post(
            [&] {
                done.push_back(1);
                writer.post([&] { done.push_back(2); }, /*replaceable_as=*/0);
                given.open();
            },
            /*replaceable_as=*/0);
        REQUIRE(given.wait());
    }
    CHECK(done == std::vector<int>{1, 2});
}

}  // namespace convscope
