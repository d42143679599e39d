// Long rows of numbers as short ones that lie about as far apart: each value is added, with a sign, to one of a few
// sums. Which one, and the sign, are drawn once and for all. Charikar, Chen and Farach-Colton, "Finding Frequent Items
// in Data Streams", 2002; of distances it keeps the square in the mean.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

class RowFolding {
public:
    static constexpr std::int64_t kLongest = 256;  // of a row that is left as it is, and of a folded one

    // Of rows of so many values.
    explicit RowFolding(std::int64_t value_count);

    std::int64_t width() const { return width_; }
    bool folds() const { return !places_.empty(); }
    // `row` has value_count values, `out` width().
    void apply(std::span<const float> row, std::span<float> out) const;

private:
    std::int64_t width_;
    std::vector<std::int32_t> places_;  // of each value; ~place: its negative is added there
};

}  // namespace convscope
