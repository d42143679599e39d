#include "tests/support/toy_dataset.h"

#include <random>
#include <string>
#include <vector>

namespace convscope {
namespace {

class ToyDataset final : public Dataset {
public:
    ToyDataset(std::int64_t train_count, std::int64_t test_count, std::int64_t side) {
        info_.name = "toy squares";
        info_.source = "made for tests";
        info_.train_count = train_count;
        info_.test_count = test_count;
        info_.height = info_.width = side;
        for (int label = 0; label < 10; ++label) info_.class_names.push_back(std::to_string(label));
        std::minstd_rand random(7);
        pixels_.resize(static_cast<std::size_t>((train_count + test_count) * side * side));
        for (std::uint8_t& pixel : pixels_) pixel = static_cast<std::uint8_t>(random() % 64);
        const std::int64_t cell = side / 4;
        for (std::int64_t i = 0; i < train_count + test_count; ++i) {
            const int label = static_cast<int>(random() % 10);
            labels_.push_back(label);
            for (std::int64_t y = 0; y < cell; ++y)
                for (std::int64_t x = 0; x < cell; ++x)
                    pixels_[static_cast<std::size_t>(i * side * side + (label / 4 * cell + y) * side +
                                                     label % 4 * cell + x)] = 230;
        }
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split split, std::int64_t index) const override { return labels_[place(split, index)]; }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        const auto bytes = static_cast<std::size_t>(image_bytes());
        return std::span(pixels_).subspan(place(split, index) * bytes, bytes);
    }

private:
    std::size_t place(Split split, std::int64_t index) const {
        return static_cast<std::size_t>(split == Split::Train ? index : info_.train_count + index);
    }
    DatasetInfo info_;
    std::vector<std::uint8_t> pixels_;
    std::vector<int> labels_;
};

}  // namespace

std::shared_ptr<const Dataset> make_toy_dataset(std::int64_t train_count, std::int64_t test_count, std::int64_t side) {
    return std::make_shared<ToyDataset>(train_count, test_count, side);
}

}  // namespace convscope
