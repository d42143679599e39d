// A network's weights, out of a file of any kind that holds some.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"
#include "engine/formats/state_dict.h"
#include "engine/formats/weights_file.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convscope {

// A shape as files and LibTorch have it.
std::vector<std::int64_t> sizes_of(const Shape& shape);

// The tensors of a network as PyTorch names and orders them: layer by layer "conv1.weight", "conv1.bias", batch norm's
// "norm1.running_mean" and "norm1.running_var" beside its weights.
std::vector<WantedTensor> wanted_tensors(const NetworkDescription& network);

struct NamedTensor {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values;  // row-major
};

// What a run can begin with instead of weights that are drawn.
struct InitialWeights {
    std::string source;                // the file they are from
    std::string key;                   // which of its weights, where somebody said so; else empty
    std::vector<NamedTensor> tensors;  // by the network's own names, every weight, bias and running value
};

struct NetworkWeights {
    std::vector<NamedTensor> tensors;  // those of wanted_tensors(), each with that name and shape
    // The network's name and the file's of each, where names differ and the shapes match in their order: to be shown.
    std::vector<std::pair<std::string, std::string>> mapping;
    std::string key;                                          // where in the file they were; empty: all of it
    std::vector<std::string> others;                          // the keys of weights that may have been meant as well
    std::vector<std::string> extra;                           // tensors beside them that the network has no use for
    std::vector<std::pair<std::string, std::string>> beside;  // what else the file holds: where, and what it is
    std::vector<std::pair<std::string, std::string>> unread;  // what was passed over: where, and what it is
};

// Finds the weights in what was read of a file (`name` is what an error calls it; `key` as of WeightsQuestion) and
// takes them for the network, whatever tensors lie beside them. Where they are not the network's the error names every
// tensor that is missing, extra or of another shape.
Result<NetworkWeights> match_weights(const WeightsFile& file, std::string_view name, std::string_view key,
                                     const NetworkDescription& network);

// Reads a file and does the same. Nothing in it is run. Any thread.
Result<NetworkWeights> load_weights(const std::filesystem::path& path, std::string_view key,
                                    const NetworkDescription& network);

// The first tensor with values that are no numbers (not-a-number or infinite), in a sentence that names it; nothing
// when there is none.
std::optional<std::string> not_finite(const NetworkWeights& weights);

}  // namespace convscope
