// Which data a user gets: the option, the environment, the user's folder, and at last the drawn digits.
#include "engine/data/open_dataset.h"

#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"

#include <cstdlib>
#include <optional>
#include <string>

using namespace convscope;
namespace fs = std::filesystem;

namespace {

// Sets an environment variable for one test. null: not set.
class Environment {
public:
    Environment(const char* name, const char* value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        set(value);
    }
    ~Environment() { set(before_ ? before_->c_str() : nullptr); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    void set(const char* value) { value ? setenv(name_, value, 1) : unsetenv(name_); }

    const char* name_;
    std::optional<std::string> before_;
};

// A 1x1 picture for each split: the least that is a data set.
void write_tiny_dataset(const fs::path& folder) {
    fs::create_directories(folder);
    for (const char* prefix : {"train", "t10k"}) {
        write_file(folder / (std::string(prefix) + "-images-idx3-ubyte"),
                   Bytes{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 77});
        write_file(folder / (std::string(prefix) + "-labels-idx1-ubyte"), Bytes{0, 0, 8, 1, 0, 0, 0, 1, 0});
    }
}

std::string source_of(std::string_view option) {
    const auto opened = open_dataset(option, 42);
    return opened ? opened.value()->info().source : "error: " + opened.error().message;
}

// A home of its own, in which nothing is set.
struct Home {
    TempFolder folder;
    Environment home{"HOME", folder.path().c_str()};
    Environment data_home{"XDG_DATA_HOME", nullptr};
    Environment data{"CONVSCOPE_DATA", nullptr};
    fs::path mnist = folder.path() / ".local" / "share" / "convscope" / "mnist";
};

}  // namespace

TEST_CASE("with nothing at hand the digits are drawn from the seed") {
    const Home home;
    CHECK(source_of("") == "generated from seed 42");
}

TEST_CASE("the user's MNIST folder is found by itself") {
    const Home home;
    write_tiny_dataset(home.mnist);
    CHECK(source_of("") == home.mnist.string());
    CHECK(source_of("mnist") == home.mnist.string());

    const TempFolder elsewhere;
    const Environment data_home("XDG_DATA_HOME", elsewhere.path().c_str());
    CHECK(source_of("") == "generated from seed 42");
    write_tiny_dataset(elsewhere.path() / "convscope" / "mnist");
    CHECK(source_of("") == (elsewhere.path() / "convscope" / "mnist").string());
}

TEST_CASE("a relative XDG_DATA_HOME is ignored") {
    const Home home;
    write_tiny_dataset(home.mnist);
    const Environment data_home("XDG_DATA_HOME", "relative");
    CHECK(source_of("mnist") == home.mnist.string());
}

TEST_CASE("CONVSCOPE_DATA goes before the user's folder, and the option before both") {
    const Home home;
    write_tiny_dataset(home.mnist);
    const TempFolder named;
    write_tiny_dataset(named.path());
    const Environment data("CONVSCOPE_DATA", named.path().c_str());
    CHECK(source_of("") == named.path().string());
    CHECK(source_of("mnist") == home.mnist.string());
    CHECK(source_of("drawn") == "generated from seed 42");
    CHECK(source_of("digits") == "generated from seed 42");
}

TEST_CASE("CONVSCOPE_DATA may name the drawn digits") {
    const Home home;
    write_tiny_dataset(home.mnist);
    const Environment data("CONVSCOPE_DATA", "drawn");
    CHECK(source_of("") == "generated from seed 42");
}

TEST_CASE("data that were asked for and are not there are an error") {
    const Home home;
    {
        const Environment data("CONVSCOPE_DATA", "/nowhere/digits");
        const auto opened = open_dataset("", 0);
        REQUIRE_FALSE(opened.ok());
        CHECK(opened.error().message.find("$CONVSCOPE_DATA") != std::string::npos);
        CHECK(opened.error().message.find("'/nowhere/digits'") != std::string::npos);
    }
    const auto mnist = open_dataset("mnist", 0);
    REQUIRE_FALSE(mnist.ok());
    CHECK(mnist.error().message.find(home.mnist.string()) != std::string::npos);
    const auto folder = open_dataset("no-such-folder", 0);
    REQUIRE_FALSE(folder.ok());
    CHECK(folder.error().code == ErrorCode::NotFound);
    CHECK(folder.error().message.find("'no-such-folder'") != std::string::npos);
    CHECK(folder.error().message.find("--data drawn") != std::string::npos);
}

TEST_CASE("a user's folder that exists but is damaged is an error, not silently replaced") {
    const Home home;
    fs::create_directories(home.mnist);
    const auto opened = open_dataset("", 0);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().message.find("train-images-idx3-ubyte") != std::string::npos);
}
