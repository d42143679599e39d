#include "viz/scene/layer_values.h"

#include "engine/api/layer_kinds.h"

#include <cstdint>

namespace convscope {

std::size_t parameter_index(const LayerDescription& layer, const Place& place) {
    if (layer.weight_shape == layer.output_shape) return static_cast<std::size_t>(index_of(layer.output_shape, place));
    return layer.weight_shape.element_count() == 1 ? 0 : static_cast<std::size_t>(place.channel);
}

Kernels kernels_of(const LayerDescription& layer) {
    const Shape& shape = layer.weight_shape;
    if (shape.rank() != 4) return {.outputs = shape[0]};
    const std::int64_t groups = layer.spec.groups;
    const std::int64_t size = shape[2] * shape[3];
    if (layer.spec.kind == LayerKind::ConvTranspose2d) return {groups, shape[0] / groups, shape[1], size, true};
    return {groups, shape[1], shape[0] / groups, size, false};
}

Moments moments_around(const LayerDescription& layer, const Place& place, std::span<const float> inputs) {
    const Shape& shape = layer.input_shape;
    const std::int64_t channels = normalised_channels(layer.spec, shape[0]);
    const auto count = static_cast<std::size_t>(channels * shape[1] * shape[2]);
    const auto first = static_cast<std::size_t>(place.channel / channels) * count;
    const std::span<const float> group = inputs.subspan(first, count);
    Moments moments;
    for (const float value : group) moments.mean += static_cast<double>(value);
    moments.mean /= static_cast<double>(count);
    for (const float value : group) {
        const double distance = static_cast<double>(value) - moments.mean;
        moments.variance += distance * distance;
    }
    moments.variance /= static_cast<double>(count);
    return moments;
}

}  // namespace convscope
