// Writes pickles that Python's torch.load reads, with weights_only too: values, and tensors that name their storages.
#pragma once

#include "engine/core/shared_bytes.h"
#include "engine/formats/pickle_value.h"

#include <string>
#include <vector>

namespace convscope {

struct Pickle {
    std::string bytes;                  // protocol 2
    std::vector<SharedBytes> storages;  // of the tensors in it, which call them "0", "1", ... in this order
};

// Texts must be UTF-8 without end of string, and opaque values cannot be written: std::invalid_argument. Tensors that
// view one piece of memory as the same type of element share a storage.
Pickle pickle_of(const PickleValue& value);

}  // namespace convscope
