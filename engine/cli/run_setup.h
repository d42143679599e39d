// From options to a session: opens the recipe and the data, makes the trainer. Used by the window and by `train`.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/session.h"
#include "engine/cli/command_line.h"
#include "engine/core/result.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace convscope {

inline constexpr const char* kLastCheckpoint = "last.pt";  // in the run's folder

struct RunSetup {
    Recipe recipe;  // with the command line's overrides
    std::shared_ptr<const Dataset> data;
    RunOptions options;
    std::filesystem::path resume;  // empty: a new run
};

// Reads the recipe and opens the data. The error names the file or option and the remedy.
Result<RunSetup> prepare_run(const RunOptions& options);

struct SessionSettings {
    bool paused = false;
    double iterations_per_second = 0.0;  // 0: flat out
    bool beside_window = false;          // training yields the processor to the window
    std::filesystem::path save_to = {};  // where the run is saved by itself; empty: nowhere
    std::function<void()> on_publish;    // on the trainer's thread
};

// $XDG_STATE_HOME/convscope/runs/<recipe>-<now>/last.pt, where `--resume latest` looks; empty without a home folder.
std::filesystem::path own_checkpoint_path(const Recipe& recipe);

std::unique_ptr<Session> make_session(const RunSetup& setup, SessionSettings settings);

// "0.1.0".
const char* version();

}  // namespace convscope
