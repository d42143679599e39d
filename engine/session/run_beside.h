// What a run begins with that is trained beside another one: what that was at a place of its line, or what became of a
// lane of it, or a fresh one of the same seed.
#pragma once

#include "engine/api/change_marks.h"
#include "engine/api/run_info.h"
#include "engine/session/time_line.h"
#include "engine/session/trainer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace convscope {

struct RunBeside {
    std::unique_ptr<Trainer> trainer;
    std::shared_ptr<const RunInfo> like;  // the other run, as readers see it
    BranchPoint from;                     // of the other run's line
    RunState state = {};                  // that it goes on from; without a `fresh` one
    ChangeMarks marks = {};               // that it has behind it
    std::optional<Recipe> fresh = std::nullopt;
    std::optional<TimeLine> line = std::nullopt;  // of the lane that it is; none: it begins at its state
    RunId lane = {};                              // that lane; 0: it is of none
    std::int64_t common = 0;                      // the last iteration that both have in common
    std::string difference = {};                  // as far as it is that already, in words
};

}  // namespace convscope
