#include "engine/session/mistake_search.h"

#include <algorithm>

namespace convscope {
namespace {

constexpr std::int64_t kSlice = 64;  // pictures

}  // namespace

void MistakeSearch::begin(const HeldPicture& from, std::int64_t test_count, int direction) {
    test_count_ = test_count;
    direction_ = direction < 0 ? -1 : 1;
    std::int64_t index = direction_ > 0 ? -1 : test_count;
    if (from.split == Split::Test) index = from.index;
    next_ = (index + direction_ + test_count) % test_count;
    left_ = test_count;
}

std::optional<std::int64_t> MistakeSearch::advance(Trainer& trainer) {
    // The slice lies at or after next_ going up, at or before it going down, and does not wrap.
    const std::int64_t room = direction_ > 0 ? test_count_ - next_ : next_ + 1;
    const std::int64_t slice = std::min({kSlice, left_, room});
    const std::int64_t first = direction_ > 0 ? next_ : next_ - slice + 1;
    predicted_.resize(static_cast<std::size_t>(slice));
    trainer.classify(Split::Test, first, predicted_);
    for (std::int64_t i = 0; i < slice; ++i) {
        const std::int64_t index = next_ + i * direction_;
        if (predicted_[static_cast<std::size_t>(index - first)] != trainer.label(Split::Test, index)) return index;
    }
    next_ = (next_ + slice * direction_ + test_count_) % test_count_;
    left_ -= slice;
    return std::nullopt;
}

}  // namespace convscope
