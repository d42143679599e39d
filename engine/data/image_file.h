// Pictures as people have them: PNG and BMP files, decoded by stb, and JPEG, by libjpeg-turbo.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace convscope {

// 8-bit, 1 (grey) or 3 (red, green, blue) channels, laid out as in a Dataset.
struct Image {
    std::int64_t channels = 0;
    std::int64_t height = 0;  // pixels
    std::int64_t width = 0;
    std::vector<std::uint8_t> pixels;  // channels x height x width
};

// The picture in a file's bytes. Transparent parts show white, as on paper; a picture whose colours are all greys has
// one channel; 16 bits become 8. Memory is taken in proportion to the bytes there are, whatever size they declare.
// `name` is what an error calls the file.
Result<Image> decode_image(std::span<const std::uint8_t> bytes, std::string_view name);

Result<Image> read_image(const std::filesystem::path& path);

inline constexpr const char* kImageKinds = "PNG, JPEG or BMP";  // for messages

// Whether a file's name ends in .png, .jpg, .jpeg or .bmp, in small or capital letters.
bool has_image_name(const std::filesystem::path& path);

// Stretched or shrunk to that size, smoothly. height and width at least 1.
Image resized(Image image, std::int64_t height, std::int64_t width);

// The same picture with three channels.
Image in_colour(Image image);

}  // namespace convscope
