// The differences that are offered where a second run is to be trained beside the first (command::BeginTwin). Pure.
#pragma once

#include "engine/api/command.h"
#include "engine/api/snapshot.h"
#include "engine/core/result.h"
#include "viz/view/selection.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace convscope {

struct TwinChoice {
    const char* group = "";                   // its heading; those of one follow each other
    std::string anchor;                       // "rate-up"
    std::string label;                        // "x 10"
    std::string help;                         // a sentence
    std::optional<command::BeginTwin> begin;  // none: it cannot be done now, and `help` says why
};
// `snapshot` is one of a run. `from_start`: both begin at the beginning of the run's line, else at the present place.
std::vector<TwinChoice> twin_choices(const Snapshot& snapshot, const Selection& selection, bool from_start);

// A learning rate as somebody types it.
Result<double> parse_twin_rate(std::string_view text);
command::BeginTwin twin_with_rate(double rate, bool from_start);

}  // namespace convscope
