#include "engine/api/histogram.h"

#include <algorithm>
#include <cmath>

namespace convscope {

double Histogram::range() const { return std::ldexp(1.0, exponent); }

void Histogram::add(float value) {
    if (!std::isfinite(value)) {
        ++no_numbers;
        return;
    }
    if (const double size = std::abs(static_cast<double>(value)); size >= range()) {
        int needed = 0;
        std::frexp(size, &needed);  // size < 2^needed
        widen(needed);
    }
    constexpr auto kHalf = static_cast<double>(kBins / 2);
    const double place = std::floor(static_cast<double>(value) / range() * kHalf) + kHalf;
    ++counts[static_cast<std::size_t>(place)];
    least = count == 0 ? value : std::min(least, value);
    largest = count == 0 ? value : std::max(largest, value);
    if (value == 0.0F) ++zeros;
    ++count;
    sum += static_cast<double>(value);
}

void Histogram::widen(int to_exponent) {
    for (; exponent < to_exponent && count > 0; ++exponent) {
        std::array<std::int64_t, kBins> merged{};
        for (std::size_t i = 0; i < kBins; ++i) merged[kBins / 4 + i / 2] += counts[i];
        counts = merged;
    }
    exponent = std::max(exponent, to_exponent);
}

}  // namespace convscope
