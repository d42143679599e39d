#include "engine/api/answer_quality.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace convscope {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

float quality_share(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0.0F : static_cast<float>(static_cast<double>(part) / static_cast<double>(whole));
}

bool hardly_apart(const ClassCurves::Point& a, const ClassCurves::Point& b) {
    return std::abs(a.recall - b.recall) < CurveTracer::kResolution &&
           std::abs(a.precision - b.precision) < CurveTracer::kResolution &&
           std::abs(a.false_alarms - b.false_alarms) < CurveTracer::kResolution;
}

}  // namespace

void CurveTracer::trace(const CountedConfusion& counted, std::span<const std::uint16_t> truths, int label,
                        ClassCurves& into) {
    const auto classes = static_cast<std::size_t>(counted.matrix.class_count());
    scores_.resize(truths.size());
    for (std::size_t i = 0; i < truths.size(); ++i)
        scores_[i] = counted.predicted[i] == CountedConfusion::kNoAnswer
                         ? -1.0F
                         : counted.probabilities[i * classes + static_cast<std::size_t>(label)];
    into.points.clear();
    into.positives = std::count(truths.begin(), truths.end(), static_cast<std::uint16_t>(label));
    into.negatives = std::ssize(truths) - into.positives;
    std::int64_t hits = 0, alarms = 0;
    double area = 0.0, precision_sum = 0.0;
    const std::span<const std::uint32_t> order = order_.descending(scores_);
    for (std::size_t i = 0; i < order.size();) {
        const float threshold = scores_[order[i]];
        const std::int64_t hits_before = hits, alarms_before = alarms;
        for (; i < order.size() && scores_[order[i]] == threshold; ++i) ++(truths[order[i]] == label ? hits : alarms);
        area += 0.5 * static_cast<double>(alarms - alarms_before) * static_cast<double>(hits + hits_before);
        precision_sum +=
            static_cast<double>(hits - hits_before) * static_cast<double>(hits) / static_cast<double>(hits + alarms);
        const ClassCurves::Point point{threshold, quality_share(hits, into.positives),
                                       quality_share(hits, hits + alarms), quality_share(alarms, into.negatives)};
        if (into.points.empty() || i == order.size() || !hardly_apart(into.points.back(), point))
            into.points.push_back(point);
    }
    const auto positives = static_cast<double>(into.positives), negatives = static_cast<double>(into.negatives);
    into.roc_area = into.positives > 0 && into.negatives > 0 ? area / (positives * negatives) : kNone;
    into.average_precision = into.positives > 0 ? precision_sum / positives : kNone;
}

void calibrate(const CountedConfusion& counted, std::span<const std::uint16_t> truths, Calibration& into, int bins) {
    into.bins.assign(static_cast<std::size_t>(bins), {});
    into.pictures = 0;
    into.expected_error = into.largest_error = 0.0;
    std::int64_t right = 0;
    double confidence_sum = 0.0;
    for (std::size_t i = 0; i < truths.size(); ++i) {
        const std::uint16_t predicted = counted.predicted[i];
        if (predicted == CountedConfusion::kNoAnswer) continue;
        const double confidence =
            static_cast<double>(counted.probabilities_of(static_cast<std::int64_t>(i))[predicted]);
        const auto place = static_cast<int>(std::ceil(confidence * bins)) - 1;
        Calibration::Bin& bin = into.bins[static_cast<std::size_t>(std::clamp(place, 0, bins - 1))];
        ++bin.pictures;
        bin.confidence += confidence;
        const bool is_right = predicted == truths[i];
        bin.accuracy += is_right ? 1.0 : 0.0;
        right += is_right ? 1 : 0;
        confidence_sum += confidence;
        ++into.pictures;
    }
    const auto count = static_cast<double>(into.pictures);
    for (Calibration::Bin& bin : into.bins) {
        if (bin.pictures == 0) continue;
        const auto own = static_cast<double>(bin.pictures);
        bin.confidence /= own;
        bin.accuracy /= own;
        const double error = std::abs(bin.confidence - bin.accuracy);
        into.expected_error += error * own / count;
        into.largest_error = std::max(into.largest_error, error);
    }
    if (into.pictures == 0) {
        into.expected_error = into.largest_error = into.mean_confidence = into.accuracy = kNone;
        return;
    }
    into.mean_confidence = confidence_sum / count;
    into.accuracy = static_cast<double>(right) / count;
}

}  // namespace convscope
