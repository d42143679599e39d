// What a new run learns from where the set that it names is not there, online and offline.
#include "engine/host/run_data.h"

#include "engine/api/dataset.h"
#include "engine/fetch/checksum.h"
#include "tests/fetch/loopback_server.h"
#include "tests/support/catch.h"
#include "tests/support/ordinary_user.h"

#include <csignal>
#include <cstdlib>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

// A home of its own without data, and a server that has a tiny MNIST.
struct Beginner {
    TempFolder home;
    LoopbackServer server;
    RemoteSet set{"mnist", "MNIST", {}, {}, {}, "nobody's"};
    fs::path folder = home.path() / "convscope" / "mnist";
    std::vector<std::string> said;

    Beginner() {
        setenv("XDG_DATA_HOME", home.path().c_str(), 1);
        unsetenv("CONVSCOPE_DATA");
        for (const char* prefix : {"train", "t10k"}) {
            serve(std::string(prefix) + "-images-idx3-ubyte", {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 77});
            serve(std::string(prefix) + "-labels-idx1-ubyte", {0, 0, 8, 1, 0, 0, 0, 1, 0});
        }
    }
    ~Beginner() { unsetenv("XDG_DATA_HOME"); }

    void serve(const std::string& name, const Bytes& bytes) {
        write_file(server.folder() / name, bytes);
        set.files.push_back({name, md5_of_file(server.folder() / name).value(), std::ssize(bytes)});
    }
    Result<std::shared_ptr<const Dataset>> open(const std::string& option) {
        return open_run_data(option, 42, {},
                             {.sets = {&set, 1},
                              .say = [this](const std::string& words) { said.push_back(words); },
                              .stall_seconds = 1});
    }
};

}  // namespace

TEST_CASE("a set that is named and not there is fetched, after saying what and how much, and only once") {
    Beginner beginner;
    beginner.set.mirrors = {beginner.server.url("good")};
    SECTION("nothing is there") {}
    SECTION("an empty folder is there") { fs::create_directories(beginner.folder); }
    SECTION("half of it is there") {
        fs::create_directories(beginner.folder);
        fs::copy(beginner.server.folder() / "t10k-images-idx3-ubyte", beginner.folder);
    }
    SECTION("one of its files is damaged") {
        REQUIRE(beginner.open("mnist"));
        beginner.said.clear();
        write_file(beginner.folder / "train-labels-idx1-ubyte", Bytes{0, 0, 8, 1, 0});
    }
    const auto opened = beginner.open("mnist");
    REQUIRE(opened);
    CHECK(opened.value()->info().source == beginner.folder.string());
    CHECK(opened.value()->info().notice.empty());
    REQUIRE(beginner.said.size() == 1);
    CHECK(beginner.said.front() == "MNIST is not all in " + beginner.folder.string() + ": fetching 0.1 MB from " +
                                       beginner.set.mirrors.front() + " (nobody's)");
    const std::size_t requests = beginner.server.requests().size();
    REQUIRE(beginner.open("mnist"));
    CHECK(beginner.said.size() == 1);
    CHECK(beginner.server.requests().size() == requests);
}

TEST_CASE("a set that cannot be fetched leaves the run with drawn digits, which say why, and the next start too") {
    Beginner beginner;
    SECTION("offline") { beginner.set.mirrors = {"http://127.0.0.1:1/"}; }
    SECTION("the server has it no more") { beginner.set.mirrors = {beginner.server.url("missing")}; }
    SECTION("the server has something else") {
        beginner.set.mirrors = {beginner.server.url("good")};
        write_file(beginner.server.folder() / "train-images-idx3-ubyte", Bytes(17, 9));
    }
    for (const char* start : {"first", "next"}) {
        CAPTURE(start);
        const auto opened = beginner.open("mnist");
        REQUIRE(opened);
        CHECK(opened.value()->info().source == "generated from seed 42");
        CHECK_THAT(opened.value()->info().notice,
                   contains_text("Learning from drawn digits: MNIST could not be fetched ("));
    }
    // Nor does what it has left keep a start from opening that names nothing.
    CHECK(beginner.open("").value()->info().source == "generated from seed 42");
}

TEST_CASE("what the environment names is fetched too, what is no public set is an error, and so is Ctrl-C") {
    Beginner beginner;
    beginner.set.mirrors = {beginner.server.url("good")};
    CHECK_FALSE(beginner.open("minst"));
    CHECK_FALSE(beginner.open("/nowhere/at all"));
    CHECK(beginner.open("drawn:3").value()->info().source == "generated from seed 3");
    CHECK(beginner.said.empty());
    CHECK_FALSE(
        open_run_data("mnist", 42, {}, {.sets = {&beginner.set, 1}, .say = [](const std::string&) { raise(SIGINT); }}));
    setenv("CONVSCOPE_DATA", "mnist", 1);
    CHECK(beginner.open("").value()->info().source == beginner.folder.string());
    unsetenv("CONVSCOPE_DATA");
}

TEST_CASE("a set that may be there and cannot be read is an error that says so, and nothing is fetched") {
    Beginner beginner;
    beginner.set.mirrors = {beginner.server.url("good")};
    const auto open_to_all = static_cast<fs::perms>(0755);
    fs::create_directories(beginner.folder);
    fs::permissions(beginner.home.path(), open_to_all);
    for (const fs::path& closed : {beginner.folder, beginner.folder.parent_path()}) {
        fs::permissions(closed, fs::perms::none);
        {
            const OrdinaryUser user;
            const auto opened = beginner.open("mnist");
            REQUIRE_FALSE(opened);
            CHECK_THAT(opened.error().message, contains_text(beginner.folder.string() + ": cannot read (Permission"));
            const auto unasked = beginner.open("");  // drawn digits, which say why
            REQUIRE(unasked);
            CHECK_THAT(unasked.value()->info().notice, contains_text("cannot read (Permission denied)"));
        }
        fs::permissions(closed, open_to_all);
    }
    CHECK(beginner.said.empty());
}
