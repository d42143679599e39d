#include "viz/scene/place.h"

#include "engine/api/layer_kinds.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

const LayerDescription* find(const NetworkDescription& description, LayerId layer) {
    const bool known = layer.index >= 0 && layer.index < static_cast<std::int32_t>(description.layers.size());
    return known ? &description.layers[static_cast<std::size_t>(layer.index)] : nullptr;
}

// The inputs along a side that an output of an upsampling is made of. In floats, as PyTorch finds them.
struct Sources {
    std::int64_t first = 0;
    std::int64_t count = 1;
    double share_of_second = 1.0;  // of a single one too
};
Sources sources_of(const LayerSpec& spec, std::int64_t output, std::int64_t inputs) {
    const auto step = static_cast<float>(1.0 / static_cast<double>(spec.scale));
    const auto at = static_cast<float>(output);
    if (!spec.bilinear) return {std::min(static_cast<std::int64_t>(std::floor(at * step)), inputs - 1)};
    const float source = std::max(0.0F, step * (at + 0.5F) - 0.5F);
    const std::int64_t first = std::min(static_cast<std::int64_t>(source), inputs - 1);
    const float between = source - static_cast<float>(first);
    if (first + 1 == inputs || between == 0.0F) return {first};
    return {first, 2, static_cast<double>(between)};
}

}  // namespace

Shape output_shape(const NetworkDescription& description, LayerId layer) {
    if (layer == kInputLayer) return description.input_shape;
    const LayerDescription* described = find(description, layer);
    return described != nullptr ? described->output_shape : Shape{};
}

TensorKey output_key(LayerId layer) {
    return {layer == kInputLayer ? TensorKind::Input : TensorKind::Activation, layer};
}

bool contains(const Shape& shape, const Place& place) {
    if (shape.rank() == 0 || place.channel < 0 || place.channel >= shape[0]) return false;
    return place.row >= 0 && place.row < shape[1] && place.column >= 0 && place.column < shape[2];
}

std::int64_t index_of(const Shape& shape, const Place& place) {
    return (place.channel * shape[1] + place.row) * shape[2] + place.column;
}

Place place_at(LayerId layer, const Shape& shape, std::int64_t index) {
    const std::int64_t plane = shape[1] * shape[2];
    return {layer, index / plane, index % plane / shape[2], index % shape[2]};
}

Place origin_of(const NetworkDescription& description, Place place) {
    for (const LayerDescription* layer = find(description, place.layer); layer != nullptr;
         layer = find(description, place.layer)) {
        const LayerId input = layer->inputs.front();
        if (layer->spec.kind == LayerKind::Flatten && layer->input_shape.rank() == 3)
            place = place_at(input, layer->input_shape, place.channel);
        else if (role_of(layer->spec.kind) == LayerRole::HandsOn)
            place.layer = input;
        else
            break;
    }
    return place;
}

ChannelSource channel_source(const NetworkDescription& description, const LayerDescription& layer,
                             std::int64_t channel) {
    if (layer.spec.kind == LayerKind::PadChannels)
        return {layer.inputs.front(), channel - zeros_before(layer.spec, layer.input_shape[0])};
    if (layer.spec.kind == LayerKind::Concatenate)
        for (const LayerId input : layer.inputs) {
            const std::int64_t channels = output_shape(description, input)[0];
            if (channel < channels) return {input, channel};
            channel -= channels;
        }
    return {layer.inputs.front(), channel};
}

std::int64_t channels_before(const NetworkDescription& description, const LayerDescription& layer, std::size_t input) {
    if (layer.spec.kind == LayerKind::PadChannels) return zeros_before(layer.spec, layer.input_shape[0]);
    if (layer.spec.kind != LayerKind::Concatenate) return 0;
    std::int64_t before = 0;
    for (std::size_t i = 0; i < input; ++i) before += output_shape(description, layer.inputs[i])[0];
    return before;
}

CellWindow window_of(const LayerDescription& layer, std::int64_t row, std::int64_t column) {
    const LayerSpec& spec = layer.spec;
    switch (spec.kind) {
        case LayerKind::Conv2d:
        case LayerKind::MaxPool2d:
        case LayerKind::AvgPool2d:
            return {row * spec.stride - spec.padding, column * spec.stride - spec.padding, spec.kernel_size,
                    spec.kernel_size, spec.kind == LayerKind::Conv2d ? spec.dilation : 1};
        case LayerKind::ConvTranspose2d: {
            const std::int64_t before = (spec.kernel_size - 1) * spec.dilation - spec.padding;
            return {row - before, column - before, spec.kernel_size, spec.kernel_size, spec.dilation, spec.stride};
        }
        case LayerKind::PadChannels:
            return {row * spec.stride, column * spec.stride};
        case LayerKind::Upsample: {
            const Sources rows = sources_of(spec, row, layer.input_shape[1]);
            const Sources columns = sources_of(spec, column, layer.input_shape[2]);
            return {.first_row = rows.first,
                    .first_column = columns.first,
                    .rows = rows.count,
                    .columns = columns.count,
                    .second_row = rows.share_of_second,
                    .second_column = columns.share_of_second};
        }
        case LayerKind::AdaptiveAvgPool2d:
        case LayerKind::AdaptiveMaxPool2d: {
            // PyTorch's: output i takes the inputs from floor(i * in / out) to ceil((i + 1) * in / out).
            const auto first = [](std::int64_t i, std::int64_t in, std::int64_t out) { return i * in / out; };
            const auto past = [](std::int64_t i, std::int64_t in, std::int64_t out) {
                return ((i + 1) * in + out - 1) / out;
            };
            const Shape& in = layer.input_shape;
            const Shape& out = layer.output_shape;
            const std::int64_t first_row = first(row, in[1], out[1]);
            const std::int64_t first_column = first(column, in[2], out[2]);
            return {first_row, first_column, past(row, in[1], out[1]) - first_row,
                    past(column, in[2], out[2]) - first_column, 1};
        }
        default:
            return {row, column, 1, 1, 1};
    }
}

}  // namespace convscope
