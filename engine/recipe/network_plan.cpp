#include "engine/recipe/network_plan.h"

#include "engine/api/layer_kinds.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

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

constexpr int kMaxNesting = 16;  // residual layers within residual layers

bool is_pooling(LayerKind kind) { return kind == LayerKind::MaxPool2d || kind == LayerKind::AvgPool2d; }

// Walks the layers once, carrying what has been built so far.
class Planner {
public:
    Planner(const Recipe& recipe, std::string_view file_name) : recipe_(recipe), file_name_(file_name) {}

    Result<NetworkDescription> plan() {
        if (auto checked = check_recipe(); !checked) return checked.error();
        network_.input_shape = Shape{recipe_.input_channels, recipe_.input_height, recipe_.input_width};
        network_.layers.reserve(recipe_.layers.size());
        end_.shape = network_.input_shape;
        for (const LayerSpec& spec : recipe_.layers)
            if (auto added = add(spec, ""); !added) return added.error();
        if (auto checked = check_output(); !checked) return checked.error();
        return std::move(network_);
    }

private:
    // Where the next layer would be attached.
    struct End {
        LayerId layer = kInputLayer;
        Shape shape;
        ReceptiveField field;
    };

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
        if (std::min({recipe_.input_channels, recipe_.input_height, recipe_.input_width}) < 1)
            return about_recipe("[input]: channels, height and width must be 1 or more");
        if (!product({recipe_.input_channels, recipe_.input_height, recipe_.input_width}))
            return about_recipe("[input]: channels x height x width is more than 2^31 values; make them smaller");
        if (recipe_.input_transposed && recipe_.input_height != recipe_.input_width)
            return about_recipe(
                "[input]: transpose is for square pictures; make height and width alike, or take it out");
        if (recipe_.class_count < 2) return about_recipe("[input]: classes must be 2 or more");
        for (const auto* values : {&recipe_.input_mean, &recipe_.input_deviation})
            if (values->size() != 1 && static_cast<std::int64_t>(values->size()) != recipe_.input_channels)
                return about_recipe("[input]: mean and deviation must each be one number, or one for each of the " +
                                    std::to_string(recipe_.input_channels) + " channels");
        return {};
    }

    Result<void> check_name(const LayerSpec& spec, const std::string& full_name) {
        constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
        if (spec.name.empty()) return about(spec, "the name is empty; give each layer a name of its own");
        if (spec.name.find_first_not_of(kAllowed) != std::string::npos)
            return about(spec, "a layer's name has only letters, digits, '.', '_' and '-'; rename it");
        const auto [first, is_new] = lines_by_name_.emplace(full_name, spec.line);
        if (is_new) return {};
        const std::string place = first->second > 0 ? " in line " + std::to_string(first->second) : "";
        return about(spec, "there is a layer of this name already" + place + "; names must differ, rename one");
    }

    Result<void> check_settings(const LayerSpec& spec) const {
        for (const LayerSetting& setting : row_of(spec.kind).settings) {
            if (std::holds_alternative<bool LayerSpec::*>(setting.value)) continue;
            const double value = value_of(setting, spec);
            const std::string key(setting.key);
            if (const auto* whole = std::get_if<std::int64_t LayerSpec::*>(&setting.value)) {
                if (setting.rule.holds(value) && spec.*(*whole) <= kMaxValues) continue;
                return about(spec, key + " is " + std::to_string(spec.*(*whole)) + "; " +
                                       std::string(setting.rule.text) + ", and at most 2^31");
            }
            if (!std::isfinite(value)) return about(spec, key + " is not a finite number; write one");
            if (!setting.rule.holds(value))
                return about(spec, key + " is out of range; " + std::string(setting.rule.text));
        }
        if (is_pooling(spec.kind) && spec.padding > spec.kernel_size / 2)
            return about(spec, "padding " + std::to_string(spec.padding) +
                                   " is more than half of the pooling window of " + std::to_string(spec.kernel_size) +
                                   ", which would pool nothing but padding; use " +
                                   std::to_string(spec.kernel_size / 2) + " or less");
        if (spec.kind != LayerKind::Residual && !(spec.body.empty() && spec.shortcut.empty()))
            return about(spec, "only a residual layer has layers within; make its kind \"residual\"");
        return {};
    }

    Result<void> add(const LayerSpec& spec, const std::string& prefix) {
        const std::string full_name = prefix + spec.name;
        if (static_cast<std::int64_t>(network_.layers.size()) >= kMaxLayers)
            return about(spec, "the network has more than " + std::to_string(kMaxLayers) +
                                   " layers; that is as many as can be shown, remove some");
        if (auto checked = check_name(spec, full_name); !checked) return checked;
        if (auto checked = check_settings(spec); !checked) return checked;
        LayerDescription layer;
        layer.spec = spec;
        layer.spec.name = full_name;
        layer.spec.body.clear();
        layer.spec.shortcut.clear();
        if (spec.kind == LayerKind::Residual) {
            if (auto joined = add_paths(spec, full_name + ".", layer); !joined) return joined;
        } else {
            layer.inputs = {end_.layer};
            layer.input_shape = layer.output_shape = end_.shape;
            layer.receptive_field = end_.field;
            if (auto shaped = shape(layer); !shaped) return shaped;
        }
        if (!product({layer.output_shape[0], layer.output_shape[1], layer.output_shape[2]}))
            return about(spec, "its output of " + layer.output_shape.to_string() +
                                   " has more than 2^31 values; use fewer channels or features, or a larger stride");
        if (auto counted = count_parameters(layer); !counted) return counted;

        layer.id = LayerId{static_cast<std::int32_t>(network_.layers.size())};
        end_ = {layer.id, layer.output_shape, layer.receptive_field};
        network_.layers.push_back(std::move(layer));
        return {};
    }

    // Both paths of a residual layer, from the same beginning; then what their sum looks like.
    Result<void> add_paths(const LayerSpec& spec, const std::string& prefix, LayerDescription& layer) {
        if (prefix_depth_ == kMaxNesting)
            return about(spec, "residual layers are nested more than " + std::to_string(kMaxNesting) +
                                   " deep; write them one after the other");
        if (spec.body.empty())
            return about(spec, "a residual layer has no layers within; add at least one [[layer.body]]");
        ++prefix_depth_;
        const End begin = end_;
        for (const LayerSpec& inner : spec.body)
            if (auto added = add(inner, prefix); !added) return added;
        const End body = std::exchange(end_, begin);
        for (const LayerSpec& inner : spec.shortcut)
            if (auto added = add(inner, prefix); !added) return added;
        const End shortcut = end_;
        --prefix_depth_;

        if (body.shape != shortcut.shape)
            return about(spec, "its layers give " + count_of(body.shape) + ", but its shortcut " +
                                   count_of(shortcut.shape) +
                                   "; they are added, so give the shortcut a 1x1 convolution ([[layer.shortcut]]) or "
                                   "the layers another size");
        layer.inputs = {body.layer, shortcut.layer};
        layer.input_shape = layer.output_shape = body.shape;
        // The square around both paths' squares.
        ReceptiveField& field = layer.receptive_field;
        field = body.field;
        field.offset = std::min(body.field.offset, shortcut.field.offset);
        field.size =
            std::max(body.field.offset + body.field.size, shortcut.field.offset + shortcut.field.size) - field.offset;
        if (body.field.whole_input || shortcut.field.whole_input) see_everything(layer);
        return {};
    }

    // Output shape, weight and bias shapes, receptive field.
    Result<void> shape(LayerDescription& layer) const {
        switch (layer.spec.kind) {
            case LayerKind::Conv2d:
            case LayerKind::MaxPool2d:
            case LayerKind::AvgPool2d:
                return slide_window(layer);
            case LayerKind::AdaptiveAvgPool2d:
            case LayerKind::AdaptiveMaxPool2d:
                return divide_into_windows(layer);
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
            case LayerKind::Residual:
                break;  // add_paths()
        }
        return about(layer.spec, "its kind is unknown");
    }

    Result<void> needs_vector(const LayerDescription& layer) const {
        if (layer.input_shape.rank() == 1) return {};
        return about(layer.spec, "a " + std::string(to_string(layer.spec.kind)) + " layer takes a vector, but gets " +
                                     count_of(layer.input_shape) + "; add a flatten layer before it");
    }

    Result<void> needs_maps(const LayerDescription& layer) const {
        if (layer.has_maps()) return {};
        const std::string_view kind = to_string(layer.spec.kind);
        const bool vowel = std::string_view("aeiou").find(kind.front()) != std::string_view::npos;
        return about(layer.spec, std::string(vowel ? "an " : "a ") + std::string(kind) +
                                     " layer takes maps (channels x height x width), but gets " +
                                     count_of(layer.input_shape) + "; move it before the flatten layer");
    }

    // By mean and variance of the one picture's own values. That each of them is seen through these, faintly, is left
    // out of the receptive field, as is usual: it would be the whole picture from there on.
    Result<void> normalise(LayerDescription& layer) const {
        const LayerSpec& spec = layer.spec;
        const Shape& shape = layer.input_shape;
        if (spec.kind == LayerKind::InstanceNorm)
            if (auto maps = needs_maps(layer); !maps) return maps;
        if (spec.kind == LayerKind::GroupNorm && shape[0] % spec.groups != 0)
            return about(spec, "its " + std::to_string(shape[0]) + " channels cannot be divided into " +
                                   std::to_string(spec.groups) + " groups; use a number that divides them");
        if (normalised_channels(spec, shape[0]) * shape[1] * shape[2] == 1)
            return about(spec,
                         "it would normalise every value by itself alone, which leaves 0; give it larger maps or "
                         "fewer groups, or take it out");
        if (spec.kind == LayerKind::LayerNorm)
            layer.weight_shape = layer.bias_shape = shape;
        else if (spec.kind == LayerKind::GroupNorm || spec.affine)
            layer.weight_shape = layer.bias_shape = Shape{shape[0]};
        return {};
    }

    void see_everything(LayerDescription& layer) const {
        layer.receptive_field = {.size = std::max(recipe_.input_height, recipe_.input_width), .whole_input = true};
    }

    Result<void> slide_window(LayerDescription& layer) const {
        const LayerSpec& spec = layer.spec;
        if (auto maps = needs_maps(layer); !maps) return maps;
        const std::int64_t height = layer.input_shape[1] + 2 * spec.padding;
        const std::int64_t width = layer.input_shape[2] + 2 * spec.padding;
        const std::int64_t span = (spec.kernel_size - 1) * spec.dilation + 1;
        if (span > std::min(height, width)) {
            const std::string padded = spec.padding > 0 ? ", padding included" : "";
            const std::string dilated = spec.dilation > 1 ? ", dilation included," : "";
            return about(spec, "its kernel of " + std::to_string(span) + "x" + std::to_string(span) + dilated +
                                   " is larger than its input of " + std::to_string(height) + "x" +
                                   std::to_string(width) + padded +
                                   "; use a smaller kernel_size or more padding, or pool less before it");
        }
        const bool convolution = spec.kind == LayerKind::Conv2d;
        const std::int64_t channels = convolution ? spec.output_size : layer.input_shape[0];
        layer.output_shape = Shape{channels, (height - span) / spec.stride + 1, (width - span) / spec.stride + 1};
        if (convolution) {
            if (channels % spec.groups != 0 || layer.input_shape[0] % spec.groups != 0)
                return about(spec, "its " + std::to_string(layer.input_shape[0]) + " channels in and " +
                                       std::to_string(channels) + " out cannot be divided into " +
                                       std::to_string(spec.groups) + " groups; use a number that divides both");
            layer.weight_shape =
                Shape{channels, layer.input_shape[0] / spec.groups, spec.kernel_size, spec.kernel_size};
            if (spec.bias) layer.bias_shape = Shape{channels};
        }

        // Output 0's window begins `padding` inputs before input 0 and spans `span` inputs, each of which is `stride`
        // pixels further on and sees `size` pixels itself.
        ReceptiveField& field = layer.receptive_field;
        field.offset -= spec.padding * field.stride;
        field.size += (span - 1) * field.stride;
        field.stride *= spec.stride;
        if (field.size > kMaxValues || field.stride > kMaxValues || -field.offset > kMaxValues)
            return about(spec, "it sees more than 2^31 pixels along a side; use smaller strides and kernels");
        return {};
    }

    // PyTorch's adaptive windows: output i takes the inputs from floor(i * in / out) to ceil((i + 1) * in / out).
    Result<void> divide_into_windows(LayerDescription& layer) const {
        const LayerSpec& spec = layer.spec;
        if (auto maps = needs_maps(layer); !maps) return maps;
        const std::int64_t side = spec.output_size;
        if (side > std::min(layer.input_shape[1], layer.input_shape[2]))
            return about(spec, "its size of " + std::to_string(side) + " is larger than its input of " +
                                   layer.input_shape.to_string() + "; use a smaller one");
        layer.output_shape = Shape{layer.input_shape[0], side, side};
        const std::int64_t in = std::max(layer.input_shape[1], layer.input_shape[2]);
        std::int64_t widest = 0;
        for (std::int64_t i = 0; i < side; ++i)
            widest = std::max(widest, ((i + 1) * in + side - 1) / side - i * in / side);
        ReceptiveField& field = layer.receptive_field;
        field.size += (widest - 1) * field.stride;
        field.stride *= in / side;
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
    std::unordered_map<std::string, int> lines_by_name_;
    NetworkDescription network_;
    End end_;
    int prefix_depth_ = 0;
};

}  // namespace

Result<NetworkDescription> plan_network(const Recipe& recipe, std::string_view file_name) {
    return Planner(recipe, file_name).plan();
}

}  // namespace convscope
