// What is said of packed data must work when it is typed.
#include "engine/data/packed_archive.h"

#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"

#include <cstdlib>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

// What stands between back quotes.
std::string command_in(const std::string& text) {
    const std::size_t begin = text.find('`') + 1;
    return text.substr(begin, text.find('`', begin) - begin);
}

}  // namespace

TEST_CASE("each kind of archive is unpacked by its own command, into a folder beside it") {
    CHECK(how_to_unpack("d/mnist.zip") ==
          "unpack it with `unzip -q 'd/mnist.zip' -d 'd/mnist'`, then give --data 'd/mnist'");
    CHECK(command_in(how_to_unpack("x.tar.gz")) == "mkdir -p 'x' && tar -xf 'x.tar.gz' -C 'x'");
    CHECK(command_in(how_to_unpack("X.TGZ")) == "mkdir -p 'X' && tar -xf 'X.TGZ' -C 'X'");
    CHECK(command_in(how_to_unpack("x.7z")) == "7z x 'x.7z' -o'x'");
    for (const char* name : {"train-images-idx3-ubyte.gz", "picture.png", "zip", ".zip"})
        CHECK(how_to_unpack(name).empty());
}

TEST_CASE("the command to unpack works when it is typed, whatever the archive is called") {
    const TempFolder folder;
    write_file(folder.path() / "in/side.txt", Bytes{1});
    const std::string there = "cd '" + folder.path().string() + "' && ";
    for (const char* name : {"plain", "two words", "it's", "-dash", "$(false)"}) {
        const fs::path archive = std::string(name) + ".tar.gz";
        REQUIRE(std::system((there + "tar -czf packed in && mv packed './" +
                             (std::string(name) == "it's" ? "it'\\''s" : name) + ".tar.gz'")
                                .c_str()) == 0);
        CHECK(std::system((there + command_in(how_to_unpack(archive))).c_str()) == 0);
        CHECK(fs::exists(folder.path() / name / "in/side.txt"));
    }
}

TEST_CASE("the first archive in a folder is found, and no folder of that name") {
    const TempFolder folder;
    CHECK(packed_archive_in(folder.path()).empty());
    CHECK(packed_archive_in(folder.path() / "absent").empty());
    fs::create_directories(folder.path() / "a.zip");
    for (const char* name : {"c.tar.gz", "b.zip"}) write_file(folder.path() / name, Bytes{1});
    CHECK(packed_archive_in(folder.path()) == folder.path() / "b.zip");
}
