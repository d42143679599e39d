#include "engine/recipe/network_memory.h"

#include <algorithm>
#include <string>

namespace convscope {
namespace {

constexpr double kValueBytes = 4.0;  // everything is a 32-bit float

// As many values as its parameters that the optimizer keeps.
int optimizer_copies(const OptimizerSpec& optimizer) {
    if (optimizer.is_adam()) return 2;
    return (optimizer.kind == OptimizerKind::RmsProp ? 1 : 0) + (optimizer.momentum > 0.0 ? 1 : 0);
}

// Whether the backward pass needs memory for the layer's output. The others' are computed in passing, from what is kept
// of their neighbours.
bool keeps_output(LayerKind kind) {
    switch (kind) {
        case LayerKind::Conv2d:
        case LayerKind::Linear:
        case LayerKind::BatchNorm:
        case LayerKind::MaxPool2d:
        case LayerKind::AvgPool2d:
        case LayerKind::AdaptiveAvgPool2d:
            return true;
        default:
            return false;
    }
}

std::string name_of(const LayerDescription& layer, std::int64_t pictures) {
    const std::string weights = layer.has_weight() ? "weights of " + layer.weight_shape.to_string() + ", " : "";
    return "layer '" + layer.spec.name + "' (" + weights + std::to_string(pictures) +
           (pictures == 1 ? " output of " : " outputs of ") + layer.output_shape.to_string() + ")";
}

}  // namespace

Result<void> check_network_memory(const Recipe& recipe, const NetworkDescription& plan, NetworkUse use,
                                  std::int64_t pictures, std::int64_t available) {
    const bool training = use == NetworkUse::Training;
    const auto batch_bytes = [&](const Shape& shape) {
        return kValueBytes * static_cast<double>(pictures) * static_cast<double>(shape.element_count());
    };
    const double copies = training ? 2 + optimizer_copies(recipe.optimizer) : 1;
    double all = batch_bytes(plan.input_shape);
    double widest = 0.0;  // of what one layer takes in passing
    double most = 0.0;
    const LayerDescription* largest = nullptr;
    for (const LayerDescription& layer : plan.layers) {
        const double weights = kValueBytes * copies * static_cast<double>(layer.parameter_count);
        const double output = batch_bytes(layer.output_shape);
        const bool kept = training && keeps_output(layer.spec.kind);
        all += weights + (kept ? output : 0.0);
        if (!kept) widest = std::max(widest, output);
        if (weights + output <= most) continue;
        most = weights + output;
        largest = &layer;
    }
    if (largest == nullptr) return {};
    return check_memory(all + widest,
                        "recipe '" + recipe.name + "': " + name_of(*largest, pictures) + " takes " + memory_text(most) +
                            ", and the whole network",
                        training ? "make the layer or [training] batch_size smaller" : "take a smaller network",
                        available);
}

}  // namespace convscope
