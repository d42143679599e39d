// A tensor's values without LibTorch: what states are made of, and files.
#pragma once

#include "engine/core/shared_bytes.h"
#include "engine/state/dtype.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

// Row-major, without gaps, little-endian, aligned for its elements. Copies share the values, which nobody changes.
struct TensorBlob {
    DType dtype = DType::Float32;
    std::vector<std::int64_t> shape;  // empty for a scalar
    SharedBytes bytes;                // element_count() elements

    std::size_t element_count() const {
        std::size_t count = 1;
        for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
        return count;
    }
    // Its elements, whose type the dtype says.
    template <typename T>
    std::span<const T> values() const {
        return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
    }

    // By what is in it.
    friend bool operator==(const TensorBlob&, const TensorBlob&) = default;
};

// Copies the values; as many as the shape says.
template <typename T>
TensorBlob blob_of(std::vector<std::int64_t> shape, std::span<const T> values) {
    return {dtype_of<T>(), std::move(shape),
            SharedBytes(std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes()))};
}

}  // namespace convscope
