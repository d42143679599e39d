#include "engine/train/network.h"

#include "engine/api/layer_kinds.h"
#include "engine/train/cpu_functions.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace convscope {
namespace {

constexpr double kInitialSlope = 0.25;  // PReLU's, PyTorch's

// torch::dropout in Training, or dropout2d where `whole_maps`, to the bit, but with a generator of one's own; the
// numbers are drawn on the CPU wherever the input is, so that one generator's state is a run's (a GPU waits for them,
// which nobody has measured).
torch::Tensor drop(const torch::Tensor& input, double probability, bool whole_maps, const torch::Generator& generator) {
    if (probability == 0.0 || input.numel() == 0) return input;
    if (!generator.defined()) throw std::logic_error("a network with dropout is trained without a generator");
    const auto on_cpu = input.options().device(torch::kCPU);
    const torch::Tensor kept =
        whole_maps ? torch::empty({input.size(0), input.size(1), 1, 1}, on_cpu) : torch::empty_like(input, on_cpu);
    kept.bernoulli_(1.0 - probability, generator).div_(1.0 - probability);
    return input * kept.to(input.device());
}

// The layer's output with what is set in it.
torch::Tensor intervene(const torch::Tensor& output, LayerId layer, std::span<const Intervention> interventions) {
    std::vector<std::int64_t> across(static_cast<std::size_t>(output.dim()), 1);  // channels, beside batch and places
    across[1] = output.size(1);
    torch::Tensor is_set, value;
    for (const Intervention& one : interventions) {
        if (one.layer != layer) continue;
        if (!is_set.defined()) {
            is_set = torch::zeros(across, torch::kBool);
            value = torch::zeros(across, torch::kFloat32);
        }
        is_set.data_ptr<bool>()[one.channel] = true;
        value.data_ptr<float>()[one.channel] = one.value;
    }
    if (!is_set.defined()) return output;
    return torch::where(is_set.to(output.device()), value.to(output.device()), output);
}

bool is_pool_2x2(const LayerSpec& spec) {
    return spec.kind == LayerKind::MaxPool2d && spec.kernel_size == 2 && spec.stride == 2 && spec.padding == 0;
}

}  // namespace

Network::Network(NetworkDescription description, torch::Device device)
    : description_(std::move(description)), device_(device), layers_(description_.layers.size()) {
    const auto learned = torch::TensorOptions().dtype(torch::kFloat32).device(device_).requires_grad(true);
    const auto counted = learned.requires_grad(false);
    for (const LayerDescription& described : description_.layers) {
        Layer& layer = layers_[static_cast<std::size_t>(described.id.index)];
        for (const LayerId input : described.inputs)
            if (input.index >= 0 && input.index + 1 != described.id.index)
                layers_[static_cast<std::size_t>(input.index)].needed_later = true;
        if (described.weights_of) {
            const Layer& owner = tensors_of(*described.weights_of);
            layer.weight = owner.weight;
            layer.bias = owner.bias;
            layer.running_mean = owner.running_mean;
            layer.running_variance = owner.running_variance;
            layer.batches_seen = owner.batches_seen;
            continue;
        }
        const bool norm = role_of(described.spec.kind) == LayerRole::Normalises;
        const std::vector<std::int64_t> sizes = sizes_of(described.weight_shape);
        if (described.has_weight()) layer.weight = norm ? torch::ones(sizes, learned) : torch::zeros(sizes, learned);
        if (described.has_bias()) layer.bias = torch::zeros(sizes_of(described.bias_shape), learned);
        if (described.spec.kind == LayerKind::PReLU) layer.weight = torch::full(sizes, kInitialSlope, learned);
        if (described.spec.kind == LayerKind::BatchNorm) {
            layer.running_mean = torch::zeros(sizes, counted);
            layer.running_variance = torch::ones(sizes, counted);
            layer.batches_seen = torch::zeros({}, counted.dtype(torch::kInt64));
        }
    }
    find_steps();
}

void Network::find_steps() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const LayerKind kind = description_.layers[i].spec.kind;
        layers_[i].pools_first = kind == LayerKind::ReLU && feeds_next_only(i) &&
                                 description_.layers[i + 1].spec.kind == LayerKind::MaxPool2d;
        if (kind == LayerKind::Conv2d) layers_[i].steps = steps_of(i);
    }
}

// Whether a layer's output goes to the next one and nowhere else, and that one has no other input.
bool Network::feeds_next_only(std::size_t index) const {
    if (index + 1 == layers_.size() || layers_[index].needed_later) return false;
    const std::vector<LayerId>& inputs = description_.layers[index + 1].inputs;
    return inputs.size() == 1 && inputs.front() == description_.layers[index].id;
}

ConvolutionSteps Network::steps_of(std::size_t index) const {
    const LayerSpec& spec = description_.layers[index].spec;
    ConvolutionSteps steps{.stride = spec.stride, .padding = spec.padding};
    if (feeds_next_only(index) && description_.layers[index + 1].spec.kind == LayerKind::ReLU) {
        steps.rectified = true;
        ++index;
    }
    steps.pooled = feeds_next_only(index) && is_pool_2x2(description_.layers[index + 1].spec);
    return steps;
}

Network Network::clone() const {
    Network copy(description_, device_);
    copy.take(*this);
    return copy;
}

Network Network::without_gradients() const {
    Network view(*this);
    for (Layer& layer : view.layers_)
        for (torch::Tensor* tensor : {&layer.weight, &layer.bias})
            if (tensor->defined()) *tensor = tensor->detach();
    return view;
}

void Network::describe_as(NetworkDescription description) {
    description_ = std::move(description);
    find_steps();
}

void Network::take(const Network& other) {
    const torch::NoGradGuard no_grad;
    const auto from = other.named_tensors(), to = named_tensors();
    for (std::size_t i = 0; i < from.size(); ++i) to[i].second.copy_(from[i].second);
}

torch::Tensor Network::forward(torch::Tensor batch, const ForwardPass& pass) const {
    if (Result<void> there = check_interventions(description_, pass.interventions); !there.ok())
        throw std::logic_error(there.error().message);
    const torch::Tensor network_input = batch;
    std::vector<torch::Tensor> outputs(layers_.size());                        // those that are needed later
    const bool steps_are_seen = pass.observer || !pass.interventions.empty();  // each by itself
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const LayerDescription& described = description_.layers[i];
        const auto output_of = [&](LayerId input) -> const torch::Tensor& {
            if (input == kInputLayer) return network_input;
            return input.index + 1 == described.id.index ? batch : outputs[static_cast<std::size_t>(input.index)];
        };
        if (role_of(described.spec.kind) == LayerRole::Joins) {
            std::vector<torch::Tensor> inputs;
            for (const LayerId input : described.inputs) inputs.push_back(output_of(input));
            batch = join(i, inputs);
        } else if (layers_[i].pools_first && !steps_are_seen) {
            // The largest of rectified values is the largest value rectified, and its gradient goes the same way, to
            // the bit: so the ReLU has a quarter of the values to do.
            batch = compute(i, compute(i + 1, output_of(described.inputs.front()), pass), pass);
            ++i;
        } else if (described.spec.kind == LayerKind::Conv2d && !steps_are_seen &&
                   convolves_in_lanes(i, output_of(described.inputs.front()))) {
            const ConvolutionSteps& steps = layers_[i].steps;
            batch = convolve_in_lanes(output_of(described.inputs.front()), layers_[i].weight, layers_[i].bias, steps);
            i += (steps.rectified ? 1 : 0) + (steps.pooled ? 1 : 0);
        } else {
            batch = compute(i, output_of(described.inputs.front()), pass);
        }
        const LayerId computed = description_.layers[i].id;
        if (!pass.interventions.empty()) batch = intervene(batch, computed, pass.interventions);
        if (layers_[i].needed_later) outputs[i] = batch;
        if (pass.observer) pass.observer(computed, batch);
    }
    return batch;
}

torch::Tensor Network::answer(torch::Tensor batch, LayerObserver observer,
                              std::span<const Intervention> interventions) const {
    const torch::NoGradGuard no_grad;
    return forward(std::move(batch),
                   {.mode = NetworkMode::Evaluation, .observer = std::move(observer), .interventions = interventions});
}

torch::Tensor Network::join(std::size_t index, const std::vector<torch::Tensor>& inputs) const {
    if (description_.layers[index].spec.kind == LayerKind::Concatenate) return torch::cat(inputs, /*dim=*/1);
    torch::Tensor sum = inputs[0] + inputs[1];
    for (std::size_t i = 2; i < inputs.size(); ++i) sum = sum + inputs[i];
    return sum;
}

torch::Tensor Network::compute(std::size_t index, const torch::Tensor& input, const ForwardPass& pass) const {
    const Layer& layer = layers_[index];
    const LayerSpec& spec = description_.layers[index].spec;
    const bool on_cpu = device_.type() == torch::kCPU;
    switch (spec.kind) {
        case LayerKind::Conv2d:
            return convolve(index, input, pass.mode);
        case LayerKind::ConvTranspose2d:
            return torch::conv_transpose2d(input, layer.weight, layer.bias, spec.stride, spec.padding,
                                           spec.output_padding, spec.groups, spec.dilation);
        case LayerKind::BatchNorm:
            return normalise(index, input, pass.mode);
        case LayerKind::GroupNorm:
            return torch::group_norm(input, spec.groups, layer.weight, layer.bias, spec.epsilon);
        case LayerKind::LayerNorm:
            return torch::layer_norm(input, layer.weight.sizes(), layer.weight, layer.bias, spec.epsilon);
        case LayerKind::InstanceNorm:
            return torch::instance_norm(input, layer.weight, layer.bias, /*running_mean=*/{}, /*running_var=*/{},
                                        /*use_input_stats=*/true, /*momentum=*/0.0, spec.epsilon,
                                        /*cudnn_enabled=*/true);
        case LayerKind::Linear:
            return on_cpu ? linear_in_parts(input, layer.weight, layer.bias)
                          : torch::linear(input, layer.weight, layer.bias);
        case LayerKind::ReLU:
            return torch::relu(input);
        case LayerKind::LeakyReLU:
            return torch::leaky_relu(input, spec.negative_slope);
        case LayerKind::PReLU:
            return torch::prelu(input, layer.weight);
        case LayerKind::ELU:
            return torch::elu(input, spec.alpha);
        case LayerKind::GELU:
            return torch::gelu(input);
        case LayerKind::SiLU:
            return torch::silu(input);
        case LayerKind::Softplus:
            return torch::softplus(input, spec.beta);
        case LayerKind::Sigmoid:
            return torch::sigmoid(input);
        case LayerKind::Tanh:
            return torch::tanh(input);
        case LayerKind::MaxPool2d:
            if (on_cpu && is_pool_2x2(spec)) return max_pool_2x2(input);
            return torch::max_pool2d(input, spec.kernel_size, spec.stride, spec.padding);
        case LayerKind::AvgPool2d:
            return torch::avg_pool2d(input, spec.kernel_size, spec.stride, spec.padding);
        case LayerKind::AdaptiveAvgPool2d:
            return torch::adaptive_avg_pool2d(input, {spec.output_size, spec.output_size});
        case LayerKind::AdaptiveMaxPool2d:
            return std::get<0>(torch::adaptive_max_pool2d(input, {spec.output_size, spec.output_size}));
        case LayerKind::Upsample: {
            const double scale = static_cast<double>(spec.scale);
            return spec.bilinear ? at::upsample_bilinear2d(input, /*output_size=*/c10::nullopt, /*align_corners=*/false,
                                                           at::ArrayRef<double>{scale, scale})
                                 : at::upsample_nearest2d(input, /*output_size=*/c10::nullopt,
                                                          at::ArrayRef<double>{scale, scale});
        }
        case LayerKind::PadChannels: {
            using torch::indexing::None;
            using torch::indexing::Slice;
            const std::int64_t before = zeros_before(spec, input.size(1));
            const Slice kept(None, None, spec.stride);
            return torch::constant_pad_nd(input.index({Slice(), Slice(), kept, kept}),
                                          {0, 0, 0, 0, before, spec.output_size - input.size(1) - before});
        }
        case LayerKind::Flatten:
            return input.flatten(/*start_dim=*/1);
        case LayerKind::Dropout:
        case LayerKind::Dropout2d:
            if (pass.mode == NetworkMode::Evaluation) return input;
            return drop(input, spec.probability, spec.kind == LayerKind::Dropout2d, pass.generator);
        case LayerKind::Softmax:
            return torch::softmax(input, /*dim=*/1);
        case LayerKind::LogSoftmax:
            return torch::log_softmax(input, /*dim=*/1);
        case LayerKind::Concatenate:
        case LayerKind::Add:
        case LayerKind::Residual:
            break;  // join()
    }
    throw std::logic_error("layer kind without a function: " + std::string(to_string(spec.kind)));
}

bool Network::convolves_in_lanes(std::size_t index, const torch::Tensor& input) const {
    const LayerSpec& spec = description_.layers[index].spec;
    return spec.groups == 1 && spec.dilation == 1 &&
           convscope::convolves_in_lanes(input, layers_[index].weight, spec.stride, spec.padding);
}

torch::Tensor Network::convolve(std::size_t index, const torch::Tensor& input, NetworkMode mode) const {
    const Layer& layer = layers_[index];
    const LayerSpec& spec = description_.layers[index].spec;
    if (convolves_in_lanes(index, input))
        return convolve_in_lanes(input, layer.weight, layer.bias, {.stride = spec.stride, .padding = spec.padding});
    // oneDNN's convolutions pay for themselves on minibatches; on one small picture their set-up takes three times as
    // long as LibTorch's own convolution (38 and 12 microseconds for 10 kernels of 5x5, with LibTorch 1.13), which has
    // neither groups nor dilation. Goes when a LibTorch is as fast without being asked.
    if (mode == NetworkMode::Evaluation && input.size(0) == 1 && device_.type() == torch::kCPU && spec.groups == 1 &&
        spec.dilation == 1)
        return at::thnn_conv2d(input, layer.weight, {spec.kernel_size, spec.kernel_size}, layer.bias,
                               {spec.stride, spec.stride}, {spec.padding, spec.padding});
    return torch::conv2d(input, layer.weight, layer.bias, spec.stride, spec.padding, spec.dilation, spec.groups);
}

torch::Tensor Network::normalise(std::size_t index, const torch::Tensor& input, NetworkMode mode) const {
    namespace F = torch::nn::functional;
    const Layer& layer = layers_[index];
    const LayerSpec& spec = description_.layers[index].spec;
    const bool training = mode == NetworkMode::Training;
    if (training) {
        torch::Tensor batches_seen = layer.batches_seen;
        batches_seen += 1;
    }
    return F::batch_norm(input, layer.running_mean, layer.running_variance,
                         F::BatchNormFuncOptions()
                             .weight(layer.weight)
                             .bias(layer.bias)
                             .training(training)
                             .momentum(spec.running_share)
                             .eps(spec.epsilon));
}

torch::Tensor Network::probabilities(const torch::Tensor& output) const {
    switch (description_.layers.back().spec.kind) {
        case LayerKind::Softmax:
            return output;
        case LayerKind::LogSoftmax:
            return output.exp();
        default:
            return torch::softmax(output, /*dim=*/1);
    }
}

std::vector<torch::Tensor> Network::parameters() const {
    std::vector<torch::Tensor> all;
    for (const auto& [name, tensor] : named_parameters()) all.push_back(tensor);
    return all;
}

std::vector<std::pair<std::string, torch::Tensor>> Network::named_parameters() const {
    std::vector<std::pair<std::string, torch::Tensor>> all;
    for (const LayerDescription& described : description_.layers) {
        if (!described.owns_weights()) continue;
        all.emplace_back(described.spec.name + ".weight", weight(described.id));
        if (described.has_bias()) all.emplace_back(described.spec.name + ".bias", bias(described.id));
    }
    return all;
}

std::vector<std::pair<std::string, torch::Tensor>> Network::named_tensors() const {
    std::vector<std::pair<std::string, torch::Tensor>> all = named_parameters();
    for (const LayerDescription& described : description_.layers) {
        if (described.spec.kind != LayerKind::BatchNorm || !described.owns_weights()) continue;
        const Layer& layer = tensors_of(described.id);
        all.emplace_back(described.spec.name + ".running_mean", layer.running_mean);
        all.emplace_back(described.spec.name + ".running_var", layer.running_variance);
        all.emplace_back(described.spec.name + ".num_batches_tracked", layer.batches_seen);
    }
    return all;
}

Result<void> Network::load(const std::vector<NamedTensor>& tensors) {
    const auto wanted = named_tensors();
    std::vector<const NamedTensor*> found;
    for (const auto& [name, tensor] : wanted) {
        const auto place = std::find_if(tensors.begin(), tensors.end(),
                                        [&name = name](const NamedTensor& one) { return one.name == name; });
        found.push_back(place == tensors.end() ? nullptr : &*place);
        if (found.back() == nullptr && tensor.scalar_type() != torch::kInt64)
            return Error{ErrorCode::NotFound, "the tensor '" + name + "' is missing"};
        if (found.back() != nullptr && found.back()->shape != tensor.sizes().vec())
            return Error{ErrorCode::InvalidArgument, "'" + name + "' has the shape " + shape_text(found.back()->shape) +
                                                         ", but the network's is " + shape_text(tensor.sizes().vec())};
    }
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (found[i] == nullptr) continue;
        const torch::Tensor values = torch::empty(found[i]->shape, torch::kFloat32);
        std::copy(found[i]->values.begin(), found[i]->values.end(), values.data_ptr<float>());
        wanted[i].second.copy_(values);
    }
    return {};
}

}  // namespace convscope
