// What a file of torch.save holds, once read: plain values, and tensors that view the file's storages.
#pragma once

#include "engine/core/shared_bytes.h"
#include "engine/state/tensor_blob.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace convscope {

// Text of a file as it may be shown: cut where it is long, and without control characters.
std::string as_shown(std::string_view text);
std::string in_quotes(std::string_view text);  // likewise, in quotes

// "10x1x5x5"; "scalar" for no dimensions.
std::string shape_text(const std::vector<std::int64_t>& shape);

// A strided view of a storage, as in PyTorch: tensors may share one, and need not lie in it contiguously. Whoever makes
// one has checked that every element lies within the storage.
struct StoredTensor {
    DType dtype = DType::Float32;
    std::vector<std::int64_t> shape;    // empty for a scalar
    std::vector<std::int64_t> strides;  // elements; one per dimension, never negative
    std::int64_t offset = 0;            // elements
    SharedBytes storage;                // little-endian

    std::size_t element_count() const;
    // All elements, row-major. What a float cannot hold exactly (large integers, doubles) is rounded.
    std::vector<float> floats() const;
    // Likewise, exactly, of an integer or bool tensor; empty for any other.
    std::vector<std::int64_t> integers() const;
    // Likewise, as they are stored.
    std::string bytes() const;
    // Likewise, without copying what lies in the storage as it is wanted.
    TensorBlob blob() const;
};

StoredTensor stored_tensor(const TensorBlob& blob);  // that views the blob's bytes

struct PickleValue {
    struct None {};
    struct Entry;                           // a dictionary's
    using List = std::vector<PickleValue>;  // Python's tuples and torch.Size too
    using Dict = std::vector<Entry>;        // in the file's order, without repetition
    // What nothing is known of but the name: "numpy.ndarray", "argparse.Namespace".
    struct Opaque {
        std::string name;  // of its class, or of the function that would make it
        Dict attributes;   // an object's, where the file has them
    };
    std::variant<None, bool, std::int64_t, double, std::string, List, Dict, StoredTensor, Opaque> value;

    // Null when it is something else.
    template <typename T>
    const T* as() const {
        return std::get_if<T>(&value);
    }
    // The dictionary's value of that key; null when there is none, or this is no dictionary.
    const PickleValue* find(std::string_view key) const;
};

struct PickleValue::Entry {
    std::string key;  // numbers are written in decimal, flags as Python has them
    PickleValue value;
};

}  // namespace convscope
