// A network's weights, out of a file of any kind that holds some.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"
#include "engine/formats/state_dict.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convscope {

// The tensors of a network as PyTorch names and orders them: layer by layer "conv1.weight", "conv1.bias", batch norm's
// "norm1.running_mean" and "norm1.running_var" beside its weights.
std::vector<WantedTensor> wanted_tensors(const NetworkDescription& network);

struct NetworkWeights {
    StateDict tensors;  // those of wanted_tensors(), each with that name and shape and all of its values
    // The network's name and the file's of each, where names differ and the shapes match in their order: to be shown.
    std::vector<std::pair<std::string, std::string>> mapping;
};

// Finds the weights in what was read of a file (`name` is what an error calls it; `key` as for find_state_dict) and
// takes them for the network. Where they are not the network's the error names every tensor that is missing, extra or
// of another shape.
Result<NetworkWeights> match_weights(const PickleValue& file, std::string_view name, std::string_view key,
                                     const NetworkDescription& network);

// Reads a file and does the same. Nothing in it is run. Any thread.
Result<NetworkWeights> load_weights(const std::filesystem::path& path, std::string_view key,
                                    const NetworkDescription& network);

}  // namespace convscope
