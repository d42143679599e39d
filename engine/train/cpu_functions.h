// The two operations that took most of the training time of the reference recipes on a CPU and need not: LibTorch 1.13
// reads one value at a time for maximum pooling (7 of 61 ms of an iteration of wide-cnn), and its matrix products use
// BLAS's threads or its own, but not both, since the two get in each other's way (thread_settings.h). Values and
// gradients are those of LibTorch's functions, which can take their place again when the benchmark finds them as fast.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace convscope {

// Maximum pooling with a kernel of 2x2 and a stride of 2, without padding. N,C,H,W float32 on the CPU, of at least 2x2
// values; the last row or column of an odd size is not looked at. To the bit torch::max_pool2d(input, 2): the first of
// equal values counts, and what is not a number wins.
torch::Tensor max_pool_2x2(const torch::Tensor& input);

// torch::linear(input, weight, bias) of N,inputs on the CPU, its matrix products shared out among LibTorch's own
// threads where there are several. With one thread to the bit the same, with more as close as a product summed up in
// another order. `bias` may be undefined.
torch::Tensor linear_in_parts(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias);

}  // namespace convscope
