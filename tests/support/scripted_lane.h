// What a scripted session remembers of a lane of its run: enough to live it again.
#pragma once

#include "engine/api/change_marks.h"
#include "engine/api/metrics.h"
#include "engine/api/run_info.h"
#include "engine/api/run_line.h"
#include "engine/api/snapshot.h"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace convscope::test {

struct ScriptedLane {
    RunLane lane;  // without its history
    std::shared_ptr<const RunInfo> info = nullptr;
    std::vector<IterationMetrics> told = {};  // of iterations 1, 2, ...
    std::vector<EvaluationMetrics> measured = {};
    ChangeMarks marks = {};
    std::map<std::int64_t, LiveSettings> settings = {};  // in effect behind an iteration at which they were changed
    std::map<std::int64_t, Restraints> restraints = {};  // likewise
    std::map<std::int64_t, std::shared_ptr<const Recipe>> recipes = {};  // likewise
    struct Edit {
        std::int64_t iteration = 0;
        command::SetWeights set;
    };
    std::vector<Edit> edits = {};
    struct Undo {
        std::int64_t iteration = 0;
        std::shared_ptr<const std::string> mark;
        std::vector<Command> commands;
    };
    std::vector<Undo> undo = {};

    std::int64_t told_count() const { return static_cast<std::int64_t>(told.size()); }
    // What lies behind an iteration is another lane's.
    void cut(std::int64_t iteration);
    RunHistory history() const;
};

}  // namespace convscope::test
