// Against the real files, where $CONVSCOPE_MNIST says they are or the user has them. Nobody is asked to download them.
#include "engine/data/idx_dataset.h"
#include "engine/data/open_dataset.h"
#include "engine/data/pixel_statistics.h"

#include "tests/support/catch.h"

#include <array>
#include <cstdlib>

using namespace convscope;

TEST_CASE("real MNIST is read as it is known to be") {
    const char* said = std::getenv("CONVSCOPE_MNIST");
    const auto users = user_dataset_folder("mnist");
    const std::filesystem::path folder = said ? said : users ? users.value() : "";
    if (!std::filesystem::is_directory(folder)) {
        WARN("skipped: set CONVSCOPE_MNIST to a folder with MNIST's four files");
        return;
    }
    const auto opened = open_idx_dataset(folder, {});
    REQUIRE(opened.ok());
    const Dataset& data = *opened.value();
    CHECK(data.info().name == "MNIST");
    CHECK(data.info().prepared.empty());
    CHECK(data.size(Split::Train) == 60'000);
    CHECK(data.size(Split::Test) == 10'000);
    CHECK(data.image_bytes() == 784);
    const std::array<int, 5> first_test_labels{7, 2, 1, 0, 4};
    const std::array<int, 5> first_train_labels{5, 0, 4, 1, 9};
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(data.label(Split::Test, static_cast<std::int64_t>(i)) == first_test_labels[i]);
        CHECK(data.label(Split::Train, static_cast<std::int64_t>(i)) == first_train_labels[i]);
    }
    // What every tutorial normalises by.
    const PixelStatistics pixels = pixel_statistics(data);
    REQUIRE(pixels.mean.size() == 1);
    CHECK(pixels.mean[0] == Approx(0.1307).margin(0.00005));
    CHECK(pixels.deviation[0] == Approx(0.3081).margin(0.00005));
}
