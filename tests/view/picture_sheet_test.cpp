// Pictures in view, as a tensor.
#include "viz/view/picture_sheet.h"

#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"

#include <cstdint>
#include <utility>
#include <vector>

using namespace convscope;

namespace {

bool holds(const PictureSheet& sheet, std::size_t place, std::span<const std::uint8_t> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
        if (sheet.capture().values[place * bytes.size() + i] != static_cast<float>(bytes[i])) return false;
    return true;
}

}  // namespace

TEST_CASE("a sheet holds the bytes of its pictures, in order, as far as it is filled") {
    const auto dataset = make_toy_dataset(50, 20);
    PictureSheet sheet;
    const std::vector<std::int64_t> pictures{7, 3, 19};
    sheet.show(*dataset, Split::Test, pictures, 5);
    CHECK(sheet.capture().shape == Shape{5, 28, 28});
    CHECK(sheet.filled() == 0);
    CHECK_FALSE(sheet.fill(2));
    CHECK(sheet.filled() == 2);
    CHECK(holds(sheet, 0, dataset->image(Split::Test, 7)));
    CHECK(holds(sheet, 1, dataset->image(Split::Test, 3)));
    CHECK(sheet.fill(2));
    CHECK(sheet.filled() == 3);
    CHECK(holds(sheet, 2, dataset->image(Split::Test, 19)));
}

TEST_CASE("a sheet's content id changes when its content does, and only then") {
    const auto dataset = make_toy_dataset(50, 20);
    PictureSheet sheet;
    const std::vector<std::int64_t> pictures{0, 1, 2, 3};
    sheet.show(*dataset, Split::Test, pictures, 4);
    sheet.fill(2);
    const std::uint64_t half = sheet.capture().content_id;
    sheet.fill(2);
    const std::uint64_t whole = sheet.capture().content_id;
    CHECK(whole != half);
    sheet.show(*dataset, Split::Test, pictures, 4);
    CHECK(sheet.fill(2));
    CHECK(sheet.filled() == 4);
    CHECK(sheet.capture().content_id == whole);
    sheet.show(*dataset, Split::Train, pictures, 4);
    CHECK(sheet.filled() == 0);
    CHECK(sheet.fill(9));
    CHECK(sheet.capture().content_id != whole);
    CHECK(holds(sheet, 1, dataset->image(Split::Train, 1)));
}

TEST_CASE("no two sheets have the same content id") {
    const auto dataset = make_toy_dataset(50, 20);
    const std::vector<std::int64_t> pictures{4};
    PictureSheet a;
    PictureSheet b;
    a.show(*dataset, Split::Test, pictures, 1);
    b.show(*dataset, Split::Test, pictures, 1);
    a.fill(1);
    b.fill(1);
    CHECK(a.capture().content_id != b.capture().content_id);
}

TEST_CASE("an augmented sheet holds the original, then what the augmentation makes of it in each epoch") {
    RunInfo info;
    info.run = RunId{1};
    info.dataset = make_toy_dataset(50, 20);
    std::vector<std::pair<std::int64_t, std::int64_t>> asked;  // epoch, picture
    info.augment = [&asked](auto in, auto epoch, auto index, auto out) {
        asked.emplace_back(epoch, index);
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(in[i] ^ epoch);
    };
    const auto original = info.dataset->image(Split::Train, 31);
    AugmentedSheet sheet;
    sheet.show(info, 31, 4);
    REQUIRE(sheet.capture().shape == Shape{1 + AugmentedSheet::kEpochs, 28, 28});
    REQUIRE(sheet.capture().values.size() == original.size() * (1 + AugmentedSheet::kEpochs));
    for (std::size_t i = 0; i < original.size(); ++i) {
        CHECK(sheet.capture().values[i] == static_cast<float>(original[i]));
        CHECK(sheet.capture().values[original.size() * 2 + i] == static_cast<float>(original[i] ^ 5));
    }
    CHECK(asked.front() == std::pair<std::int64_t, std::int64_t>{4, 31});
    CHECK(asked.size() == static_cast<std::size_t>(AugmentedSheet::kEpochs));

    const std::uint64_t content = sheet.capture().content_id;
    sheet.show(info, 31, 4);
    CHECK(sheet.capture().content_id == content);
    CHECK(asked.size() == static_cast<std::size_t>(AugmentedSheet::kEpochs));
    sheet.show(info, 31, 5);
    CHECK(sheet.capture().content_id != content);
}
