// Pictures of the window as PNG files. UI thread.
#pragma once

#include "engine/core/result.h"
#include "viz/gfx/framebuffer.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace convscope {

// InvalidArgument when a picture of so many pixels, drawn off screen, would take more memory than is free. The sizes
// that the command line and the settings take are bounded besides.
Result<void> check_picture_memory(int width, int height);

// What to tell somebody who waits for a picture of that size to be drawn; empty where it is soon there.
std::string patience_for(int width, int height);

// Written whole or not at all; the error names the file and the reason.
Result<void> save_png(const gfx::Image& image, const std::filesystem::path& file);

// A name in `folder` that no file has yet: convscope-340.png for iteration 340, then convscope-340-2.png.
std::filesystem::path free_screenshot_name(const std::filesystem::path& folder, std::int64_t iteration);

}  // namespace convscope
