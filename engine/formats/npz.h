// Arrays of floats as numpy.load reads them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace convscope {

struct NamedArray {
    std::string name;
    std::vector<std::int64_t> shape;  // empty for a single number
    std::span<const float> values;    // row-major
};

// The bytes of an .npz file: a zip archive of one .npy (format 1.0) for each.
std::string npz_of(std::span<const NamedArray> arrays);

}  // namespace convscope
