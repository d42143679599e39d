// The class probabilities of one picture as training went on: the newest samples, each with its iteration. No drawing;
// UI thread. Allocates only when it meets another number of classes.
#pragma once

#include "engine/api/snapshot.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

class ProbabilityHistory {
public:
    static constexpr std::int64_t kCapacity = 2048;

    // Takes the snapshot's probabilities if they are newer than all that are here: a place in the past adds nothing.
    // Another run or another picture starts over, another lane of the run goes on from what they have in common; while
    // the probe follows the minibatches, every sample is another picture and all are kept.
    void update(const Snapshot& snapshot);

    // Samples are numbered from 0 since the start; those from first() to end() - 1 are still there.
    std::int64_t first() const { return first_; }
    std::int64_t end() const { return end_; }
    int class_count() const { return class_count_; }
    std::int64_t iteration(std::int64_t sample) const { return iterations_[place(sample)]; }
    std::span<const float> probabilities(std::int64_t sample) const {
        const auto classes = static_cast<std::size_t>(class_count_);
        return std::span(values_).subspan(place(sample) * classes, classes);
    }
    // The mean over samples [from, to) of one class.
    float mean(int label, std::int64_t from, std::int64_t to) const;

private:
    static std::size_t place(std::int64_t sample) { return static_cast<std::size_t>(sample % kCapacity); }

    RunId run_;
    RunId lane_;
    ProbeSource probe_;
    int class_count_ = 0;
    std::int64_t first_ = 0;
    std::int64_t end_ = 0;
    std::vector<std::int64_t> iterations_;
    std::vector<float> values_;  // sample after sample, class_count_ each
};

}  // namespace convscope
