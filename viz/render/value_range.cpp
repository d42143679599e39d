#include "viz/render/value_range.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace convscope {

namespace {

// A quarter of what a float can hold: the difference of two such ends is still finite.
constexpr float kLargestEnd = std::numeric_limits<float>::max() / 4.0F;

float drawable(float value, float otherwise) {
    return std::isfinite(value) ? std::clamp(value, -kLargestEnd, kLargestEnd) : otherwise;
}

// The width of a range must be a normal number, or dividing by it would overflow.
bool too_narrow(float minimum, float maximum) { return !(maximum - minimum >= std::numeric_limits<float>::min()); }

ValueRange unsigned_range(float minimum, float maximum) {
    if (!too_narrow(minimum, maximum)) return {minimum, maximum};
    const ValueRange against_zero{std::min(0.0F, minimum), std::max(0.0F, maximum)};
    return too_narrow(against_zero.minimum, against_zero.maximum) ? ValueRange{0.0F, 1.0F} : against_zero;
}

}  // namespace

float ValueRange::position(float value) const {
    const float t = (value - minimum) / (maximum - minimum);
    return std::isnan(t) ? t : std::clamp(t, 0.0F, 1.0F);
}

ValueRange range_of(const ValueStatistics& statistics, bool symmetric) {
    const float minimum = drawable(statistics.minimum, 0.0F);
    const float maximum = drawable(statistics.maximum, 0.0F);
    if (!symmetric) return unsigned_range(minimum, maximum);
    const float magnitude = std::max(std::abs(minimum), std::abs(maximum));
    return too_narrow(-magnitude, magnitude) ? ValueRange{-1.0F, 1.0F} : ValueRange{-magnitude, magnitude};
}

ValueRange plane_range(const TensorCapture& capture, std::int64_t plane, const RangeChoice& choice) {
    if (choice.mode == RangeMode::Fixed)
        return unsigned_range(drawable(choice.fixed.minimum, 0.0F), drawable(choice.fixed.maximum, 1.0F));
    const bool known = plane >= 0 && plane < static_cast<std::int64_t>(capture.planes.size());
    const bool per_map = choice.mode == RangeMode::PerMap && known;
    return range_of(per_map ? capture.planes[static_cast<std::size_t>(plane)] : capture.whole, choice.symmetric);
}

}  // namespace convscope
