// `convscope fetch`: exit codes, and what is printed where. Fetches succeed from a catalogue of the test's own.
#include "engine/cli/fetch_command.h"
#include "engine/fetch/checksum.h"

#include "tests/fetch/loopback_server.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

struct Printed {
    int code = 0;
    std::string output;
    std::string error;
};

// Sends one of the process's streams into a file for as long as it exists.
class Redirection {
public:
    Redirection(std::FILE* stream, const fs::path& path) : stream_(stream), before_(::dup(::fileno(stream))) {
        std::fflush(stream_);
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(file, ::fileno(stream_));
        ::close(file);
    }
    ~Redirection() {
        std::fflush(stream_);
        ::dup2(before_, ::fileno(stream_));
        ::close(before_);
    }
    Redirection(const Redirection&) = delete;
    Redirection& operator=(const Redirection&) = delete;

private:
    std::FILE* stream_;
    int before_;
};

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

Printed run(const FetchCommandOptions& options, std::span<const RemoteSet> catalogue = fetchable_sets()) {
    const TempFolder folder;
    Printed printed;
    {
        const Redirection output(stdout, folder.path() / "output");
        const Redirection error(stderr, folder.path() / "error");
        printed.code = run_fetch_command(options, catalogue);
    }
    printed.output = text_of(folder.path() / "output");
    printed.error = text_of(folder.path() / "error");
    return printed;
}

std::vector<nlohmann::json> objects(const std::string& lines) {
    std::vector<nlohmann::json> parsed;
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);) parsed.push_back(nlohmann::json::parse(line));
    return parsed;
}

}  // namespace

TEST_CASE("an unknown name is a wrong command line") {
    FetchCommandOptions options;
    options.name = "imagenet";
    const Printed printed = run(options);
    CHECK(printed.code == 2);
    CHECK(printed.output.empty());
    CHECK_THAT(printed.error, contains_text("mnist, fashion-mnist, kmnist, cifar10"));
}

TEST_CASE("a set that is there already is reported without a server") {
    const TempFolder folder;
    fs::create_directories(folder.path() / "cifar-10-batches-bin");
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin", "batches.meta.txt"})
        write_file(folder.path() / "cifar-10-batches-bin" / name, Bytes{1});
    FetchCommandOptions options;
    options.name = "cifar10";
    options.folder = folder.path().string();
    options.mirrors = {"http://127.0.0.1:1/"};
    const Printed plain = run(options);
    CHECK(plain.code == 0);
    CHECK_THAT(plain.output, contains_text("CIFAR-10 is in " + folder.path().string()));
    CHECK(plain.output.find('\r') == std::string::npos);

    options.json = true;
    const auto lines = objects(run(options).output);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["event"] == "start");
    CHECK(lines[0]["data"] == "cifar10");
    CHECK(lines[1] == nlohmann::json{{"event", "end"}, {"folder", folder.path().string()}});
}

TEST_CASE("what is no MNIST is not put where MNIST belongs, and the command says so") {
    const LoopbackServer server;
    write_file(server.folder() / "train-images-idx3-ubyte.gz", Bytes(100'000, 1));
    const TempFolder folder;
    FetchCommandOptions options;
    options.name = "mnist";
    options.folder = (folder.path() / "mnist").string();
    options.mirrors = {server.url("missing"), server.url("good")};
    options.json = true;
    const Printed printed = run(options);
    CHECK(printed.code == 1);
    CHECK_THAT(printed.error, contains_text("checksum"));
    CHECK(fs::is_empty(folder.path() / "mnist"));
    const auto lines = objects(printed.output);
    REQUIRE(lines.size() >= 3);
    CHECK(lines[0]["event"] == "start");
    CHECK(lines[1]["event"] == "notice");
    CHECK(lines.back()["event"] == "progress");
    CHECK(lines.back()["file"] == "train-images-idx3-ubyte.gz");
    CHECK(lines.back()["bytes"] == 100'000);
    CHECK(lines.back()["total_bytes"] == 100'000);
    CHECK(lines.back()["count"] == 4);
    CHECK(lines.size() <= 103);

    options.json = false;
    const Printed plain = run(options);
    CHECK(plain.code == 1);
    CHECK_THAT(plain.output, contains_text("train-images-idx3-ubyte.gz (1 of 4)"));
    CHECK(plain.output.find('\r') == std::string::npos);
}

TEST_CASE("a set of the catalogue is fetched, checked and put in place, and the command says where") {
    const LoopbackServer server;
    RemoteSet set{"tiny", "Tiny", {server.url("missing"), server.url("cut")}, {}, {}};
    for (const char* name : {"train", "test"}) {
        write_file(server.folder() / name, Bytes(20'000, 7));
        set.files.push_back({name, md5_of_file(server.folder() / name).value(), 20'000});
    }
    const std::vector<RemoteSet> catalogue{set};
    const TempFolder folder;
    FetchCommandOptions options;
    options.name = "tiny";
    options.folder = (folder.path() / "sets" / "tiny").string();
    options.json = true;
    const Printed printed = run(options, catalogue);
    CHECK(printed.code == 0);
    CHECK(printed.error.empty());
    const auto lines = objects(printed.output);
    REQUIRE(lines.size() >= 4);
    CHECK(lines.front()["event"] == "start");
    CHECK(lines.back() == nlohmann::json{{"event", "end"}, {"folder", options.folder}});
    for (const RemoteFile& file : set.files)
        CHECK(md5_of_file(fs::path(options.folder) / file.name).value() == file.md5);

    const std::size_t requests = server.requests().size();
    options.json = false;
    const Printed again = run(options, catalogue);
    CHECK(again.code == 0);
    CHECK_THAT(again.output, contains_text("Tiny is in " + options.folder));
    CHECK(server.requests().size() == requests);

    options.name = "mnist";
    const Printed other = run(options, catalogue);
    CHECK(other.code == 2);
    CHECK_THAT(other.error, contains_text("there are tiny"));
}
