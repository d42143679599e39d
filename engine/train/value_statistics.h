// Statistics of plain values, for captures; free of LibTorch.
#pragma once

#include "engine/api/tensor_capture.h"

#include <span>

namespace convscope {

// Of the finite values; everything 0 when there is none.
ValueStatistics value_statistics(std::span<const float> values);

// Fills capture.planes and capture.whole from capture.values.
void fill_statistics(TensorCapture& capture);

}  // namespace convscope
