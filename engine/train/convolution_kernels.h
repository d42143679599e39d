// Convolutions of few channels, eight pictures at a time: the same value of eight pictures fills one vector of the
// processor's, so that neither a picture's width nor a count of channels needs to be a multiple of anything, and what
// moves over a map moves by whole vectors. No LibTorch, no memory of their own, one thread; cpu_convolution.h makes
// a function of them.
#pragma once

#include <cstdint>

namespace convscope {

inline constexpr std::int64_t kLanes = 8;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

// How maps of eight pictures lie: channel by channel, row by row, each map with a border of zeros.
struct LaneMaps {
    std::int64_t channels = 0;
    std::int64_t height = 0;  // without the border
    std::int64_t width = 0;
    std::int64_t border = 0;

    std::int64_t pitch() const { return width + 2 * border; }
    std::int64_t plane() const { return (height + 2 * border) * pitch(); }
    std::int64_t size() const { return channels * plane(); }
    std::int64_t inner() const { return border * pitch() + border; }  // where a map's first value is
};

// Kernel values, wherever they lie: that of output o, channel c, row y and column x of the kernel is
// first[o * per_output + c * per_channel + (y * side + x) * per_tap].
struct LaneWeights {
    const float* first = nullptr;
    std::int64_t per_output = 0;
    std::int64_t per_channel = 0;
    std::int64_t per_tap = 1;
    std::int64_t side = 0;
};

struct ConvolutionKernels {
    // Fills the maps, whose borders are zeros already, from up to eight pictures that lie `apart` values from one
    // another, plane by plane; missing ones are zeros.
    void (*interleave)(const float* from, std::int64_t apart, std::int64_t pictures, const LaneMaps& maps, Lanes* to);
    // The way back, of maps without a border.
    void (*separate)(const Lanes* from, std::int64_t values, std::int64_t pictures, float* to, std::int64_t apart);

    // `outputs` maps without a border, of the sums of products with the kernel at every step-th place, and the bias
    // (null: none).
    void (*correlate)(const LaneMaps& maps, const Lanes* input, const LaneWeights& weights, const float* bias,
                      std::int64_t outputs, std::int64_t step, Lanes* to);
    // Adds the kernel's gradient to outputs x channels x side x side sums, and the bias's to `outputs` behind them.
    // The gradients of the outputs are at every gradient_step-th place of their maps.
    void (*add_gradients)(const LaneMaps& maps, const Lanes* input, std::int64_t side, std::int64_t step,
                          const LaneMaps& gradient_maps, const Lanes* gradient, std::int64_t gradient_step,
                          Lanes* sums);
    // The sum of each of `count` vectors' values, over `parts` arrays of them, one behind the other.
    void (*total)(const Lanes* sums, std::int64_t parts, std::int64_t count, float* to);

    // ReLU, in place; `flow` says where the gradient goes: 0 on, kNoFlow nowhere.
    void (*rectify)(Lanes* values, std::int64_t count, std::uint8_t* flow);
    // Maximum pooling of 2x2 as max_pool_2x2() does it (cpu_functions.h), and ReLU behind it if `rectified`, of maps
    // without a border; `flow` says which of the four the gradient goes to, or kNoFlow.
    void (*pool)(const LaneMaps& maps, const Lanes* from, bool rectified, Lanes* to, std::uint8_t* flow);
    // The gradients of what pool() got, from those of what it gave, at every step-th place of maps that are otherwise
    // zeros; and the same of what rectify() got (`flow` null: of what went on as it was).
    void (*spread_pooled)(const Lanes* from, const LaneMaps& pooled, const std::uint8_t* flow, const LaneMaps& maps,
                          std::int64_t step, Lanes* to);
    void (*spread)(const Lanes* from, const LaneMaps& given, const std::uint8_t* flow, const LaneMaps& maps,
                   std::int64_t step, Lanes* to);
};

inline constexpr std::uint8_t kNoFlow = 4;

extern const ConvolutionKernels kConvolutionKernels;  // for any processor

// Those for the processor at hand. With fused multiply-add or without, results differ in their last bits.
const ConvolutionKernels& convolution_kernels();

}  // namespace convscope
