// Downloads from a server that behaves as badly as real ones do.
#include "engine/fetch/download.h"
#include "engine/fetch/checksum.h"

#include "tests/fetch/loopback_server.h"
#include "tests/support/catch.h"

#include <fstream>
#include <iterator>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBytes = 5000;
using Requests = std::vector<std::string>;

Bytes content() {
    Bytes bytes(kBytes);
    for (std::size_t i = 0; i < kBytes; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
    return bytes;
}

Bytes beginning(std::size_t count) {
    Bytes bytes = content();
    bytes.resize(count);
    return bytes;
}

Bytes read_bytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

// A server with one file, and where that is to be put.
struct DownloadFixture {
    LoopbackServer server;
    TempFolder folder;
    fs::path path = folder.path() / "sub" / "a.bin";
    fs::path part = folder.path() / "sub" / "a.bin.part";
    std::string md5;
    std::int64_t bytes = kBytes;  // what the catalogue says
    std::vector<std::string> notices;

    DownloadFixture() {
        write_file(server.folder() / "a.bin", content());
        md5 = md5_of_file(server.folder() / "a.bin").value();
        fs::create_directories(path.parent_path());
    }

    // From one mirror per way of sending.
    Result<void> download(const std::vector<std::string>& ways, DownloadOptions options = {}) {
        Download wanted{{}, path, md5, bytes};
        for (const std::string& way : ways) wanted.urls.push_back(server.url(way, "a.bin"));
        options.stall_seconds = 1;
        options.notice = [this](const std::string& text) { notices.push_back(text); };
        return download_file(wanted, options);
    }

    bool complete() const { return fs::exists(path) && read_bytes(path) == content() && !fs::exists(part); }
};

// The sentence of a failure, after which nothing may be in place.
std::string refusal(const DownloadFixture& fixture, const Result<void>& result) {
    REQUIRE_FALSE(result.ok());
    CHECK_FALSE(fs::exists(fixture.path));
    return result.error().message;
}

}  // namespace

TEST_CASE("the checksum of a file is its MD5") {
    const TempFolder folder;
    const std::string text = "The quick brown fox jumps over the lazy dog";
    write_file(folder.path() / "fox", Bytes(text.begin(), text.end()));
    write_file(folder.path() / "empty", {});
    CHECK(md5_of_file(folder.path() / "fox").value() == "9e107d9d372bb6826bd81d3542a419d6");
    CHECK(md5_of_file(folder.path() / "empty").value() == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK_THAT(md5_of_file(folder.path() / "absent").error().message, contains_text("absent"));
}

TEST_CASE("a file is downloaded, its progress told, and nothing else left behind") {
    DownloadFixture fixture;
    fs::remove_all(fixture.path.parent_path());
    std::int64_t bytes = 0;
    std::int64_t total = 0;
    DownloadOptions options;
    options.progress = [&](std::int64_t now, std::int64_t in_all) {
        CHECK(now >= bytes);
        bytes = now;
        total = in_all;
    };
    REQUIRE(fixture.download({"good"}, options).ok());
    CHECK(fixture.complete());
    CHECK(bytes == kBytes);
    CHECK(total == kBytes);
    CHECK(fixture.notices.empty());
}

TEST_CASE("a file that is there is not asked for again, and a wrong one is replaced") {
    DownloadFixture fixture;
    write_file(fixture.path, content());
    REQUIRE(fixture.download({"good"}).ok());
    CHECK(fixture.server.requests().empty());
    write_file(fixture.path, beginning(100));
    REQUIRE(fixture.download({"good"}).ok());
    CHECK(fixture.complete());
}

TEST_CASE("a download that is cut off goes on where it stopped") {
    DownloadFixture fixture;
    std::int64_t last = 0;
    DownloadOptions options;
    options.progress = [&](std::int64_t now, std::int64_t total) {
        CHECK(now >= last);
        CHECK(total == kBytes);
        last = now;
    };
    REQUIRE(fixture.download({"cut"}, options).ok());
    CHECK(fixture.complete());
    CHECK(fixture.server.requests() == Requests{"cut/a.bin -", "cut/a.bin bytes=2000-", "cut/a.bin bytes=4000-"});
    CHECK(fixture.notices.size() == 2);
}

TEST_CASE("what an earlier attempt left is used") {
    DownloadFixture fixture;
    write_file(fixture.part, beginning(3000));
    REQUIRE(fixture.download({"good"}).ok());
    CHECK(fixture.complete());
    CHECK(fixture.server.requests() == Requests{"good/a.bin bytes=3000-"});
}

TEST_CASE("an earlier attempt that ended just before the check needs no server") {
    DownloadFixture fixture;
    write_file(fixture.part, content());
    REQUIRE(fixture.download({"good"}).ok());
    CHECK(fixture.complete());
    CHECK(fixture.server.requests().empty());
}

TEST_CASE("a server that sends the whole file instead of the rest is understood") {
    DownloadFixture fixture;
    write_file(fixture.part, beginning(3000));
    REQUIRE(fixture.download({"no-range"}).ok());
    CHECK(fixture.complete());
}

TEST_CASE("what an earlier attempt left is thrown away when it was damaged or too long") {
    for (const std::size_t size : {std::size_t{3000}, kBytes, kBytes + 10}) {
        DownloadFixture fixture;
        write_file(fixture.part, Bytes(size, 1));
        REQUIRE(fixture.download({"good"}).ok());
        CHECK(fixture.complete());
        const std::string range = "bytes=" + std::to_string(size) + "-";
        CHECK(fixture.server.requests() == Requests{"good/a.bin " + range, "good/a.bin -"});
    }
}

TEST_CASE("a damaged file is never put in place, and the next mirror is asked") {
    DownloadFixture fixture;
    const std::string message = refusal(fixture, fixture.download({"damaged"}));
    CHECK_THAT(message, contains_text("checksum"));
    CHECK_THAT(message, contains_text(fixture.server.url("damaged", "a.bin")));
    CHECK_FALSE(fs::exists(fixture.part));
    REQUIRE(fixture.download({"damaged", "good"}).ok());
    CHECK(fixture.complete());
    CHECK_THAT(fixture.notices.back(), contains_text("another mirror"));
}

TEST_CASE("an old file stays when all that comes is damaged") {
    DownloadFixture fixture;
    write_file(fixture.path, beginning(100));
    REQUIRE_FALSE(fixture.download({"damaged"}).ok());
    CHECK(read_bytes(fixture.path) == beginning(100));
}

TEST_CASE("a mirror without the file gives way to the next one") {
    DownloadFixture fixture;
    REQUIRE(fixture.download({"missing", "closed", "good"}).ok());
    CHECK(fixture.complete());
    CHECK(fixture.server.requests() == Requests{"missing/a.bin -", "closed/a.bin -", "good/a.bin -"});
}

TEST_CASE("when no mirror works the error says what was wrong with each") {
    DownloadFixture fixture;
    const std::string message = refusal(fixture, fixture.download({"missing", "closed"}));
    CHECK_THAT(message, contains_text("a.bin"));
    CHECK_THAT(message, contains_text("404"));
    CHECK_THAT(message, contains_text(fixture.server.url("closed", "a.bin")));
    CHECK_THAT(message, contains_text("check the connection"));
    const auto none = download_file({{"http://127.0.0.1:1/a.bin"}, fixture.path, fixture.md5});  // nobody listens there
    CHECK_THAT(refusal(fixture, none), contains_text("http://127.0.0.1:1/a.bin"));
}

TEST_CASE("a server that stops sending is left, and the next one goes on from there") {
    DownloadFixture fixture;
    REQUIRE(fixture.download({"silent", "stalled", "good"}).ok());
    CHECK(fixture.complete());
    CHECK(fixture.server.requests() == Requests{"silent/a.bin -", "stalled/a.bin -", "good/a.bin bytes=50-"});
}

TEST_CASE("a server that crawls is left, and the next one goes on from there") {
    DownloadFixture fixture;
    REQUIRE(fixture.download({"crawling", "good"}).ok());
    CHECK(fixture.complete());
    REQUIRE(fixture.notices.size() == 1);
    CHECK_THAT(fixture.notices[0], contains_text("too slow") && contains_text("trying another mirror"));
    CHECK_THAT(fixture.server.requests().back(), contains_text("good/a.bin bytes="));
}

TEST_CASE("a server that sends more than the file has is left, whether it says so or not") {
    const std::string way = GENERATE("larger", "endless");
    DownloadFixture fixture;
    CHECK_THAT(refusal(fixture, fixture.download({way})),
               contains_text("it sends more than the 5000 bytes that the file can have"));
    CHECK_FALSE(fs::exists(fixture.part));
    CHECK(fixture.server.requests().size() == 1);
    REQUIRE(fixture.download({way, "good"}).ok());
    CHECK(fixture.complete());
}

TEST_CASE("a part that does not begin where it should is refused") {
    DownloadFixture fixture;
    write_file(fixture.part, beginning(3000));
    CHECK_THAT(refusal(fixture, fixture.download({"wrong-range"})), contains_text("another part"));
    CHECK(read_bytes(fixture.part) == beginning(3000));
}

TEST_CASE("a redirection is followed, but not off the web") {
    DownloadFixture fixture;
    refusal(fixture, fixture.download({"elsewhere"}));
    CHECK_FALSE(
        download_file({{"file://" + (fixture.server.folder() / "a.bin").string()}, fixture.path, fixture.md5}).ok());
    REQUIRE(fixture.download({"moved"}).ok());
    CHECK(fixture.complete());
}

TEST_CASE("a cancelled download stops, and is resumed by the next one") {
    DownloadFixture fixture;
    std::atomic<bool> cancelled{false};
    DownloadOptions options;
    options.cancelled = &cancelled;
    options.progress = [&](std::int64_t bytes, std::int64_t) { cancelled = bytes > 0; };
    CHECK_THAT(refusal(fixture, fixture.download({"cut", "good"}, options)), contains_text("was cancelled"));
    const std::size_t kept = read_bytes(fixture.part).size();
    CHECK(kept > 0);
    CHECK(fixture.server.requests().size() == 1);
    REQUIRE(fixture.download({"good"}).ok());
    CHECK(fixture.complete());
    CHECK(fixture.server.requests().back() == "good/a.bin bytes=" + std::to_string(kept) + "-");
}

TEST_CASE("a file that is being downloaded is not downloaded a second time meanwhile") {
    DownloadFixture fixture;
    std::string second;
    DownloadOptions options;
    options.progress = [&](std::int64_t, std::int64_t) {
        const auto meanwhile = fixture.download({"good"});
        second = meanwhile.ok() ? "both" : meanwhile.error().message;
    };
    REQUIRE(fixture.download({"good"}, options).ok());
    CHECK_THAT(second, contains_text("is being downloaded already"));
    CHECK(fixture.complete());
}

TEST_CASE("a folder that cannot be written to is named before anything is asked for") {
    DownloadFixture fixture;
    write_file(fixture.folder.path() / "file", Bytes{1});
    fixture.path = fixture.folder.path() / "file" / "a.bin";
    CHECK_THAT(refusal(fixture, fixture.download({"good"})), contains_text((fixture.folder.path() / "file").string()));
    CHECK(fixture.server.requests().empty());
}
