// What may be changed about a saved run as it is resumed: what can be changed of a running one, and what else leaves
// its network, its data and what it learns as they are.
#pragma once

#include "engine/api/dataset.h"
#include "engine/state/run_state.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

// As on the command line; `set` is applied last.
struct ResumeChanges {
    std::optional<std::int64_t> epochs;  // in all, those that are done included
    std::optional<std::int64_t> batch_size;
    std::optional<double> learning_rate;
    std::vector<std::string> set;  // "section.key=value"
};

// Applies them, and returns them in words for the curves, one each: "learning rate 0.01 -> 0.001". Learning rate,
// momentum and batch size are changed as by hand, which leaves the recipe's own. An error names the option and what
// can be done instead, and leaves the run as it was.
Result<std::vector<std::string>> change_resumed_run(RunState& run, const ResumeChanges& changes);

// Whether these are the pictures that the run was trained on, wherever their files lie now. The error says which it
// wants, and begins without the saved run's name. Files of the first versions are known by the number of pictures
// alone.
Result<void> check_same_data(const TrainingState& saved, const Dataset& data);

}  // namespace convscope
