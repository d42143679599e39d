// Unpacking archives, of which some would like to write elsewhere.
#include "engine/fetch/unpack.h"

#include "tests/data/temp_folder.h"
#include "tests/fetch/test_archive.h"
#include "tests/support/catch.h"

#include <fstream>
#include <iterator>

using namespace convscope;
namespace fs = std::filesystem;
using Kind = ArchiveEntry::Kind;

namespace {

struct UnpackFixture {
    TempFolder folder;
    fs::path archive = folder.path() / "a.tar.gz";
    fs::path into = folder.path() / "into";

    UnpackFixture() { fs::create_directory(into); }
    Result<void> unpack(const std::vector<ArchiveEntry>& entries) {
        write_tar_gz(archive, entries);
        return unpack_tar_gz(archive, into);
    }
    // The sentence of a refusal, after which nothing may lie outside the folder.
    std::string refusal(const std::vector<ArchiveEntry>& entries) {
        const Result<void> result = unpack(entries);
        REQUIRE_FALSE(result.ok());
        CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);
        CHECK_THAT(result.error().message, contains_text(archive.string()));
        return result.error().message;
    }
};

std::string unpacked_text(const fs::path& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

TEST_CASE("files and folders are unpacked as they are") {
    UnpackFixture fixture;
    const std::string large(1'000'000, 'x');
    REQUIRE(fixture.unpack({{"set", "", Kind::Folder}, {"set/a", "one"}, {"./deep/er/b", large}, {"empty", ""}}).ok());
    CHECK(unpacked_text(fixture.into / "set/a") == "one");
    CHECK(unpacked_text(fixture.into / "deep/er/b") == large);
    CHECK(fs::file_size(fixture.into / "empty") == 0);
}

TEST_CASE("an entry that would lie outside the folder is refused") {
    for (const char* name : {"../evil", "set/../../evil", "..", "/tmp/convscope-evil"}) {
        UnpackFixture fixture;
        CHECK_THAT(fixture.refusal({{name, "evil"}}), contains_text("outside the folder"));
    }
}

TEST_CASE("links are refused, wherever they lead") {
    for (const Kind kind : {Kind::SymbolicLink, Kind::HardLink}) {
        UnpackFixture fixture;
        CHECK_THAT(fixture.refusal({{"a", "one"}, {"link", "a", kind}}), contains_text("'link'"));
        UnpackFixture outward;
        CHECK_THAT(outward.refusal({{"link", "..", kind}, {"link/evil", "evil"}}), contains_text("'link'"));
    }
}

TEST_CASE("a file that comes twice is refused rather than overwritten") {
    UnpackFixture fixture;
    const Result<void> result = fixture.unpack({{"a", "one"}, {"a", "two"}});
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, contains_text((fixture.into / "a").string()));
    CHECK(unpacked_text(fixture.into / "a") == "one");
}

TEST_CASE("what is no archive, or ends too early, is refused") {
    UnpackFixture fixture;
    write_file(fixture.archive, Bytes(1000, 7));
    CHECK_THAT(unpack_tar_gz(fixture.archive, fixture.into).error().message, contains_text("cannot be unpacked"));
    std::string noise;
    for (unsigned i = 0, x = 1; i < 100'000; ++i) noise += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
    REQUIRE(fixture.unpack({{"a", noise}}).ok());
    fs::resize_file(fixture.archive, fs::file_size(fixture.archive) / 2);
    fs::remove(fixture.into / "a");
    CHECK_THAT(unpack_tar_gz(fixture.archive, fixture.into).error().message, contains_text("cannot be unpacked"));
    CHECK_THAT(unpack_tar_gz("/nowhere/a.tar.gz", fixture.into).error().message, contains_text("/nowhere/a.tar.gz"));
}

TEST_CASE("unpacking can be cancelled") {
    UnpackFixture fixture;
    write_tar_gz(fixture.archive, {{"a", "one"}});
    const std::atomic<bool> cancelled{true};
    const Result<void> result = unpack_tar_gz(fixture.archive, fixture.into, &cancelled);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, contains_text("cancelled"));
}
