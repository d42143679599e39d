// Counts of (true class, predicted class).
#pragma once

#include "engine/core/types.h"

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace convscope {

class ConfusionMatrix {
public:
    ConfusionMatrix() = default;
    explicit ConfusionMatrix(int class_count)
        : class_count_(class_count),
          counts_(static_cast<std::size_t>(class_count) * static_cast<std::size_t>(class_count), 0),
          unanswered_(static_cast<std::size_t>(class_count), 0) {}

    int class_count() const { return class_count_; }
    // A `predicted` of -1 is no answer, as of a network whose output is not a number: it is of no column, and not
    // right.
    void add(int truth, int predicted, std::int64_t count = 1) {
        (predicted < 0 ? unanswered_[static_cast<std::size_t>(truth)] : counts_[index(truth, predicted)]) += count;
    }
    std::int64_t at(int truth, int predicted) const { return counts_[index(truth, predicted)]; }
    std::int64_t unanswered() const { return std::accumulate(unanswered_.begin(), unanswered_.end(), std::int64_t{0}); }
    void clear() {
        counts_.assign(counts_.size(), 0);
        unanswered_.assign(unanswered_.size(), 0);
    }

    std::int64_t total() const { return std::accumulate(counts_.begin(), counts_.end(), unanswered()); }
    std::int64_t row_total(int truth) const {
        std::int64_t sum = unanswered_[static_cast<std::size_t>(truth)];
        for (int p = 0; p < class_count_; ++p) sum += at(truth, p);
        return sum;
    }
    std::int64_t column_total(int predicted) const {
        std::int64_t sum = 0;
        for (int t = 0; t < class_count_; ++t) sum += at(t, predicted);
        return sum;
    }
    std::int64_t correct() const {
        std::int64_t sum = 0;
        for (int c = 0; c < class_count_; ++c) sum += at(c, c);
        return sum;
    }
    // Shares in 0..1; NaN where nothing was counted, which is shown as a dash.
    double accuracy() const { return ratio(correct(), total()); }
    double recall(int truth) const { return ratio(at(truth, truth), row_total(truth)); }
    double precision(int predicted) const { return ratio(at(predicted, predicted), column_total(predicted)); }
    // Their harmonic mean. Of a class that is never predicted 0, if it has pictures.
    double f1(int c) const { return ratio(2 * at(c, c), row_total(c) + column_total(c)); }

    // Of as many classes: counts are then by how many this one had more, which may be less than none, and shares of
    // them mean nothing.
    void subtract(const ConfusionMatrix& other) {
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] -= other.counts_[i];
        for (std::size_t i = 0; i < unanswered_.size(); ++i) unanswered_[i] -= other.unanswered_[i];
    }
    bool operator==(const ConfusionMatrix&) const = default;

private:
    std::size_t index(int truth, int predicted) const {
        return static_cast<std::size_t>(truth) * static_cast<std::size_t>(class_count_) +
               static_cast<std::size_t>(predicted);
    }
    static double ratio(std::int64_t part, std::int64_t whole) {
        return static_cast<double>(part) / static_cast<double>(whole);  // 0/0 is NaN, on purpose
    }

    int class_count_ = 0;
    std::vector<std::int64_t> counts_;
    std::vector<std::int64_t> unanswered_;  // by true class
};

// A matrix with what it was counted over.
struct CountedConfusion {
    ConfusionMatrix matrix;
    Split split = Split::Test;
    // The class that each picture of the split was taken for, in their order; empty where it was not all of them.
    std::vector<std::uint16_t> predicted = {};
    // How likely each of these is each class, picture by picture; empty where nobody watched for it, and of so many
    // pictures and classes that it would be more than kMostProbabilities. Of one without an answer not finite, or any.
    std::vector<float> probabilities = {};
    std::int64_t first_iteration = 0;  // the weights used were those after these iterations
    std::int64_t last_iteration = 0;

    static constexpr std::int64_t kMostProbabilities = 16'000'000;  // 64 MB
    static constexpr std::uint16_t kNoAnswer = 0xFFFF;              // predicted, of an output that is not a number

    static bool can_keep_probabilities(std::int64_t pictures, int class_count) {
        return pictures * class_count <= kMostProbabilities;
    }
    std::span<const float> probabilities_of(std::int64_t picture) const {
        const auto count = static_cast<std::size_t>(matrix.class_count());
        return std::span(probabilities).subspan(static_cast<std::size_t>(picture) * count, count);
    }

    void recycle() {
        matrix.clear();
        predicted.clear();
        probabilities.clear();
    }
};

}  // namespace convscope
