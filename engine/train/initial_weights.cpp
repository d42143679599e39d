#include "engine/train/initial_weights.h"

#include "engine/api/layer_kinds.h"

#include <cmath>

namespace convscope {
namespace {

void draw_evenly(torch::Tensor tensor, double bound, const torch::Generator& generator) {
    if (tensor.device().type() == torch::kCPU)
        tensor.uniform_(-bound, bound, generator);
    else
        tensor.copy_(torch::empty(tensor.sizes(), torch::kFloat32).uniform_(-bound, bound, generator));
}

}  // namespace

void draw_initial_weights(Network& network, torch::Generator generator) {
    const torch::NoGradGuard no_grad;
    // He et al., "Delving Deep into Rectifiers", 2015, equation 15, for a leaky ReLU of the slope that PyTorch chose;
    // biases within the inverse root of what a unit takes in. In PyTorch's order of operations.
    const double slope = std::sqrt(5);
    const double gain = std::sqrt(2.0 / (1.0 + std::pow(slope, 2)));
    for (const LayerDescription& layer : network.description().layers) {
        if (role_of(layer.spec.kind) != LayerRole::Weighs || !layer.owns_weights()) continue;
        const torch::Tensor& weight = network.weight(layer.id);
        const double inputs_root = std::sqrt(weight.numel() / weight.size(0));
        draw_evenly(weight, std::sqrt(3.0) * (gain / inputs_root), generator);
        if (layer.has_bias()) draw_evenly(network.bias(layer.id), 1 / inputs_root, generator);
    }
}

}  // namespace convscope
