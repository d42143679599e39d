// Operations that took much of the training time of the reference recipes on a CPU and need not: LibTorch 1.13 reads one
// value at a time for maximum pooling (7 of 61 ms of an iteration of wide-cnn), its matrix products use BLAS's threads
// or its own, but not both, since the two get in each other's way (thread_settings.h), and its optimizers go through
// the parameters some three to nine times. Values and gradients are those of LibTorch's functions, which can take their
// place again when the benchmark finds them as fast. Convolutions are in cpu_convolution.h.
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

// One step of LibTorch's optimizers with one parameter, in one pass over memory instead of one for each of its
// operations: an operation more for a small tensor takes longer than what it computes. Contiguous float32 on the CPU;
// equal up to the rounding of single operations. `rate` and the corrections are this step's.
struct SgdStep {
    double rate, momentum, weight_decay;
    bool nesterov;
};
void take_sgd_step(const torch::Tensor& parameter, const torch::Tensor& gradient, const torch::Tensor& momentum_buffer,
                   const SgdStep& step);  // the buffer is undefined without momentum

struct AdamStep {
    double rate, beta1, beta2, epsilon;
    double correction1, correction2;  // 1 - beta^steps
    double weight_decay;              // added to the gradient, as Adam's
    double shrink;                    // taken off the parameter first, as AdamW's: rate * weight_decay
};
void take_adam_step(const torch::Tensor& parameter, const torch::Tensor& gradient, const torch::Tensor& exp_avg,
                    const torch::Tensor& exp_avg_sq, const AdamStep& step);

}  // namespace convscope
