// Kernels that somebody puts into a network by hand, as patterns whose shape is known beforehand. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace convscope {

enum class KernelPattern : std::uint8_t { EdgesAcross, EdgesDown, Gaussian, Smiley, Noise };
inline constexpr int kKernelPatternCount = 5;

std::string_view name_of(KernelPattern pattern);  // "Edges |"
std::string_view help_of(KernelPattern pattern);  // a sentence

// Row-major, height x width values, the largest of which is `strength` in size; of one of 1 x 1 that one. EdgesAcross
// and EdgesDown: Sobel's operator (Gonzalez and Woods, "Digital Image Processing", section 10.2), a smoothed derivative
// along rows or along columns, of any size. Noise is another one for each `seed`, and the same for the same.
std::vector<float> kernel_pattern(KernelPattern pattern, std::int64_t height, std::int64_t width, float strength,
                                  std::uint64_t seed = 0);

// The size of the largest value, as what is put in its place had better have; a kernel of zeros has 0.5.
float strength_of(std::span<const float> kernel);

}  // namespace convscope
