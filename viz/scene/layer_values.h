// Where a layer's parameters for one of its values are, and what a layer that normalises by its own input finds there.
#pragma once

#include "engine/api/network_description.h"
#include "viz/scene/place.h"

#include <cstddef>
#include <span>

namespace convscope {

// In the weights, and in the bias, of a layer that has one for each channel, for each of its values or for all: what
// belongs to the value at `place`, which is in its output.
std::size_t parameter_index(const LayerDescription& layer, const Place& place);

// How the kernels of a convolution, or of a transposed one, lie in its weights. Other layers' are of one input each.
struct Kernels {
    std::int64_t groups = 1;
    std::int64_t inputs = 1;   // channels of a group that come in
    std::int64_t outputs = 1;  // and go out
    std::int64_t size = 1;     // weights in one kernel
    bool inputs_first = false;
    // Of a kernel between two channels of one group, which of all kernels it is.
    std::int64_t index(std::int64_t output, std::int64_t input) const {
        return inputs_first ? input * outputs + output % outputs : output * inputs + input % inputs;
    }
    std::int64_t group_of_output(std::int64_t output) const { return output / outputs; }
    std::int64_t group_of_input(std::int64_t input) const { return input / inputs; }
    // And back: the output channel, and the input channel within its group, of kernel number `index`.
    std::int64_t output_of(std::int64_t index) const {
        return inputs_first ? group_of_input(index / outputs) * outputs + index % outputs : index / inputs;
    }
    std::int64_t input_of(std::int64_t index) const { return inputs_first ? index / outputs % inputs : index % inputs; }
    // Which of a kernel's weights belongs to cell i of window_of(): mirrored where inputs are spread.
    std::int64_t weight_of(std::int64_t cell) const { return inputs_first ? size - 1 - cell : cell; }
};
Kernels kernels_of(const LayerDescription& layer);

// The mean and the variance (of all the values, not of a sample of them) that the value at `place` is normalised by, in
// a layer for which normalises_itself(); of all `inputs`, the layer's.
struct Moments {
    double mean = 0.0;
    double variance = 0.0;
};
Moments moments_around(const LayerDescription& layer, const Place& place, std::span<const float> inputs);

}  // namespace convscope
