#include "viz/view/mistake_list.h"

#include "engine/api/dataset.h"

#include <cmath>
#include <limits>

namespace convscope {

bool knows_answers(const Snapshot& snapshot) {
    return snapshot.test_confusion && snapshot.run_info && snapshot.run_info->dataset &&
           !snapshot.test_confusion->predicted.empty() &&
           std::ssize(snapshot.test_confusion->predicted) == snapshot.run_info->dataset->size(Split::Test);
}

void MistakeList::show(const Snapshot& snapshot, const Selection& selection, Part part, Order order) {
    const bool news = adopt(snapshot);
    const bool of_cell = selection.true_class >= 0 && selection.predicted_class >= 0;
    const Cell cell = of_cell ? Cell{selection.true_class, selection.predicted_class} : Cell{};
    if (!news && cell == cell_ && part == part_ && order == order_) return;
    cell_ = cell;
    part_ = part;
    order_ = order;
    list(part, order);
}

bool MistakeList::adopt(const Snapshot& snapshot) {
    const RunInfo& info = *snapshot.run_info;
    if (info.run != run_ || info.dataset != data_) {
        run_ = info.run;
        now_.reset();
        before_.reset();
    }
    if (info.dataset != data_) {
        data_ = info.dataset;
        truths_.clear();
        for (std::int64_t i = 0; i < data_->size(Split::Test); ++i)
            truths_.push_back(static_cast<std::uint16_t>(data_->label(Split::Test, i)));
    }
    if (now_ == snapshot.test_confusion) return false;
    // What was swept again for its probabilities alone has no news of what came and went.
    const bool again = now_ && now_->last_iteration == snapshot.test_confusion->last_iteration &&
                       now_->predicted == snapshot.test_confusion->predicted;
    if (!again) before_ = now_;
    now_ = snapshot.test_confusion;
    return true;
}

bool MistakeList::holds(const CountedConfusion& sweep, std::size_t picture) const {
    if (cell_.truth < 0) return sweep.predicted[picture] != truths_[picture];
    return truths_[picture] == cell_.truth && sweep.predicted[picture] == cell_.predicted;
}

void MistakeList::list(Part part, Order order) {
    unordered_.clear();
    keys_.clear();
    present_ = entered_ = left_ = 0;
    for (std::size_t i = 0; i < truths_.size(); ++i) {
        const bool now = holds(*now_, i);
        const bool then = before_ ? holds(*before_, i) : now;
        present_ += now ? 1 : 0;
        entered_ += now && !then ? 1 : 0;
        left_ += then && !now ? 1 : 0;
        const bool wanted = part == Part::Present ? now : part == Part::Entered ? now && !then : then && !now;
        if (!wanted) continue;
        Entry entry{static_cast<std::int64_t>(i), truths_[i], now_->predicted[i],
                    std::numeric_limits<float>::quiet_NaN(), now && !then};
        if (entry.predicted != CountedConfusion::kNoAnswer && !now_->probabilities.empty())
            entry.confidence = now_->probabilities_of(entry.picture)[entry.predicted];
        keys_.push_back(order == Order::SurestFirst ? entry.confidence : -entry.confidence);
        unordered_.push_back(entry);
    }
    entries_.clear();
    for (const std::uint32_t place : by_confidence_.descending(keys_)) entries_.push_back(unordered_[place]);
}

}  // namespace convscope
