#include "engine/recipe/layer_shape.h"

#include "engine/api/layer_kinds.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace convscope {
namespace {

Error refusal(std::string sentence) { return {ErrorCode::InvalidArgument, std::move(sentence)}; }

std::string square(std::int64_t side) { return std::to_string(side) + "x" + std::to_string(side); }

// Whole pixels of a distance that may have parts of one, where outputs are finer than pixels; no more than
// check_field() needs to refuse it.
constexpr double kFar = 4.0 * static_cast<double>(kMaxValues);
std::int64_t pixels_up(double distance) {
    return static_cast<std::int64_t>(std::ceil(std::clamp(distance, -kFar, kFar)));
}
std::int64_t pixels_down(double distance) {
    return static_cast<std::int64_t>(std::floor(std::clamp(distance, -kFar, kFar)));
}

Result<void> needs_vector(const LayerDescription& layer) {
    if (layer.input_shape.rank() == 1) return {};
    return refusal("a " + std::string(to_string(layer.spec.kind)) + " layer takes a vector, but gets " +
                   count_of(layer.input_shape) + "; add a flatten layer before it");
}

Result<void> needs_maps(const LayerDescription& layer) {
    if (layer.has_maps()) return {};
    const std::string_view kind = to_string(layer.spec.kind);
    const bool vowel = std::string_view("aeiou").find(kind.front()) != std::string_view::npos;
    return refusal(std::string(vowel ? "an " : "a ") + std::string(kind) +
                   " layer takes maps (channels x height x width), but gets " + count_of(layer.input_shape) +
                   "; move it before the flatten layer");
}

void see_everything(LayerDescription& layer, std::int64_t input_side) {
    layer.receptive_field = {.size = input_side, .whole_input = true};
}

// By mean and variance of the one picture's own values. That each of them is seen through these, faintly, is left
// out of the receptive field, as is usual: it would be the whole picture from there on.
Result<void> normalise(LayerDescription& layer) {
    const LayerSpec& spec = layer.spec;
    const Shape& shape = layer.input_shape;
    if (spec.kind == LayerKind::InstanceNorm)
        if (auto maps = needs_maps(layer); !maps) return maps;
    if (spec.kind == LayerKind::GroupNorm && shape[0] % spec.groups != 0)
        return refusal("its " + std::to_string(shape[0]) + " channels cannot be divided into " +
                       std::to_string(spec.groups) + " groups; use a number that divides them");
    if (normalised_channels(spec, shape[0]) * shape[1] * shape[2] == 1)
        return refusal(
            "it would normalise every value by itself alone, which leaves 0; give it larger maps or fewer groups, or "
            "take it out");
    if (spec.kind == LayerKind::LayerNorm)
        layer.weight_shape = layer.bias_shape = shape;
    else if (spec.kind == LayerKind::GroupNorm || spec.affine)
        layer.weight_shape = layer.bias_shape = Shape{shape[0]};
    return {};
}

Result<void> check_groups(const LayerDescription& layer) {
    const LayerSpec& spec = layer.spec;
    if (spec.output_size % spec.groups == 0 && layer.input_shape[0] % spec.groups == 0) return {};
    return refusal("its " + std::to_string(layer.input_shape[0]) + " channels in and " +
                   std::to_string(spec.output_size) + " out cannot be divided into " + std::to_string(spec.groups) +
                   " groups; use a number that divides both");
}

// Output 0's window begins `first` inputs from input 0 and spans `count` inputs, each of which is field.stride pixels
// further on and sees field.size pixels itself.
void widen(ReceptiveField& field, std::int64_t first, std::int64_t count) {
    field.offset += pixels_down(static_cast<double>(first) * field.stride);
    field.size += pixels_up(static_cast<double>(count - 1) * field.stride);
}

Result<void> check_field(const ReceptiveField& field) {
    if (field.size <= kMaxValues && field.stride <= static_cast<double>(kMaxValues) && -field.offset <= kMaxValues)
        return {};
    return refusal("it sees more than 2^31 pixels along a side; use smaller strides and kernels");
}

Result<void> slide_window(LayerDescription& layer) {
    const LayerSpec& spec = layer.spec;
    if (auto maps = needs_maps(layer); !maps) return maps;
    const std::int64_t height = layer.input_shape[1] + 2 * spec.padding;
    const std::int64_t width = layer.input_shape[2] + 2 * spec.padding;
    const std::int64_t span = (spec.kernel_size - 1) * spec.dilation + 1;
    if (span > std::min(height, width)) {
        const std::string padded = spec.padding > 0 ? ", padding included" : "";
        const std::string dilated = spec.dilation > 1 ? ", dilation included," : "";
        return refusal("its kernel of " + square(span) + dilated + " is larger than its input of " +
                       std::to_string(height) + "x" + std::to_string(width) + padded +
                       "; use a smaller kernel_size or more padding, or pool less before it");
    }
    const bool convolution = spec.kind == LayerKind::Conv2d;
    const std::int64_t channels = convolution ? spec.output_size : layer.input_shape[0];
    layer.output_shape = Shape{channels, (height - span) / spec.stride + 1, (width - span) / spec.stride + 1};
    if (convolution) {
        if (auto divided = check_groups(layer); !divided) return divided;
        layer.weight_shape = Shape{channels, layer.input_shape[0] / spec.groups, spec.kernel_size, spec.kernel_size};
        if (spec.bias) layer.bias_shape = Shape{channels};
    }
    widen(layer.receptive_field, -spec.padding, span);
    layer.receptive_field.stride *= static_cast<double>(spec.stride);
    return check_field(layer.receptive_field);
}

// Each input is multiplied into a square of outputs, `stride` further on for the next one; where squares overlap they
// are added. Weights as PyTorch has them: inputs first.
Result<void> spread_window(LayerDescription& layer) {
    const LayerSpec& spec = layer.spec;
    if (auto maps = needs_maps(layer); !maps) return maps;
    if (auto divided = check_groups(layer); !divided) return divided;
    if (spec.output_padding >= std::max(spec.stride, spec.dilation))
        return refusal("output_padding " + std::to_string(spec.output_padding) +
                       " is not smaller than its stride or its dilation, of which one has to be larger; use a smaller "
                       "one");
    const auto span = product({spec.kernel_size - 1, spec.dilation});
    std::int64_t sides[2];
    for (int i = 0; i < 2; ++i) {
        const auto spread = product({layer.input_shape[i + 1] - 1, spec.stride});
        if (!span || !spread) return refusal("its output has more than 2^31 values along a side; use a smaller stride");
        sides[i] = *spread + *span + 1 + spec.output_padding - 2 * spec.padding;
        if (sides[i] < 1)
            return refusal("its padding of " + std::to_string(spec.padding) +
                           " cuts off everything that it makes of an input of " + layer.input_shape.to_string() +
                           "; use a smaller padding");
    }
    layer.output_shape = Shape{spec.output_size, sides[0], sides[1]};
    layer.weight_shape =
        Shape{layer.input_shape[0], spec.output_size / spec.groups, spec.kernel_size, spec.kernel_size};
    if (spec.bias) layer.bias_shape = Shape{spec.output_size};

    // Input i's square begins at output i * stride - padding: output 0 is in those of the inputs from the first whose
    // square, `span` and one long, reaches so far.
    ReceptiveField& field = layer.receptive_field;
    const std::int64_t missing = spec.padding - *span;  // outputs that the square of input 0 ends before output 0
    widen(field, missing > 0 ? (missing + spec.stride - 1) / spec.stride : missing / spec.stride,
          *span / spec.stride + 1);
    field.stride /= static_cast<double>(spec.stride);
    return check_field(field);
}

Result<void> scale_up(LayerDescription& layer) {
    const LayerSpec& spec = layer.spec;
    if (auto maps = needs_maps(layer); !maps) return maps;
    const auto height = product({layer.input_shape[1], spec.scale});
    const auto width = product({layer.input_shape[2], spec.scale});
    if (!height || !width) return refusal("its output has more than 2^31 values along a side; use a smaller scale");
    layer.output_shape = Shape{layer.input_shape[0], *height, *width};
    if (spec.bilinear && spec.scale > 1) widen(layer.receptive_field, -1, 2);
    layer.receptive_field.stride /= static_cast<double>(spec.scale);
    return check_field(layer.receptive_field);
}

Result<void> pad_channels(LayerDescription& layer) {
    const LayerSpec& spec = layer.spec;
    if (auto maps = needs_maps(layer); !maps) return maps;
    if (spec.output_size < layer.input_shape[0])
        return refusal("its " + std::to_string(spec.output_size) + " channels are fewer than the " +
                       std::to_string(layer.input_shape[0]) + " that it gets; use as many, or more");
    layer.output_shape = Shape{spec.output_size, (layer.input_shape[1] - 1) / spec.stride + 1,
                               (layer.input_shape[2] - 1) / spec.stride + 1};
    layer.receptive_field.stride *= static_cast<double>(spec.stride);
    return check_field(layer.receptive_field);
}

// PyTorch's adaptive windows: output i takes the inputs from floor(i * in / out) to ceil((i + 1) * in / out).
Result<void> divide_into_windows(LayerDescription& layer) {
    const LayerSpec& spec = layer.spec;
    if (auto maps = needs_maps(layer); !maps) return maps;
    const std::int64_t side = spec.output_size;
    if (side > std::min(layer.input_shape[1], layer.input_shape[2]))
        return refusal("its size of " + std::to_string(side) + " is larger than its input of " +
                       layer.input_shape.to_string() + "; use a smaller one");
    layer.output_shape = Shape{layer.input_shape[0], side, side};
    const std::int64_t in = std::max(layer.input_shape[1], layer.input_shape[2]);
    std::int64_t widest = 0;
    for (std::int64_t i = 0; i < side; ++i) widest = std::max(widest, ((i + 1) * in + side - 1) / side - i * in / side);
    widen(layer.receptive_field, 0, widest);
    layer.receptive_field.stride *= static_cast<double>(in / side);
    return {};
}

const LayerDescription* find(const NetworkDescription& network, LayerId layer) {
    return layer == kInputLayer ? nullptr : &network.layers[static_cast<std::size_t>(layer.index)];
}

// What a joint says of two inputs that do not go together.
Error do_not_fit(const LayerDescription& layer, const std::string& first, const Shape& one, const std::string& other,
                 const Shape& two) {
    if (layer.spec.kind == LayerKind::Residual)
        return refusal("its layers give " + count_of(one) + ", but its shortcut " + count_of(two) +
                       "; they are added, so give the shortcut a 1x1 convolution ([[layer.shortcut]]) or the layers "
                       "another size");
    const bool adds = layer.spec.kind == LayerKind::Add;
    return refusal(first + " gives " + count_of(one) + ", but " + other + ' ' + count_of(two) +
                   (adds ? "; what is added has to have one shape, so change one of them"
                         : "; what is joined may differ in its channels alone, so give one of them another stride, "
                           "padding or scale"));
}

}  // namespace

std::optional<std::int64_t> product(std::initializer_list<std::int64_t> sizes) {
    std::int64_t result = 1;
    for (std::int64_t size : sizes) {
        if (size > kMaxValues / std::max<std::int64_t>(result, 1)) return std::nullopt;
        result *= size;
    }
    return result;
}

std::string count_of(const Shape& shape) {
    return shape.rank() == 1 ? "a vector of " + shape.to_string() : "maps of " + shape.to_string();
}

Result<void> shape_layer(LayerDescription& layer, std::int64_t input_side) {
    switch (layer.spec.kind) {
        case LayerKind::Conv2d:
        case LayerKind::MaxPool2d:
        case LayerKind::AvgPool2d:
            return slide_window(layer);
        case LayerKind::ConvTranspose2d:
            return spread_window(layer);
        case LayerKind::AdaptiveAvgPool2d:
        case LayerKind::AdaptiveMaxPool2d:
            return divide_into_windows(layer);
        case LayerKind::Upsample:
            return scale_up(layer);
        case LayerKind::PadChannels:
            return pad_channels(layer);
        case LayerKind::BatchNorm:
            layer.weight_shape = layer.bias_shape = Shape{layer.input_shape[0]};
            return {};
        case LayerKind::GroupNorm:
        case LayerKind::LayerNorm:
        case LayerKind::InstanceNorm:
            return normalise(layer);
        case LayerKind::PReLU:
            layer.weight_shape = Shape{layer.spec.per_channel ? layer.input_shape[0] : 1};
            return {};
        case LayerKind::Linear: {
            if (auto flat = needs_vector(layer); !flat) return flat;
            layer.output_shape = Shape{layer.spec.output_size};
            layer.weight_shape = Shape{layer.spec.output_size, layer.input_shape[0]};
            if (layer.spec.bias) layer.bias_shape = Shape{layer.spec.output_size};
            see_everything(layer, input_side);
            return {};
        }
        case LayerKind::Softmax:
        case LayerKind::LogSoftmax: {
            if (auto flat = needs_vector(layer); !flat) return flat;
            see_everything(layer, input_side);  // through the sum over all values
            return {};
        }
        case LayerKind::Flatten:
            layer.output_shape = Shape{layer.input_shape.element_count()};
            return {};
        case LayerKind::ReLU:
        case LayerKind::LeakyReLU:
        case LayerKind::ELU:
        case LayerKind::GELU:
        case LayerKind::SiLU:
        case LayerKind::Softplus:
        case LayerKind::Sigmoid:
        case LayerKind::Tanh:
        case LayerKind::Dropout:
            return {};  // value by value
        case LayerKind::Dropout2d:
            return needs_maps(layer);
        case LayerKind::Concatenate:
        case LayerKind::Add:
        case LayerKind::Residual:
            break;  // shape_joint()
    }
    return refusal("its kind is unknown");
}

Result<void> shape_joint(LayerDescription& layer, const NetworkDescription& network, std::vector<LayerId> inputs) {
    const auto name_of = [&](LayerId input) {
        const LayerDescription* one = find(network, input);
        return one == nullptr ? "the network's input" : "'" + one->spec.name + "'";
    };
    const auto shape_of = [&](LayerId input) {
        const LayerDescription* one = find(network, input);
        return one == nullptr ? network.input_shape : one->output_shape;
    };
    const Shape first = shape_of(inputs.front());
    const bool joins_channels = layer.spec.kind == LayerKind::Concatenate;
    std::int64_t channels = 0;
    for (const LayerId input : inputs) {
        const Shape shape = shape_of(input);
        const bool fits = joins_channels ? shape.rank() == first.rank() && shape[1] == first[1] && shape[2] == first[2]
                                         : shape == first;
        if (!fits) return do_not_fit(layer, name_of(inputs.front()), first, name_of(input), shape);
        channels += shape[0];
    }
    layer.inputs = std::move(inputs);
    layer.output_shape = first;
    if (joins_channels) layer.output_shape = first.rank() == 1 ? Shape{channels} : Shape{channels, first[1], first[2]};
    layer.input_shape = layer.output_shape;

    // The square around all inputs' squares.
    const auto field_of = [&](LayerId input) {
        const LayerDescription* one = find(network, input);
        return one == nullptr ? ReceptiveField{} : one->receptive_field;
    };
    ReceptiveField& field = layer.receptive_field;
    field = field_of(layer.inputs.front());
    for (const LayerId input : layer.inputs) {
        const ReceptiveField other = field_of(input);
        const std::int64_t end = std::max(field.offset + field.size, other.offset + other.size);
        field.offset = std::min(field.offset, other.offset);
        field.size = end - field.offset;
        if (other.whole_input) field.whole_input = true;
    }
    if (field.whole_input) see_everything(layer, std::max(network.input_shape[1], network.input_shape[2]));
    return {};
}

}  // namespace convscope
