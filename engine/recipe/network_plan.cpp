#include "engine/recipe/network_plan.h"

#include "engine/api/layer_kinds.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {
namespace {

Error invalid(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

constexpr std::size_t kMaxNesting = 16;  // residual layers within residual layers

bool is_pooling(LayerKind kind) { return kind == LayerKind::MaxPool2d || kind == LayerKind::AvgPool2d; }

// Walks the layers once, carrying what has been built so far.
class Planner {
public:
    Planner(const Recipe& recipe, std::string_view file_name) : recipe_(recipe), file_name_(file_name) {}

    Result<NetworkDescription> plan() {
        if (auto checked = check_recipe(); !checked) return checked.error();
        network_.input_shape = Shape{recipe_.input_channels, recipe_.input_height, recipe_.input_width};
        network_.layers.reserve(recipe_.layers.size());
        collect_names(recipe_.layers, "");
        for (const LayerSpec& spec : recipe_.layers)
            if (auto added = add(spec); !added) return added.error();
        if (auto checked = check_output(); !checked) return checked.error();
        if (auto checked = check_ends(); !checked) return checked.error();
        return std::move(network_);
    }

private:
    void collect_names(const std::vector<LayerSpec>& layers, const std::string& prefix) {
        for (const LayerSpec& layer : layers) {
            const std::string full_name = prefix + layer.name;
            all_names_.push_back(full_name);
            collect_names(layer.body, full_name + '.');
            collect_names(layer.shortcut, full_name + '.');
        }
    }

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

    Result<void> add(const LayerSpec& spec) {
        const std::string full_name = prefixes_.back() + spec.name;
        if (static_cast<std::int64_t>(network_.layers.size()) >= kMaxLayers)
            return about(spec, "the network has more than " + std::to_string(kMaxLayers) +
                                   " layers; that is as many as can be shown, remove some");
        if (auto checked = check_name(spec, full_name); !checked) return checked;
        if (auto checked = check_settings(spec); !checked) return checked;
        Result<std::vector<LayerId>> inputs = inputs_of(spec);
        if (!inputs) return inputs.error();
        LayerDescription layer;
        layer.spec = spec;
        layer.spec.name = full_name;
        layer.spec.body.clear();
        layer.spec.shortcut.clear();
        if (spec.kind == LayerKind::Residual) {
            Result<std::vector<LayerId>> ends = add_paths(spec, inputs.value().front());
            if (!ends) return ends.error();
            inputs = std::move(ends);
        }
        if (auto shaped = shape(layer, std::move(inputs).value()); !shaped) return about(spec, shaped.error().message);
        if (!product({layer.output_shape[0], layer.output_shape[1], layer.output_shape[2]}))
            return about(spec, "its output of " + layer.output_shape.to_string() +
                                   " has more than 2^31 values; use fewer channels or features, or a larger stride");
        if (auto shared = share_weights(spec, layer); !shared) return shared;
        if (auto counted = count_parameters(layer); !counted) return counted;

        end_ = layer.id = LayerId{static_cast<std::int32_t>(network_.layers.size())};
        network_.layers.push_back(std::move(layer));
        return {};
    }

    Result<void> shape(LayerDescription& layer, std::vector<LayerId> inputs) const {
        if (role_of(layer.spec.kind) == LayerRole::Joins) return shape_joint(layer, network_, std::move(inputs));
        layer.input_shape = network_.input_shape;
        if (inputs.front() != kInputLayer) {
            const LayerDescription& input = network_.layers[static_cast<std::size_t>(inputs.front().index)];
            layer.input_shape = input.output_shape;
            layer.receptive_field = input.receptive_field;
        }
        layer.output_shape = layer.input_shape;
        layer.inputs = std::move(inputs);
        return shape_layer(layer, std::max(recipe_.input_height, recipe_.input_width));
    }

    // Both paths of a residual layer, from the same beginning; where they end.
    Result<std::vector<LayerId>> add_paths(const LayerSpec& spec, LayerId begin) {
        if (prefixes_.size() > kMaxNesting)
            return about(spec, "residual layers are nested more than " + std::to_string(kMaxNesting) +
                                   " deep; write them one after the other");
        if (spec.body.empty())
            return about(spec, "a residual layer has no layers within; add at least one [[layer.body]]");
        prefixes_.push_back(prefixes_.back() + spec.name + '.');
        std::vector<LayerId> ends;
        for (const auto* path : {&spec.body, &spec.shortcut}) {
            end_ = begin;
            for (const LayerSpec& inner : *path)
                if (auto added = add(inner); !added) return added.error();
            ends.push_back(end_);
        }
        prefixes_.pop_back();
        return ends;
    }

    // Whose outputs the layer takes: those it names, or else the one before it.
    Result<std::vector<LayerId>> inputs_of(const LayerSpec& spec) const {
        const bool several = takes_several(spec.kind);
        const std::string kind(to_string(spec.kind));
        if (several && spec.inputs.size() < 2)
            return about(spec, "its kind, " + kind +
                                   ", joins what several layers give; name them, as in input = [\"conv1\", \"conv2\"]");
        if (!several && spec.inputs.size() > 1)
            return about(spec, "its kind, " + kind + ", takes what one layer gives, but it names " +
                                   std::to_string(spec.inputs.size()) +
                                   "; join them in a concatenate or add layer before it");
        if (spec.inputs.size() > kMaxInputs)
            return about(spec, "it joins " + std::to_string(spec.inputs.size()) + " inputs, more than " +
                                   std::to_string(kMaxInputs) + "; join some of them in a layer before it");
        if (spec.inputs.empty()) return std::vector<LayerId>{end_};
        std::vector<LayerId> inputs;
        for (const std::string& name : spec.inputs) {
            const std::optional<LayerId> input = find(name);
            if (!input && name != kInputName) return no_such_layer(spec, "input", name);
            inputs.push_back(input.value_or(kInputLayer));
        }
        return inputs;
    }

    // The earlier layer of that name: within the same residual layer, else around it, and so on outwards.
    std::optional<LayerId> find(const std::string& name) const {
        for (auto prefix = prefixes_.rbegin(); prefix != prefixes_.rend(); ++prefix)
            if (const LayerDescription* layer = network_.find(*prefix + name)) return layer->id;
        return std::nullopt;
    }

    Error no_such_layer(const LayerSpec& spec, const std::string& key, const std::string& name) const {
        const std::string said = key + " names '" + name + "', ";
        for (const std::string& prefix : prefixes_) {
            if (prefix + name == prefixes_.back() + spec.name)
                return about(spec, said + "which is this layer itself; name an earlier one");
            if (std::find(all_names_.begin(), all_names_.end(), prefix + name) != all_names_.end())
                return about(spec, said + "which comes later; name an earlier layer, or write that one before this");
        }
        return about(spec, said + "and there is no such layer; name one before this" +
                               (key == "input" ? ", or \"" + std::string(kInputName) + "\" for the picture" : ""));
    }

    Result<void> share_weights(const LayerSpec& spec, LayerDescription& layer) const {
        if (spec.weights_of.empty()) return {};
        if (!layer.has_weight()) return about(spec, "it has no weights; take weights_of out");
        const std::optional<LayerId> found = find(spec.weights_of);
        if (!found) return no_such_layer(spec, "weights_of", spec.weights_of);
        const LayerDescription& other = network_.layers[static_cast<std::size_t>(found->index)];
        const auto described = [](const LayerDescription& one) {
            return std::string(to_string(one.spec.kind)) + ", " +
                   (one.has_weight() ? "weights of " + one.weight_shape.to_string() : "no weights") +
                   (one.has_bias() ? ", biases of " + one.bias_shape.to_string() : "");
        };
        if (described(other) != described(layer))
            return about(spec, "it uses the weights of '" + spec.weights_of + "' (" + described(other) +
                                   "), but would need others (" + described(layer) +
                                   "); make kind, channels and settings alike, or take weights_of out");
        layer.weights_of = other.weights_of.value_or(other.id);
        return {};
    }

    Result<void> count_parameters(LayerDescription& layer) {
        if (!layer.owns_weights()) return {};
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

    // Nothing may be computed in vain: it would learn nothing.
    Result<void> check_ends() const {
        std::vector<bool> taken(network_.layers.size(), false);
        for (const LayerDescription& layer : network_.layers)
            for (const LayerId input : layer.inputs)
                if (input != kInputLayer) taken[static_cast<std::size_t>(input.index)] = true;
        for (std::size_t i = 0; i + 1 < taken.size(); ++i)
            if (!taken[i])
                return about(network_.layers[i].spec,
                             "no layer takes what it gives; name it as another layer's input, or take it out");
        return {};
    }

    const Recipe& recipe_;
    const std::string_view file_name_;
    std::unordered_map<std::string, int> lines_by_name_;
    std::vector<std::string> all_names_;        // of the recipe's layers, earlier and later ones
    std::vector<std::string> prefixes_ = {""};  // of names within each residual layer around, the outermost first
    NetworkDescription network_;
    LayerId end_ = kInputLayer;  // whose output the next layer takes
};

}  // namespace

Result<NetworkDescription> plan_network(const Recipe& recipe, std::string_view file_name) {
    return Planner(recipe, file_name).plan();
}

}  // namespace convscope
