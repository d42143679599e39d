#include "engine/train/value_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace convscope {
namespace {

// Count, mean and squared deviations, merged stretch by stretch: Chan, Golub and LeVeque, "Updating Formulae and a
// Pairwise Algorithm for Computing Sample Variances", 1979.
struct Moments {
    double count = 0.0;
    double mean = 0.0;
    double squares = 0.0;  // sum of squared deviations from the mean
    float minimum = std::numeric_limits<float>::infinity();
    float maximum = -std::numeric_limits<float>::infinity();
    std::int64_t zeros = 0;
    std::int64_t non_finite = 0;

    void merge(const Moments& other) {
        zeros += other.zeros;
        non_finite += other.non_finite;
        if (other.count == 0.0) return;
        minimum = std::min(minimum, other.minimum);
        maximum = std::max(maximum, other.maximum);
        const double both = count + other.count;
        const double distance = other.mean - mean;
        squares += other.squares + distance * distance * count * other.count / both;
        mean += distance * other.count / both;
        count = both;
    }
    ValueStatistics result() const {
        ValueStatistics statistics;
        statistics.non_finite = static_cast<std::uint32_t>(non_finite);
        if (count == 0.0) return statistics;
        statistics.minimum = minimum;
        statistics.maximum = maximum;
        statistics.mean = static_cast<float>(mean);
        statistics.deviation = static_cast<float>(std::sqrt(squares / count));
        statistics.zero_fraction = static_cast<float>(static_cast<double>(zeros) / count);
        return statistics;
    }
};

constexpr std::size_t kLanes = 16;      // independent sums, so that the compiler can use vector registers
constexpr std::size_t kStretch = 2048;  // values whose float sums stay exact enough and that stay in the L1 cache

// Twice, the second time for processors with vectors of eight; the lanes, and with them the sums, are the same.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_WIDE_VECTORS_TOO __attribute__((target_clones("avx2", "default")))
#else
#define FOR_WIDE_VECTORS_TOO
#endif

FOR_WIDE_VECTORS_TOO bool all_finite(std::span<const float> values) {
    float lanes[kLanes] = {};  // finite * 0 is 0, anything else is NaN and stays NaN
    std::size_t i = 0;
    for (; i + kLanes <= values.size(); i += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += values[i + lane] * 0.0F;
    float sum = 0.0F;
    for (float lane : lanes) sum += lane;
    for (; i < values.size(); ++i) sum += values[i] * 0.0F;
    return sum == 0.0F;
}

FOR_WIDE_VECTORS_TOO Moments moments_of_finite(std::span<const float> values) {
    float sums[kLanes] = {}, minima[kLanes], maxima[kLanes];
    std::int32_t zeros[kLanes] = {};
    std::fill_n(minima, kLanes, std::numeric_limits<float>::infinity());
    std::fill_n(maxima, kLanes, -std::numeric_limits<float>::infinity());
    std::size_t i = 0;
    for (; i + kLanes <= values.size(); i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const float value = values[i + lane];
            sums[lane] += value;
            minima[lane] = value < minima[lane] ? value : minima[lane];
            maxima[lane] = value > maxima[lane] ? value : maxima[lane];
            zeros[lane] += value == 0.0F ? 1 : 0;
        }
    }
    for (std::size_t lane = 0; i < values.size(); ++i, ++lane) {
        sums[lane] += values[i];
        minima[lane] = std::min(minima[lane], values[i]);
        maxima[lane] = std::max(maxima[lane], values[i]);
        zeros[lane] += values[i] == 0.0F ? 1 : 0;
    }
    Moments moments;
    double sum = 0.0;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        sum += static_cast<double>(sums[lane]);
        moments.minimum = std::min(moments.minimum, minima[lane]);
        moments.maximum = std::max(moments.maximum, maxima[lane]);
        moments.zeros += zeros[lane];
    }
    moments.count = static_cast<double>(values.size());
    moments.mean = sum / moments.count;

    const auto mean = static_cast<float>(moments.mean);
    float squares[kLanes] = {};
    for (i = 0; i + kLanes <= values.size(); i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const float distance = values[i + lane] - mean;
            squares[lane] += distance * distance;
        }
    }
    for (std::size_t lane = 0; i < values.size(); ++i, ++lane) {
        const float distance = values[i] - mean;
        squares[lane] += distance * distance;
    }
    for (float lane : squares) moments.squares += static_cast<double>(lane);
    return moments;
}

Moments moments_of(std::span<const float> values) {
    Moments all;
    for (std::size_t first = 0; first < values.size(); first += kStretch) {
        const auto stretch = values.subspan(first, std::min(kStretch, values.size() - first));
        if (all_finite(stretch)) {
            all.merge(moments_of_finite(stretch));
            continue;
        }
        for (const float& value : stretch) {
            Moments one;
            if (std::isfinite(value))
                one = moments_of_finite({&value, 1});
            else
                one.non_finite = 1;
            all.merge(one);
        }
    }
    return all;
}

}  // namespace

ValueStatistics value_statistics(std::span<const float> values) { return moments_of(values).result(); }

void fill_statistics(TensorCapture& capture) {
    const auto planes = static_cast<std::size_t>(capture.plane_count());
    const auto plane_size = static_cast<std::size_t>(capture.plane_height() * capture.plane_width());
    capture.planes.resize(planes);
    Moments whole;
    for (std::size_t plane = 0; plane < planes; ++plane) {
        const Moments moments = moments_of(std::span(capture.values).subspan(plane * plane_size, plane_size));
        capture.planes[plane] = moments.result();
        whole.merge(moments);
    }
    capture.whole = whole.result();
}

}  // namespace convscope
