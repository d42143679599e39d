#include "engine/api/activations.h"

#include "engine/api/layer_kinds.h"

#include <utility>

namespace convscope {
namespace {

LayerSpec in_its_place(const LayerSpec& layer, LayerSpec other) {
    other.name = layer.name;
    other.inputs = layer.inputs;
    return other;
}

}  // namespace

bool is_identity(const LayerSpec& layer) { return layer.kind == LayerKind::LeakyReLU && layer.negative_slope == 1.0; }

bool is_swappable(const LayerSpec& layer) {
    return role_of(layer.kind) == LayerRole::Activates && !may_have_weights(layer.kind);
}

std::string activation_name(const LayerSpec& layer) {
    return is_identity(layer) ? "identity" : std::string(to_string(layer.kind));
}

LayerSpec with_activation(const LayerSpec& layer, LayerKind kind) {
    LayerSpec usual = row_of(kind).usual;
    usual.kind = kind;
    return in_its_place(layer, std::move(usual));
}

LayerSpec with_identity(const LayerSpec& layer) {
    return in_its_place(layer, {.kind = LayerKind::LeakyReLU, .negative_slope = 1.0});
}

}  // namespace convscope
