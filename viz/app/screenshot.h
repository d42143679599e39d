// Pictures of the window as PNG files. UI thread.
#pragma once

#include "engine/core/result.h"
#include "viz/gfx/framebuffer.h"

#include <cstdint>
#include <filesystem>

namespace convscope {

// Written whole or not at all; the error names the file and the reason.
Result<void> save_png(const gfx::Image& image, const std::filesystem::path& file);

// A name in `folder` that no file has yet: convscope-340.png for iteration 340, then convscope-340-2.png.
std::filesystem::path free_screenshot_name(const std::filesystem::path& folder, std::int64_t iteration);

}  // namespace convscope
