// The weights in what was read of a file, and whether they are those of a network.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/pickle_value.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convscope {

struct NamedTensor {
    std::string name;
    DType dtype = DType::Float32;     // as it was stored
    std::vector<std::int64_t> shape;  // empty for a scalar
    std::vector<float> values;        // row-major
};
using StateDict = std::vector<NamedTensor>;  // in the file's order

// What a run can begin with instead of weights that are drawn.
struct InitialWeights {
    std::string source;  // the file they are from
    StateDict tensors;   // by the network's own names, every weight, bias and running value
};

enum class BatchCounts : std::uint8_t { Keep, Drop };  // batch-norm's `num_batches_tracked`

// The state dict that `value` is, or that it holds as "model", "state_dict", "model_state_dict" or "net". Prefixes that
// wrappers put before every name are taken off: "module." (DataParallel) and "_orig_mod." (torch.compile). `name` is
// what an error calls the file.
// `key` leads to it where it is somewhere else: the keys on the way, joined by dots; empty: it is looked for.
Result<StateDict> find_state_dict(const PickleValue& value, std::string_view name, std::string_view key = {},
                                  BatchCounts counts = BatchCounts::Keep);

struct WantedTensor {
    std::string name;
    std::vector<std::int64_t> shape;
};

struct StateDictMatch {
    enum class Kind : std::uint8_t {
        ByName,   // every name and shape is as wanted
        ByOrder,  // names differ, but the shapes in their order are as wanted: show the mapping before using it
        None
    };
    Kind kind = Kind::None;
    std::vector<std::size_t> places;  // of each wanted tensor, the index of the found one; empty for None
    std::vector<std::pair<std::string, std::string>> mapping;  // wanted name, found name; likewise
    std::vector<std::string> problems;  // for None: a sentence for each tensor that is missing, extra or of other shape
};

StateDictMatch match_state_dict(const std::vector<WantedTensor>& wanted, const StateDict& found);

}  // namespace convscope
