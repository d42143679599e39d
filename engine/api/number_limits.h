// How large a setting may be.
#pragma once

namespace convscope {

// Of a learning rate and its like: single precision reaches 3.4e38, and what an optimizer divides by keeps within that.
inline constexpr double kMostNumber = 1e30;
inline constexpr int kMostThreads = 256;

}  // namespace convscope
