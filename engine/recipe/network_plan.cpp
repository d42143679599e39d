#include "engine/recipe/network_plan.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <unordered_map>

namespace convscope {
namespace {

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

// Their product; nothing when it would pass kMaxValues, so that no product of user settings can overflow.
std::optional<std::int64_t> product(std::initializer_list<std::int64_t> sizes) {
    std::int64_t result = 1;
    for (std::int64_t size : sizes) {
        if (size > kMaxValues / result) return std::nullopt;
        result *= size;
    }
    return result;
}

std::string count_of(const Shape& shape) {
    return shape.rank() == 1 ? "a vector of " + shape.to_string() : "maps of " + shape.to_string();
}

bool is_pooling(LayerKind kind) { return kind == LayerKind::MaxPool2d || kind == LayerKind::AvgPool2d; }

// Walks the layers once, carrying what has been built so far.
class Planner {
public:
    Planner(const Recipe& recipe, std::string_view file_name) : recipe_(recipe), file_name_(file_name) {}

    Result<NetworkDescription> plan() {
        if (auto checked = check_recipe(); !checked) return checked.error();
        network_.input_shape = Shape{recipe_.input_channels, recipe_.input_height, recipe_.input_width};
        network_.layers.reserve(recipe_.layers.size());
        shape_ = network_.input_shape;
        for (const LayerSpec& spec : recipe_.layers)
            if (auto added = add(spec); !added) return added.error();
        if (auto checked = check_output(); !checked) return checked.error();
        return std::move(network_);
    }

private:
    Error about_recipe(const std::string& what) const {
        return invalid(file_name_.empty() ? what : std::string(file_name_) + ": " + what);
    }

    // "my.toml:12: layer 'conv2': what"
    Error about(const LayerSpec& spec, const std::string& what) const {
        std::string message(file_name_);
        if (spec.line > 0) message += (file_name_.empty() ? "line " : ":") + std::to_string(spec.line);
        if (!message.empty()) message += ": ";
        return invalid(message + "layer '" + spec.name + "': " + what);
    }

    Result<void> check_recipe() const {
        const auto count = static_cast<std::int64_t>(recipe_.layers.size());
        if (count == 0) return about_recipe("the network has no layers; add at least one [[layer]]");
        if (count > kMaxLayers)
            return about_recipe("the network has " + std::to_string(count) + " layers; at most " +
                                std::to_string(kMaxLayers) + " can be shown, remove some");
        if (std::min({recipe_.input_channels, recipe_.input_height, recipe_.input_width}) < 1)
            return about_recipe("[input]: channels, height and width must be 1 or more");
        if (!product({recipe_.input_channels, recipe_.input_height, recipe_.input_width}))
            return about_recipe("[input]: channels x height x width is more than 2^31 values; make them smaller");
        if (recipe_.class_count < 2) return about_recipe("[input]: classes must be 2 or more");
        return {};
    }

    Result<void> check_name(const LayerSpec& spec) {
        constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
        if (spec.name.empty()) return about(spec, "the name is empty; give each layer a name of its own");
        if (spec.name.find_first_not_of(kAllowed) != std::string::npos)
            return about(spec, "a layer's name has only letters, digits, '.', '_' and '-'; rename it");
        const auto [first, is_new] = lines_by_name_.emplace(spec.name, spec.line);
        if (is_new) return {};
        const std::string place = first->second > 0 ? " in line " + std::to_string(first->second) : "";
        return about(spec, "there is a layer of this name already" + place + "; names must differ, rename one");
    }

    Result<void> check_settings(const LayerSpec& spec) const {
        const bool windowed = spec.kind == LayerKind::Conv2d || is_pooling(spec.kind);
        const bool sized = spec.kind == LayerKind::Conv2d || spec.kind == LayerKind::Linear;
        const auto outside = [](std::int64_t value, std::int64_t minimum) {
            return value < minimum || value > kMaxValues;
        };
        const auto range = [&](const char* key, std::int64_t value, std::int64_t minimum) {
            return about(spec, std::string(key) + " is " + std::to_string(value) + "; it must be " +
                                   std::to_string(minimum) + " or more, and at most 2^31");
        };
        if (sized && outside(spec.output_size, 1))
            return range(spec.kind == LayerKind::Conv2d ? "channels" : "features", spec.output_size, 1);
        if (windowed && outside(spec.kernel_size, 1)) return range("kernel_size", spec.kernel_size, 1);
        if (windowed && outside(spec.stride, 1)) return range("stride", spec.stride, 1);
        if (windowed && outside(spec.padding, 0)) return range("padding", spec.padding, 0);
        if (is_pooling(spec.kind) && spec.padding > spec.kernel_size / 2)
            return about(spec, "padding " + std::to_string(spec.padding) +
                                   " is more than half of the pooling window of " + std::to_string(spec.kernel_size) +
                                   ", which would pool nothing but padding; use " +
                                   std::to_string(spec.kernel_size / 2) + " or less");
        if (spec.kind == LayerKind::Dropout && !(spec.probability >= 0.0 && spec.probability < 1.0))
            return about(spec, "probability must be 0 or more and below 1");
        if (spec.kind == LayerKind::LeakyReLU && !std::isfinite(spec.negative_slope))
            return about(spec, "negative_slope must be a finite number");
        return {};
    }

    Result<void> add(const LayerSpec& spec) {
        if (auto checked = check_name(spec); !checked) return checked;
        if (auto checked = check_settings(spec); !checked) return checked;

        LayerDescription layer;
        layer.id = LayerId{static_cast<std::int32_t>(network_.layers.size())};
        layer.spec = spec;
        layer.input_shape = shape_;
        layer.output_shape = shape_;
        layer.receptive_field = field_;
        if (auto shaped = shape(layer); !shaped) return shaped;
        if (!product({layer.output_shape[0], layer.output_shape[1], layer.output_shape[2]}))
            return about(spec, "its output of " + layer.output_shape.to_string() +
                                   " has more than 2^31 values; use fewer channels or features, or a larger stride");
        if (auto counted = count_parameters(layer); !counted) return counted;

        shape_ = layer.output_shape;
        field_ = layer.receptive_field;
        network_.layers.push_back(std::move(layer));
        return {};
    }

    // Output shape, weight and bias shapes, receptive field.
    Result<void> shape(LayerDescription& layer) const {
        switch (layer.spec.kind) {
            case LayerKind::Conv2d:
            case LayerKind::MaxPool2d:
            case LayerKind::AvgPool2d:
                return slide_window(layer);
            case LayerKind::Linear: {
                if (auto flat = needs_vector(layer); !flat) return flat;
                layer.output_shape = Shape{layer.spec.output_size};
                layer.weight_shape = Shape{layer.spec.output_size, layer.input_shape[0]};
                if (layer.spec.bias) layer.bias_shape = Shape{layer.spec.output_size};
                see_everything(layer);
                return {};
            }
            case LayerKind::Softmax:
            case LayerKind::LogSoftmax: {
                if (auto flat = needs_vector(layer); !flat) return flat;
                see_everything(layer);  // through the sum over all values
                return {};
            }
            case LayerKind::Flatten:
                layer.output_shape = Shape{layer.input_shape.element_count()};
                return {};
            case LayerKind::ReLU:
            case LayerKind::LeakyReLU:
            case LayerKind::GELU:
            case LayerKind::Sigmoid:
            case LayerKind::Tanh:
            case LayerKind::Dropout:
                return {};  // value by value
        }
        return about(layer.spec, "its kind is unknown");
    }

    Result<void> needs_vector(const LayerDescription& layer) const {
        if (layer.input_shape.rank() == 1) return {};
        return about(layer.spec, "a " + std::string(to_string(layer.spec.kind)) + " layer takes a vector, but gets " +
                                     count_of(layer.input_shape) + "; add a flatten layer before it");
    }

    void see_everything(LayerDescription& layer) const {
        layer.receptive_field = {.size = std::max(recipe_.input_height, recipe_.input_width), .whole_input = true};
    }

    Result<void> slide_window(LayerDescription& layer) const {
        const LayerSpec& spec = layer.spec;
        const std::string kind(to_string(spec.kind));
        if (!layer.has_maps())
            return about(spec, "a " + kind + " layer takes maps (channels x height x width), but gets " +
                                   count_of(layer.input_shape) + "; move it before the flatten layer");
        const std::int64_t height = layer.input_shape[1] + 2 * spec.padding;
        const std::int64_t width = layer.input_shape[2] + 2 * spec.padding;
        if (spec.kernel_size > std::min(height, width)) {
            const std::string padded = spec.padding > 0 ? ", padding included" : "";
            return about(spec, "its kernel of " + std::to_string(spec.kernel_size) + "x" +
                                   std::to_string(spec.kernel_size) + " is larger than its input of " +
                                   std::to_string(height) + "x" + std::to_string(width) + padded +
                                   "; use a smaller kernel_size or more padding, or pool less before it");
        }
        const bool convolution = spec.kind == LayerKind::Conv2d;
        const std::int64_t channels = convolution ? spec.output_size : layer.input_shape[0];
        layer.output_shape = Shape{channels, (height - spec.kernel_size) / spec.stride + 1,
                                   (width - spec.kernel_size) / spec.stride + 1};
        if (convolution) {
            layer.weight_shape = Shape{channels, layer.input_shape[0], spec.kernel_size, spec.kernel_size};
            if (spec.bias) layer.bias_shape = Shape{channels};
        }

        // Output 0's window begins `padding` inputs before input 0 and spans kernel_size inputs, each of which is
        // `stride` pixels further on and sees `size` pixels itself.
        ReceptiveField& field = layer.receptive_field;
        field.offset -= spec.padding * field.stride;
        field.size += (spec.kernel_size - 1) * field.stride;
        field.stride *= spec.stride;
        if (field.size > kMaxValues || field.stride > kMaxValues || -field.offset > kMaxValues)
            return about(spec, "it sees more than 2^31 pixels along a side; use smaller strides and kernels");
        return {};
    }

    Result<void> count_parameters(LayerDescription& layer) {
        if (!layer.has_weight()) return {};
        const Shape& weight = layer.weight_shape;
        const auto weights = product({weight[0], weight[1], weight[2], weight[3]});
        if (weights) layer.parameter_count = *weights + layer.bias_shape.element_count();
        network_.parameter_count += layer.parameter_count;
        if (!weights || network_.parameter_count > kMaxValues)
            return about(layer.spec,
                         "with its weights of " + weight.to_string() +
                             " the network has more than 2^31 parameters; make it, or what it takes, smaller");
        return {};
    }

    Result<void> check_output() const {
        const LayerDescription& last = network_.layers.back();
        const std::string classes = std::to_string(recipe_.class_count);
        if (last.output_shape.rank() != 1)
            return about(last.spec, "the last layer must give one value per class (" + classes + "), but it gives " +
                                        count_of(last.output_shape) + "; end with a flatten and a linear layer");
        if (last.output_shape[0] != recipe_.class_count)
            return about(last.spec, "the last layer gives " + last.output_shape.to_string() +
                                        " values, but [input] has " + classes +
                                        " classes; make the last linear layer's features and the classes equal");
        if (recipe_.loss == LossKind::NegativeLogLikelihood && last.spec.kind != LayerKind::LogSoftmax)
            return about(last.spec,
                         "the loss \"nll\" takes logarithms of probabilities; add a log_softmax layer at the "
                         "end, or use the loss \"cross_entropy\"");
        return {};
    }

    const Recipe& recipe_;
    const std::string_view file_name_;
    std::unordered_map<std::string_view, int> lines_by_name_;
    NetworkDescription network_;
    Shape shape_;           // of what the next layer gets
    ReceptiveField field_;  // likewise
};

}  // namespace

Result<NetworkDescription> plan_network(const Recipe& recipe, std::string_view file_name) {
    return Planner(recipe, file_name).plan();
}

}  // namespace convscope
