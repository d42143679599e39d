// What Split::Test is called on the screen: a run that holds out pictures for validation is not measured on the test
// set, and must not say so.
#pragma once

#include "engine/api/snapshot.h"
#include "viz/widgets/format.h"

#include <cstdint>
#include <string>

namespace convscope {

struct SplitNames {
    const char* set;        // "Test set"; on a button
    const char* short_set;  // where there is little room
    const char* title;      // "Test", before a noun
    const char* word;       // "test", within a sentence, before "set" or "pictures"
};

// Null, before there is a run: nothing is known of one that is not the test set.
inline SplitNames names_of_test(const RunInfo* info) {
    if (info && info->data.measured_on == "validation") return {"Validation", "Valid.", "Validation", "validation"};
    return {"Test set", "Test", "Test", "test"};
}

inline SplitNames names_of_test(const Snapshot* snapshot) {
    return names_of_test(snapshot ? snapshot->run_info.get() : nullptr);
}

// Which weights something was measured with, in the same words wherever an accuracy stands.
inline std::string at_iteration(std::int64_t iteration) {
    return std::string("at iteration ") + format_count(iteration).c_str();
}

}  // namespace convscope
