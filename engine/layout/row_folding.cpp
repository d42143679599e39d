#include "engine/layout/row_folding.h"

#include "engine/core/random_stream.h"

#include <algorithm>

namespace convscope {
namespace {

constexpr std::uint64_t kFoldingSeed = 31;

}  // namespace

RowFolding::RowFolding(std::int64_t value_count) : width_(std::min(value_count, kLongest)) {
    if (value_count <= kLongest) return;
    RandomStream random(kFoldingSeed);
    places_.resize(static_cast<std::size_t>(value_count));
    for (std::int32_t& place : places_) {
        const std::int32_t chosen = random.below(static_cast<int>(kLongest));
        place = random.below(2) == 0 ? chosen : ~chosen;
    }
}

void RowFolding::apply(std::span<const float> row, std::span<float> out) const {
    if (!folds()) {
        std::copy(row.begin(), row.end(), out.begin());
        return;
    }
    std::fill(out.begin(), out.end(), 0.0F);
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const std::int32_t place = places_[i];
        if (place >= 0)
            out[static_cast<std::size_t>(place)] += row[i];
        else
            out[static_cast<std::size_t>(~place)] -= row[i];
    }
}

}  // namespace convscope
