// IDX files whose pictures have the form that a recipe takes, or are brought to it.
#include "engine/data/drawn_digits.h"
#include "engine/data/prepared_dataset.h"
#include "tests/data/idx_files.h"

#include <algorithm>

using namespace convscope;

namespace {

// Digits as MNIST has them, or dark on light, in four files.
std::map<std::string, Bytes> drawn_files(bool dark) {
    const auto drawn = make_drawn_digits(3, 40, 20);
    std::map<std::string, Bytes> files;
    for (const Split split : {Split::Train, Split::Test}) {
        const auto count = static_cast<std::uint32_t>(drawn->size(split));
        Bytes images = image_file(0, 28, 28);
        images[7] = static_cast<std::uint8_t>(count);
        std::vector<std::uint8_t> labels;
        for (std::int64_t i = 0; i < drawn->size(split); ++i) {
            for (const std::uint8_t pixel : drawn->image(split, i))
                images.push_back(dark ? static_cast<std::uint8_t>(255 - pixel) : pixel);
            labels.push_back(static_cast<std::uint8_t>(drawn->label(split, i)));
        }
        files[split == Split::Train ? kTrainImages : kTestImages] = images;
        files[split == Split::Train ? kTrainLabels : kTestLabels] = label_file(labels);
    }
    return files;
}

}  // namespace

TEST_CASE(
    "images of the recipe's size stay as they are where they are as it wants them, and are brought to that else") {
    const auto drawn = make_drawn_digits(3, 40, 20);
    const PictureFormat of_mnist{1, 28, 28, {InvertKind::ToLight, ResizeKind::Stretch, CentreKind::Yes}};
    for (const PictureFormat& wanted : {PictureFormat{}, of_mnist, PictureFormat{1, 28, 28, {InvertKind::Yes}}})
        for (const bool dark : {false, true}) {
            const TempFolder folder;
            const auto opened = open_files(folder, drawn_files(dark), wanted);
            REQUIRE(opened.ok());
            const Dataset& data = *opened.value();
            const bool invert = wanted.convention.invert == InvertKind::Yes || (dark && wanted == of_mnist);
            CHECK(data.info().prepared.empty() != invert);
            CHECK(serves(data, wanted));
            for (std::int64_t i = 0; i < data.size(Split::Test); ++i) {
                const auto digit = drawn->image(Split::Test, i);
                Image picture{1, 28, 28, {digit.begin(), digit.end()}};
                if (dark)
                    for (std::uint8_t& pixel : picture.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
                if (invert) picture = prepare_picture(picture, wanted);
                CHECK(std::ranges::equal(data.image(Split::Test, i), picture.pixels));
            }
        }
}

TEST_CASE("images of another size than the recipe's are brought to it as picture files are") {
    for (const std::uint32_t side : {20U, 32U})
        for (const PictureFormat& wanted :
             {PictureFormat{1, 28, 28, {}}, PictureFormat{3, 24, 30, {InvertKind::Yes}},
              PictureFormat{1, 28, 28, {InvertKind::ToLight, ResizeKind::Stretch, CentreKind::Yes}}}) {
            const TempFolder folder;
            const auto opened = open_files(folder, good_files(side, side), wanted);
            REQUIRE(opened.ok());
            const Dataset& data = *opened.value();
            CHECK(data.info().channels == wanted.channels);
            CHECK(data.info().height == wanted.height);
            CHECK(data.info().width == wanted.width);
            CHECK_THAT(data.info().prepared, contains_text("10 of 10 pictures: "));
            REQUIRE(data.size(Split::Train) == 6);
            REQUIRE(data.size(Split::Test) == 4);
            CHECK(data.label(Split::Train, 5) == 9);
            CHECK(data.label(Split::Test, 1) == 7);
            for (const Split split : {Split::Train, Split::Test})
                for (std::uint32_t i = 0; i < data.size(split); ++i) {
                    Image picture{1, side, side, {}};
                    for (std::uint32_t at = 0; at < side * side; ++at)
                        picture.pixels.push_back(pixel_value(i * side * side + at));
                    CHECK(std::ranges::equal(data.image(split, i), prepare_picture(picture, wanted).pixels));
                }
            CHECK(serves(data, wanted));
            CHECK_FALSE(serves(data, {1, side, side, {}}));  // with these the files would stay as they are
            CHECK_FALSE(serves(data, {1, 28, 28, {InvertKind::ToDark}}));
        }
}

TEST_CASE("images are refused where a recipe makes too much of them, before the memory is taken") {
    const TempFolder folder;
    const auto huge = open_files(folder, good_files(), {1, 1 << 20, 1 << 20, {}});  // 10 TiB
    REQUIRE_FALSE(huge.ok());
    CHECK(says(huge.error().message, {"10 pictures", folder.path().c_str(), "1048576x1048576", "[input] height"}));
    const auto channels = open_files(folder, good_files(), {2, 28, 28, {}});
    REQUIRE_FALSE(channels.ok());
    CHECK(says(channels.error().message, {"2 channels", "1 or 3", "[input] channels"}));
}
