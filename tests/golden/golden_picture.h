// A picture that was looked at once and found right, kept as a PNG beside the test.
#pragma once

#include "viz/gfx/framebuffer.h"

#include <string>

namespace convscope::test {

struct GoldenLimits {
    int largest_difference = 3;  // of any colour channel of any pixel, 0 to 255
    double mean_difference = 0.05;
};

// Empty when the picture is like tests/golden/NAME.png, else a sentence that says how it differs and where actual,
// expected and difference (ten times enlarged) were written. With CONVSCOPE_UPDATE_GOLDENS=1 in the environment the
// picture becomes the expected one instead.
std::string compare_with_golden(const gfx::Image& actual, const std::string& name, const GoldenLimits& limits = {});

// Throws std::runtime_error when the file cannot be written.
void write_png(const gfx::Image& image, const std::string& path);

}  // namespace convscope::test
