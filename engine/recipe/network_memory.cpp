#include "engine/recipe/network_memory.h"

#include "engine/api/layer_kinds.h"

#include <algorithm>
#include <string>

namespace convscope {
namespace {

constexpr double kValueBytes = 4.0;  // everything is a 32-bit float

// What a window shows of a layer: its weights, their gradient and update; its output, likewise three times. And how
// often each is there.
constexpr int kShown = 3;
constexpr int kCopiesShown = 4;

// As many values as its parameters that the optimizer keeps.
int optimizer_copies(const OptimizerSpec& optimizer) {
    if (optimizer.is_adam()) return 2;
    return (optimizer.kind == OptimizerKind::RmsProp ? 1 : 0) + (optimizer.momentum > 0.0 ? 1 : 0);
}

// Of a layer's parameters, in passing: the new gradient before it is added to the old one, or the optimizer's quotient,
// for which Adam and RMSprop take a root first.
int passing_copies(const OptimizerSpec& optimizer) { return optimizer.kind == OptimizerKind::Sgd ? 1 : 2; }

double batch_bytes(const Shape& shape, std::int64_t pictures) {
    return kValueBytes * static_cast<double>(pictures) * static_cast<double>(shape.element_count());
}

std::string name_of(const LayerDescription& layer, std::int64_t pictures) {
    const std::string weights = layer.has_weight() ? "weights of " + layer.weight_shape.to_string() + ", " : "";
    return "layer '" + layer.spec.name + "' (" + weights + std::to_string(pictures) +
           (pictures == 1 ? " output of " : " outputs of ") + layer.output_shape.to_string() + ")";
}

// What of it is the layer's own.
double layer_memory(const Recipe& recipe, const LayerDescription& layer, NetworkUse use, std::int64_t pictures) {
    const double output = batch_bytes(layer.output_shape, pictures);
    const double weights = kValueBytes * static_cast<double>(layer.parameter_count);
    if (use == NetworkUse::Answering) return weights;
    const int trained = 2 + optimizer_copies(recipe.optimizer);  // with their gradients
    const int saved = 2 * (trained - 1);                         // which are not; a copy, and the file's bytes
    const double shown = use == NetworkUse::Watched ? kCopiesShown * kShown * batch_bytes(layer.output_shape, 1) : 0.0;
    return (trained + saved) * weights + row_of(layer.spec.kind).outputs_kept * output + shown;
}

// What it needs in passing, or while it is looked at.
double passing_memory(const Recipe& recipe, const LayerDescription& layer, NetworkUse use, std::int64_t pictures) {
    const double values = batch_bytes(layer.input_shape, pictures) + batch_bytes(layer.output_shape, pictures);
    if (use == NetworkUse::Answering) return values;
    const double weights = kValueBytes * static_cast<double>(layer.parameter_count);
    const double shown = use == NetworkUse::Watched ? kCopiesShown * kShown * weights : 0.0;
    // Convolutions, whose weights alone have four dimensions, have their input and output in another order besides.
    return shown + passing_copies(recipe.optimizer) * weights + (layer.weight_shape.rank() == 4 ? 2 : 1) * values;
}

}  // namespace

double network_memory(const Recipe& recipe, const NetworkDescription& plan, NetworkUse use, std::int64_t pictures) {
    double all = batch_bytes(plan.input_shape, pictures);
    double passing = 0.0;
    for (const LayerDescription& layer : plan.layers) {
        all += layer_memory(recipe, layer, use, pictures);
        passing = std::max(passing, passing_memory(recipe, layer, use, pictures));
    }
    return all + passing;
}

Result<void> check_network_memory(const Recipe& recipe, const NetworkDescription& plan, NetworkUse use,
                                  std::int64_t pictures, std::int64_t available) {
    if (plan.layers.empty()) return {};
    const auto share = [&](const LayerDescription& layer) {
        return layer_memory(recipe, layer, use, pictures) + passing_memory(recipe, layer, use, pictures);
    };
    const auto largest =
        std::max_element(plan.layers.begin(), plan.layers.end(),
                         [&](const LayerDescription& a, const LayerDescription& b) { return share(a) < share(b); });
    const bool training = use != NetworkUse::Answering;
    const std::string doing = use == NetworkUse::Watched ? "training, saving and showing " : "training and saving ";
    return check_memory(network_memory(recipe, plan, use, pictures),
                        "recipe '" + recipe.name + "': " + name_of(*largest, pictures) + " takes " +
                            memory_text(share(*largest)) + ", and " + (training ? doing : "") + "the whole network",
                        training ? "make the layer or [training] batch_size smaller" : "take a smaller network",
                        available);
}

}  // namespace convscope
