#include "engine/session/sweep.h"

#include <algorithm>
#include <utility>

namespace convscope {

void Sweep::begin(std::int64_t test_count, int class_count, std::int64_t iteration, Weights weights,
                  std::shared_ptr<CountedConfusion> into, bool with_probabilities) {
    confusion_ = std::move(into);
    with_probabilities_ = with_probabilities && CountedConfusion::can_keep_probabilities(test_count, class_count);
    active_ = test_count > 0;
    weights_ = weights;
    test_count_ = test_count;
    next_ = 0;
    loss_sum_ = 0.0;
    if (confusion_->matrix.class_count() != class_count) confusion_->matrix = ConfusionMatrix(class_count);
    confusion_->recycle();
    predicted_.reserve(static_cast<std::size_t>(kLargestSlice));
    if (with_probabilities_)
        confusion_->probabilities.resize(static_cast<std::size_t>(test_count) * static_cast<std::size_t>(class_count));
    confusion_->first_iteration = iteration;
    confusion_->last_iteration = iteration;
}

double Sweep::progress() const {
    return test_count_ == 0 ? 0.0 : static_cast<double>(next_) / static_cast<double>(test_count_);
}

std::int64_t Sweep::advance(Trainer& trainer, std::int64_t slice) {
    const std::int64_t count = std::min(slice, test_count_ - next_);
    predicted_.resize(static_cast<std::size_t>(count));
    std::span<float> probabilities;
    if (with_probabilities_) {
        const auto classes = static_cast<std::size_t>(confusion_->matrix.class_count());
        probabilities =
            std::span(confusion_->probabilities)
                .subspan(static_cast<std::size_t>(next_) * classes, static_cast<std::size_t>(count) * classes);
    }
    loss_sum_ += trainer.classify(Split::Test, next_, predicted_, weights_, probabilities);
    for (std::int64_t i = 0; i < count; ++i) {
        const int predicted = predicted_[static_cast<std::size_t>(i)];
        confusion_->matrix.add(trainer.label(Split::Test, next_ + i), predicted);
        confusion_->predicted.push_back(static_cast<std::uint16_t>(predicted));
    }
    next_ += count;
    active_ = next_ < test_count_;
    return count;
}

void RollingConfusion::clear(int class_count) {
    samples_.clear();
    samples_.reserve(capacity_);
    next_ = 0;
    confusion_ = CountedConfusion{ConfusionMatrix(class_count), Split::Train};
}

void RollingConfusion::add(const IterationOutcome& outcome, std::int64_t iteration) {
    for (std::size_t i = 0; i < outcome.labels.size(); ++i) {
        const Sample sample{outcome.labels[i], outcome.predicted[i], iteration};
        confusion_.matrix.add(sample.truth, sample.predicted);
        if (samples_.size() < capacity_) {
            samples_.push_back(sample);
            continue;
        }
        confusion_.matrix.add(samples_[next_].truth, samples_[next_].predicted, -1);
        samples_[next_] = sample;
        next_ = next_ + 1 == capacity_ ? 0 : next_ + 1;
    }
    // Once full, the oldest sample is the next to be overwritten; until then it is the first.
    if (!samples_.empty()) confusion_.first_iteration = samples_[next_].iteration;
    confusion_.last_iteration = iteration;
}

}  // namespace convscope
