// Whole data sets: several files, archives, and what the catalogue says.
#include "engine/fetch/fetch_dataset.h"
#include "engine/fetch/checksum.h"

#include "tests/fetch/loopback_server.h"
#include "tests/fetch/test_archive.h"
#include "tests/support/catch.h"

#include <set>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

// Served files and the set that they are.
struct FetchFixture {
    LoopbackServer server;
    TempFolder home;
    fs::path folder = home.path() / "sets" / "small";
    RemoteSet set{"small", "Small", {}, {}, {}};

    void serve(const std::string& name) {
        const fs::path file = server.folder() / name;
        set.files.push_back({name, md5_of_file(file).value(), static_cast<std::int64_t>(fs::file_size(file))});
    }
    Result<void> fetch(const std::string& way, FetchOptions options = {}) {
        set.mirrors = {server.url(way)};
        options.stall_seconds = 1;
        return fetch_set(set, folder, options);
    }
    std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(folder))
            names.insert(entry.path().lexically_relative(folder).string());
        return names;
    }
};

struct TwoFiles : FetchFixture {
    TwoFiles() {
        write_file(server.folder() / "a", Bytes(1000, 1));
        write_file(server.folder() / "b", Bytes(2000, 2));
        serve("a");
        serve("b");
    }
};

struct Archived : FetchFixture {
    explicit Archived(const std::vector<ArchiveEntry>& entries) {
        write_tar_gz(server.folder() / "small.tar.gz", entries);
        serve("small.tar.gz");
        set.unpacked = {"small-bin/a", "small-bin/b"};
    }
};

}  // namespace

TEST_CASE("all files of a set are fetched, once") {
    TwoFiles fixture;
    std::vector<std::string> told;
    FetchOptions options;
    options.progress = [&](const FetchProgress& progress) {
        const std::string line =
            progress.file + " " + std::to_string(progress.number) + "/" + std::to_string(progress.count);
        if (told.empty() || told.back() != line) told.push_back(line);
    };
    REQUIRE(fixture.fetch("good", options).ok());
    CHECK(fixture.files() == std::set<std::string>{"a", "b"});
    CHECK(told == std::vector<std::string>{"a 1/2", "b 2/2"});
    REQUIRE(fixture.fetch("missing").ok());
    CHECK(fixture.server.requests().size() == 2);
}

TEST_CASE("a set that could be fetched in part only is completed by the next call") {
    TwoFiles fixture;
    fs::rename(fixture.server.folder() / "b", fixture.server.folder() / "hidden");
    const Result<void> first = fixture.fetch("good");
    REQUIRE_FALSE(first.ok());
    CHECK_THAT(first.error().message, contains_text("cannot download b"));
    CHECK(fixture.files() == std::set<std::string>{"a"});
    fs::rename(fixture.server.folder() / "hidden", fixture.server.folder() / "b");
    REQUIRE(fixture.fetch("good").ok());
    CHECK(fixture.files() == std::set<std::string>{"a", "b"});
}

TEST_CASE("given mirrors are used instead of the set's own, with and without a slash at their end") {
    TwoFiles fixture;
    FetchOptions options;
    std::string slashless = fixture.server.url("good");
    slashless.pop_back();
    options.mirrors = {fixture.server.url("missing"), slashless};
    std::vector<std::string> notices;
    options.notice = [&](const std::string& text) { notices.push_back(text); };
    REQUIRE(fixture.fetch("damaged", options).ok());
    CHECK(fixture.files() == std::set<std::string>{"a", "b"});
    CHECK(notices.size() == 2);
}

TEST_CASE("an archive is unpacked into place and not kept") {
    Archived fixture({{"small-bin/a", "one"}, {"small-bin/b", "two"}, {"small-bin/readme", "three"}});
    bool unpacking = false;
    FetchOptions options;
    options.progress = [&](const FetchProgress& progress) { unpacking = unpacking || progress.unpacking; };
    REQUIRE(fixture.fetch("cut", options).ok());
    const std::set<std::string> all{"small-bin", "small-bin/a", "small-bin/b", "small-bin/readme"};
    CHECK(fixture.files() == all);
    CHECK(unpacking);
    const std::size_t requests = fixture.server.requests().size();
    REQUIRE(fixture.fetch("missing").ok());
    CHECK(fixture.server.requests().size() == requests);

    fs::remove(fixture.folder / "small-bin" / "b");  // no longer whole: fetched anew
    REQUIRE(fixture.fetch("good").ok());
    CHECK(fixture.files() == all);
}

TEST_CASE("an archive that lacks something, or reaches out of the folder, puts nothing in place") {
    for (const std::vector<ArchiveEntry>& entries : std::vector<std::vector<ArchiveEntry>>{
             {{"small-bin/a", "one"}}, {{"small-bin/a", "one"}, {"small-bin/b", "two"}, {"../evil", "three"}}}) {
        Archived fixture(entries);
        const Result<void> fetched = fixture.fetch("good");
        REQUIRE_FALSE(fetched.ok());
        CHECK_THAT(fetched.error().message, contains_text("small.tar.gz"));
        CHECK(fixture.files() == std::set<std::string>{"small.tar.gz"});
        CHECK_FALSE(fs::exists(fixture.folder.parent_path() / "evil"));
    }
}

TEST_CASE("fetching can be cancelled between and within files") {
    TwoFiles fixture;
    std::atomic<bool> cancelled{false};
    FetchOptions options;
    options.cancelled = &cancelled;
    options.progress = [&](const FetchProgress& progress) { cancelled = progress.number == 2; };
    const Result<void> fetched = fixture.fetch("good", options);
    if (!fetched.ok()) {  // the last bytes may have come before anybody looked
        CHECK_THAT(fetched.error().message, contains_text("cancelled"));
        CHECK(fixture.files().count("b") == 0);
    }
    CHECK(fixture.files().count("a") == 1);
}

TEST_CASE("the catalogue's sets are complete") {
    CHECK(names_of(fetchable_sets()) == "mnist, fashion-mnist, kmnist, cifar10");
    std::set<std::string> checksums;
    std::size_t files = 0;
    for (const RemoteSet& set : fetchable_sets()) {
        CHECK(find_set(fetchable_sets(), set.name) == &set);
        CHECK_FALSE(set.mirrors.empty());
        for (const std::string& mirror : set.mirrors) CHECK(mirror.back() == '/');
        for (const RemoteFile& file : set.files) {
            CHECK(file.md5.size() == 32);
            CHECK(file.bytes > 0);
            CHECK(file.md5.find_first_not_of("0123456789abcdef") == std::string::npos);
            checksums.insert(file.md5);
            ++files;
        }
    }
    CHECK(files == 13);
    CHECK(checksums.size() == files);
}
