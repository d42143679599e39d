// From a tensor's statistics to the two numbers that the ends of its colormap stand for. Pure; any thread.
#pragma once

#include "engine/api/tensor_capture.h"
#include "viz/view/display_options.h"

#include <cstdint>

namespace convscope {

struct ValueRange {
    float minimum = 0.0F;
    float maximum = 1.0F;

    // 0 at minimum, 1 at maximum, clamped; NaN stays NaN.
    float position(float value) const;
    bool operator==(const ValueRange&) const = default;
};

struct RangeChoice {
    RangeMode mode = RangeMode::PerMap;
    ValueRange fixed{};      // RangeMode::Fixed
    bool symmetric = false;  // signed values: zero in the middle (not for a fixed range, which is taken at its word)
};

// A range that can be drawn: both ends finite, maximum - minimum a positive normal number. A constant is shown against
// zero ([0, c] or [c, 0]; [0, 1] when it is zero itself), a symmetric one as [-|c|, |c|].
ValueRange range_of(const ValueStatistics& statistics, bool symmetric);

// What plane `plane` (see TensorCapture::plane_count) is drawn with.
ValueRange plane_range(const TensorCapture& capture, std::int64_t plane, const RangeChoice& choice);

}  // namespace convscope
