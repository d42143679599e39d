// Tensors for tests that draw.
#pragma once

#include "engine/api/tensor_capture.h"

#include <vector>

namespace convscope::test {

// With statistics, and a content id that no other capture of this process has.
TensorCapture make_capture(const Shape& shape, std::vector<float> values);

// Values 0, 1, 2, ... in order.
TensorCapture make_ramp(const Shape& shape);

}  // namespace convscope::test
