#include "viz/view/metric_history.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace convscope {
namespace {

// Collects bins and values; the mean is carried as a sum in double so that merging millions of points stays exact
// enough.
struct BinBuilder {
    float minimum = std::numeric_limits<float>::infinity();
    float maximum = -std::numeric_limits<float>::infinity();
    double sum = 0.0;
    std::int64_t count = 0;

    void add(float value) {
        if (!std::isfinite(value)) return;
        minimum = std::min(minimum, value);
        maximum = std::max(maximum, value);
        sum += static_cast<double>(value);
        ++count;
    }
    void add(const SeriesBin& bin) {
        if (bin.count == 0) return;
        minimum = std::min(minimum, bin.minimum);
        maximum = std::max(maximum, bin.maximum);
        sum += static_cast<double>(bin.mean) * static_cast<double>(bin.count);
        count += bin.count;
    }
    SeriesBin finish() const {
        if (count == 0) return {};
        return {minimum, maximum, static_cast<float>(sum / static_cast<double>(count)), count};
    }
};

}  // namespace

void MetricSeries::clear() {
    values_.clear();
    for (std::vector<SeriesBin>& level : levels_) level.clear();
}

// Levels hold full bins only, so a value is touched again only once in kFanOut values, a bin once in kFanOut bins.
void MetricSeries::push_back(float value) {
    values_.push_back(value);
    if (values_.size() % kFanOut != 0) return;
    BinBuilder builder;
    for (auto i = values_.size() - kFanOut; i < values_.size(); ++i) builder.add(values_[i]);
    SeriesBin full = builder.finish();
    for (std::size_t k = 0;; ++k) {
        if (k == levels_.size()) levels_.emplace_back();
        std::vector<SeriesBin>& level = levels_[k];
        level.push_back(full);
        if (level.size() % kFanOut != 0) return;
        BinBuilder above;
        for (auto i = level.size() - kFanOut; i < level.size(); ++i) above.add(level[i]);
        full = above.finish();
    }
}

SeriesBin MetricSeries::bin(std::int64_t first, std::int64_t last) const {
    std::int64_t low = std::max<std::int64_t>(first, 1) - 1;  // half-open, from 0
    std::int64_t high = std::min(last, size());
    if (low >= high) return {};
    BinBuilder builder;
    // At each level the ends that do not fill a bin of the level above are taken one by one; the middle goes up.
    while (low < high && low % kFanOut != 0) builder.add(values_[static_cast<std::size_t>(low++)]);
    while (low < high && high % kFanOut != 0) builder.add(values_[static_cast<std::size_t>(--high)]);
    for (std::size_t k = 0; low < high; ++k) {
        low /= kFanOut;
        high /= kFanOut;
        const std::vector<SeriesBin>& level = levels_[k];
        while (low < high && low % kFanOut != 0) builder.add(level[static_cast<std::size_t>(low++)]);
        while (low < high && high % kFanOut != 0) builder.add(level[static_cast<std::size_t>(--high)]);
    }
    return builder.finish();
}

void MetricSeries::bins(double first, double last, std::span<SeriesBin> bins) const {
    const auto count = static_cast<double>(bins.size());
    auto edge = [&](std::size_t i) {
        return static_cast<std::int64_t>(std::ceil(first + (last - first) * static_cast<double>(i) / count));
    };
    for (std::size_t i = 0; i < bins.size(); ++i) {
        const bool at_end = i + 1 == bins.size();
        const std::int64_t past = at_end ? static_cast<std::int64_t>(std::floor(last)) + 1 : edge(i + 1);
        bins[i] = bin(edge(i), past - 1);
    }
}

// Scalars and events come by different ways, so either may bring the first word of a new run. RunIds only rise.
bool MetricHistory::belongs(RunId run) {
    if (run < run_) return false;
    if (run > run_) {
        run_ = run;
        run_info_.reset();
        loss_.clear();
        accuracy_.clear();
        evaluations_.clear();
        marks_.clear();
    }
    return true;
}

void MetricHistory::add(const IterationMetrics& metrics) {
    if (!belongs(metrics.run) || metrics.iteration <= loss_.size()) return;
    while (loss_.size() + 1 < metrics.iteration) {  // a run that was taken up again later begins after iteration 1
        loss_.push_back(std::numeric_limits<float>::quiet_NaN());
        accuracy_.push_back(std::numeric_limits<float>::quiet_NaN());
    }
    loss_.push_back(metrics.loss);
    accuracy_.push_back(metrics.accuracy);
}

void MetricHistory::add(const Event& event) {
    if (const auto* started = std::get_if<event::RunStarted>(&event)) {
        if (started->info && belongs(started->info->run)) run_info_ = started->info;
    } else if (const auto* evaluated = std::get_if<event::Evaluated>(&event)) {
        if (belongs(evaluated->metrics.run)) evaluations_.push_back(evaluated->metrics);
    } else if (const auto* changed = std::get_if<event::Changed>(&event)) {
        if (belongs(changed->run)) marks_.push_back({changed->iteration, changed->what});
    }
}

}  // namespace convscope
