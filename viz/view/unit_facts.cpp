#include "viz/view/unit_facts.h"

#include "engine/api/layer_kinds.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace convscope {

std::span<const float> filter_of(const LayerDescription& layer, const TensorCapture* capture, std::int64_t channel) {
    const bool in_rows = layer.spec.kind == LayerKind::Conv2d || layer.spec.kind == LayerKind::Linear;
    if (!in_rows || capture == nullptr || channel < 0 || channel >= capture->shape[0]) return {};
    const std::size_t size = capture->values.size() / static_cast<std::size_t>(capture->shape[0]);
    return std::span(capture->values).subspan(static_cast<std::size_t>(channel) * size, size);
}

double norm_of(std::span<const float> values) {
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0.0;
    for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(sum);
}

Histogram histogram_of(std::span<const float> values) {
    Histogram histogram;
    histogram.add(values);
    return histogram;
}

LayerId rectifier_of(const NetworkDescription& network, LayerId layer) {
    while (layer.index >= 0 && layer.index < std::ssize(network.layers)) {
        const LayerDescription& described = network.layers[static_cast<std::size_t>(layer.index)];
        if (described.spec.kind == LayerKind::ReLU) return layer;
        const bool weighs = role_of(described.spec.kind) == LayerRole::Weighs;
        if (!weighs && described.spec.kind != LayerKind::BatchNorm) return kInputLayer;
        // Who takes its values: one layer that has as many channels, or who knows.
        LayerId next = kInputLayer;
        int takers = 0;
        for (const LayerDescription& other : network.layers)
            if (std::find(other.inputs.begin(), other.inputs.end(), layer) != other.inputs.end()) {
                next = other.id;
                ++takers;
            }
        if (takers != 1) return kInputLayer;
        const LayerKind kind = network.layers[static_cast<std::size_t>(next.index)].spec.kind;
        if (kind != LayerKind::ReLU && kind != LayerKind::BatchNorm) return kInputLayer;
        layer = next;
    }
    return kInputLayer;
}

bool is_dead(const NetworkDescription& network, const TopPatches& patches, LayerId layer, std::int64_t channel) {
    const LayerId rectifier = rectifier_of(network, layer);
    if (rectifier == kInputLayer) return false;
    const std::span<const TopPatch> most = patches.most(rectifier, channel);
    return !most.empty() && most.front().value <= 0.0F;
}

std::int64_t strongest_input(const FilterBiography& biography) {
    if (biography.moments.empty() || biography.shape.rank() < 3) return 0;
    const std::span<const float> now = biography.moments.back().weights;
    const auto size = static_cast<std::size_t>(biography.shape[1] * biography.shape[2]);
    std::int64_t strongest = 0;
    double longest = -1.0;
    for (std::int64_t input = 0; input < biography.shape[0]; ++input) {
        const double length = norm_of(now.subspan(static_cast<std::size_t>(input) * size, size));
        if (!(length > longest)) continue;
        longest = length;
        strongest = input;
    }
    return strongest;
}

}  // namespace convscope
