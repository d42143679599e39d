// Points turned, or seen in a mirror, so that they lie as near as may be to where others of the same things lay.
#pragma once

#include <cstdint>
#include <span>

namespace convscope {

// Both are one point after the other, of so many dimensions (2 or 3), about the same centre. Schönemann, "A Generalized
// Solution of the Orthogonal Procrustes Problem", 1966. No distance between points changes.
void turn_onto(std::span<const float> others, std::span<float> points, int dimensions);
// Moved to their centre and made so large that the root of the mean square of their distance from it is 1. Points that
// are all the same stay in the centre.
void bring_to_unit(std::span<float> points, int dimensions);

}  // namespace convscope
