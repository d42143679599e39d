// One captured tensor: plain values that never change once published.
#pragma once

#include "engine/core/types.h"

#include <cstdint>
#include <vector>

namespace convscope {

// Over the finite values of one channel (or of the whole tensor).
struct ValueStatistics {
    float minimum = 0.0F;
    float maximum = 0.0F;
    float mean = 0.0F;
    float deviation = 0.0F;        // population standard deviation
    float zero_fraction = 0.0F;    // share of values that are exactly 0
    std::uint32_t non_finite = 0;  // how many NaN or infinite values there are
};

struct TensorCapture {
    TensorKey key;
    RunId run;
    std::int64_t iteration = 0;  // the iteration after which these values held
    std::uint64_t content_id =
        0;                      // differs whenever the values may differ; unique within a process, never 0 once filled
    Shape shape;                // without the batch dimension; see Shape for the order of dimensions
    std::vector<float> values;  // shape.element_count() values, row-major, exactly as LibTorch held them
    std::vector<ValueStatistics> planes;  // one per plane, see plane_count()
    ValueStatistics whole;

    // A plane is one image of the tensor: a map of C,H,W, one kernel slice of O,I,H,W (index o * I + i), a whole O,I
    // matrix, or a whole vector.
    std::int64_t plane_count() const {
        if (shape.rank() == 3) return shape[0];
        if (shape.rank() == 4) return shape[0] * shape[1];
        return 1;
    }
    std::int64_t plane_height() const {
        if (shape.rank() <= 1) return 1;
        return shape[shape.rank() - 2];
    }
    std::int64_t plane_width() const { return shape.rank() == 0 ? 0 : shape[shape.rank() - 1]; }

    void recycle() {}  // ObjectPool: the vectors keep their capacity
};

}  // namespace convscope
