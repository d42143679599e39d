// The files are made here, damaged in one place at a time, and every refusal must name the file and what to do.
#include "engine/data/idx_dataset.h"

#include "engine/data/idx_file.h"
#include "tests/data/idx_files.h"

#include <algorithm>

using namespace convscope;

namespace {

// The refusal's message; fails the test when the files are accepted.
std::string idx_refusal(const std::map<std::string, Bytes>& files) {
    const TempFolder folder;
    const auto opened = open_files(folder, files);
    REQUIRE_FALSE(opened.ok());
    return opened.error().message;
}

void check_content(const Dataset& data) {
    REQUIRE(data.size(Split::Train) == 6);
    REQUIRE(data.size(Split::Test) == 4);
    CHECK(data.label(Split::Train, 5) == 9);
    CHECK(data.label(Split::Test, 1) == 7);
    const auto image = data.image(Split::Train, 2);
    REQUIRE(static_cast<std::int64_t>(image.size()) == data.image_bytes());
    for (std::uint32_t i = 0; i < image.size(); ++i)
        REQUIRE(image[i] == pixel_value(2 * static_cast<std::uint32_t>(image.size()) + i));
}

}  // namespace

TEST_CASE("plain IDX files are read as they are") {
    const TempFolder folder;
    const auto opened = open_files(folder, good_files());
    REQUIRE(opened.ok());
    const Dataset& data = *opened.value();
    check_content(data);
    CHECK(data.info().name == "MNIST");
    CHECK(data.info().source == folder.path().string());
    CHECK(data.info().class_names.size() == 10);
}

TEST_CASE("compressed files, with a dot or a hyphen in their names, are read alike") {
    const TempFolder folder;
    const auto files = good_files();
    write_file(folder.path() / "train-images.idx3-ubyte.gz", gzipped(files.at(kTrainImages)));
    write_file(folder.path() / "train-labels-idx1-ubyte.gz", gzipped(files.at(kTrainLabels)));
    write_file(folder.path() / "t10k-images.idx3-ubyte", files.at(kTestImages));
    write_file(folder.path() / "t10k-labels.idx1-ubyte", files.at(kTestLabels));
    const auto opened = open_idx_dataset(folder.path(), {});
    REQUIRE(opened.ok());
    check_content(*opened.value());
}

TEST_CASE("images of another size are called after their folder and have the classes that training shows") {
    const TempFolder folder;
    const auto shapes = folder.path() / "shapes";
    std::filesystem::create_directory(shapes);
    auto files = good_files(5, 8);
    files[kTrainLabels] = label_file({0, 1, 2, 11, 1, 0});
    files[kTestLabels] = label_file({11, 2, 3, 0});
    for (const auto& [name, bytes] : files) write_file(shapes / name, bytes);
    const auto opened = open_idx_dataset(shapes / "", {1, 5, 8, {}});
    REQUIRE(opened.ok());
    const DatasetInfo& info = opened.value()->info();
    CHECK(info.name == "shapes");
    CHECK(info.height == 5);
    CHECK(info.width == 8);
    CHECK(info.class_names.size() == 12);
    CHECK(opened.value()->image(Split::Test, 3).size() == 40);

    write_file(shapes / kTestLabels, label_file({11, 2, 12, 0}));
    const auto unseen = open_idx_dataset(shapes, {1, 5, 8, {}});
    REQUIRE_FALSE(unseen.ok());
    CHECK(says(unseen.error().message, {kTestLabels, "image 2", "label 12", "0 to 11"}));
}

namespace {

// Files whose training labels reach from `first` to `last`, written under that path below a new folder and opened.
DatasetInfo info_of(const TempFolder& folder, const std::string& below, std::uint8_t first, std::uint8_t last,
                    std::uint32_t side = 28) {
    const auto path = folder.path() / below;
    std::filesystem::create_directories(path);
    auto files = good_files(side, side);
    files[kTrainLabels] = label_file({first, last, first, first, last, last});
    files[kTestLabels] = label_file({last, first, last, first});
    for (const auto& [name, bytes] : files) write_file(path / name, bytes);
    const auto opened = open_idx_dataset(path, {});
    UNSCOPED_INFO((opened.ok() ? "opened" : opened.error().message));
    REQUIRE(opened.ok());
    return opened.value()->info();
}

// The same four files under EMNIST's names for a split.
void write_emnist(const std::filesystem::path& folder, const std::string& split,
                  const std::map<std::string, Bytes>& files) {
    const std::string prefix = "emnist-" + split;
    write_file(folder / (prefix + "-train-images-idx3-ubyte.gz"), gzipped(files.at(kTrainImages)));
    write_file(folder / (prefix + "-train-labels-idx1-ubyte.gz"), gzipped(files.at(kTrainLabels)));
    write_file(folder / (prefix + "-test-images-idx3-ubyte"), files.at(kTestImages));
    write_file(folder / (prefix + "-test-labels-idx1-ubyte"), files.at(kTestLabels));
}

}  // namespace

TEST_CASE("the sets that have names of their own are recognised by their folder") {
    const TempFolder folder;
    CHECK(info_of(folder, "fashion-mnist", 0, 9).class_names.at(9) == "Ankle boot");
    CHECK(info_of(folder, "FashionMNIST/raw", 0, 9).name == "Fashion-MNIST");
    CHECK(info_of(folder, "KMNIST/raw", 0, 9).class_names.at(3) == "tsu");
    CHECK(info_of(folder, "kmnist", 0, 3).name == "KMNIST");  // also when not every class is there
    CHECK(info_of(folder, "mnist", 0, 8).name == "MNIST");
    CHECK(info_of(folder, "mnist", 0, 8, 14).class_names.size() == 10);
    CHECK(info_of(folder, "whatever", 0, 9).name == "MNIST");
}

TEST_CASE("a set with more classes than its name stands for keeps all of them") {
    const TempFolder folder;
    const DatasetInfo info = info_of(folder, "mnist", 0, 11);
    CHECK(info.name == "mnist");
    CHECK(info.class_names.size() == 12);
}

TEST_CASE("28x28 images with another number of classes are not taken for MNIST") {
    const TempFolder folder;
    const DatasetInfo shapes = info_of(folder, "shapes/raw", 0, 2);
    CHECK(shapes.name == "shapes");
    CHECK(shapes.class_names == std::vector<std::string>{"0", "1", "2"});
    CHECK(info_of(folder, "many", 0, 254).class_names.size() == 255);
}

TEST_CASE("plain files in a folder named after EMNIST are told apart by their classes") {
    const TempFolder folder;
    CHECK(info_of(folder, "emnist", 0, 9).name == "EMNIST digits");
    CHECK(info_of(folder, "emnist", 1, 26).name == "EMNIST letters");
    CHECK(info_of(folder, "EMNIST/raw", 0, 46).class_names.at(46) == "t");
    CHECK(info_of(folder, "emnist", 0, 61).class_names.at(61) == "z");
    CHECK(info_of(folder, "emnist-bymerge", 0, 46).name == "EMNIST bymerge");
}

TEST_CASE("EMNIST's letters begin at A and stand upright") {
    const TempFolder folder;
    auto files = good_files(3, 2);  // as stored: 3 columns of 2 pixels
    files[kTrainLabels] = label_file({1, 2, 26, 1, 5, 9});
    write_emnist(folder.path(), "letters", files);
    const auto opened = open_idx_dataset(folder.path(), {1, 2, 3, {}});
    REQUIRE(opened.ok());
    const Dataset& data = *opened.value();
    CHECK(data.info().name == "EMNIST letters");
    CHECK(data.info().prepared.empty());
    REQUIRE(data.info().class_names.size() == 26);
    CHECK(data.info().class_names[static_cast<std::size_t>(data.label(Split::Train, 2))] == "Z");
    CHECK(data.label(Split::Test, 0) == 1);
    CHECK(data.info().height == 2);
    CHECK(data.info().width == 3);
    const auto image = data.image(Split::Train, 1);  // stored as pixels 6 to 11
    const std::vector<std::uint8_t> upright(image.begin(), image.end());
    CHECK(upright == std::vector<std::uint8_t>{pixel_value(6), pixel_value(8), pixel_value(10),  //
                                               pixel_value(7), pixel_value(9), pixel_value(11)});
    // As the files have it, the size would be another.
    const PictureFormat wanted{1, 3, 2, {InvertKind::No, ResizeKind::Fit}};
    const auto fitted = open_idx_dataset(folder.path(), wanted);
    REQUIRE(fitted.ok());
    CHECK(fitted.value()->info().prepared == "10 of 10 pictures: resized");
    CHECK(
        std::ranges::equal(fitted.value()->image(Split::Train, 1), prepare_picture({1, 2, 3, upright}, wanted).pixels));
    PictureFormat measured = wanted;
    measured.only_test = true;
    const auto told = open_idx_dataset(folder.path(), measured);
    REQUIRE(told.ok());
    CHECK(told.value()->size(Split::Train) == 0);
    CHECK(std::ranges::equal(told.value()->image(Split::Test, 0), fitted.value()->image(Split::Test, 0)));
}

TEST_CASE("the label that EMNIST's letters do not have is refused") {
    const TempFolder folder;
    auto files = good_files();
    files[kTestLabels] = label_file({2, 0, 1, 8});
    write_emnist(folder.path(), "letters", files);
    const auto opened = open_idx_dataset(folder.path(), {});
    REQUIRE_FALSE(opened.ok());
    CHECK(says(opened.error().message, {"emnist-letters-test-labels", "image 1", "label 0", "1 to 26"}));
}

TEST_CASE("of several splits of EMNIST the wanted one is opened") {
    const TempFolder folder;
    auto letters = good_files();
    letters[kTestLabels] = label_file({2, 7, 1, 8});
    write_emnist(folder.path(), "letters", letters);
    write_emnist(folder.path(), "balanced", good_files());
    CHECK(open_idx_dataset(folder.path(), {}).value()->info().name == "EMNIST balanced");
    CHECK(open_idx_dataset(folder.path(), {}, "letters").value()->info().name == "EMNIST letters");
    const auto absent = open_idx_dataset(folder.path(), {}, "digits");
    REQUIRE_FALSE(absent.ok());
    CHECK(says(absent.error().message, {"emnist-digits-train-images-idx3-ubyte", folder.path().c_str()}));
}

TEST_CASE("the files for testing alone are a set without training images") {
    const TempFolder folder;
    auto files = good_files();
    for (const char* name : {kTestImages, kTestLabels}) write_file(folder.path() / name, files.at(name));
    const auto opened = open_idx_dataset(folder.path(), {});
    REQUIRE(opened.ok());
    CHECK(opened.value()->size(Split::Train) == 0);
    CHECK(opened.value()->size(Split::Test) == 4);
    write_file(folder.path() / kTestLabels, label_file({7, 0, 3, 1}));
    const auto fewer = open_idx_dataset(folder.path(), {});
    REQUIRE(fewer.ok());
    CHECK(fewer.value()->info().class_names.size() == 8);
    CHECK(fewer.value()->label(Split::Test, 0) == 7);

    const TempFolder letters;
    write_file(letters.path() / "emnist-letters-test-images-idx3-ubyte", files.at(kTestImages));
    write_file(letters.path() / "emnist-letters-test-labels-idx1-ubyte", label_file({1, 26, 3, 1}));
    const auto test_of_letters = open_idx_dataset(letters.path(), {});
    REQUIRE(test_of_letters.ok());
    CHECK(test_of_letters.value()->info().class_names.size() == 26);
    CHECK(test_of_letters.value()->label(Split::Test, 1) == 25);
}

TEST_CASE("each file may lie in a folder of its own name, as Kaggle's archives unpack") {
    const TempFolder folder;
    const auto files = good_files();
    for (const char* name : {kTrainImages, kTrainLabels, kTestImages}) {
        std::filesystem::create_directories(folder.path() / name);
        write_file(folder.path() / name / name, files.at(name));
    }
    std::filesystem::create_directories(folder.path() / "t10k-labels.idx1-ubyte");
    write_file(folder.path() / "t10k-labels.idx1-ubyte" / "t10k-labels-idx1-ubyte.gz", gzipped(files.at(kTestLabels)));
    CHECK(holds_idx_files(folder.path()));
    const auto opened = open_idx_dataset(folder.path(), {});
    REQUIRE(opened.ok());
    check_content(*opened.value());
}

TEST_CASE("a missing file is named") {
    for (const char* name : {kTrainImages, kTrainLabels, kTestImages, kTestLabels}) {
        auto files = good_files();
        files.erase(name);
        CHECK(says(idx_refusal(files), {name, "--data"}));
    }
}

TEST_CASE("a missing folder is named") {
    const auto opened = open_idx_dataset("/nowhere/at/all", {});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == ErrorCode::NotFound);
    CHECK(says(opened.error().message, {"'/nowhere/at/all'", "--data"}));
}

TEST_CASE("a file that ends too early is refused with the bytes it has and should have") {
    for (const char* name : {kTrainImages, kTestLabels}) {
        auto files = good_files();
        const std::size_t whole = files[name].size();
        for (const std::size_t kept : {std::size_t{0}, std::size_t{3}, std::size_t{7}, whole - 1}) {
            files = good_files();
            files[name].resize(kept);
            const std::string expected =
                kept == whole - 1 ? std::to_string(whole) : std::to_string(name == kTrainImages ? 16 : 8);
            CHECK(says(idx_refusal(files),
                       {name, "cut off", (std::to_string(kept) + " of " + expected).c_str(), "again"}));
        }
    }
}

TEST_CASE("a compressed file that ends too early is refused, wherever it was cut") {
    const Bytes whole = gzipped(image_file(6, 28, 28));
    for (const std::size_t kept : {whole.size() - 1, whole.size() - 8, whole.size() / 2, std::size_t{30}}) {
        auto files = good_files();
        files.erase(kTrainImages);
        files["train-images-idx3-ubyte.gz"] = Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept));
        CHECK(says(idx_refusal(files), {"train-images-idx3-ubyte.gz", "again"}));
    }
}

TEST_CASE("a compressed file with a wrong byte is refused as damaged") {
    auto files = good_files();
    files.erase(kTrainImages);
    Bytes packed = gzipped(image_file(6, 28, 28));
    packed[packed.size() - 6] ^= 0x10;  // in the checksum
    files["train-images-idx3-ubyte.gz"] = packed;
    CHECK(says(idx_refusal(files), {"train-images-idx3-ubyte.gz", "damaged (incorrect data check)", "again"}));
}

TEST_CASE("labels under the images' name, and the reverse, are told apart") {
    auto files = good_files();
    files[kTrainImages] = files[kTrainLabels];
    CHECK(says(idx_refusal(files), {kTrainImages, "holds labels where images belong"}));
    files = good_files();
    files[kTestLabels] = files[kTestImages];
    CHECK(says(idx_refusal(files), {kTestLabels, "holds images where labels belong"}));
}

TEST_CASE("a file that is not IDX at all is refused") {
    auto files = good_files();
    const std::string text = "<!DOCTYPE html><title>404 Not Found</title>";
    files[kTestImages] = Bytes(text.begin(), text.end());
    CHECK(says(idx_refusal(files), {kTestImages, "not an IDX file"}));
}

TEST_CASE("as many labels as images are needed") {
    auto files = good_files();
    files[kTrainLabels] = label_file({1, 2, 3});
    CHECK(says(idx_refusal(files), {kTrainImages, kTrainLabels, "6 images", "3 labels"}));
}

TEST_CASE("an empty data set is refused") {
    auto files = good_files();
    files[kTestImages] = image_file(0, 28, 28);
    files[kTestLabels] = label_file({});
    CHECK(says(idx_refusal(files), {kTestLabels, "holds no labels"}));
    files[kTestLabels] = label_file({1});
    CHECK(says(idx_refusal(files), {kTestImages, "holds no images"}));
}

TEST_CASE("bytes after the declared end are refused") {
    auto files = good_files();
    files[kTrainLabels].push_back(0);
    CHECK(says(idx_refusal(files), {kTrainLabels, "goes on after the 14 bytes"}));
}

TEST_CASE("training and test images must have one size") {
    auto files = good_files();
    files[kTestImages] = image_file(4, 32, 28);
    CHECK(says(idx_refusal(files), {"28x28", "32x28", "same data set"}));
}

TEST_CASE("a label that is no class is refused with the image it belongs to") {
    auto files = good_files();
    files[kTestLabels] = label_file({2, 7, 10, 8});
    CHECK(says(idx_refusal(files), {kTestLabels, "image 2", "label 10", "0 to 9"}));
}

TEST_CASE("a label of -1 is refused with the image that has none, and a set of 256 classes is not") {
    auto files = good_files();
    files[kTrainLabels] = label_file({3, 1, 255, 1, 255, 9});
    CHECK(says(idx_refusal(files), {kTrainLabels, "image 2", "the label 255", "-1", "take it out of both files"}));
    files = good_files();
    files[kTestLabels] = label_file({2, 7, 1, 255});
    CHECK(says(idx_refusal(files), {kTestLabels, "image 3", "the label 255"}));
    files = good_files();
    files[kTrainLabels] = label_file({3, 254, 255, 1, 5, 9});
    const TempFolder folder;
    const auto opened = open_files(folder, files);
    REQUIRE(opened.ok());
    CHECK(opened.value()->info().class_names.size() == 256);
}

TEST_CASE("numbered classes without pictures are said, with the image that made the highest of them") {
    auto files = good_files(28, 20);
    CHECK(open_files(TempFolder(), files).value()->info().notice.empty());
    files[kTrainLabels] = label_file({3, 1, 57, 1, 57, 9});
    CHECK(says(open_files(TempFolder(), files).value()->info().notice,
               {"of the classes 0 to 57 51 have no picture; image 2 of ", kTrainLabels, "first with the label 57"}));
}

TEST_CASE("an IDX file of other elements or dimensions is called what it is") {
    const std::pair<std::uint32_t, const char*> kinds[] = {
        {0x0D03, "an IDX file of floating-point numbers in 3 dimensions; images are read as unsigned bytes in three"},
        {0x0804, "an IDX file of unsigned bytes in 4 dimensions"},
        {0x0902, "an IDX file of signed bytes in 2 dimensions"}};
    for (const auto& [magic, said] : kinds) {
        auto files = good_files();
        Bytes head;
        append_big_endian(head, magic);
        std::copy(head.begin(), head.end(), files[kTrainImages].begin());
        CHECK(says(idx_refusal(files), {kTrainImages, said}));
    }
    auto files = good_files();
    files[kTestLabels][2] = 0x0C;
    CHECK(says(idx_refusal(files), {kTestLabels, "whole numbers of 32 bits in 1 dimension; labels are read as"}));
}

TEST_CASE("an enormous declared size is refused without taking the memory") {
    Bytes header;
    for (const std::uint32_t value : {0x803U, 0xffffffffU, 28U, 28U}) append_big_endian(header, value);
    auto files = good_files();
    files[kTrainImages] = header;
    CHECK(says(idx_refusal(files), {kTrainImages, "4294967295 images", "GiB"}));

    header.clear();
    for (const std::uint32_t value : {0x803U, 6U, 0xffffffffU, 0xffffffffU}) append_big_endian(header, value);
    files[kTrainImages] = header;
    CHECK(says(idx_refusal(files), {kTrainImages, "4294967295x4294967295"}));

    header.clear();  // 3.9 GiB are declared, which is allowed, but 16 bytes come
    for (const std::uint32_t value : {0x803U, 5'300'000U, 28U, 28U}) append_big_endian(header, value);
    files[kTrainImages] = header;
    CHECK(says(idx_refusal(files), {kTrainImages, "16 of 4155200016 bytes"}));
}

// In gzip, zeros take a thousandth of their bytes.
TEST_CASE("packed labels without end are refused by what their header declares, before they are unpacked") {
    Bytes labels;
    for (const std::uint32_t value : {0x801U, 4'000'000'000U}) append_big_endian(labels, value);
    labels.resize(1 << 20);
    auto files = good_files();
    files.erase(kTrainLabels);
    files["train-labels-idx1-ubyte.gz"] = gzipped(labels);
    CHECK(says(idx_refusal(files), {"holds 6 images", "4000000000 labels", "same data set"}));
}

TEST_CASE("packed images that would unpack into hundreds of times their bytes are refused before they are unpacked") {
    Bytes images;
    for (const std::uint32_t value : {0x803U, 1'000'000U, 28U, 28U}) append_big_endian(images, value);
    images.resize(1 << 20);
    auto files = good_files();
    files.erase(kTrainImages);
    files["train-images-idx3-ubyte.gz"] = gzipped(images);
    files[kTrainLabels] = label_file(std::vector<std::uint8_t>(1'000'000));
    CHECK(says(idx_refusal(files), {"train-images-idx3-ubyte.gz", "declares 784000016 bytes", "has only", "again"}));
}

TEST_CASE("the parser's views lie in the bytes it was given") {
    const Bytes bytes = image_file(3, 2, 5);
    const auto parsed = parse_idx_images(bytes, "memory");
    REQUIRE(parsed.ok());
    CHECK(parsed.value().count == 3);
    CHECK(parsed.value().height == 2);
    CHECK(parsed.value().width == 5);
    CHECK(parsed.value().pixels.data() == bytes.data() + 16);
    CHECK(parsed.value().pixels.size() == 30);
}
