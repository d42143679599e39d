#include "viz/app/screenshot.h"

#include "engine/core/whole_file.h"

#include <stb_image_write.h>

#include <string>
#include <system_error>

namespace convscope {

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
