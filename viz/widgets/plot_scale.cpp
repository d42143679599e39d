#include "viz/widgets/plot_scale.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace convscope {
namespace {

// Decimals that tell numbers `step` apart from each other.
int decimals_for(double step) {
    if (!(step > 0.0) || step >= 1.0) return 0;
    return std::min(9, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
}

// Removes the zeros (and the point) that a number ends in.
void trim_zeros(char* text) {
    if (!std::strchr(text, '.')) return;
    char* end = text + std::strlen(text);
    while (end[-1] == '0') --end;
    if (end[-1] == '.') --end;
    *end = '\0';
}

PlotTick tick_at(double value, double step) {
    PlotTick tick;
    tick.value = value;
    format_tick(value, step, tick.label);
    return tick;
}

PlotTick bare_tick(double value) {
    PlotTick tick;
    tick.value = value;
    tick.labelled = false;
    return tick;
}

bool usable(PlotRange range) {
    return std::isfinite(range.minimum) && std::isfinite(range.maximum) && range.maximum > range.minimum;
}

double power_of_ten(int exponent) { return std::pow(10.0, exponent); }

}  // namespace

float PlotScale::pixel(double value) const {
    double share = 0.0;
    if (logarithmic) {
        const double low = std::log(range.minimum);
        share = value > 0.0 ? (std::log(value) - low) / (std::log(range.maximum) - low) : 0.0;
        share = std::max(share, 0.0);
    } else {
        share = (value - range.minimum) / range.length();
    }
    return start + static_cast<float>(share * (static_cast<double>(end) - start));
}

double PlotScale::value(float pixel) const {
    const double share = (static_cast<double>(pixel) - start) / (static_cast<double>(end) - start);
    if (logarithmic) return range.minimum * std::pow(range.maximum / range.minimum, share);
    return range.minimum + share * range.length();
}

double round_step(double at_least) {
    const double unit = std::pow(10.0, std::floor(std::log10(at_least)));
    for (double factor : {1.0, 2.0, 5.0})
        if (factor * unit >= at_least * (1.0 - 1e-9)) return factor * unit;
    return 10.0 * unit;
}

void linear_ticks(PlotRange range, int most, bool whole, std::vector<PlotTick>& out) {
    out.clear();
    if (!usable(range) || most < 1) return;
    // Round steps from fine to coarse: the first that is not too many. It may leave a single tick where two would fit.
    double step = round_step(range.length() / (2.0 * most));
    if (whole) step = std::max(step, 1.0);
    std::int64_t first = 0;
    std::int64_t last = 0;
    for (;; step = round_step(step * 1.5)) {
        // The slack keeps an end that is a multiple of the step but for rounding.
        first = static_cast<std::int64_t>(std::ceil(range.minimum / step - 1e-6));
        last = static_cast<std::int64_t>(std::floor(range.maximum / step + 1e-6));
        if (last - first + 1 <= most) break;
    }
    for (std::int64_t i = first; i <= last; ++i) out.push_back(tick_at(static_cast<double>(i) * step, step));
}

void logarithmic_ticks(PlotRange range, int most, std::vector<PlotTick>& out) {
    out.clear();
    if (!usable(range) || range.minimum <= 0.0 || most < 1) return;
    const double decades = std::log10(range.maximum / range.minimum);
    if (decades < 1.0) {
        linear_ticks(range, most, /*whole=*/false, out);
        return;
    }
    const int first = static_cast<int>(std::floor(std::log10(range.minimum) + 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(range.maximum) + 1e-9));
    const bool label_between = decades * 3.0 + 1.0 <= most;
    const int label_every = std::max(1, static_cast<int>(std::ceil((decades + 1.0) / most)));
    for (int exponent = first; exponent <= last; ++exponent) {
        const double unit = power_of_ten(exponent);
        for (int factor = 1; factor <= 9; ++factor) {
            const double value = factor * unit;
            if (value < range.minimum * (1.0 - 1e-9) || value > range.maximum * (1.0 + 1e-9)) continue;
            const bool labelled =
                factor == 1 ? exponent % label_every == 0 : label_between && (factor == 2 || factor == 5);
            if (labelled)
                out.push_back(tick_at(value, value));
            else if (decades <= 6.0 || factor == 1)
                out.push_back(bare_tick(value));
        }
    }
}

void format_tick(double value, double step, std::span<char> out) {
    if (out.empty()) return;
    const double magnitude = std::abs(value);
    if (magnitude == 0.0 || magnitude < 1e-6 * step) {  // nothing but rounding
        std::snprintf(out.data(), out.size(), "0");
    } else if (magnitude >= 1e12) {
        const double digits =
            step > 0.0 ? std::floor(std::log10(magnitude) + 1e-9) - std::floor(std::log10(step) + 1e-9) : 0.0;
        std::snprintf(out.data(), out.size(), "%.*e", static_cast<int>(std::clamp(digits, 0.0, 6.0)), value);
    } else if (magnitude >= 1e6) {
        const bool giga = magnitude >= 1e9;
        const double unit = giga ? 1e9 : 1e6;
        char text[32];
        std::snprintf(text, sizeof text, "%.*f", decimals_for(step / unit), value / unit);
        trim_zeros(text);
        std::snprintf(out.data(), out.size(), "%s%c", text, giga ? 'G' : 'M');
    } else if (magnitude < 1e-4) {
        std::snprintf(out.data(), out.size(), "%.3g", value);
    } else if (magnitude >= 1000.0 && step >= 1.0) {
        const auto whole = static_cast<long>(std::lround(magnitude));
        std::snprintf(out.data(), out.size(), "%s%ld,%03ld", value < 0.0 ? "-" : "", whole / 1000, whole % 1000);
    } else {
        std::snprintf(out.data(), out.size(), "%.*f", decimals_for(step), value);
    }
}

PlotRange rounded_range(PlotRange range, int most) {
    if (!std::isfinite(range.minimum) || !std::isfinite(range.maximum)) return {0.0, 1.0};
    if (!(range.maximum > range.minimum)) {
        const double margin = std::max(std::abs(range.minimum) * 0.1, 1e-6);
        range = {range.minimum - margin, range.minimum + margin};
    }
    const double step = round_step(range.length() / std::max(1, most));
    return {std::floor(range.minimum / step + 1e-6) * step, std::ceil(range.maximum / step - 1e-6) * step};
}

PlotRange rounded_logarithmic_range(PlotRange range) {
    if (!(range.minimum > 0.0) || !std::isfinite(range.maximum)) return {0.01, 1.0};
    range.maximum = std::max(range.maximum, range.minimum);
    const double high = round_step(range.maximum);
    const double unit = std::pow(10.0, std::floor(std::log10(range.minimum) + 1e-9));
    double low = unit;
    for (double factor : {2.0, 5.0})
        if (factor * unit <= range.minimum * (1.0 + 1e-9)) low = factor * unit;
    return {low, high > low ? high : round_step(low * 1.1)};
}

PlotRange panned(PlotRange range, double distance, PlotRange limits) {
    if (range.length() >= limits.length()) return limits;
    const double minimum = std::clamp(range.minimum + distance, limits.minimum, limits.maximum - range.length());
    return {minimum, minimum + range.length()};
}

PlotRange zoomed(PlotRange range, double anchor, double factor, double shortest, PlotRange limits) {
    const double length = std::max(range.length() * factor, std::min(shortest, limits.length()));
    const double share = std::clamp((anchor - range.minimum) / range.length(), 0.0, 1.0);
    const double minimum = anchor - share * length;
    return panned({minimum, minimum + length}, 0.0, limits);
}

BinLayout bin_layout(PlotRange view, std::int64_t iterations, std::int64_t most) {
    BinLayout layout;
    const double last_seen = std::min(std::ceil(view.maximum), static_cast<double>(iterations));
    const double first_seen = std::max(std::floor(view.minimum), 1.0);
    if (iterations < 1 || most < 1 || last_seen < first_seen) return layout;
    const double length = view.length();
    while (static_cast<double>(layout.size) * static_cast<double>(most) < length) layout.size *= 2;
    layout.first = (static_cast<std::int64_t>(first_seen) - 1) / layout.size;
    layout.count = (static_cast<std::int64_t>(last_seen) - 1) / layout.size - layout.first + 1;
    return layout;
}

}  // namespace convscope
