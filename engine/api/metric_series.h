// One scalar of training over the iterations of a run, in memory that does not grow with the run.
#pragma once

#include "engine/core/thinning_list.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace convscope {

// The extremes and the mean of a stretch of a series; count is 0 where there is no (finite) point.
struct SeriesBin {
    float minimum = 0.0F;
    float maximum = 0.0F;
    float mean = 0.0F;
    std::int64_t count = 0;
};

// One value per iteration, iteration 1 first. At least the newest 4,096 are kept as they came, values that are not
// finite too; older ones of a long run by the range and mean of stretches that are longer the older they are
// (ThinningList), of their finite values. Takes 256 KiB at most; a copy of that takes 0.1 ms.
class MetricSeries {
public:
    // What is kept of an iteration, or of a stretch of them. Of a value that is not finite, `mean` is that value.
    struct Kept {
        float minimum = 0.0F;
        float maximum = 0.0F;
        float mean = 0.0F;
        std::uint32_t count = 0;  // finite values
    };
    struct Merge {
        Kept operator()(const Kept& older, const Kept& newer) const;
    };
    using List = ThinningList<Kept, 16384, Merge>;
    // The iterations that are kept as one; a single one is exact.
    struct Stretch {
        std::int64_t first = 0;
        std::int64_t last = 0;
        SeriesBin bin;
        bool exact() const { return first == last; }
    };

    MetricSeries() = default;
    explicit MetricSeries(List list) : list_(std::move(list)) {}

    void clear() { list_.clear(); }
    // Amortised O(1); allocates once.
    void push_back(float value) { list_.push_back(kept(value)); }
    // A stretch of `length` iterations, a power of two. No shorter one may have come before.
    void push_stretch(const Kept& kept, std::int64_t length) {
        list_.push_stretch(kept, static_cast<std::size_t>(std::countr_zero(static_cast<std::uint64_t>(length))));
    }
    static Kept kept(float value);  // of one iteration

    std::int64_t size() const { return list_.total(); }
    // The value at `iteration` (from 1 to size()); the mean of its stretch where that is all that is kept.
    float at(std::int64_t iteration) const;
    Stretch stretch(std::int64_t iteration) const;
    // What lies in the iterations [first, last], clipped to what exists. A stretch that is in there in part counts
    // whole, so the answer is exact for [i 2^k + 1, (i + 1) 2^k] where no stretch is longer than that.
    SeriesBin bin(std::int64_t first, std::int64_t last) const;

    const List& list() const { return list_; }

private:
    List list_;
};

}  // namespace convscope
