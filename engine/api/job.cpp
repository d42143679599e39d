#include "engine/api/job.h"

#include <utility>

namespace convscope {
namespace {

Error cannot_be_a_job(std::string sentence) { return Error{ErrorCode::InvalidArgument, std::move(sentence)}; }

Result<void> check_channel(const NetworkDescription& network, LayerId layer, std::int64_t channel) {
    if (layer.index < 0 || layer.index >= std::ssize(network.layers))
        return cannot_be_a_job("There is no layer " + std::to_string(layer.index) + " among the network's " +
                               std::to_string(network.layers.size()) + ": select another");
    const LayerDescription& described = network.layers[static_cast<std::size_t>(layer.index)];
    if (channel < 0 || channel >= described.output_shape[0])
        return cannot_be_a_job("Layer '" + described.spec.name + "' has no channel " + std::to_string(channel) +
                               ": its channels are 0 to " + std::to_string(described.output_shape[0] - 1));
    return {};
}

struct Checker {
    const NetworkDescription& network;

    Result<void> operator()(const TopPatchesQuestion&) const { return {}; }
    Result<void> operator()(const ActivationHistogramQuestion& question) const {
        return check_channel(network, question.layer, question.channel);
    }
    Result<void> operator()(const MaximisedInputQuestion& question) const {
        if (Result<void> there = check_channel(network, question.layer, question.channel); !there.ok()) return there;
        if (question.row < 0) return {};
        const LayerDescription& layer = network.layers[static_cast<std::size_t>(question.layer.index)];
        if (question.row < layer.output_shape[1] && question.column >= 0 && question.column < layer.output_shape[2])
            return {};
        return cannot_be_a_job("Layer '" + layer.spec.name + "' has no value at row " + std::to_string(question.row) +
                               ", column " + std::to_string(question.column) + ": its maps are " +
                               std::to_string(layer.output_shape[1]) + " x " + std::to_string(layer.output_shape[2]));
    }
    Result<void> operator()(const FilterBiographyQuestion& question) const {
        if (Result<void> there = check_channel(network, question.layer, question.channel); !there.ok()) return there;
        const LayerDescription& layer = network.layers[static_cast<std::size_t>(question.layer.index)];
        if (layer.owns_weights() && (layer.spec.kind == LayerKind::Conv2d || layer.spec.kind == LayerKind::Linear))
            return {};
        return cannot_be_a_job("Layer '" + layer.spec.name +
                               "' learns no filter for each channel: select a convolution or a linear layer");
    }
};

}  // namespace

Result<void> check_question(const NetworkDescription& network, const JobQuestion& question) {
    return std::visit(Checker{network}, question);
}

}  // namespace convscope
