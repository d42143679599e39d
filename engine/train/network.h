// A recipe's network: its tensors, and a forward pass of plain functions over them. It shares nothing with any other
// network and asks nothing of the process: no modules with a mode of their own, no generator but the one handed in, no
// switch of LibTorch's. LibTorch's modules have no forward hooks either: the layers are looped over here, and whoever
// wants to see a layer's output stands between two of them.
#pragma once

#include "engine/api/interventions.h"
#include "engine/api/network_description.h"
#include "engine/core/result.h"
#include "engine/formats/network_weights.h"
#include "engine/train/cpu_convolution.h"

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

// PyTorch's train() and eval(), said with each pass.
enum class NetworkMode : std::uint8_t {
    Training,    // dropout drops; batch norm goes by the minibatch, and moves its running values
    Evaluation,  // dropout hands on; batch norm goes by its running values
};

// Called after every layer, in forward order, with its output for the whole minibatch.
using LayerObserver = std::function<void(LayerId, const torch::Tensor& output)>;

struct ForwardPass {
    NetworkMode mode = NetworkMode::Evaluation;
    torch::Generator generator = {};  // on the CPU, dropout's; needed in Training where the network has any
    LayerObserver observer = {};      // changes no bit of outputs and gradients
    // What is set, between a layer's function and the observer. Of layers and channels that there are.
    std::span<const Intervention> interventions = {};
};

class Network {
public:
    // Draws from no generator: weights and biases are 0, norms and PReLUs are as PyTorch's begin, until
    // draw_initial_weights() (initial_weights.h) or load() gives them other values. Throws c10::Error.
    Network(NetworkDescription description, torch::Device device);
    Network(Network&&) = default;
    Network& operator=(Network&&) = default;

    // Another one with the same values in memory of its own.
    Network clone() const;
    // The same values in the same memory, of which no gradients are had: those of its input cost no more than they
    // must.
    Network without_gradients() const;
    // The same tensors, computed with as that says, which differs in activations alone.
    void describe_as(NetworkDescription description);
    // The values of another one of the same description, into the memory that stands.
    void take(const Network& other);

    const NetworkDescription& description() const { return description_; }
    torch::Device device() const { return device_; }

    // N,C,H,W to N,classes. Several threads may be in it at once; but who is in Training writes batch norm's running
    // values, which nobody may read or write meanwhile. Whether gradients can be had of it is said by the calling
    // thread's grad mode, as everywhere in LibTorch. Throws c10::Error, and std::logic_error without the generator that
    // it needs.
    torch::Tensor forward(torch::Tensor batch, const ForwardPass& pass) const;

    // What it answers, without gradients: forward() in Evaluation.
    torch::Tensor answer(torch::Tensor batch, LayerObserver observer = {},
                         std::span<const Intervention> interventions = {}) const;

    // Class scores that sum to 1, from forward()'s output, whatever the last layer is.
    torch::Tensor probabilities(const torch::Tensor& output) const;

    // Undefined tensors where the layer has none. Running values are batch norm's.
    const torch::Tensor& weight(LayerId layer) const { return tensors_of(layer).weight; }
    const torch::Tensor& bias(LayerId layer) const { return tensors_of(layer).bias; }
    const torch::Tensor& running_mean(LayerId layer) const { return tensors_of(layer).running_mean; }
    const torch::Tensor& running_variance(LayerId layer) const { return tensors_of(layer).running_variance; }

    // Every weight and bias once, in forward order; and the same with PyTorch's names, "conv1.weight".
    std::vector<torch::Tensor> parameters() const;
    std::vector<std::pair<std::string, torch::Tensor>> named_parameters() const;

    // The parameters, and behind them what is not learned but belongs to the weights: batch norm's
    // "norm1.running_mean" and its like, in forward order. With their values the network is the same.
    std::vector<std::pair<std::string, torch::Tensor>> named_tensors() const;

    // Takes these values, found by their names, for every weight, bias and running value. NotFound and InvalidArgument
    // name what is missing or has another shape, and then nothing has changed. How many minibatches a batch norm has
    // seen may be missing: nothing is computed from it.
    Result<void> load(const std::vector<NamedTensor>& tensors);

private:
    Network(const Network&) = default;
    struct Layer {
        torch::Tensor weight;
        torch::Tensor bias;
        torch::Tensor running_mean;
        torch::Tensor running_variance;
        torch::Tensor batches_seen;
        bool needed_later = false;  // by another layer than the next one
        bool pools_first = false;   // a ReLU that may change places with the maximum pooling behind it
        ConvolutionSteps steps;     // a convolution's, with the layers behind it that it may take along
    };

    const Layer& tensors_of(LayerId layer) const { return layers_[static_cast<std::size_t>(layer.index)]; }
    // The outputs of several layers as one.
    torch::Tensor join(std::size_t index, const std::vector<torch::Tensor>& inputs) const;
    void find_steps();
    bool feeds_next_only(std::size_t index) const;
    ConvolutionSteps steps_of(std::size_t index) const;
    bool convolves_in_lanes(std::size_t index, const torch::Tensor& input) const;
    // A layer's output for an input of its own.
    torch::Tensor compute(std::size_t index, const torch::Tensor& input, const ForwardPass& pass) const;
    torch::Tensor convolve(std::size_t index, const torch::Tensor& input, NetworkMode mode) const;
    torch::Tensor normalise(std::size_t index, const torch::Tensor& input, NetworkMode mode) const;

    NetworkDescription description_;
    torch::Device device_;
    std::vector<Layer> layers_;
};

}  // namespace convscope
