// The directions in which rows of numbers vary most.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

struct Rows {
    std::span<const float> values;  // row by row
    std::int64_t width = 0;

    std::int64_t count() const { return width > 0 ? std::ssize(values) / width : 0; }
    const float* row(std::int64_t index) const { return values.data() + index * width; }
};

struct PrincipalComponents {
    std::vector<double> mean;
    std::vector<double> directions;  // one a row, at right angles, of length 1; each one's largest value is above 0
    std::vector<double> variances;   // along each, descending
    double total_variance = 0.0;     // in all directions

    std::int64_t count() const { return std::ssize(variances); }
    double share() const;  // of the total, along all of them; 1 where nothing varies
};

// So many of them, or as many as rows are wide. By subspace iteration: the same numbers every time. All values are
// finite.
PrincipalComponents principal_components(const Rows& rows, std::int64_t count);
// Each row's places along the directions, one row after the other.
std::vector<float> places_along(const PrincipalComponents& components, const Rows& rows);

}  // namespace convscope
