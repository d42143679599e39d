#include "viz/app/screenshot.h"

#include "engine/core/machine_memory.h"
#include "engine/core/whole_file.h"

#include <stb_image_write.h>

#include <string>
#include <system_error>

namespace convscope {
namespace {

// Of a pixel: four samples of colour and depth, the picture they become, the one that it is drawn into, this program's
// copy, and what the PNG is made of (measured with llvmpipe: 53 for 4096x4096).
constexpr double kPixelBytes = 52.0;
// Pixels: 16 s on two busy processor cores without a graphics card. Of that one machine: what draws elsewhere is not
// asked.
constexpr double kSoonDrawn = 16e6;

std::string size_text(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

}  // namespace

Result<void> check_picture_memory(int width, int height) {
    return check_memory(kPixelBytes * width * height, "--size: a picture of " + size_text(width, height),
                        "ask for a smaller one");
}

std::string patience_for(int width, int height) {
    if (static_cast<double>(width) * height <= kSoonDrawn) return {};
    return "Drawing " + size_text(width, height) + " pixels: without a graphics card this may take a minute";
}

Result<void> save_png(const gfx::Image& image, const std::filesystem::path& file) {
    std::string bytes;
    auto append = [](void* context, void* data, int size) {
        static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
    };
    // Without the alpha channel: a window is opaque, whatever blending left there.
    std::string pixels;
    pixels.reserve(image.pixels.size() / 4 * 3);
    for (std::size_t i = 0; i + 3 < image.pixels.size(); i += 4)
        pixels.append(reinterpret_cast<const char*>(&image.pixels[i]), 3);
    if (!stbi_write_png_to_func(append, &bytes, image.width, image.height, 3, pixels.data(), image.width * 3))
        return Error{ErrorCode::Failed, file.string() + ": the picture could not be compressed"};
    return write_whole_file(file, bytes);
}

std::filesystem::path free_screenshot_name(const std::filesystem::path& folder, std::int64_t iteration) {
    const std::string stem = "convscope-" + std::to_string(iteration);
    std::filesystem::path file = folder / (stem + ".png");
    std::error_code code;
    for (int i = 2; std::filesystem::exists(file, code) && i < 10'000; ++i)
        file = folder / (stem + "-" + std::to_string(i) + ".png");
    return file;
}

}  // namespace convscope
