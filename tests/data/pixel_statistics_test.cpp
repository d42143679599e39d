// Mean and deviation of a data set's pixels.
#include "engine/data/pixel_statistics.h"

#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"

#include <cmath>
#include <utility>
#include <vector>

using namespace convscope;

namespace {

// Pictures given by hand; the test pictures are all white, which must not matter.
class GivenPictures final : public Dataset {
public:
    GivenPictures(std::int64_t channels, std::int64_t pixels, std::vector<std::vector<std::uint8_t>> train)
        : train_(std::move(train)), white_(static_cast<std::size_t>(channels * pixels), 255) {
        info_.channels = channels;
        info_.height = 1;
        info_.width = pixels;
        info_.train_count = static_cast<std::int64_t>(train_.size());
        info_.test_count = 1;
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split, std::int64_t) const override { return 0; }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        return split == Split::Test ? white_ : train_[static_cast<std::size_t>(index)];
    }

private:
    DatasetInfo info_;
    std::vector<std::vector<std::uint8_t>> train_;
    std::vector<std::uint8_t> white_;
};

}  // namespace

TEST_CASE("mean and deviation of the pixels are those of the training pictures, summed one by one") {
    const auto data = make_toy_dataset(50, 30);
    double sum = 0.0, count = 0.0, squares = 0.0;
    for (std::int64_t i = 0; i < 50; ++i)
        for (const std::uint8_t pixel : data->image(Split::Train, i)) {
            sum += pixel / 255.0;
            count += 1.0;
        }
    for (std::int64_t i = 0; i < 50; ++i)
        for (const std::uint8_t pixel : data->image(Split::Train, i))
            squares += (pixel / 255.0 - sum / count) * (pixel / 255.0 - sum / count);
    const PixelStatistics statistics = pixel_statistics(*data);
    REQUIRE(statistics.mean.size() == 1);
    REQUIRE(statistics.deviation.size() == 1);
    CHECK(statistics.mean[0] == Approx(sum / count).epsilon(1e-12));
    CHECK(statistics.deviation[0] == Approx(std::sqrt(squares / count)).epsilon(1e-9));
}

TEST_CASE("each channel has statistics of its own") {
    const GivenPictures data(3, 2, {{0, 255, 51, 51, 255, 255}, {0, 255, 51, 153, 255, 255}});
    const PixelStatistics statistics = pixel_statistics(data);
    REQUIRE(statistics.mean.size() == 3);
    REQUIRE(statistics.deviation.size() == 3);
    CHECK(statistics.mean[0] == Approx(0.5));
    CHECK(statistics.deviation[0] == Approx(0.5));
    CHECK(statistics.mean[1] == Approx(0.3));
    CHECK(statistics.deviation[1] == Approx(std::sqrt(0.03)));
    CHECK(statistics.mean[2] == Approx(1.0));
    CHECK(statistics.deviation[2] == 1.0);  // pixels that are all alike are not divided by nothing
}

TEST_CASE("pixels that are all alike have the deviation 1, whatever their brightness") {
    for (const int level : {0, 1, 77, 128, 254, 255}) {
        const auto byte = static_cast<std::uint8_t>(level);
        const GivenPictures data(1, 3, std::vector<std::vector<std::uint8_t>>(1000, {byte, byte, byte}));
        CHECK(pixel_statistics(data).deviation[0] == 1.0);
    }
}
