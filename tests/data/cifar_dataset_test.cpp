// CIFAR-10's binary batches, made here with a few images each.
#include "engine/data/cifar_dataset.h"

#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"

using namespace convscope;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPlane = 32 * 32;

// One record: a label, then planes of three plain colours, the first pixel of each being the image's number.
void append_image(Bytes& bytes, std::uint8_t label, std::uint8_t number) {
    bytes.push_back(label);
    for (const std::uint8_t value : {200, 100, 50}) {
        bytes.push_back(number);
        bytes.insert(bytes.end(), kPlane - 1, value);
    }
}

Bytes batch_of(std::initializer_list<std::uint8_t> labels, std::uint8_t first_number) {
    Bytes bytes;
    for (const std::uint8_t label : labels) append_image(bytes, label, first_number++);
    return bytes;
}

// Batches of 2, 1, 1, 1 and 3 training images, numbered throughout, and 2 test images.
void write_batches(const fs::path& folder) {
    fs::create_directories(folder);
    write_file(folder / "data_batch_1.bin", batch_of({6, 9}, 0));
    write_file(folder / "data_batch_2.bin", batch_of({1}, 2));
    write_file(folder / "data_batch_3.bin", batch_of({2}, 3));
    write_file(folder / "data_batch_4.bin", batch_of({3}, 4));
    write_file(folder / "data_batch_5.bin", batch_of({4, 5, 0}, 5));
    write_file(folder / "test_batch.bin", batch_of({3, 8}, 100));
}

void write_text(const fs::path& path, const std::string& text) { write_file(path, Bytes(text.begin(), text.end())); }

std::string cifar_refusal(const fs::path& folder) {
    const auto opened = open_cifar_dataset(folder);
    REQUIRE_FALSE(opened.ok());
    return opened.error().message;
}

}  // namespace

TEST_CASE("the five training batches are one split of colour images, in order") {
    const TempFolder folder;
    write_batches(folder.path());
    const auto opened = open_cifar_dataset(folder.path());
    REQUIRE(opened.ok());
    const Dataset& data = *opened.value();
    CHECK(data.info().name == "CIFAR-10");
    CHECK(data.info().channels == 3);
    CHECK(data.info().height == 32);
    CHECK(data.info().width == 32);
    REQUIRE(data.size(Split::Train) == 8);
    REQUIRE(data.size(Split::Test) == 2);
    const std::vector<int> labels{6, 9, 1, 2, 3, 4, 5, 0};
    for (std::int64_t i = 0; i < 8; ++i) {
        CHECK(data.label(Split::Train, i) == labels[static_cast<std::size_t>(i)]);
        const auto image = data.image(Split::Train, i);
        REQUIRE(static_cast<std::int64_t>(image.size()) == data.image_bytes());
        CHECK(image[0] == i);
        CHECK(image[1] == 200);              // red
        CHECK(image[kPlane + 1] == 100);     // green
        CHECK(image[3 * kPlane - 1] == 50);  // blue
    }
    CHECK(data.label(Split::Test, 1) == 8);
    CHECK(data.image(Split::Test, 1)[0] == 101);
}

TEST_CASE("CIFAR-10's classes have their names, or those that the folder gives them") {
    const TempFolder folder;
    write_batches(folder.path());
    CHECK(open_cifar_dataset(folder.path()).value()->info().class_names.at(6) == "frog");
    write_text(folder.path() / "batches.meta.txt", "a\nb\nc\nd\ne\nf\r\nToad\nh\ni\nj\n\n");
    const auto renamed = open_cifar_dataset(folder.path()).value()->info().class_names;
    CHECK(renamed.at(5) == "f");
    CHECK(renamed.at(6) == "Toad");
    write_text(folder.path() / "batches.meta.txt", "a\nb\n");
    CHECK_THAT(cifar_refusal(folder.path()), contains_text("batches.meta.txt' has 2 lines"));
}

TEST_CASE("the archive's own folder is found within the one that is named") {
    const TempFolder folder;
    write_batches(folder.path() / "cifar-10-batches-bin");
    CHECK(holds_cifar_files(folder.path()));
    CHECK(open_cifar_dataset(folder.path()).ok());
    CHECK(open_cifar_dataset(folder.path() / "cifar-10-batches-bin").ok());
}

TEST_CASE("a missing batch is named") {
    for (const char* name : {"data_batch_1.bin", "data_batch_4.bin", "test_batch.bin"}) {
        const TempFolder folder;
        write_batches(folder.path());
        fs::remove(folder.path() / name);
        CHECK(holds_cifar_files(folder.path()));
        CHECK_THAT(cifar_refusal(folder.path()),
                   contains_text(std::string("there is no '") + (folder.path() / name).string()));
    }
}

TEST_CASE("a batch that ends within an image is refused with its size") {
    const TempFolder folder;
    write_batches(folder.path());
    Bytes cut = batch_of({1, 2}, 0);
    cut.pop_back();
    write_file(folder.path() / "data_batch_2.bin", cut);
    CHECK_THAT(cifar_refusal(folder.path()), contains_text("data_batch_2.bin' has 6145 bytes"));
    write_file(folder.path() / "data_batch_2.bin", {});
    CHECK_THAT(cifar_refusal(folder.path()), contains_text("data_batch_2.bin' is empty"));
}

TEST_CASE("a label beyond the tenth class is refused with the image it belongs to") {
    const TempFolder folder;
    write_batches(folder.path());
    write_file(folder.path() / "test_batch.bin", batch_of({3, 10}, 0));
    CHECK_THAT(cifar_refusal(folder.path()), contains_text("test_batch.bin' gives image 1 the label 10"));
}
