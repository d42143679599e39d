#include "engine/formats/network_weights.h"

#include "engine/formats/torch_file.h"

namespace convscope {
namespace {

std::vector<std::int64_t> sizes_of(const Shape& shape) {
    std::vector<std::int64_t> sizes;
    for (int i = 0; i < shape.rank(); ++i) sizes.push_back(shape[i]);
    return sizes;
}

}  // namespace

std::vector<WantedTensor> wanted_tensors(const NetworkDescription& network) {
    std::vector<WantedTensor> wanted;
    for (const LayerDescription& layer : network.layers) {
        const auto want = [&](const char* name, const Shape& shape) {
            wanted.push_back({layer.spec.name + name, sizes_of(shape)});
        };
        if (layer.has_weight()) want(".weight", layer.weight_shape);
        if (layer.has_bias()) want(".bias", layer.bias_shape);
        if (layer.spec.kind != LayerKind::BatchNorm) continue;
        want(".running_mean", layer.weight_shape);
        want(".running_var", layer.weight_shape);
    }
    return wanted;
}

Result<NetworkWeights> match_weights(const PickleValue& file, std::string_view name, std::string_view key,
                                     const NetworkDescription& network) {
    Result<StateDict> found = find_state_dict(file, name, key, BatchCounts::Drop);
    if (!found.ok()) return found.error();
    const std::vector<WantedTensor> wanted = wanted_tensors(network);
    StateDictMatch match = match_state_dict(wanted, found.value());
    if (match.kind == StateDictMatch::Kind::None) {
        std::string text = std::string(name) +
                           ": its weights are not those of the recipe's network; name another "
                           "recipe with --recipe";
        for (const std::string& problem : match.problems) text += "\n  " + problem;
        return Error{ErrorCode::InvalidArgument, std::move(text)};
    }
    NetworkWeights weights;
    if (match.kind == StateDictMatch::Kind::ByOrder) weights.mapping = std::move(match.mapping);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        weights.tensors.push_back(std::move(found.value()[match.places[i]]));
        weights.tensors.back().name = wanted[i].name;
    }
    return weights;
}

Result<NetworkWeights> load_weights(const std::filesystem::path& path, std::string_view key,
                                    const NetworkDescription& network) {
    const Result<PickleValue> file = read_torch_file(path);
    if (!file.ok()) return file.error();
    return match_weights(file.value(), path.string(), key, network);
}

}  // namespace convscope
