#include "engine/formats/network_weights.h"

#include "engine/formats/derived_weights.h"

#include <algorithm>
#include <cmath>

namespace convscope {
std::vector<std::int64_t> sizes_of(const Shape& shape) {
    std::vector<std::int64_t> sizes;
    for (int i = 0; i < shape.rank(); ++i) sizes.push_back(shape[i]);
    return sizes;
}

std::vector<WantedTensor> wanted_tensors(const NetworkDescription& network) {
    std::vector<WantedTensor> wanted;
    for (const LayerDescription& layer : network.layers) {
        if (!layer.owns_weights()) continue;
        const auto want = [&](const char* name, const Shape& shape) {
            wanted.push_back({layer.spec.name + name, sizes_of(shape)});
            for (const LayerDescription& other : network.layers)
                if (other.weights_of == layer.id) wanted.back().other_names.push_back(other.spec.name + name);
        };
        want(".weight", layer.weight_shape);
        if (layer.has_bias()) want(".bias", layer.bias_shape);
        if (layer.spec.kind != LayerKind::BatchNorm) continue;
        want(".running_mean", layer.weight_shape);
        want(".running_var", layer.weight_shape);
    }
    return wanted;
}

Result<NetworkWeights> match_weights(const WeightsFile& file, std::string_view name, std::string_view key,
                                     const NetworkDescription& network) {
    const WeightsQuestion question{std::string(key), wanted_tensors(network)};
    Result<FoundWeights> found = find_state_dict(file.content, name, question);
    if (!found.ok()) return found.error();
    const std::vector<WantedTensor>& wanted = question.wanted;
    StateDictMatch match = match_state_dict(wanted, found.value(), file.in_order);
    if (match.kind == StateDictMatch::Kind::None) {
        std::string text = std::string(name) + ": its weights" +
                           (found.value().key.empty() ? "" : " in " + in_quotes(found.value().key)) +
                           " are not those of the recipe's network; ";
        if (const std::optional<std::string> remedy = remedy_for_derived_weights(found.value()))
            text += *remedy;
        else
            text += std::string("name another recipe with --recipe") +
                    (found.value().others.empty() ? "" : ", or other weights with --key");
        constexpr std::size_t kNamed = 40;  // of a quite different network there are as many as it has tensors
        const std::size_t named = std::min(kNamed, match.problems.size());
        for (std::size_t i = 0; i < named; ++i) text += "\n  " + match.problems[i];
        if (named < match.problems.size()) text += "\n  and " + std::to_string(match.problems.size() - named) + " more";
        return Error{ErrorCode::InvalidArgument, std::move(text)};
    }
    NetworkWeights weights;
    weights.key = std::move(found.value().key);
    weights.others = std::move(found.value().others);
    weights.beside = values_beside(file.content, weights.key);
    weights.unread = opaque_values(file.content);
    if (match.kind == StateDictMatch::Kind::ByOrder) weights.mapping = std::move(match.mapping);
    for (std::size_t i = 0; i < wanted.size(); ++i)
        weights.tensors.push_back(
            {wanted[i].name, wanted[i].shape, found.value().tensors[match.places[i]].tensor.floats()});
    for (const std::size_t place : match.extra) weights.extra.push_back(found.value().tensors[place].name);
    std::vector<bool> used(found.value().tensors.size(), false);
    for (const std::size_t place : match.places) used[place] = true;
    for (const std::size_t place : match.repeated) used[place] = true;
    for (std::size_t i = 0; i < used.size(); ++i)
        if (const FoundTensor& one = found.value().tensors[i]; !used[i] && !is_batch_count(one.name))
            weights.unread.emplace_back(
                one.name, "a tensor of " + shape_text(one.tensor.shape) + " that is no part of the network");
    return weights;
}

Result<NetworkWeights> load_weights(const std::filesystem::path& path, std::string_view key,
                                    const NetworkDescription& network) {
    const Result<WeightsFile> file = read_weights_file(path);
    if (!file.ok()) return file.error();
    return match_weights(file.value(), path.string(), key, network);
}

std::optional<std::string> not_finite(const NetworkWeights& weights) {
    for (const NamedTensor& tensor : weights.tensors) {
        const auto bad =
            std::count_if(tensor.values.begin(), tensor.values.end(), [](float v) { return !std::isfinite(v); });
        if (bad == 0) continue;
        return "of the " + std::to_string(tensor.values.size()) + " values of '" + tensor.name + "' " +
               std::to_string(bad) + (bad == 1 ? " is" : " are") + " not-a-number or infinite";
    }
    return std::nullopt;
}

}  // namespace convscope
