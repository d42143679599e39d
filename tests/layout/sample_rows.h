// Rows of numbers to lay out.
#pragma once

#include "engine/core/random_stream.h"
#include "engine/layout/principal_components.h"

#include <cstdint>
#include <vector>

namespace convscope::test {

// Around as many centres as there are kinds: row i is of kind i % kinds.
inline std::vector<float> kinds_of_rows(std::int64_t count, std::int64_t width, int kinds, float apart) {
    std::vector<float> values;
    RandomStream random(5);
    for (std::int64_t i = 0; i < count; ++i)
        for (std::int64_t k = 0; k < width; ++k)
            values.push_back(random.normal() + (k % kinds == i % kinds ? apart : 0.0F));
    return values;
}

}  // namespace convscope::test
