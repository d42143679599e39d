#include "tests/data/test_image.h"

#include <stb_image_write.h>

#include <stdexcept>

namespace convscope {

void write_image(const std::filesystem::path& path, int width, int height, int channels, Pixel colour) {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < width * height; ++i)
        for (int c = 0; c < channels; ++c)
            pixels.push_back(colour[static_cast<std::size_t>(channels == 2 && c == 1 ? 3 : c)]);
    write_image(path, width, height, channels, pixels);
}

void write_image(const std::filesystem::path& path, int width, int height, int channels,
                 const std::vector<std::uint8_t>& pixels) {
    std::filesystem::create_directories(path.parent_path());
    const std::string ending = path.extension().string();
    int written = 0;
    if (ending == ".png")
        written = stbi_write_png(path.c_str(), width, height, channels, pixels.data(), width * channels);
    else if (ending == ".bmp")
        written = stbi_write_bmp(path.c_str(), width, height, channels, pixels.data());
    else
        written = stbi_write_jpg(path.c_str(), width, height, channels, pixels.data(), 95);
    if (!written) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace convscope
