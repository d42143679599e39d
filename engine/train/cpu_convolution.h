// Convolutions of few channels on the CPU, with the ReLU and the pooling behind them: LibTorch's library for them,
// oneDNN (2.6), fills up channels to multiples of eight, which made the weights' gradient of a first layer, of one
// channel, take a fifth (linear-alexnet) to a third (wide-cnn) of the training time on one thread.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace convscope {

struct ConvolutionSteps {
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    bool rectified = false;  // a ReLU comes next
    bool pooled = false;     // then, or next, maximum pooling of 2x2 as max_pool_2x2() does it (cpu_functions.h)
};

// Whether it can be done here, and quicker than by LibTorch. By shapes alone: a run's bits do not hang on timings.
bool convolves_in_lanes(const torch::Tensor& input, const torch::Tensor& weight, std::int64_t stride,
                        std::int64_t padding);

// What torch::conv2d(), relu() and max_pool2d() give, up to the rounding of sums in another order, with the gradients
// of input (if it needs any), weight and bias (may be undefined). All at once or one by one gives the same bits.
torch::Tensor convolve_in_lanes(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                                const ConvolutionSteps& steps);

}  // namespace convscope
