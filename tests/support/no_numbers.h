// What arithmetic gives where there is no number, and what every number on screen must cope with.
#pragma once

#include <limits>

namespace convscope {

inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace convscope
