#include "engine/formats/png_grid.h"

#include <stb_image_write.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace convscope {

Result<PngPicture> png_grid(std::span<const std::span<const std::uint8_t>> images, std::int64_t channels,
                            std::int64_t height, std::int64_t width) {
    constexpr std::uint8_t kBetween = 128;
    constexpr std::int64_t kMaxSide = 1 << 14;  // pixels, of an image and of the grid
    const auto wrong = [](const char* what) { return Error{ErrorCode::InvalidArgument, what}; };
    if (channels != 1 && channels != 3) return wrong("a PNG of images needs 1 or 3 channels");
    if (images.empty() || height < 1 || width < 1 || height > kMaxSide || width > kMaxSide)
        return wrong("a PNG of images needs at least one, of 1 to 16384 pixels along each side");
    const std::int64_t plane = height * width;
    for (const auto& image : images)
        if (static_cast<std::int64_t>(image.size()) != channels * plane) return wrong("the images differ in size");

    const auto count = static_cast<std::int64_t>(images.size());
    const auto columns = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(count))));
    const std::int64_t rows = (count + columns - 1) / columns;
    const std::int64_t grid_width = columns * (width + 1) - 1;
    const std::int64_t grid_height = rows * (height + 1) - 1;
    if (grid_width > kMaxSide || grid_height > kMaxSide) return wrong("too many images for one PNG; choose fewer");

    // Channels are apart in an image, together in a PNG.
    std::vector<std::uint8_t> grid(static_cast<std::size_t>(grid_width * grid_height * channels), kBetween);
    for (std::int64_t i = 0; i < count; ++i) {
        const std::span<const std::uint8_t> image = images[static_cast<std::size_t>(i)];
        for (std::int64_t channel = 0; channel < channels; ++channel)
            for (std::int64_t y = 0; y < height; ++y)
                for (std::int64_t x = 0; x < width; ++x) {
                    const std::int64_t grid_y = i / columns * (height + 1) + y;
                    const std::int64_t grid_x = i % columns * (width + 1) + x;
                    grid[static_cast<std::size_t>((grid_y * grid_width + grid_x) * channels + channel)] =
                        image[static_cast<std::size_t>(channel * plane + y * width + x)];
                }
    }

    // What stb takes besides, which would end the program where it is not there, is asked for first: it throws.
    std::string room(grid.size() * 2 + (std::size_t{1} << 20), '\1');
    room = std::string();

    PngPicture picture;
    picture.width = static_cast<int>(grid_width);
    picture.height = static_cast<int>(grid_height);
    picture.channels = static_cast<int>(channels);
    const auto append = [](void* context, void* data, int size) {
        static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
    };
    if (!stbi_write_png_to_func(append, &picture.bytes, picture.width, picture.height, picture.channels, grid.data(),
                                picture.width * picture.channels))
        return Error{ErrorCode::Failed, "the images could not be compressed into a PNG"};
    return picture;
}

}  // namespace convscope
