// Picture files for tests, written by stb.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace convscope {

using Pixel = std::array<std::uint8_t, 4>;  // red, green, blue, alpha

// Writes a PNG, BMP or JPEG, as the name's ending says, of width x height pixels of one colour. channels: 1 grey (the
// red value), 2 grey and alpha, 3 colour, 4 colour and alpha.
void write_image(const std::filesystem::path& path, int width, int height, int channels, Pixel colour);

// The same from every pixel, in rows; channels innermost.
void write_image(const std::filesystem::path& path, int width, int height, int channels,
                 const std::vector<std::uint8_t>& pixels);

}  // namespace convscope
