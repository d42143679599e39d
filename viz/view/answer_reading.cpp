#include "viz/view/answer_reading.h"

#include "engine/api/dataset.h"

#include <cmath>
#include <limits>
#include <utility>

namespace convscope {

void AnswerReading::show(const Snapshot& snapshot) {
    if (snapshot.run_info->dataset != data_) {
        data_ = snapshot.run_info->dataset;
        read_.sweep.reset();
        next_.sweep.reset();
        truths_.clear();
        for (std::int64_t i = 0; i < data_->size(Split::Test); ++i)
            truths_.push_back(static_cast<std::uint16_t>(data_->label(Split::Test, i)));
    }
    if (next_.sweep || read_.sweep == snapshot.test_confusion) return;  // what was begun is brought to its end
    if (snapshot.test_confusion->probabilities.empty()) return;  // those of the one before are still something to see
    next_.sweep = snapshot.test_confusion;
    next_.curves.resize(static_cast<std::size_t>(next_.sweep->matrix.class_count()));
    traced_ = 0;
}

bool AnswerReading::advance() {
    if (!next_.sweep) return true;
    if (traced_ < next_.curves.size()) {
        tracer_.trace(*next_.sweep, truths_, static_cast<int>(traced_), next_.curves[traced_]);
        ++traced_;
        return false;
    }
    calibrate(*next_.sweep, truths_, next_.calibration);
    finish();
    return true;
}

void AnswerReading::finish() {
    const ConfusionMatrix& matrix = next_.sweep->matrix;
    double counts[5] = {};
    double sums[5] = {};
    for (int c = 0; c < matrix.class_count(); ++c) {
        if (matrix.row_total(c) == 0) continue;
        const ClassCurves& curves = next_.curves[static_cast<std::size_t>(c)];
        // A class that is never predicted has no precision, which its F1 of 0 says already.
        const double values[5] = {matrix.precision(c), matrix.recall(c), matrix.f1(c), curves.roc_area,
                                  curves.average_precision};
        for (std::size_t i = 0; i < 5; ++i) {
            if (std::isnan(values[i])) continue;
            sums[i] += values[i];
            counts[i] += 1.0;
        }
    }
    const auto mean = [&](std::size_t i) {
        return counts[i] > 0.0 ? sums[i] / counts[i] : std::numeric_limits<double>::quiet_NaN();
    };
    next_.means = {mean(0), mean(1), mean(2), mean(3), mean(4)};
    std::swap(read_, next_);
    next_.sweep.reset();
}

}  // namespace convscope
