// Which data a user gets: the option, the environment, the user's folder, and at last the drawn digits.
#include "engine/data/open_dataset.h"

#include "tests/data/temp_folder.h"
#include "tests/data/test_image.h"
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
void write_tiny_dataset(const fs::path& folder, const std::string& train = "train", const std::string& test = "t10k") {
    fs::create_directories(folder);
    for (const std::string& prefix : {train, test}) {
        write_file(folder / (prefix + "-images-idx3-ubyte"), Bytes{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 77});
        write_file(folder / (prefix + "-labels-idx1-ubyte"), Bytes{0, 0, 8, 1, 0, 0, 0, 1, 0});
    }
}

void write_tiny_cifar(const fs::path& folder) {
    fs::create_directories(folder);
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin"})
        write_file(folder / name, Bytes(3073, 5));
}

std::string name_of(std::string_view option) {
    const auto opened = open_dataset(option, 42, {});
    return opened ? opened.value()->info().name : "error: " + opened.error().message;
}

std::string source_of(std::string_view option) {
    const auto opened = open_dataset(option, 42, {});
    return opened ? opened.value()->info().source : "error: " + opened.error().message;
}

// A home of its own, in which nothing is set.
struct Home {
    TempFolder folder;
    Environment home{"HOME", folder.path().c_str()};
    Environment data_home{"XDG_DATA_HOME", nullptr};
    Environment data{"CONVSCOPE_DATA", nullptr};
    fs::path sets = folder.path() / ".local" / "share" / "convscope";
    fs::path mnist = sets / "mnist";
};

}  // namespace

TEST_CASE("with nothing at hand the digits are drawn from the seed") {
    const Home home;
    CHECK(source_of("") == "generated from seed 42");
}

TEST_CASE("drawn digits may be asked for by their seed") {
    const Home home;
    CHECK(source_of("drawn:7") == "generated from seed 7");
    CHECK(source_of("drawn:0") == "generated from seed 0");
    CHECK(source_of("drawn:18446744073709551615") == "generated from seed 18446744073709551615");
    for (const char* wrong : {"drawn:", "drawn:x", "drawn:1x", "drawn:-1", "drawn:18446744073709551616"})
        CHECK_THAT(source_of(wrong), contains_text("error: '" + std::string(wrong) +
                                                   "' names no drawn digits: their seed is a whole number from 0 to "
                                                   "18446744073709551615"));
    CHECK_THAT(source_of("drawn7"), contains_text("error: there is no data set or folder 'drawn7'"));
}

TEST_CASE("every data set says how it is opened again, from whichever folder") {
    const Home home;
    write_tiny_dataset(home.mnist);
    for (const char* option : {"", "mnist", "drawn", "drawn:7"}) {
        const std::string again = open_dataset(option, 42, {}).value()->info().option;
        CHECK(source_of(again) == source_of(option));
    }
    const fs::path before = fs::current_path();
    fs::current_path(home.sets);
    const std::string again = open_dataset("./mnist", 42, {}).value()->info().option;
    fs::current_path(before);
    CHECK(fs::equivalent(source_of(again), home.mnist));
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
        const auto opened = open_dataset("", 0, {});
        REQUIRE_FALSE(opened.ok());
        CHECK(opened.error().message.find("$CONVSCOPE_DATA") != std::string::npos);
        CHECK(opened.error().message.find("'/nowhere/digits'") != std::string::npos);
    }
    const auto mnist = open_dataset("mnist", 0, {});
    REQUIRE_FALSE(mnist.ok());
    CHECK(mnist.error().message.find(home.mnist.string()) != std::string::npos);
    const auto folder = open_dataset("no-such-folder", 0, {});
    REQUIRE_FALSE(folder.ok());
    CHECK(folder.error().code == ErrorCode::NotFound);
    CHECK(folder.error().message.find("'no-such-folder'") != std::string::npos);
    CHECK(folder.error().message.find("--data drawn") != std::string::npos);
}

TEST_CASE(
    "a user's folder that is empty, half there or damaged is no data set: the digits are drawn, and that is said") {
    const Home home;
    fs::create_directories(home.mnist);
    const std::string lacking = GENERATE("all", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte");
    if (lacking != "all") {
        write_tiny_dataset(home.mnist);
        if (GENERATE(false, true))
            write_file(home.mnist / lacking, Bytes{0, 0, 8});
        else
            fs::remove(home.mnist / lacking);
    }
    CHECK(source_of("") == "generated from seed 42");
    const std::string notice = open_dataset("", 42, {}).value()->info().notice;
    CHECK(notice.starts_with("Learning from drawn digits: "));
    CHECK_THAT(notice, contains_text(lacking == "all" ? "train-images-idx3-ubyte" : lacking));
    CHECK_THAT(notice, contains_text("convscope fetch mnist"));
    CHECK_THAT(source_of("mnist"), contains_text("error: "));  // whoever asks for it gets it, or is told
}

TEST_CASE("each named data set is taken from the user's folder of that name") {
    const Home home;
    for (const char* name : {"mnist", "fashion-mnist", "kmnist"}) {
        write_tiny_dataset(home.sets / name);
        CHECK(source_of(name) == (home.sets / name).string());
    }
    write_tiny_cifar(home.sets / "cifar10" / "cifar-10-batches-bin");
    CHECK(source_of("cifar10") == (home.sets / "cifar10").string());
    CHECK(name_of("fashion-mnist") == "Fashion-MNIST");
    CHECK(name_of("cifar10") == "CIFAR-10");
}

TEST_CASE("EMNIST is one folder of the user's with several splits") {
    const Home home;
    write_tiny_dataset(home.sets / "emnist", "emnist-digits-train", "emnist-digits-test");
    write_tiny_dataset(home.sets / "emnist", "emnist-byclass-train", "emnist-byclass-test");
    CHECK(name_of("emnist") == "EMNIST digits");
    CHECK(name_of("emnist-byclass") == "EMNIST byclass");
    CHECK_THAT(name_of("emnist-letters"), contains_text("emnist-letters-train-images-idx3-ubyte"));
}

TEST_CASE("a named data set that is not there is an error that says how to get it") {
    const Home home;
    for (const std::string name : {"mnist", "fashion-mnist", "kmnist", "cifar10"}) {
        CHECK_THAT(name_of(name), contains_text("'" + (home.sets / name).string() + "'"));
        CHECK_THAT(name_of(name), contains_text("convscope fetch " + name));
    }
    CHECK_THAT(name_of("emnist"), contains_text("nist.gov"));
    const Environment nowhere("HOME", nullptr);
    CHECK_THAT(name_of("kmnist"), contains_text("neither $XDG_DATA_HOME nor $HOME"));
}

TEST_CASE("a folder's kind is told by what it holds") {
    const Home home;
    const TempFolder folder;
    write_tiny_dataset(folder.path() / "idx");
    write_tiny_cifar(folder.path() / "cifar");
    write_tiny_cifar(folder.path() / "archive" / "cifar-10-batches-bin");
    for (const char* name : {"a", "b"}) write_image(folder.path() / "images" / name / "1.png", 2, 2, 1, Pixel{9});
    for (const char* name : {"a", "b"}) write_image(folder.path() / "images" / name / "2.png", 2, 2, 1, Pixel{9});
    CHECK(name_of((folder.path() / "idx").string()) == "idx");
    CHECK(name_of((folder.path() / "cifar").string()) == "CIFAR-10");
    CHECK(name_of((folder.path() / "archive").string()) == "CIFAR-10");
    CHECK(name_of((folder.path() / "images").string()) == "images");
}

TEST_CASE("the folder that torchvision downloaded into is understood when it holds one set") {
    const Home home;
    const TempFolder root;
    write_tiny_dataset(root.path() / "FashionMNIST" / "raw");
    CHECK(name_of(root.path().string()) == "Fashion-MNIST");
    CHECK(name_of((root.path() / "FashionMNIST").string()) == "Fashion-MNIST");
    write_tiny_dataset(root.path() / "MNIST" / "raw");
    CHECK_THAT(name_of(root.path().string()), contains_text((root.path() / "MNIST" / "raw").string()));
    CHECK(name_of((root.path() / "MNIST").string()) == "MNIST");
}

TEST_CASE("the folder that an archive was unpacked into stands for the set within") {
    const Home home;
    const TempFolder folder;
    const std::string root = folder.path().string();
    write_tiny_dataset(folder.path() / "archive" / "digits" / "MNIST" / "raw");
    write_image(folder.path() / "__MACOSX" / "archive" / "x.png", 2, 2, 1, Pixel{9});
    CHECK(name_of(root) == "MNIST");
    const TempFolder pictures;
    for (const char* name : {"a/1.png", "b/1.png"})
        write_image(pictures.path() / "animals" / "test" / name, 2, 2, 1, Pixel{9});
    CHECK(name_of(pictures.path().string()) == "animals");
    const TempFolder circle;
    fs::create_directory_symlink(circle.path(), circle.path() / "again");
    CHECK_THAT(name_of(circle.path().string()), contains_text("no data set"));
}

TEST_CASE("packed data are told how to unpack them, and what to give then") {
    const Home home;
    const TempFolder folder;
    write_file(folder.path() / "mnist.zip", Bytes{1});
    const std::string archive = (folder.path() / "mnist.zip").string(), there = (folder.path() / "mnist").string();
    for (const std::string& given : {folder.path().string(), archive})
        CHECK_THAT(name_of(given),
                   contains_text("unzip -q '" + archive + "' -d '" + there + "'`, then give --data '" + there + "'"));
    write_tiny_dataset(folder.path());
    CHECK_THAT(name_of(folder.path().string()), !contains_text("unzip"));
}

TEST_CASE("what is unknown is refused with all that can be given") {
    const Home home;
    const TempFolder empty;
    for (const std::string& given : {std::string("minst"), empty.path().string()}) {
        const std::string message = name_of(given);
        for (const char* part : {"mnist", "fashion-mnist", "kmnist", "emnist", "cifar10", "drawn", "IDX", "per class"})
            CHECK_THAT(message, contains_text(part));
        CHECK_THAT(message, contains_text("'" + given + "'"));
    }
    fs::create_directories(empty.path() / "cifar-10-batches-py");
    CHECK_THAT(name_of(empty.path().string()), contains_text("convscope fetch cifar10"));
    write_file(empty.path() / "file.png", Bytes{1});
    CHECK_THAT(name_of((empty.path() / "file.png").string()), contains_text("is no folder"));
}
