// Where tensors' memory goes between two iterations.
#pragma once

namespace convscope {

// From now on LibTorch's tensors on the CPU take memory that earlier ones gave back, instead of malloc's, which returns
// large pieces to the kernel in every iteration and has them cleared page by page in the next: wide-cnn trains about a
// fifth faster. At most kMostKept is kept while no tensor has it. Any thread may call it, any number of times.
void keep_tensor_memory();

// Returns what is kept for tensors that are no more: another network needs other sizes.
void release_kept_tensor_memory();

}  // namespace convscope
