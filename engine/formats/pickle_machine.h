// Reads pickles as torch.save writes them (Python's pickle, protocols 1 to 5: the language is described in
// Lib/pickletools.py), without running anything: instructions build plain values, PyTorch's few functions that put
// tensors together are done here (pickle_globals.cpp), and whatever else a pickle names becomes an opaque value.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/pickle_value.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

struct StorageRequest {
    std::string key;         // what the pickle calls it
    std::size_t width = 0;   // bytes of an element; 0 where its type is not known
    std::int64_t count = 0;  // elements that it needs at least
    bool is_needed = false;  // else no bytes need be given: tensors of this type of element are not read
};
// The bytes of every storage that a pickle names, in the same order. Called once, when its end is reached; `after` is
// what follows.
using LoadStorages =
    std::function<Result<std::vector<SharedBytes>>(const std::vector<StorageRequest>& wanted, std::string_view after)>;

// What a file may ask for; a pickle that asks for more is refused. A pickle of a few bytes can name one value so often
// that it unfolds into any number of them, hence the limits on the result.
struct PickleLimits {
    std::size_t values = 1'000'000;        // in the result
    std::size_t text_bytes = 64U << 20;    // of all texts in the result
    std::size_t elements = 64U << 20;      // of all tensors in the result
    std::size_t depth = 64;                // of values within each other; what lies deeper is opaque
    std::size_t list_items = 100'000;      // of a list; a longer one is opaque, as no weights lie in it
    std::size_t held_bytes = 256U << 20;   // about, that its values take while it is read, without its texts' own bytes
};

// `name` is what an error calls the file.
Result<PickleValue> parse_pickle(std::string_view bytes, std::string_view name, const LoadStorages& load_storages,
                                 const PickleLimits& limits = {});

}  // namespace convscope
