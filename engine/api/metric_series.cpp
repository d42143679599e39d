#include "engine/api/metric_series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace convscope {
namespace {

// The mean is carried as a sum in double, so that merging many stretches stays exact enough.
struct BinBuilder {
    float minimum = std::numeric_limits<float>::infinity();
    float maximum = -std::numeric_limits<float>::infinity();
    double sum = 0.0;
    std::int64_t count = 0;

    void add(const MetricSeries::Kept& kept) {
        if (kept.count == 0) return;
        minimum = std::min(minimum, kept.minimum);
        maximum = std::max(maximum, kept.maximum);
        sum += static_cast<double>(kept.mean) * kept.count;
        count += kept.count;
    }
    SeriesBin finish() const {
        if (count == 0) return {};
        return {minimum, maximum, static_cast<float>(sum / static_cast<double>(count)), count};
    }
};

}  // namespace

MetricSeries::Kept MetricSeries::Merge::operator()(const Kept& older, const Kept& newer) const {
    BinBuilder both;
    both.add(older);
    both.add(newer);
    if (both.count == 0) return kept(std::numeric_limits<float>::quiet_NaN());
    const SeriesBin bin = both.finish();
    return {bin.minimum, bin.maximum, bin.mean, static_cast<std::uint32_t>(bin.count)};
}

MetricSeries::Kept MetricSeries::kept(float value) { return {value, value, value, std::isfinite(value) ? 1U : 0U}; }

float MetricSeries::at(std::int64_t iteration) const {
    float value = 0.0F;
    list_.visit(iteration - 1, iteration, [&](const Kept& kept, std::int64_t, std::int64_t) { value = kept.mean; });
    return value;
}

MetricSeries::Stretch MetricSeries::stretch(std::int64_t iteration) const {
    Stretch stretch;
    list_.visit(iteration - 1, iteration, [&](const Kept& kept, std::int64_t first, std::int64_t count) {
        stretch = {first + 1, first + count, {kept.minimum, kept.maximum, kept.mean, kept.count}};
    });
    return stretch;
}

SeriesBin MetricSeries::bin(std::int64_t first, std::int64_t last) const {
    BinBuilder builder;
    list_.visit(std::max<std::int64_t>(first, 1) - 1, last,
                [&](const Kept& kept, std::int64_t, std::int64_t) { builder.add(kept); });
    return builder.finish();
}

}  // namespace convscope
