// Which rows lie nearest to each, by their distance in all directions: every pair is looked at.
#pragma once

#include "engine/layout/principal_components.h"

#include <cstdint>
#include <vector>

namespace convscope {

// Each row's nearest others, nearest first; where two are as near, the one that comes first.
struct Neighbours {
    std::int64_t each = 0;
    std::vector<std::int32_t> places;      // row by row
    std::vector<float> squared_distances;  // likewise

    std::int64_t count() const { return each > 0 ? std::ssize(places) / each : 0; }
};

class NeighbourSearch {
public:
    // `rows` must live as long as this. `each` is less than their count.
    NeighbourSearch(const Rows& rows, std::int64_t each);

    // Of the next so many rows. True when that was all of them.
    bool advance(std::int64_t rows);
    double progress() const { return static_cast<double>(next_) / static_cast<double>(rows_.count()); }
    const Neighbours& neighbours() const { return found_; }

private:
    void find(std::int64_t row);

    Rows rows_;
    std::vector<float> columns_;  // the rows, one value of all after the other
    std::vector<float> distances_;
    std::vector<std::pair<float, std::int32_t>> nearest_;  // a heap, the farthest in front
    std::int64_t next_ = 0;
    Neighbours found_;
};

}  // namespace convscope
