// A recipe's network as an ordered list of named layers. LibTorch's modules have no forward hooks, so the layers are
// looped over here, and whoever wants to see a layer's output stands between two of them.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"
#include "engine/formats/network_weights.h"

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

namespace convscope {

class LayeredNetwork {
public:
    // Draws the initial weights from LibTorch's default generator, layer by layer, as PyTorch's own modules do.
    // Throws c10::Error.
    LayeredNetwork(NetworkDescription description, torch::Device device);

    const NetworkDescription& description() const { return description_; }
    torch::Device device() const { return device_; }

    // N,C,H,W to N,classes.
    torch::Tensor forward(torch::Tensor batch);

    // Likewise, with the same bits in outputs and gradients, and calls `observe(LayerId, const torch::Tensor& output)`
    // after every layer.
    template <typename Observe>
    torch::Tensor forward_observed(torch::Tensor batch, Observe observe) {
        const torch::Tensor network_input = batch;
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            batch = run(i, network_input, batch);
            observe(description_.layers[i].id, batch);
        }
        forget_outputs();
        return batch;
    }

    // Undefined tensors where the layer has none.
    const torch::Tensor& weight(LayerId layer) const { return layers_[static_cast<std::size_t>(layer.index)].weight; }
    const torch::Tensor& bias(LayerId layer) const { return layers_[static_cast<std::size_t>(layer.index)].bias; }

    // Batch norm's "running_mean" and "running_var"; undefined where the layer has nothing of that name.
    torch::Tensor buffer(LayerId layer, const std::string& name) const;

    // Every weight and bias, in forward order; and the same with PyTorch's names, "conv1.weight".
    std::vector<torch::Tensor> parameters() const;
    std::vector<std::pair<std::string, torch::Tensor>> named_parameters() const;

    // What is not learned but belongs to the weights: batch norm's "norm1.running_mean" and its like, forward order.
    std::vector<std::pair<std::string, torch::Tensor>> named_buffers() const;

    // Takes these values, found by their names, for every weight, bias and running value. NotFound and InvalidArgument
    // name what is missing or has another shape, and then nothing has changed. How many minibatches a batch norm has
    // seen may be missing: nothing is computed from it.
    Result<void> load(const std::vector<NamedTensor>& tensors);

    // Class scores that sum to 1, from forward()'s output, whatever the last layer is.
    torch::Tensor probabilities(const torch::Tensor& output) const;

    // While it lives, the network is in evaluation mode and no gradient is recorded; then every module's own mode is
    // back.
    class EvaluationScope {
    public:
        explicit EvaluationScope(LayeredNetwork& network);
        ~EvaluationScope();
        EvaluationScope(const EvaluationScope&) = delete;
        EvaluationScope& operator=(const EvaluationScope&) = delete;

    private:
        LayeredNetwork& network_;
        torch::NoGradGuard no_grad_;
    };

private:
    struct Layer {
        torch::nn::AnyModule module;
        torch::Tensor weight;
        torch::Tensor bias;
        bool was_training = true;   // remembered by EvaluationScope
        bool needed_later = false;  // by another layer than the next one
        bool pools_first = false;   // a ReLU that may change places with the maximum pooling behind it
        torch::Tensor output;       // while it is needed, within one forward pass
    };

    // A layer's output for an input of its own.
    torch::Tensor compute(std::size_t index, const torch::Tensor& input);
    // The output of a layer, given that of the layer before it.
    torch::Tensor run(std::size_t index, const torch::Tensor& network_input, const torch::Tensor& previous);
    void forget_outputs();
    bool may_pool_first(std::size_t index) const;

    NetworkDescription description_;
    torch::Device device_;
    std::vector<Layer> layers_;
};

}  // namespace convscope
