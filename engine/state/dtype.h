// Types of a tensor's elements, as PyTorch has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace convscope {

enum class DType : std::uint8_t { Float64, Float32, Float16, BFloat16, Int64, Int32, Int16, Int8, UInt8, Bool };

std::string_view to_string(DType dtype);  // PyTorch's own names, "float32"
std::size_t bytes_per_element(DType dtype);
bool is_floating(DType dtype);

// That of C++'s own types.
template <typename T>
constexpr DType dtype_of() {
    if constexpr (std::is_same_v<T, double>) return DType::Float64;
    if constexpr (std::is_same_v<T, float>) return DType::Float32;
    if constexpr (std::is_same_v<T, std::int64_t>) return DType::Int64;
    if constexpr (std::is_same_v<T, std::int32_t>) return DType::Int32;
    static_assert(std::is_same_v<T, double> || std::is_same_v<T, float> || std::is_same_v<T, std::int64_t> ||
                      std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::uint8_t>,
                  "a type of elements without a name here");
    return DType::UInt8;
}

}  // namespace convscope
