#include "viz/view/spread_history.h"

#include <algorithm>

namespace convscope {

void SpreadHistory::add(std::int64_t iteration, const Histogram& values) {
    if (values.count == 0) return;
    if (moments_.empty()) moments_.reserve(kMost);
    if (!moments_.empty() && iteration < moments_.back().iteration + step_) return;
    if (moments_.size() == kMost) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < moments_.size(); i += 2) moments_[kept++] = moments_[i];
        moments_.resize(kept);
        step_ = std::max(2 * step_,
                         (moments_.back().iteration - moments_.front().iteration) / static_cast<std::int64_t>(kept));
        if (iteration < moments_.back().iteration + step_) return;
    }
    moments_.push_back({iteration, values});
}

std::span<const SpreadMoment> SpreadHistory::until(std::int64_t iteration) const {
    const auto end = std::upper_bound(moments_.begin(), moments_.end(), iteration,
                                      [](std::int64_t at, const SpreadMoment& one) { return at < one.iteration; });
    return {moments_.begin(), end};
}

}  // namespace convscope
