// Where tensors' memory goes between two iterations.
#pragma once

#include <cstddef>

namespace convscope {

// From now on LibTorch's tensors on the CPU take memory that earlier ones gave back, instead of malloc's, which returns
// large pieces to the kernel in every iteration and has them cleared page by page in the next: wide-cnn trains about a
// fifth faster (with LibTorch 1.13 and glibc 2.36; of no use where LibTorch keeps its tensors' memory on CPUs as on
// GPUs). Only sizes that come back are kept: of each, what lay idle throughout kTensorMemoryGeneration requests for
// memory is given back to the system, so that what grows does not leave its earlier sizes behind; and at most kMostKept
// bytes are kept while no tensor has them. Any thread may call it, any number of times.
void keep_tensor_memory();

// Of all threads; more than the allocations of an iteration of any network that the recipes allow.
inline constexpr std::size_t kTensorMemoryGeneration = 65'536;

// Bytes that are kept while no tensor has them. Any thread.
std::size_t kept_tensor_memory();

// Returns what is kept for tensors that are no more: another network needs other sizes.
void release_kept_tensor_memory();

}  // namespace convscope
