// Which savings a journal has to name. A run that saves itself every few seconds for a day does so some ten thousand
// times, and where it went on is told by the iteration alone, unless something else happened at that very one.
#pragma once

#include "engine/journal/journal.h"

#include <optional>
#include <vector>

namespace convscope {

class JournalThinning {
public:
    // What is to be written now that this has happened, in this order. A saving waits until something else happens at
    // its iteration, which it was before, and is forgotten when the run goes on without; behind something else at its
    // iteration it is written at once, unless the same was written there already.
    std::vector<JournalEntry> add(JournalEntry entry);

private:
    std::optional<journal::Saving> waiting_;
    std::optional<RunPlace> last_;  // of what was written last; none: nothing was
    bool last_is_saving_ = false;
};

}  // namespace convscope
