// What has become of one filter from the beginning of its run on: as it was at some of the iterations in between.
#pragma once

#include "engine/core/types.h"

#include <cstdint>
#include <vector>

namespace convscope {

// A channel's weights: a kernel for each input channel, or a unit's row.
struct FilterBiographyQuestion {
    LayerId layer{0};
    std::int64_t channel = 0;
    auto operator<=>(const FilterBiographyQuestion&) const = default;
};

struct FilterMoment {
    std::int64_t iteration = 0;
    std::vector<float> weights;  // as many as FilterBiography::shape has
    double norm = 0.0;
    double from_start = 0.0;  // cosine distance from the first moment's, 0 to 2; 0 where one of the two is all 0
    double from_now = 0.0;    // likewise from the last one's
};

struct FilterBiography {
    static constexpr std::size_t kMostMoments = 24;
    static constexpr double kSettled = 0.02;  // a cosine distance below which a filter is what it has become

    Shape shape;                        // I,H,W; I of a unit
    std::vector<FilterMoment> moments;  // ascending; the first is the earliest that is kept, the last is now
    std::int64_t settled = -1;          // the earliest moment from which on it stayed as it is now; -1: it has not
};

}  // namespace convscope
