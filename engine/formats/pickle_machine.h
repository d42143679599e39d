// Reads pickles as torch.save writes them (Python's pickle, protocols 2 to 5: the language is described in
// Lib/pickletools.py), without running anything: the instructions that build plain values are known, and of everything
// that a pickle may name only the few functions with which PyTorch rebuilds tensors, done here. All else is refused.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/pickle_value.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace convscope {

// The bytes of the storage that a pickle calls `key`. Called once for each tensor's mention of it.
using LoadStorage = std::function<Result<std::shared_ptr<const std::string>>(const std::string& key)>;

// What a file may ask for; a pickle that asks for more is refused. A pickle of a few bytes can name one value so often
// that it unfolds into any number of them, hence the limits on the result.
struct PickleLimits {
    std::size_t instructions = 2'000'000;  // a state dict takes about 40 for each tensor
    std::size_t values = 1'000'000;        // in the result
    std::size_t text_bytes = 64U << 20;    // of all texts in the result
    std::size_t elements = 64U << 20;      // of all tensors in the result
    std::size_t depth = 64;                // of lists and dictionaries within each other
};

// `name` is what an error calls the file. Bytes after the pickle's end are not looked at.
Result<PickleValue> parse_pickle(std::string_view bytes, std::string_view name, const LoadStorage& load_storage,
                                 const PickleLimits& limits = {});

}  // namespace convscope
