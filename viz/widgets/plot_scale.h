// The arithmetic of a plot, without drawing: how values become pixels, where the ticks go, what part of the iterations
// is in view, how values are gathered into bins. Pure functions of their arguments. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// A stretch of values, minimum < maximum.
struct PlotRange {
    double minimum = 0.0;
    double maximum = 1.0;
    double length() const { return maximum - minimum; }
    bool operator==(const PlotRange&) const = default;
};

// One axis: `range.minimum` lies at pixel `start`, `range.maximum` at pixel `end` (below `start` on a vertical axis, as
// pixels count downwards).
struct PlotScale {
    PlotRange range;
    float start = 0.0F;
    float end = 1.0F;
    bool logarithmic = false;  // needs range.minimum > 0; smaller values land on `start`

    float pixel(double value) const;
    double value(float pixel) const;
};

struct PlotTick {
    double value = 0.0;
    bool labelled = true;
    std::array<char, 16> label{};  // zero-terminated; empty unless labelled
};

// The smallest of 1, 2 and 5 times a power of ten that is at least `at_least` (> 0).
double round_step(double at_least);

// Ticks at multiples of a round step, at most `most` of them and at least two when `most` allows; `whole` keeps the
// step at 1 or more. Written into `out`, which is cleared first.
void linear_ticks(PlotRange range, int most, bool whole, std::vector<PlotTick>& out);

// Ticks at powers of ten and, where there is room for them, at 2 and 5 times those; the labelled ones are at most
// `most`. A range of less than one power of ten gets linear ticks. range.minimum > 0.
void logarithmic_ticks(PlotRange range, int most, std::vector<PlotTick>& out);

// The number as a tick says it: as many decimals as ticks `step` apart need, thousands separated by commas, 1.2M and 3G
// from a million on, exponents below 0.0001 and from 1e12 on.
void format_tick(double value, double step, std::span<char> out);

// Widens a range to whole steps of its ticks, so that it changes seldom while values arrive; a range without length, or
// with ends that are not finite, becomes one around its minimum (or [0, 1]). `most` as for linear_ticks.
PlotRange rounded_range(PlotRange range, int most);

// The range with its ends on 1, 2 or 5 times a power of ten; minimum > 0.
PlotRange rounded_logarithmic_range(PlotRange range);

// `range` scaled by `factor` (below 1 zooms in) so that `anchor` stays where it is, not shorter than `shortest`, not
// reaching outside `limits` (moved inside while it fits, else all of `limits`).
PlotRange zoomed(PlotRange range, double anchor, double factor, double shortest, PlotRange limits);

// `range` moved by `distance`, stopped at the ends of `limits`.
PlotRange panned(PlotRange range, double distance, PlotRange limits);

// Iterations gathered into bins of a power of two, aligned to multiples of it: while a run goes on, a full bin never
// changes, so nothing shimmers. Bin b holds the iterations [b * size + 1, (b + 1) * size].
struct BinLayout {
    std::int64_t size = 1;   // iterations in a bin
    std::int64_t first = 0;  // number of the first bin
    std::int64_t count = 0;  // bins
    std::int64_t first_iteration(std::int64_t i) const { return (first + i) * size + 1; }
    std::int64_t last_iteration(std::int64_t i) const { return (first + i + 1) * size; }
    // The place of bin `i` (from 0 to count) on the axis of iterations.
    double center(std::int64_t i) const {
        return static_cast<double>((first + i) * size) + 0.5 * static_cast<double>(size + 1);
    }
    bool operator==(const BinLayout&) const = default;
};

// The finest bins that cover the part of [1, iterations] in view with at most `most` bins (two more where the ends do
// not fall on a bin's).
BinLayout bin_layout(PlotRange view, std::int64_t iterations, std::int64_t most);

}  // namespace convscope
