// Going through the test set in slices, between iterations, with the weights of one iteration.
#pragma once

#include "engine/api/confusion_matrix.h"
#include "engine/session/trainer.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace convscope {

// One pass over the whole test set: what each picture is taken for, the confusion matrix and the summed loss.
class Sweep {
public:
    static constexpr std::int64_t kLargestSlice = 1000;

    // Begins anew; `iteration` is that of the weights, which advance() goes on asking. Of no pictures it is complete at
    // once.
    // `into` is what it fills: nobody else looks at it before it is complete.
    void begin(std::int64_t test_count, int class_count, std::int64_t iteration, Weights weights,
               std::shared_ptr<CountedConfusion> into, bool with_probabilities = false);
    void abandon() { active_ = false; }
    bool active() const { return active_; }
    // 0 to 1.
    double progress() const;
    // Classifies up to `slice` (at most kLargestSlice) further pictures and returns how many; no longer active when
    // that completed the pass.
    std::int64_t advance(Trainer& trainer, std::int64_t slice);

    // False also where there are too many of them.
    bool keeps_probabilities() const { return with_probabilities_; }

    // Of a complete pass.
    const CountedConfusion& confusion() const { return *confusion_; }
    std::shared_ptr<const CountedConfusion> shared_confusion() const { return confusion_; }
    double mean_loss() const { return loss_sum_ / static_cast<double>(test_count_); }  // NaN of no pictures

private:
    bool active_ = false;
    bool with_probabilities_ = false;
    Weights weights_ = Weights::Present;
    std::int64_t test_count_ = 0;
    std::int64_t next_ = 0;
    double loss_sum_ = 0.0;
    std::shared_ptr<CountedConfusion> confusion_;
    std::vector<int> predicted_;  // of a slice
};

// The confusion matrix of the last `capacity` training samples, as they were predicted when trained on.
class RollingConfusion {
public:
    explicit RollingConfusion(std::size_t capacity) : capacity_(capacity) {}
    void clear(int class_count);
    void add(const IterationOutcome& outcome, std::int64_t iteration);
    const CountedConfusion& confusion() const { return confusion_; }

private:
    struct Sample {
        int truth;
        int predicted;
        std::int64_t iteration;
    };
    std::size_t capacity_;
    std::vector<Sample> samples_;  // a ring once full
    std::size_t next_ = 0;
    CountedConfusion confusion_;
};

}  // namespace convscope
