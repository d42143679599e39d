// The scalars of every iteration since a run's beginning.
#pragma once

#include "engine/api/metrics.h"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace convscope {

// Grows at its end only, and a copy shares all full blocks: however long a run has become, copying it, which is done on
// the trainer's thread whenever the run is saved, takes microseconds. A copy may be read while the original grows.
class IterationHistory {
public:
    IterationHistory() = default;
    explicit IterationHistory(const std::vector<IterationMetrics>& all) {
        for (const IterationMetrics& metrics : all) push_back(metrics);
    }

    // Allocates once in kBlockSize calls.
    void push_back(const IterationMetrics& metrics) {
        if (newest_.capacity() < kBlockSize) newest_.reserve(kBlockSize);
        newest_.push_back(metrics);
        if (newest_.size() < kBlockSize) return;
        full_.push_back(std::make_shared<const Block>(std::move(newest_)));
        newest_ = {};
    }

    std::size_t size() const { return full_.size() * kBlockSize + newest_.size(); }
    bool empty() const { return size() == 0; }
    const IterationMetrics& operator[](std::size_t index) const {
        const std::size_t block = index / kBlockSize;
        return block < full_.size() ? (*full_[block])[index % kBlockSize] : newest_[index % kBlockSize];
    }
    const IterationMetrics& back() const { return (*this)[size() - 1]; }
    std::vector<IterationMetrics> to_vector() const {
        std::vector<IterationMetrics> all;
        all.reserve(size());
        for (const auto& block : full_) all.insert(all.end(), block->begin(), block->end());
        all.insert(all.end(), newest_.begin(), newest_.end());
        return all;
    }

private:
    static constexpr std::size_t kBlockSize = 4096;
    using Block = std::vector<IterationMetrics>;

    std::vector<std::shared_ptr<const Block>> full_;
    Block newest_;
};

}  // namespace convscope
