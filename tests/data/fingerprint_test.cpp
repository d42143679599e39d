// What a saved run knows its data by.
#include "engine/data/fingerprint.h"

#include "engine/data/drawn_digits.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"

#include <algorithm>
#include <vector>

using namespace convscope;

namespace {

// A data set of which one picture has another pixel.
class Edited final : public Dataset {
public:
    Edited(std::shared_ptr<const Dataset> data, Split split, std::int64_t index)
        : data_(std::move(data)), split_(split), index_(index) {
        const auto picture = data_->image(split, index);
        edited_.assign(picture.begin(), picture.end());
        edited_.back() ^= 1;
    }
    const DatasetInfo& info() const override { return data_->info(); }
    int label(Split split, std::int64_t index) const override { return data_->label(split, index); }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        return split == split_ && index == index_ ? std::span<const std::uint8_t>(edited_) : data_->image(split, index);
    }

private:
    std::shared_ptr<const Dataset> data_;
    Split split_;
    std::int64_t index_;
    std::vector<std::uint8_t> edited_;
};

}  // namespace

TEST_CASE("two data sets of the same pictures have one fingerprint, others another") {
    for (const FingerprintKind kind : {FingerprintKind::FirstPicture, FingerprintKind::SpreadSample}) {
        const std::uint32_t toy = fingerprint(*make_toy_dataset(100, 20), kind);
        CHECK(toy == fingerprint(*make_toy_dataset(100, 20), kind));
        CHECK(toy != fingerprint(*make_toy_dataset(101, 20), kind));
        CHECK(toy != fingerprint(*make_toy_dataset(100, 21), kind));
        CHECK(toy != fingerprint(*make_toy_dataset(100, 20, 32), kind));
        CHECK(fingerprint(*make_drawn_digits(1, 50, 10), kind) == fingerprint(*make_drawn_digits(1, 50, 10), kind));
        CHECK(fingerprint(*make_drawn_digits(1, 50, 10), kind) != fingerprint(*make_drawn_digits(2, 50, 10), kind));
    }
}

TEST_CASE("a single edited picture of a small data set changes the fingerprint, wherever it lies") {
    const auto data = make_toy_dataset(100, 20);
    const std::uint32_t whole = fingerprint(*data);
    for (const std::int64_t index : {0, 1, 50, 99}) CHECK(fingerprint(Edited(data, Split::Train, index)) != whole);
    for (const std::int64_t index : {0, 7, 19}) CHECK(fingerprint(Edited(data, Split::Test, index)) != whole);
}

TEST_CASE("of a large data set the fingerprint covers pictures from everywhere") {
    const auto data = make_toy_dataset(1000, 600, 8);
    const std::uint32_t whole = fingerprint(*data);
    for (const Split split : {Split::Train, Split::Test}) {
        std::int64_t covered = 0, longest_gap = 0, gap = 0;
        for (std::int64_t i = 0; i < data->size(split); ++i) {
            const bool seen = fingerprint(Edited(data, split, i)) != whole;
            covered += seen;
            gap = seen ? 0 : gap + 1;
            longest_gap = std::max(longest_gap, gap);
        }
        CHECK(covered == kFingerprintPictures);
        CHECK(longest_gap < data->size(split) / kFingerprintPictures + 1);
        CHECK(fingerprint(Edited(data, split, data->size(split) - 1)) != whole);
    }
}

TEST_CASE("fingerprints are the checksums that Python takes, those of the first versions in their own way") {
    class Small final : public Dataset {
    public:
        Small() {
            info_.train_count = 3;
            info_.test_count = 1;
            info_.height = 1;
            info_.width = 2;
        }
        const DatasetInfo& info() const override { return info_; }
        int label(Split, std::int64_t index) const override { return static_cast<int>(2 - index); }
        std::span<const std::uint8_t> image(Split, std::int64_t index) const override {
            return std::span(pixels_).subspan(static_cast<std::size_t>(index) * 2, 2);
        }

    private:
        DatasetInfo info_;
        std::vector<std::uint8_t> pixels_{10, 20, 30, 40, 50, 60};
    };
    // zlib.crc32(struct.pack("<8i", 3, 1, 1, 1, 2, 2, 1, 0) + bytes([10, 20]))
    CHECK(fingerprint(Small(), FingerprintKind::FirstPicture) == 0x0BEF46C8u);
    // zlib.crc32(struct.pack("<9i", 3, 1, 1, 1, 2, 2, 1, 0, 2) + bytes([10, 20, 30, 40, 50, 60, 10, 20]))
    CHECK(fingerprint(Small()) == 0x38E44D3Cu);
}
