// Where something was changed in a run, in words: the marks on its curves.
#pragma once

#include "engine/core/thinning_list.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

struct ChangeMark {
    std::int64_t iteration = 0;  // behind which
    std::string what;            // "learning rate 0.001 -> 0.01"
    bool operator==(const ChangeMark&) const = default;
};

// Bounded: of very many the newest 256 at least, and fewer of the older ones.
class ChangeMarks {
public:
    // None lies before one that was added earlier. One that says again what the last one says is none.
    void add(ChangeMark mark) {
        if (all().empty() || all().back() != mark) marks_.push_back(std::move(mark));
    }
    void clear() { marks_.clear(); }
    // Ascending.
    const std::vector<ChangeMark>& all() const { return marks_.items(); }
    // What they were when that iteration was the last one.
    ChangeMarks until(std::int64_t iteration) const {
        std::int64_t made = 0;
        marks_.visit(0, marks_.total(), [&](const ChangeMark& one, std::int64_t, std::int64_t count) {
            if (one.iteration <= iteration) made += count;
        });
        ChangeMarks before;
        before.marks_ = marks_.first(made);
        return before;
    }

private:
    ThinningList<ChangeMark, 1024, KeepNewer<ChangeMark>> marks_;
};

}  // namespace convscope
