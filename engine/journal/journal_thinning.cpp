#include "engine/journal/journal_thinning.h"

#include <utility>

namespace convscope {

std::vector<JournalEntry> JournalThinning::add(JournalEntry entry) {
    const RunPlace place = place_of(entry);
    std::optional<journal::Saving> before = std::exchange(waiting_, std::nullopt);
    std::vector<JournalEntry> due;
    if (const auto* saving = std::get_if<journal::Saving>(&entry)) {
        if (!last_ || last_->iteration != place.iteration) {
            waiting_ = *saving;
            return due;
        }
        if (last_is_saving_ && *last_ == place) return due;
    } else if (before && before->place.iteration == place.iteration && !std::holds_alternative<journal::Begun>(entry)) {
        due.emplace_back(std::move(*before));
    }
    last_ = place;
    last_is_saving_ = std::holds_alternative<journal::Saving>(entry);
    due.push_back(std::move(entry));
    return due;
}

}  // namespace convscope
