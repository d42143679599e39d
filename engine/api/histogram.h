// How often values occur, in bins of equal width to both sides of 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace convscope {

// The range doubles, and bins are merged in pairs, as larger values come: no range has to be known before, every value
// is counted, and two histograms can be brought to one range exactly.
struct Histogram {
    static constexpr std::size_t kBins = 64;
    static constexpr int kLeastExponent = -40;

    int exponent = kLeastExponent;             // the bins are of [-2^exponent, 2^exponent)
    std::array<std::int64_t, kBins> counts{};  // from the lowest on
    std::int64_t count = 0;                    // of all that are in a bin
    std::int64_t no_numbers = 0;               // NaN, and what is infinite
    std::int64_t zeros = 0;                    // of them, exactly 0: in the first bin above 0
    double sum = 0.0;
    float least = 0.0F, largest = 0.0F;  // of all that are in a bin; 0 without

    double range() const;  // 2^exponent
    double mean() const { return count > 0 ? sum / static_cast<double>(count) : 0.0; }
    void add(float value);
    void add(std::span<const float> values) {
        for (const float value : values) add(value);
    }
    // To a range that is as large or larger; a smaller one is left alone.
    void widen(int to_exponent);

    friend bool operator==(const Histogram&, const Histogram&) = default;
};

}  // namespace convscope
