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

struct FoundTensor {
    std::string name;
    StoredTensor tensor;
};
using StateDict = std::vector<FoundTensor>;  // in the file's order

struct WantedTensor {
    std::string name;
    std::vector<std::int64_t> shape;
    // Under which it may be found as well, or instead: those of layers that use another one's weights.
    std::vector<std::string> other_names = {};
};

// Which weights of a file are meant.
struct WeightsQuestion {
    std::string key;                   // leads to them: the keys on the way, joined by dots; empty: they are looked for
    std::vector<WantedTensor> wanted;  // of the network that they are for; empty: of any
};

struct FoundWeights {
    StateDict tensors;
    std::string key;                  // where they were; empty: the file is nothing else
    std::vector<std::string> others;  // the keys of what may have been meant as well
    std::vector<std::pair<std::string, std::string>>
        unread;  // names among the tensors that are none, and what they are
};

// The weights are found by what they are, wherever they lie: a dictionary with tensors of floating-point numbers in it,
// or a module that was pickled whole or compiled by TorchScript. An optimizer's state is none. Where there are several,
// those are taken that have the wanted names and shapes, and rather nothing else; of several such, or without wanted
// ones, those that lie where weights usually do ("model", "state_dict", "model_state_dict", "net", "network", "module",
// "weights", "params", or in one of these in another); where that does not decide, the error names the keys to choose
// from. The same tensors under two keys are one. Prefixes that wrappers put before every name are taken off: "module."
// (DataParallel, AveragedModel) and "_orig_mod." (torch.compile). `name` is what an error calls the file.
Result<FoundWeights> find_state_dict(const PickleValue& file, std::string_view name,
                                     const WeightsQuestion& question = {});

struct StateDictMatch {
    enum class Kind : std::uint8_t {
        ByName,   // every wanted name is there, with the wanted shape, whatever else there is
        ByOrder,  // names differ, but the shapes in their order are as wanted: show the mapping before using it
        None
    };
    Kind kind = Kind::None;
    std::vector<std::size_t> places;  // of each wanted tensor, the index of the found one; empty for None
    std::vector<std::pair<std::string, std::string>> mapping;  // wanted name, found name; likewise
    std::vector<std::size_t> repeated;  // indices of found tensors that are wanted ones under another layer's name
    std::vector<std::size_t> extra;     // of those that the network has no use for
    std::vector<std::string> problems;  // for None: a sentence for each tensor that is missing, extra or of other shape
};

// Only tensors of floating-point numbers are weights; what else there is, counters for example, is passed over, and so
// are the weights of a loss ("criterion.", "loss.", "loss_fn."). A prefix that the wanted names have all of counts as a
// wrapper's; of two such neither is taken. Where layers share weights, their further names may be there or not, of the
// same numbers. `in_order` as of WeightsFile: without it nothing matches by order.
StateDictMatch match_state_dict(const std::vector<WantedTensor>& wanted, const FoundWeights& found,
                                bool in_order = true);

// Whether both are the very same numbers of the file, as those of a module that stands in two places are.
bool is_same_view(const StoredTensor& one, const StoredTensor& other);

// Batch norm's "num_batches_tracked", which is no weight whatever its numbers are.
bool is_batch_count(std::string_view name);

// What lies in the file beside the weights under `key`, and beside what they are in: where, and what it is. Opaque
// values apart, which the next one names.
std::vector<std::pair<std::string, std::string>> values_beside(const PickleValue& file, std::string_view key);

// Every opaque value in what was read: where it is, and its name.
std::vector<std::pair<std::string, std::string>> opaque_values(const PickleValue& file);

}  // namespace convscope
