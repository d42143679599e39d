// How numbers were spread at some of the iterations at which somebody looked. Pure: no drawing. UI thread.
#pragma once

#include "engine/api/histogram.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

struct SpreadMoment {
    std::int64_t iteration = 0;
    Histogram values;
};

class SpreadHistory {
public:
    static constexpr std::size_t kMost = 96;  // moments; when there are more, every second one goes

    void clear() {
        moments_.clear();
        step_ = 1;
    }
    // Only what is later than all that is there, and holds anything: a place in the past is no news.
    void add(std::int64_t iteration, const Histogram& values);
    // Ascending; up to that iteration.
    std::span<const SpreadMoment> until(std::int64_t iteration) const;

private:
    std::vector<SpreadMoment> moments_;
    std::int64_t step_ = 1;  // iterations from one to the next, at least
};

}  // namespace convscope
