#include "tests/support/scripted_network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace convscope::test {
namespace {

constexpr std::size_t kStretch = 4096;  // values of a tensor that move in one iteration

// SplitMix64 (Steele, Lea and Flood, 2014).
std::uint64_t next_random(std::uint64_t& state) {
    std::uint64_t z = state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

// About normal, deviation 1: a sum of uniform numbers.
float next_normal(std::uint64_t& state) {
    float sum = -2.0F;
    for (int i = 0; i < 4; ++i) sum += static_cast<float>(next_random(state) >> 40) / 16777216.0F;
    return sum * 1.732F;
}

LayerSpec layer(const char* name, LayerKind kind, std::int64_t size = 0, std::int64_t kernel = 0,
                std::int64_t stride = 1) {
    LayerSpec spec;
    spec.name = name;
    spec.kind = kind;
    spec.output_size = size;
    spec.kernel_size = kernel;
    spec.stride = stride;
    return spec;
}

void convolve(std::span<const float> in, const Shape& in_shape, std::span<const float> weights,
              std::span<const float> bias, const Shape& out_shape, std::int64_t kernel, std::span<float> out) {
    for (std::int64_t o = 0; o < out_shape[0]; ++o)
        for (std::int64_t y = 0; y < out_shape[1]; ++y)
            for (std::int64_t x = 0; x < out_shape[2]; ++x) {
                float sum = bias[static_cast<std::size_t>(o)];
                for (std::int64_t i = 0; i < in_shape[0]; ++i)
                    for (std::int64_t ky = 0; ky < kernel; ++ky)
                        for (std::int64_t kx = 0; kx < kernel; ++kx) {
                            const auto at = (i * in_shape[1] + y + ky) * in_shape[2] + x + kx;
                            const auto w = ((o * in_shape[0] + i) * kernel + ky) * kernel + kx;
                            sum += in[static_cast<std::size_t>(at)] * weights[static_cast<std::size_t>(w)];
                        }
                out[static_cast<std::size_t>((o * out_shape[1] + y) * out_shape[2] + x)] = sum;
            }
}

void pool(std::span<const float> in, const Shape& in_shape, const Shape& out_shape, std::int64_t size,
          std::span<float> out) {
    for (std::int64_t c = 0; c < out_shape[0]; ++c)
        for (std::int64_t y = 0; y < out_shape[1]; ++y)
            for (std::int64_t x = 0; x < out_shape[2]; ++x) {
                float best = -std::numeric_limits<float>::infinity();
                for (std::int64_t ky = 0; ky < size; ++ky)
                    for (std::int64_t kx = 0; kx < size; ++kx) {
                        const auto at = (c * in_shape[1] + y * size + ky) * in_shape[2] + x * size + kx;
                        best = std::max(best, in[static_cast<std::size_t>(at)]);
                    }
                out[static_cast<std::size_t>((c * out_shape[1] + y) * out_shape[2] + x)] = best;
            }
}

void multiply(std::span<const float> in, std::span<const float> weights, std::span<const float> bias,
              std::span<float> out) {
    for (std::size_t o = 0; o < out.size(); ++o) {
        float sum = bias[o];
        const std::span<const float> row = weights.subspan(o * in.size(), in.size());
        for (std::size_t i = 0; i < in.size(); ++i) sum += in[i] * row[i];
        out[o] = sum;
    }
}

// The gradient of a layer's input, added to `out`, given that of its output.
void convolve_back(std::span<const float> gradient, const Shape& out_shape, std::span<const float> weights,
                   const Shape& in_shape, std::int64_t kernel, std::span<float> out) {
    for (std::int64_t o = 0; o < out_shape[0]; ++o)
        for (std::int64_t y = 0; y < out_shape[1]; ++y)
            for (std::int64_t x = 0; x < out_shape[2]; ++x) {
                const float g = gradient[static_cast<std::size_t>((o * out_shape[1] + y) * out_shape[2] + x)];
                for (std::int64_t i = 0; i < in_shape[0]; ++i)
                    for (std::int64_t ky = 0; ky < kernel; ++ky)
                        for (std::int64_t kx = 0; kx < kernel; ++kx) {
                            const auto at = (i * in_shape[1] + y + ky) * in_shape[2] + x + kx;
                            const auto w = ((o * in_shape[0] + i) * kernel + ky) * kernel + kx;
                            out[static_cast<std::size_t>(at)] += g * weights[static_cast<std::size_t>(w)];
                        }
            }
}

void pool_back(std::span<const float> gradient, std::span<const float> in, const Shape& in_shape,
               std::span<const float> pooled, const Shape& out_shape, std::int64_t size, std::span<float> out) {
    for (std::int64_t c = 0; c < in_shape[0]; ++c)
        for (std::int64_t y = 0; y < in_shape[1]; ++y)
            for (std::int64_t x = 0; x < in_shape[2]; ++x) {
                const auto at = static_cast<std::size_t>((c * in_shape[1] + y) * in_shape[2] + x);
                const auto p = static_cast<std::size_t>((c * out_shape[1] + y / size) * out_shape[2] + x / size);
                if (in[at] == pooled[p]) out[at] += gradient[p];
            }
}

void multiply_back(std::span<const float> gradient, std::span<const float> weights, std::span<float> out) {
    for (std::size_t o = 0; o < gradient.size(); ++o)
        for (std::size_t i = 0; i < out.size(); ++i) out[i] += gradient[o] * weights[o * out.size() + i];
}

}  // namespace

Recipe wide_cnn_recipe() {
    Recipe recipe;
    recipe.name = "wide-cnn";
    recipe.description = "two convolutions and a wide hidden layer";
    recipe.input_mean = {0.1307};
    recipe.input_deviation = {0.3081};
    recipe.layers = {layer("conv1", LayerKind::Conv2d, 10, 5),
                     layer("relu1", LayerKind::ReLU),
                     layer("pool1", LayerKind::MaxPool2d, 0, 2, 2),
                     layer("conv2", LayerKind::Conv2d, 20, 3),
                     layer("relu2", LayerKind::ReLU),
                     layer("flatten", LayerKind::Flatten),
                     layer("fc1", LayerKind::Linear, 500),
                     layer("relu3", LayerKind::ReLU),
                     layer("fc2", LayerKind::Linear, 10)};
    recipe.batch_size = 512;
    recipe.epochs = 20;
    return recipe;
}

NetworkDescription wide_cnn_description() {
    struct Row {
        Shape out, weight, bias;
        ReceptiveField field;
    };
    const ReceptiveField whole{28, 1, 0, true};
    const std::vector<Row> rows{{{10, 24, 24}, {10, 1, 5, 5}, {10}, {5, 1, 0, false}},
                                {{10, 24, 24}, {}, {}, {5, 1, 0, false}},
                                {{10, 12, 12}, {}, {}, {6, 2, 0, false}},
                                {{20, 10, 10}, {20, 10, 3, 3}, {20}, {10, 2, 0, false}},
                                {{20, 10, 10}, {}, {}, {10, 2, 0, false}},
                                {{2000}, {}, {}, whole},
                                {{500}, {500, 2000}, {500}, whole},
                                {{500}, {}, {}, whole},
                                {{10}, {10, 500}, {10}, whole}};
    NetworkDescription network;
    network.input_shape = {1, 28, 28};
    const Recipe recipe = wide_cnn_recipe();
    Shape in = network.input_shape;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        LayerDescription l;
        l.id = LayerId{static_cast<std::int32_t>(i)};
        l.spec = recipe.layers[i];
        l.inputs = {LayerId{static_cast<std::int32_t>(i) - 1}};
        l.input_shape = in;
        l.output_shape = rows[i].out;
        l.weight_shape = rows[i].weight;
        l.bias_shape = rows[i].bias;
        l.parameter_count = l.weight_shape.element_count() + l.bias_shape.element_count();
        l.receptive_field = rows[i].field;
        network.parameter_count += l.parameter_count;
        in = l.output_shape;
        network.layers.push_back(std::move(l));
    }
    return network;
}

int scripted_label(std::int64_t index) {
    std::uint64_t state = static_cast<std::uint64_t>(index) * 7919U + 3U;
    return static_cast<int>(next_random(state) % 10);
}

std::vector<float> scripted_digit(int label, std::int64_t index) {
    struct Stroke {
        float x0, y0, x1, y1;
    };
    static constexpr std::array<Stroke, 7> kSegments{{{10, 6, 18, 6},
                                                      {18, 6, 18, 14},
                                                      {18, 14, 18, 22},
                                                      {10, 22, 18, 22},
                                                      {10, 14, 10, 22},
                                                      {10, 6, 10, 14},
                                                      {10, 14, 18, 14}}};
    static constexpr std::array<int, 10> kLit{0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F};
    std::uint64_t state = static_cast<std::uint64_t>(index) + 17U;
    const float slant = 0.12F * next_normal(state);
    const float move_x = next_normal(state);
    const float move_y = next_normal(state);
    const float thickness = 1.6F + 0.3F * next_normal(state);
    std::vector<float> pixels(28 * 28, 0.0F);
    for (int y = 0; y < 28; ++y)
        for (int x = 0; x < 28; ++x) {
            const float py = static_cast<float>(y) - move_y;
            const float px = static_cast<float>(x) - move_x + slant * (py - 14.0F);
            float nearest = 100.0F;
            for (std::size_t s = 0; s < kSegments.size(); ++s) {
                if (!(kLit[static_cast<std::size_t>(label)] >> s & 1)) continue;
                const Stroke& k = kSegments[s];
                const float dx = k.x1 - k.x0;
                const float dy = k.y1 - k.y0;
                const float t = std::clamp(((px - k.x0) * dx + (py - k.y0) * dy) / (dx * dx + dy * dy), 0.0F, 1.0F);
                nearest = std::min(nearest, std::hypot(px - k.x0 - t * dx, py - k.y0 - t * dy));
            }
            pixels[static_cast<std::size_t>(y * 28 + x)] = std::clamp(thickness - nearest + 0.5F, 0.0F, 1.0F);
        }
    return pixels;
}

ScriptedNetwork::ScriptedNetwork(std::uint64_t seed) : description_(wide_cnn_description()), state_(seed * 31U + 1U) {
    const std::size_t count = description_.layers.size();
    weights_.resize(count);
    biases_.resize(count);
    outputs_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const LayerDescription& l = description_.layers[i];
        outputs_[i].resize(static_cast<std::size_t>(l.output_shape.element_count()));
        if (!l.has_weight()) continue;
        const auto size = static_cast<std::size_t>(l.weight_shape.element_count());
        const auto fan_in = static_cast<float>(l.weight_shape.element_count() / l.weight_shape[0]);
        weights_[i].values.resize(size);
        for (float& value : weights_[i].values) value = next_normal(state_) / std::sqrt(fan_in);
        biases_[i].values.assign(static_cast<std::size_t>(l.bias_shape.element_count()), 0.0F);
        for (Parameters* p : {&weights_[i], &biases_[i]}) {
            p->gradient.assign(p->values.size(), 0.0F);
            p->update.assign(p->values.size(), 0.0F);
        }
    }
}

void ScriptedNetwork::train(double learning_rate) {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        const LayerId layer{static_cast<std::int32_t>(i)};
        train(weights_[i], layer, learning_rate);
        train(biases_[i], layer, learning_rate);
    }
}

void ScriptedNetwork::train(Parameters& p, LayerId layer, double learning_rate) {
    const auto rows = static_cast<std::size_t>(
        std::max<std::int64_t>(1, description_.layers[static_cast<std::size_t>(layer.index)].weight_shape[0]));
    const std::size_t row = std::max<std::size_t>(1, p.values.size() / rows);
    const std::size_t count = std::min(p.values.size(), kStretch);
    for (std::size_t k = 0; k < count; ++k) {
        const std::size_t at = (p.next + k) % p.values.size();
        // Gradients that remember: neighbouring iterations look alike, as with a real run.
        p.gradient[at] = 0.9F * p.gradient[at] + 0.1F * (0.02F * next_normal(state_) + 0.002F * p.values[at]);
        const bool frozen =
            restraints_.is_frozen({layer}) || restraints_.is_frozen({layer, static_cast<std::int64_t>(at / row)});
        p.update[at] = frozen ? 0.0F : static_cast<float>(-learning_rate) * 20.0F * p.gradient[at];
        p.values[at] += p.update[at];
    }
    if (count > 0) p.next = (p.next + count) % p.values.size();
}

void ScriptedNetwork::forward(std::span<const float> image, int label, float bonus) {
    run(image, outputs_);
    outputs_.back()[static_cast<std::size_t>(label)] += bonus;
}

void ScriptedNetwork::pass(std::span<const float> image, int label, std::int64_t batch_size) {
    if (pass_outputs_.empty()) pass_outputs_ = pass_gradients_ = outputs_;
    run(image, pass_outputs_);
    const std::vector<float>& logits = pass_outputs_.back();
    const float largest = *std::max_element(logits.begin(), logits.end());
    float sum = 0.0F;
    for (const float logit : logits) sum += std::exp(logit - largest);
    for (std::size_t c = 0; c < logits.size(); ++c) {
        const float wanted = c == static_cast<std::size_t>(label) ? 1.0F : 0.0F;
        pass_gradients_.back()[c] = (std::exp(logits[c] - largest) / sum - wanted) / static_cast<float>(batch_size);
    }
    for (std::size_t i = pass_gradients_.size() - 1; i > 0; --i) {
        const LayerDescription& l = description_.layers[i];
        const std::vector<float>& gradient = pass_gradients_[i];
        const std::vector<float>& in = pass_outputs_[i - 1];
        std::vector<float>& out = pass_gradients_[i - 1];
        std::fill(out.begin(), out.end(), 0.0F);
        switch (l.spec.kind) {
            case LayerKind::Conv2d:
                convolve_back(gradient, l.output_shape, weights_[i].values, l.input_shape, l.spec.kernel_size, out);
                break;
            case LayerKind::MaxPool2d:
                pool_back(gradient, in, l.input_shape, pass_outputs_[i], l.output_shape, l.spec.kernel_size, out);
                break;
            case LayerKind::Linear:
                multiply_back(gradient, weights_[i].values, out);
                break;
            case LayerKind::ReLU:
                for (std::size_t k = 0; k < out.size(); ++k) out[k] = in[k] > 0.0F ? gradient[k] : 0.0F;
                break;
            default:
                std::copy(gradient.begin(), gradient.end(), out.begin());
        }
    }
}

void ScriptedNetwork::run(std::span<const float> image, std::vector<std::vector<float>>& outputs) const {
    std::span<const float> in = image;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const LayerDescription& l = description_.layers[i];
        std::vector<float>& out = outputs[i];
        switch (l.spec.kind) {
            case LayerKind::Conv2d:
                convolve(in, l.input_shape, weights_[i].values, biases_[i].values, l.output_shape, l.spec.kernel_size,
                         out);
                break;
            case LayerKind::MaxPool2d:
                pool(in, l.input_shape, l.output_shape, l.spec.kernel_size, out);
                break;
            case LayerKind::Linear:
                multiply(in, weights_[i].values, biases_[i].values, out);
                break;
            case LayerKind::ReLU:
                std::transform(in.begin(), in.end(), out.begin(), [](float v) { return std::max(v, 0.0F); });
                break;
            default:
                std::copy(in.begin(), in.end(), out.begin());
        }
        for (const Intervention& one : restraints_.channels) {
            if (one.layer != l.id) continue;
            const auto size = static_cast<std::ptrdiff_t>(l.output_shape.element_count() / l.output_shape[0]);
            std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(one.channel) * size, size, one.value);
        }
        in = out;
    }
}

void ScriptedNetwork::set(TensorKey key, std::int64_t first, std::span<const float> values) {
    Parameters& parameters =
        (key.kind == TensorKind::Bias ? biases_ : weights_)[static_cast<std::size_t>(key.layer.index)];
    std::copy(values.begin(), values.end(), parameters.values.begin() + static_cast<std::ptrdiff_t>(first));
}

std::span<const float> ScriptedNetwork::values(TensorKey key) const {
    const auto i = static_cast<std::size_t>(key.layer.index);
    if (key.layer.index < 0 || i >= outputs_.size()) return {};
    switch (key.kind) {
        case TensorKind::Activation:
            return outputs_[i];
        case TensorKind::Weight:
            return weights_[i].values;
        case TensorKind::Bias:
            return biases_[i].values;
        case TensorKind::WeightGradient:
            return weights_[i].gradient;
        case TensorKind::BiasGradient:
            return biases_[i].gradient;
        case TensorKind::WeightUpdate:
            return weights_[i].update;
        case TensorKind::PassActivation:
            if (!pass_outputs_.empty()) return pass_outputs_[i];
            break;
        case TensorKind::PassGradient:
            if (!pass_gradients_.empty()) return pass_gradients_[i];
            break;
        case TensorKind::Input:
        case TensorKind::RunningMean:
        case TensorKind::RunningVariance:
            break;
    }
    return {};
}

ValueStatistics statistics_of(std::span<const float> values) {
    ValueStatistics result;
    double sum = 0.0;
    double squares = 0.0;
    std::int64_t finite = 0;
    std::int64_t zeros = 0;
    for (float value : values) {
        if (!std::isfinite(value)) {
            ++result.non_finite;
            continue;
        }
        result.minimum = finite ? std::min(result.minimum, value) : value;
        result.maximum = finite ? std::max(result.maximum, value) : value;
        sum += value;
        squares += static_cast<double>(value) * value;
        zeros += value == 0.0F;
        ++finite;
    }
    if (finite == 0) return result;
    const double mean = sum / static_cast<double>(finite);
    result.mean = static_cast<float>(mean);
    result.deviation =
        static_cast<float>(std::sqrt(std::max(0.0, squares / static_cast<double>(finite) - mean * mean)));
    result.zero_fraction = static_cast<float>(static_cast<double>(zeros) / static_cast<double>(finite));
    return result;
}

}  // namespace convscope::test
