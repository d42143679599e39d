// All that a saved run is: what its trainer goes on from, and what its session knows of it.
#pragma once

#include "engine/core/result.h"
#include "engine/state/past_files.h"
#include "engine/state/run_family.h"
#include "engine/state/run_progress.h"
#include "engine/state/training_state.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace convscope {

struct RunState {
    std::shared_ptr<const TrainingState> training;
    RunProgress progress;  // the RunIds of its metrics are not kept in files
};

// How runs become files, and files runs: those of engine/formats/checkpoint.h, or a test's own. Any thread.
struct RunFiles {
    // Whole or not at all; makes the folder if need be.
    std::function<Result<void>(const RunState& run, const std::filesystem::path& path)> write = {};
    std::function<Result<RunState>(const std::filesystem::path& path)> read = {};
    RunFamilyFiles families = {};
    PastFiles past = {};
};

}  // namespace convscope
