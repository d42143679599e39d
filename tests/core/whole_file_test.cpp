// Files that are written whole, and what they must not take the place of or lead out of.
#include "engine/core/whole_file.h"

#include "engine/core/plain_file.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/few_descriptors.h"
#include "tests/support/ordinary_user.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& file, std::string_view text) { std::ofstream(file) << text; }

std::string content(const fs::path& file) {
    const auto read = read_whole_file(file, 1000);
    REQUIRE(read.ok());
    return read.value();
}

std::size_t count(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// The number of a process that has ended and been waited for.
pid_t gone_process() {
    const pid_t process = fork();
    if (process == 0) _exit(0);
    siginfo_t ended{};
    REQUIRE(waitid(P_PID, static_cast<id_t>(process), &ended, WEXITED) == 0);
    return process;
}

void make_socket(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.string().size() < sizeof address.sun_path);
    std::strcpy(address.sun_path, path.c_str());
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    close(socket);
}

}  // namespace

TEST_CASE("A whole file takes the place of an older one, and leaves nothing beside it") {
    const TempFolder folder;
    const fs::path file = folder.path() / "file";
    REQUIRE(write_whole_file(file, "old").ok());
    REQUIRE(write_whole_file(file, "new").ok());
    CHECK(content(file) == "new");
    REQUIRE(try_whole_file(file).ok());
    REQUIRE(try_whole_file(folder.path() / "other").ok());
    CHECK(content(file) == "new");
    CHECK(count(folder.path()) == 1);
}

TEST_CASE("What is no plain file is neither replaced nor read, by name, and nobody waits for it") {
    const TempFolder folder;
    const fs::path pipe = folder.path() / "pipe";
    const fs::path socket = folder.path() / "socket";
    const fs::path inner = folder.path() / "folder";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    make_socket(socket);
    fs::create_directory(inner);
    const std::pair<fs::path, const char*> others[] = {
        {pipe, "a pipe"}, {socket, "a socket"}, {inner, "a folder"}, {"/dev/null", "a device"}};
    for (const auto& [path, kind] : others) {
        const fs::file_type type = fs::status(path).type();
        for (const auto& done : {write_whole_file(path, "x"), try_whole_file(path)}) {
            REQUIRE_FALSE(done.ok());
            CHECK_THAT(done.error().message, contains_text(path.string() + ": is no plain file but " + kind));
        }
        for (const int flags : {O_RDONLY, O_WRONLY | O_APPEND, O_RDWR | O_CREAT}) {
            const auto opened = open_plain_file(path, flags);
            REQUIRE_FALSE(opened.ok());
            CHECK_THAT(opened.error().message, contains_text(kind));
        }
        const auto read = read_whole_file(path, 10);
        REQUIRE_FALSE(read.ok());
        CHECK_THAT(read.error().message, contains_text(kind));
        CHECK(fs::status(path).type() == type);
    }
    CHECK(count(folder.path()) == 3);
}

TEST_CASE("A link is replaced and never written through, but it is read through") {
    const TempFolder folder;
    const fs::path victim = folder.path() / "victim";
    const fs::path link = folder.path() / "link";
    put(victim, "precious");
    fs::create_symlink(victim, link);
    CHECK(content(link) == "precious");
    const auto opened = open_plain_file(link, O_WRONLY | O_CREAT | O_TRUNC);
    REQUIRE_FALSE(opened.ok());
    CHECK_THAT(opened.error().message, contains_text("a link"));
    REQUIRE(write_whole_file(link, "new").ok());
    CHECK(content(victim) == "precious");
    CHECK(content(link) == "new");
    CHECK_FALSE(fs::is_symlink(link));
}

TEST_CASE("A link that was planted under a temporary file's name leads nowhere") {
    const TempFolder folder;
    const fs::path victim = folder.path() / "victim";
    put(victim, "precious");
    fs::create_symlink(victim, folder.path() / ("file.tmp." + std::to_string(getpid())));
    REQUIRE(write_whole_file(folder.path() / "file", "new").ok());
    CHECK(content(victim) == "precious");
    CHECK(content(folder.path() / "file") == "new");
    CHECK(count(folder.path()) == 2);
}

TEST_CASE("What killed processes have left of a file is removed when it is written again, and nothing else") {
    const TempFolder folder;
    const std::string gone = ".tmp." + std::to_string(gone_process());
    const std::string living = ".tmp." + std::to_string(getppid());
    const std::string kept[] = {"file" + living, "other" + gone, "file" + gone + "x", "file.tmp.", "file.tmp.-1"};
    for (const std::string& name : kept) put(folder.path() / name, "x");
    put(folder.path() / ("file" + gone), "half");
    REQUIRE(write_whole_file(folder.path() / "file", "new").ok());
    CHECK_FALSE(fs::exists(folder.path() / ("file" + gone)));
    for (const std::string& name : kept) CHECK(fs::exists(folder.path() / name));
    CHECK(count(folder.path()) == 1 + std::size(kept));
}

TEST_CASE("A folder that is not there is named, with what to do about it, when something is to be written only") {
    const TempFolder folder;
    const fs::path file = folder.path() / "missing" / "file";
    for (const auto& done : {write_whole_file(file, "x"), try_whole_file(file)}) {
        REQUIRE_FALSE(done.ok());
        CHECK_THAT(done.error().message, contains_text(file.string()));
        CHECK_THAT(done.error().message, contains_text("the folder does not exist"));
    }
    CHECK(read_whole_file(file, 10).error().message.find("folder does not exist") == std::string::npos);
}

TEST_CASE("Without a descriptor left neither reading nor writing says anything else, and how to allow more is said") {
    const TempFolder folder;
    const fs::path file = folder.path() / "file";
    put(file, "whole");
    std::vector<std::string> said;
    {
        const FewDescriptors none_left(0);
        for (const Result<std::string>& read : {read_whole_file(file, 10), read_beginning(file, 2)})
            said.push_back(read.ok() ? "" : read.error().message);
        said.push_back(write_whole_file(file, "new").error().message);
        said.push_back(out_of_reach(folder.path()).value().message);
    }
    for (const std::string& one : said)
        CHECK_THAT(one, contains_text("(Too many open files): allow the program more of them, with `ulimit -n`"));
    CHECK(content(file) == "whole");
}

TEST_CASE("What may not be read is out of reach, with what changes that, and what is not there is not") {
    const TempFolder folder;
    const auto open_to_all = static_cast<fs::perms>(0755);
    fs::permissions(folder.path(), open_to_all);
    const fs::path inner = folder.path() / "inner";
    fs::create_directory(inner);
    put(inner / "file", "x");
    CHECK_FALSE(out_of_reach(inner));
    CHECK_FALSE(out_of_reach(inner / "file"));
    CHECK_FALSE(out_of_reach(folder.path() / "nothing" / "here"));
    for (const fs::perms some : {fs::perms::none, static_cast<fs::perms>(0444), static_cast<fs::perms>(0111)}) {
        fs::permissions(inner, some);
        const OrdinaryUser user;
        const auto why = out_of_reach(inner);
        REQUIRE(why);
        CHECK_THAT(why->message, contains_text(inner.string() + ": cannot read (Permission denied)"));
        CHECK_THAT(why->message, contains_text("chmod"));
        CHECK(out_of_reach(inner / "file").has_value() == (some != static_cast<fs::perms>(0111)));
    }
    fs::permissions(inner, open_to_all);
}
