#include "engine/train/layered_network.h"

#include "engine/train/cpu_functions.h"

#include <stdexcept>

namespace convscope {
namespace {

namespace nn = torch::nn;

nn::AnyModule make_module(const LayerDescription& layer, torch::Tensor& weight, torch::Tensor& bias) {
    const LayerSpec& spec = layer.spec;
    const auto with_parameters = [&](auto module) {
        weight = module->weight;
        bias = module->bias;
        return nn::AnyModule(module);
    };
    switch (spec.kind) {
        case LayerKind::Conv2d:
            return with_parameters(
                nn::Conv2d(nn::Conv2dOptions(layer.input_shape[0], spec.output_size, spec.kernel_size)
                               .stride(spec.stride)
                               .padding(spec.padding)
                               .dilation(spec.dilation)
                               .groups(spec.groups)
                               .bias(spec.bias)));
        case LayerKind::BatchNorm: {
            const auto options =
                nn::BatchNormOptions(layer.input_shape[0]).momentum(spec.running_share).eps(spec.epsilon);
            if (layer.has_maps()) return with_parameters(nn::BatchNorm2d(options));
            return with_parameters(nn::BatchNorm1d(options));
        }
        case LayerKind::Linear:
            return with_parameters(
                nn::Linear(nn::LinearOptions(layer.input_shape[0], spec.output_size).bias(spec.bias)));
        case LayerKind::ReLU:
            return nn::AnyModule(nn::ReLU());
        case LayerKind::LeakyReLU:
            return nn::AnyModule(nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(spec.negative_slope)));
        case LayerKind::GELU:
            return nn::AnyModule(nn::GELU());
        case LayerKind::Sigmoid:
            return nn::AnyModule(nn::Sigmoid());
        case LayerKind::Tanh:
            return nn::AnyModule(nn::Tanh());
        case LayerKind::MaxPool2d:
            return nn::AnyModule(
                nn::MaxPool2d(nn::MaxPool2dOptions(spec.kernel_size).stride(spec.stride).padding(spec.padding)));
        case LayerKind::AvgPool2d:
            return nn::AnyModule(
                nn::AvgPool2d(nn::AvgPool2dOptions(spec.kernel_size).stride(spec.stride).padding(spec.padding)));
        case LayerKind::AdaptiveAvgPool2d:
            return nn::AnyModule(nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions(spec.output_size)));
        case LayerKind::Flatten:
            return nn::AnyModule(nn::Flatten());
        case LayerKind::Dropout:
            return nn::AnyModule(nn::Dropout(nn::DropoutOptions(spec.probability)));
        case LayerKind::Softmax:
            return nn::AnyModule(nn::Softmax(nn::SoftmaxOptions(/*dim=*/1)));
        case LayerKind::LogSoftmax:
            return nn::AnyModule(nn::LogSoftmax(nn::LogSoftmaxOptions(/*dim=*/1)));
        case LayerKind::Residual:
            return nn::AnyModule(nn::Identity());  // run() adds
    }
    throw std::logic_error("layer kind without a module: " + std::string(to_string(spec.kind)));
}

}  // namespace

LayeredNetwork::LayeredNetwork(NetworkDescription description, torch::Device device)
    : description_(std::move(description)), device_(device) {
    layers_.reserve(description_.layers.size());
    for (const LayerDescription& described : description_.layers) {
        Layer layer;
        layer.module = make_module(described, layer.weight, layer.bias);
        if (device_.type() != torch::kCPU) {
            layer.module.ptr()->to(device_);  // moves the parameters' data; the tensors held here are the same
        }
        layers_.push_back(std::move(layer));
        for (const LayerId input : described.inputs)
            if (input.index >= 0 && input.index + 1 != described.id.index)
                layers_[static_cast<std::size_t>(input.index)].needed_later = true;
    }
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i) layers_[i].pools_first = may_pool_first(i);
}

// Whether a layer is a ReLU whose output goes to a maximum pooling and nowhere else.
bool LayeredNetwork::may_pool_first(std::size_t index) const {
    const LayerDescription& relu = description_.layers[index];
    const LayerDescription& pool = description_.layers[index + 1];
    return relu.spec.kind == LayerKind::ReLU && pool.spec.kind == LayerKind::MaxPool2d &&
           !layers_[index].needed_later && pool.inputs.front() == relu.id &&
           relu.inputs.front().index + 1 == relu.id.index;
}

torch::Tensor LayeredNetwork::forward(torch::Tensor batch) {
    const torch::Tensor network_input = batch;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        if (!layers_[i].pools_first) {
            batch = run(i, network_input, batch);
            continue;
        }
        // The largest of rectified values is the largest value rectified, and its gradient goes the same way, to the
        // bit: so the ReLU has a quarter of the values to do.
        batch = compute(i, compute(i + 1, batch));
        ++i;
        if (layers_[i].needed_later) layers_[i].output = batch;
    }
    forget_outputs();
    return batch;
}

torch::Tensor LayeredNetwork::compute(std::size_t index, const torch::Tensor& input) {
    Layer& layer = layers_[index];
    const LayerSpec& spec = description_.layers[index].spec;
    if (device_.type() == torch::kCPU && spec.kind == LayerKind::Linear)
        return linear_in_parts(input, layer.weight, layer.bias);
    if (device_.type() == torch::kCPU && spec.kind == LayerKind::MaxPool2d && spec.kernel_size == 2 &&
        spec.stride == 2 && spec.padding == 0)
        return max_pool_2x2(input);
    return layer.module.forward(input);
}

torch::Tensor LayeredNetwork::run(std::size_t index, const torch::Tensor& network_input,
                                  const torch::Tensor& previous) {
    const LayerDescription& described = description_.layers[index];
    const auto output_of = [&](LayerId input) -> const torch::Tensor& {
        if (input == kInputLayer) return network_input;
        return input.index + 1 == described.id.index ? previous : layers_[static_cast<std::size_t>(input.index)].output;
    };
    Layer& layer = layers_[index];
    torch::Tensor output = described.inputs.size() == 2
                               ? output_of(described.inputs[0]) + output_of(described.inputs[1])
                               : compute(index, output_of(described.inputs.front()));
    if (layer.needed_later) layer.output = output;
    return output;
}

void LayeredNetwork::forget_outputs() {
    for (Layer& layer : layers_) layer.output.reset();
}

std::vector<torch::Tensor> LayeredNetwork::parameters() const {
    std::vector<torch::Tensor> all;
    for (const auto& [name, tensor] : named_parameters()) all.push_back(tensor);
    return all;
}

std::vector<std::pair<std::string, torch::Tensor>> LayeredNetwork::named_parameters() const {
    std::vector<std::pair<std::string, torch::Tensor>> all;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const std::string& name = description_.layers[i].spec.name;
        if (layers_[i].weight.defined()) all.emplace_back(name + ".weight", layers_[i].weight);
        if (layers_[i].bias.defined()) all.emplace_back(name + ".bias", layers_[i].bias);
    }
    return all;
}

std::vector<std::pair<std::string, torch::Tensor>> LayeredNetwork::named_buffers() const {
    std::vector<std::pair<std::string, torch::Tensor>> all;
    for (std::size_t i = 0; i < layers_.size(); ++i)
        for (const auto& buffer : layers_[i].module.ptr()->named_buffers())
            all.emplace_back(description_.layers[i].spec.name + "." + buffer.key(), buffer.value());
    return all;
}

torch::Tensor LayeredNetwork::buffer(LayerId layer, const std::string& name) const {
    const auto buffers = layers_[static_cast<std::size_t>(layer.index)].module.ptr()->named_buffers(/*recurse=*/false);
    const torch::Tensor* found = buffers.find(name);
    return found != nullptr ? *found : torch::Tensor();
}

Result<void> LayeredNetwork::load(const std::vector<NamedTensor>& tensors) {
    auto wanted = named_parameters();
    for (auto& buffer : named_buffers()) wanted.push_back(std::move(buffer));
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
    torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (found[i] == nullptr) continue;
        const torch::Tensor values = torch::empty(found[i]->shape, torch::kFloat32);
        std::copy(found[i]->values.begin(), found[i]->values.end(), values.data_ptr<float>());
        wanted[i].second.copy_(values);
    }
    return {};
}

torch::Tensor LayeredNetwork::probabilities(const torch::Tensor& output) const {
    switch (description_.layers.back().spec.kind) {
        case LayerKind::Softmax:
            return output;
        case LayerKind::LogSoftmax:
            return output.exp();
        default:
            return torch::softmax(output, /*dim=*/1);
    }
}

LayeredNetwork::EvaluationScope::EvaluationScope(LayeredNetwork& network) : network_(network) {
    for (Layer& layer : network_.layers_) {
        layer.was_training = layer.module.ptr()->is_training();
        layer.module.ptr()->train(false);
    }
}

LayeredNetwork::EvaluationScope::~EvaluationScope() {
    for (Layer& layer : network_.layers_) layer.module.ptr()->train(layer.was_training);
}

}  // namespace convscope
