#include "engine/formats/png_grid.h"

#include "tests/support/catch.h"

#include <stb_image.h>

#include <memory>
#include <vector>

using namespace convscope;

namespace {

using Image = std::vector<std::uint8_t>;

Result<PngPicture> grid_of(const std::vector<Image>& images, int channels, int height, int width) {
    const std::vector<std::span<const std::uint8_t>> views(images.begin(), images.end());
    return png_grid(views, channels, height, width);
}

// The pixels of a PNG, channels together.
Image pixels_of(const PngPicture& picture) {
    int width = 0;
    int height = 0;
    int channels = 0;
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
        stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(picture.bytes.data()),
                              static_cast<int>(picture.bytes.size()), &width, &height, &channels, 0),
        stbi_image_free);
    REQUIRE(pixels);
    REQUIRE((width == picture.width && height == picture.height && channels == picture.channels));
    return {pixels.get(), pixels.get() + width * height * channels};
}

}  // namespace

TEST_CASE("Images stand in a grid row by row with a grey pixel between them") {
    const auto grid = grid_of({{1, 2}, {3, 4}, {5, 6}}, 1, 1, 2);
    REQUIRE(grid.ok());
    CHECK(grid.value().width == 5);
    CHECK(grid.value().height == 3);
    CHECK(pixels_of(grid.value()) == Image{1, 2, 128, 3, 4,          //
                                           128, 128, 128, 128, 128,  //
                                           5, 6, 128, 128, 128});
}

TEST_CASE("A colour image's channels come together in the PNG") {
    const auto grid = grid_of({{10, 11, 20, 21, 30, 31}}, 3, 1, 2);
    REQUIRE(grid.ok());
    CHECK(grid.value().channels == 3);
    CHECK(pixels_of(grid.value()) == Image{10, 20, 30, 11, 21, 31});
}

TEST_CASE("Images that make no grid are refused") {
    CHECK_FALSE(grid_of({}, 1, 1, 1).ok());
    CHECK_FALSE(grid_of({{1, 2}, {3}}, 1, 1, 2).ok());
    CHECK_FALSE(grid_of({{1, 2}}, 2, 1, 1).ok());
    CHECK_FALSE(grid_of({{}}, 1, 0, 0).ok());
    CHECK_FALSE(grid_of(std::vector<Image>(100, Image(16384)), 1, 1, 16384).ok());
}
