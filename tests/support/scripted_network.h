// wide-cnn without LibTorch: the description filled in by hand, kernels that drift as if they learned, and a plain
// forward pass, so that what the scripted session shows looks and behaves like the real thing. Deterministic; one
// thread.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/snapshot.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope::test {

Recipe wide_cnn_recipe();
NetworkDescription wide_cnn_description();

// A digit as pixels from 0 to 1, 28 x 28: segments of a seven-segment display, blurred, slanted and moved by `index`.
std::vector<float> scripted_digit(int label, std::int64_t index);
// Which digit picture `index` of the scripted data set shows.
int scripted_label(std::int64_t index);

class ScriptedNetwork {
public:
    explicit ScriptedNetwork(std::uint64_t seed);

    const NetworkDescription& description() const { return description_; }
    // Moves the weights a little.
    void train(double learning_rate);
    // Fills outputs() for an image of 28 x 28 values; `bonus` is added to the output of `label`, as if it were learned.
    void forward(std::span<const float> image, int label, float bonus);
    const std::vector<std::vector<float>>& outputs() const { return outputs_; }  // one per layer

    // A training pass: the outputs for an image, and the gradients of the cross-entropy of a minibatch of `batch_size`
    // whose first sample it is. Apart from outputs().
    void pass(std::span<const float> image, int label, std::int64_t batch_size);

    // What channels say, whatever is computed, and what does not move when it trains.
    void hold(const Restraints& restraints) { restraints_ = restraints; }
    void set(TensorKey key, std::int64_t first, std::span<const float> values);

    // Of the last forward(), train() or pass(); empty when the layer has none.
    std::span<const float> values(TensorKey key) const;

private:
    struct Parameters {
        std::vector<float> values;
        std::vector<float> gradient;
        std::vector<float> update;
        std::size_t next = 0;  // where the next stretch of a large tensor begins
    };
    void train(Parameters& parameters, LayerId layer, double learning_rate);
    void run(std::span<const float> image, std::vector<std::vector<float>>& outputs) const;

    NetworkDescription description_;
    Restraints restraints_;
    std::vector<Parameters> weights_;
    std::vector<Parameters> biases_;
    std::vector<std::vector<float>> outputs_;
    std::vector<std::vector<float>> pass_outputs_;  // empty before the first pass()
    std::vector<std::vector<float>> pass_gradients_;
    std::uint64_t state_;
};

// Minimum, maximum, mean, deviation, zeros, non-finite: over some values.
ValueStatistics statistics_of(std::span<const float> values);

}  // namespace convscope::test
