// A planned network with made-up captures: what the scene's arithmetic is tested on. The values need not be what the
// network would compute; where they are, a test computed them.
#pragma once

#include "engine/api/snapshot.h"
#include "engine/recipe/network_plan.h"
#include "viz/scene/consistent_captures.h"
#include "viz/scene/place.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace convscope::test {

inline LayerSpec layer(const char* name, LayerKind kind, std::int64_t output_size = 0, std::int64_t kernel_size = 0,
                       std::int64_t stride = 1, std::int64_t padding = 0, std::int64_t dilation = 1,
                       std::int64_t groups = 1) {
    LayerSpec spec;
    spec.name = name;
    spec.kind = kind;
    spec.output_size = output_size;
    spec.kernel_size = kernel_size;
    spec.stride = stride;
    spec.padding = padding;
    spec.dilation = dilation;
    spec.groups = groups;
    return spec;
}

class CapturedNetwork {
public:
    // The layers, then whatever the plan needs to end in two classes.
    CapturedNetwork(Shape input, std::vector<LayerSpec> layers, bool add_end = true) {
        Recipe recipe;
        recipe.input_channels = input[0];
        recipe.input_height = input[1];
        recipe.input_width = input[2];
        recipe.class_count = 2;
        recipe.layers = std::move(layers);
        if (add_end) {
            recipe.layers.push_back(layer("end.flatten", LayerKind::Flatten));
            recipe.layers.push_back(layer("end.fc", LayerKind::Linear, 2));
        }
        network = plan_network(recipe).value();
    }

    const LayerDescription& operator[](const char* name) const { return *network.find(name); }
    LayerId id(const char* name) const { return network.find(name)->id; }

    // Puts a tensor into the snapshot, or takes the place of the one there.
    TensorCapture& put(TensorKey key, std::vector<float> values, std::int64_t iteration = 5) {
        auto capture = std::make_shared<TensorCapture>();
        capture->key = key;
        capture->run = RunId{1};
        capture->iteration = iteration;
        capture->shape = shape_of(network, key);
        capture->values = std::move(values);
        remove(key);
        snapshot.seen.captures.push_back(capture);
        std::sort(snapshot.seen.captures.begin(), snapshot.seen.captures.end(),
                  [](const auto& a, const auto& b) { return a->key < b->key; });
        return *capture;
    }
    void remove(TensorKey key) {
        std::erase_if(snapshot.seen.captures, [&](const auto& capture) { return capture->key == key; });
    }
    std::vector<float> values(TensorKey key) const { return snapshot.find(key)->values; }

    // Every tensor of every layer, at random; variances above 0.
    void put_random(unsigned seed) {
        std::mt19937 random(seed);
        std::uniform_real_distribution<float> signed_value(-1.0F, 1.0F);
        const auto fill = [&](TensorKey key) {
            const std::int64_t count = shape_of(network, key).element_count();
            std::vector<float> values(static_cast<std::size_t>(count));
            for (float& value : values)
                value = signed_value(random) + (key.kind == TensorKind::RunningVariance ? 1.5F : 0.0F);
            if (count > 0) put(key, std::move(values));
        };
        fill({TensorKind::Input, kInputLayer});
        for (const LayerDescription& described : network.layers)
            for (const TensorKind kind : {TensorKind::Activation, TensorKind::Weight, TensorKind::Bias,
                                          TensorKind::RunningMean, TensorKind::RunningVariance})
                fill({kind, described.id});
    }

    NetworkDescription network;
    Snapshot snapshot;
};

// A convolution written the other way round: every input value is multiplied into all the outputs it reaches.
inline std::vector<double> scatter_convolution(const LayerDescription& conv, const std::vector<float>& input,
                                               const std::vector<float>& weight) {
    const Shape& in = conv.input_shape;
    const Shape& out = conv.output_shape;
    const Shape& kernel = conv.weight_shape;
    std::vector<double> output(static_cast<std::size_t>(out.element_count()), 0.0);
    const std::int64_t outputs_per_group = kernel[0] / conv.spec.groups;
    for (std::int64_t c = 0; c < in[0]; ++c)
        for (std::int64_t y = 0; y < in[1]; ++y)
            for (std::int64_t x = 0; x < in[2]; ++x)
                for (std::int64_t o = 0; o < out[0]; ++o) {
                    if (o / outputs_per_group != c / kernel[1]) continue;  // of another group
                    for (std::int64_t ky = 0; ky < kernel[2]; ++ky)
                        for (std::int64_t kx = 0; kx < kernel[3]; ++kx) {
                            const std::int64_t down = y + conv.spec.padding - ky * conv.spec.dilation;
                            const std::int64_t right = x + conv.spec.padding - kx * conv.spec.dilation;
                            if (down < 0 || right < 0 || down % conv.spec.stride || right % conv.spec.stride) continue;
                            const std::int64_t oy = down / conv.spec.stride;
                            const std::int64_t ox = right / conv.spec.stride;
                            if (oy >= out[1] || ox >= out[2]) continue;
                            const auto to = static_cast<std::size_t>((o * out[1] + oy) * out[2] + ox);
                            const auto from = static_cast<std::size_t>((c * in[1] + y) * in[2] + x);
                            const auto by = static_cast<std::size_t>(
                                ((o * kernel[1] + c % kernel[1]) * kernel[2] + ky) * kernel[3] + kx);
                            output[to] += static_cast<double>(input[from]) * static_cast<double>(weight[by]);
                        }
                }
    return output;
}

// Convolutions of 4 maps of 9x8 that differ in everything a convolution can.
inline std::vector<LayerSpec> various_convolutions() {
    return {layer("conv", LayerKind::Conv2d, 6, 3),
            layer("conv", LayerKind::Conv2d, 6, 3, 1, 1),
            layer("conv", LayerKind::Conv2d, 6, 3, 2, 2, 2),
            layer("conv", LayerKind::Conv2d, 6, 2, 3, 1, 3, 2),
            layer("conv", LayerKind::Conv2d, 8, 3, 1, 4, 2, 4),
            layer("conv", LayerKind::Conv2d, 5, 1, 2)};
}

}  // namespace convscope::test
