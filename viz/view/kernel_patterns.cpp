#include "viz/view/kernel_patterns.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace convscope {
namespace {

constexpr float kUsualStrength = 0.5F;

// From -1 at the first to 1 at the last of so many.
float across(std::int64_t place, std::int64_t count) {
    return count == 1 ? 0.0F : 2.0F * static_cast<float>(place) / static_cast<float>(count - 1) - 1.0F;
}

float bell(float x) { return std::exp(-2.0F * x * x); }

// A head, two eyes and a mouth, in a square from -1 to 1, y downwards.
float smiley(float x, float y) {
    const float from_centre = std::hypot(x, y);
    if (from_centre > 1.25F) return -1.0F;
    const bool eye = std::hypot(std::abs(x) - 0.5F, y + 0.5F) < 0.3F;
    const bool mouth = y > 0.2F && std::abs(from_centre - 0.75F) < 0.3F && std::abs(x) < 0.8F;
    return eye || mouth ? 1.0F : -0.25F;
}

}  // namespace

std::string_view name_of(KernelPattern pattern) {
    static constexpr std::array<std::string_view, kKernelPatternCount> kNames{"Edges |", "Edges -", "Gaussian",
                                                                              "Smiley", "Noise"};
    return kNames[static_cast<std::size_t>(pattern)];
}

std::string_view help_of(KernelPattern pattern) {
    static constexpr std::array<std::string_view, kKernelPatternCount> kHelp{
        "Sobel's operator: large where the picture goes from dark at the left to light at the right (no key)",
        "Sobel's operator: large where the picture goes from dark above to light below (no key)",
        "A bell: the channel becomes a blurred copy of its input (no key)",
        "A face, to see how the network copes with a kernel that nobody would learn (no key)",
        "Random numbers, other ones each time (no key)"};
    return kHelp[static_cast<std::size_t>(pattern)];
}

std::vector<float> kernel_pattern(KernelPattern pattern, std::int64_t height, std::int64_t width, float strength,
                                  std::uint64_t seed) {
    std::vector<float> values(static_cast<std::size_t>(height * width));
    std::mt19937_64 random(seed);
    std::size_t at = 0;
    for (std::int64_t row = 0; row < height; ++row)
        for (std::int64_t column = 0; column < width; ++column) {
            const float x = across(column, width), y = across(row, height);
            float& value = values[at++];
            switch (pattern) {
                case KernelPattern::EdgesAcross:
                    value = x * bell(y);
                    break;
                case KernelPattern::EdgesDown:
                    value = y * bell(x);
                    break;
                case KernelPattern::Gaussian:
                    value = bell(x) * bell(y);
                    break;
                case KernelPattern::Smiley:
                    value = smiley(x, y);
                    break;
                case KernelPattern::Noise:
                    value = static_cast<float>(random() >> 40) * 0x1p-23F - 1.0F;
                    break;
            }
        }
    float largest = 0.0F;
    for (const float value : values) largest = std::max(largest, std::abs(value));
    if (largest == 0.0F) values.assign(values.size(), largest = 1.0F);  // of one value
    for (float& value : values) value *= strength / largest;
    return values;
}

float strength_of(std::span<const float> kernel) {
    float largest = 0.0F;
    for (const float value : kernel)
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    return largest > 0.0F ? largest : kUsualStrength;
}

}  // namespace convscope
