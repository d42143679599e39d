// Data sets fetched while others go on: what the window is told, cancelling, and leaving in the middle.
#include "engine/host/background_fetcher.h"

#include "engine/fetch/checksum.h"
#include "tests/fetch/loopback_server.h"
#include "tests/support/catch.h"

#include <chrono>
#include <cstdlib>
#include <thread>

using namespace convscope;
namespace fs = std::filesystem;
using State = FetchStatus::State;

namespace {

// A set of two files, to be fetched from the server in the ways given.
struct FetcherFixture {
    LoopbackServer server;
    TempFolder home;
    fs::path folder = home.path() / "small";
    RemoteSet set{"small", "Small", {}, {}, {}, "nobody; no terms", 3, 32};

    FetcherFixture() {
        for (const auto& [name, size] : {std::pair{"a", 1000}, std::pair{"b", 2000}}) {
            write_file(server.folder() / name, Bytes(static_cast<std::size_t>(size), 7));
            set.files.push_back({name, md5_of_file(server.folder() / name).value(), size});
        }
    }
    BackgroundFetcher::Options from(std::vector<std::string> ways, int stall_seconds = 1) {
        set.mirrors.clear();
        for (const std::string& way : ways) set.mirrors.push_back(server.url(way));
        return {{set}, [this](std::string_view) { return folder; }, stall_seconds};
    }
};

using StatusPtr = std::shared_ptr<const FetchStatus>;

// As a window does it: looks again and again. Fails after a minute.
template <typename Holds>
StatusPtr wait_for(BackgroundFetcher& fetcher, Holds holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    for (;;) {
        StatusPtr status = fetcher.status();
        if (holds(*status)) return status;
        if (std::chrono::steady_clock::now() > deadline)
            FAIL("it does not come; the last sentence: " + status->sentence);
        std::this_thread::yield();
    }
}

StatusPtr wait_for_end(BackgroundFetcher& fetcher) {
    return wait_for(fetcher, [](const FetchStatus& status) { return !status.busy(); });
}

}  // namespace

TEST_CASE("a set is offered with what it is, and fetched in the background") {
    FetcherFixture fixture;
    BackgroundFetcher fetcher(fixture.from({"good"}));
    REQUIRE(fetcher.sets().size() == 1);
    CHECK(fetcher.sets()[0].title == "Small");
    CHECK(fetcher.sets()[0].terms == "nobody; no terms");
    CHECK(fetcher.sets()[0].bytes == 3000);
    CHECK(fetcher.sets()[0].channels == 3);
    CHECK(fetcher.sets()[0].width == 32);
    const StatusPtr before = fetcher.status();
    CHECK(before->state == State::Idle);
    CHECK(before->folders.at(0).empty());
    CHECK(fetcher.status() == before);

    fetcher.start(0);
    const StatusPtr done = wait_for_end(fetcher);
    CHECK(done->state == State::Done);
    CHECK(done->sentence.empty());
    CHECK(done->folders.at(0) == fixture.folder.string());
    CHECK(done->total_bytes == 3000);
    CHECK(fs::file_size(fixture.folder / "a") == 1000);
    CHECK(fs::file_size(fixture.folder / "b") == 2000);
    CHECK(before->folders.at(0).empty());  // what was handed out does not change
    CHECK(fetcher.status() == done);
}

TEST_CASE("while a set is fetched its files, its server and its bytes are told, those of earlier files included") {
    FetcherFixture fixture;
    {
        BackgroundFetcher fetcher(fixture.from({"good"}));
        fetcher.start(0);
        wait_for_end(fetcher);
    }
    fs::remove(fixture.folder / "b");
    BackgroundFetcher fetcher(fixture.from({"stalled"}, /*stall_seconds=*/3600));
    CHECK(fetcher.status()->folders.at(0).empty());
    fetcher.start(0);
    const StatusPtr status = wait_for(fetcher, [](const FetchStatus& now) { return now.bytes > 1000; });
    CHECK(status->state == State::Fetching);
    CHECK(status->bytes == 1050);
    CHECK(status->file == "b");
    CHECK(status->server.starts_with("127.0.0.1:"));
}

TEST_CASE("a set that is there already is known without asking anybody") {
    FetcherFixture fixture;
    for (const char* name : {"a", "b"}) {
        fs::create_directories(fixture.folder);
        fs::copy_file(fixture.server.folder() / name, fixture.folder / name);
    }
    BackgroundFetcher fetcher(fixture.from({"good"}));
    CHECK(fetcher.status()->folders.at(0) == fixture.folder.string());
    fetcher.start(0);
    CHECK(wait_for_end(fetcher)->state == State::Done);
    CHECK(fixture.server.requests().empty());
}

TEST_CASE("what arrives damaged is not put in place, and the sentence names the server and the damage") {
    FetcherFixture fixture;
    BackgroundFetcher fetcher(fixture.from({"damaged"}));
    fetcher.start(0);
    const StatusPtr failed = wait_for_end(fetcher);
    CHECK(failed->state == State::Failed);
    CHECK_THAT(failed->sentence, contains_text("127.0.0.1") && contains_text("checksum"));
    CHECK(failed->folders.at(0).empty());
    CHECK_FALSE(fs::exists(fixture.folder / "a"));
}

TEST_CASE("a connection that is cut, a mirror without the file and one that stalls do not end the download") {
    FetcherFixture fixture;
    const std::string way = GENERATE(as<std::string>{}, "cut", "missing", "stalled", "damaged");
    CAPTURE(way);
    BackgroundFetcher fetcher(fixture.from({way, "good"}));
    fetcher.start(0);
    CHECK(wait_for_end(fetcher)->state == State::Done);
    CHECK(fs::file_size(fixture.folder / "b") == 2000);
}

TEST_CASE("a download that is cancelled keeps what has come, and the next one goes on from there") {
    FetcherFixture fixture;
    {
        BackgroundFetcher fetcher(fixture.from({"stalled"}, /*stall_seconds=*/3600));
        fetcher.start(0);
        wait_for(fetcher, [](const FetchStatus& now) { return now.bytes > 0; });
        fetcher.cancel();
        CHECK(wait_for_end(fetcher)->state == State::Cancelled);
        CHECK(fetcher.status()->folders.at(0).empty());
    }
    BackgroundFetcher fetcher(fixture.from({"good"}));
    fetcher.start(0);
    CHECK(wait_for_end(fetcher)->state == State::Done);
    CHECK(fixture.server.requests().at(1) == "good/a bytes=50-");
}

TEST_CASE("leaving in the middle of a download that stands still does not wait for it") {
    FetcherFixture fixture;
    const std::string way = GENERATE(as<std::string>{}, "stalled", "silent");
    BackgroundFetcher fetcher(fixture.from({way}, /*stall_seconds=*/3600));
    fetcher.start(0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (fixture.server.requests().empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    CHECK(fixture.server.requests().size() == 1);
}

TEST_CASE("one set is fetched at a time, and one that failed may be tried again") {
    FetcherFixture fixture;
    BackgroundFetcher fetcher(fixture.from({"missing"}));
    for (int i = 0; i < 2; ++i) {
        const StatusPtr before = fetcher.status();
        fetcher.start(0);
        fetcher.start(0);
        const StatusPtr failed = wait_for(fetcher, [&](const FetchStatus& now) { return now.state == State::Failed; });
        CHECK(failed != before);
    }
    fetcher.start(99);  // there is no such set
    CHECK_FALSE(fetcher.status()->busy());
}

TEST_CASE("without a place to put it a set is not fetched, and the sentence says what is missing") {
    FetcherFixture fixture;
    BackgroundFetcher::Options options = fixture.from({"good"});
    options.folder = [](std::string_view) { return Result<fs::path>(Error{ErrorCode::NotFound, "no home folder"}); };
    BackgroundFetcher fetcher(options);
    fetcher.start(0);
    CHECK(wait_for_end(fetcher)->sentence == "no home folder");
    CHECK(fixture.server.requests().empty());
}

TEST_CASE("the window offers every set that the command line fetches, with its size and terms") {
    BackgroundFetcher fetcher;
    std::string names;
    for (const FetchableSet& set : fetcher.sets()) {
        names += (names.empty() ? "" : ", ") + set.name;
        CHECK(set.bytes > 1'000'000);
        CHECK_FALSE(set.terms.empty());
        CHECK(set.height == set.width);
    }
    CHECK(names == names_of(fetchable_sets()));
}
