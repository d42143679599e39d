// From options to a session: opens the recipe and the data, makes the trainer. Used by the window and by `train`.
#pragma once

#include "engine/api/breakpoint.h"
#include "engine/api/dataset.h"
#include "engine/api/session.h"
#include "engine/core/result.h"
#include "engine/formats/network_weights.h"
#include "engine/host/replay.h"
#include "engine/host/run_folders.h"
#include "engine/host/run_options.h"
#include "engine/host/run_recorder.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace convscope {

struct RunSetup {
    Recipe recipe;  // with the command line's overrides
    std::shared_ptr<const Dataset> data;
    RunOptions options;
    std::filesystem::path resume;                        // empty: a new run
    std::shared_ptr<const InitialWeights> weights = {};  // that it begins with; null: drawn from the seed
};

// Reads the recipe and opens the data and, where there is one, the checkpoint: a saved run is resumed (of `--resume
// latest` the newest that can be read), in its own folder where `out` names none and that can be written to; weights
// alone begin a new one. The error names the file or option and the remedy.
Result<RunSetup> prepare_run(const RunOptions& options);

struct SessionSettings {
    bool paused = false;
    double iterations_per_second = 0.0;  // 0: flat out
    bool extend_finished = false;        // as in SessionOptions, as is the next one
    std::vector<Breakpoint> breakpoints = usual_breakpoints();
    bool beside_window = false;  // training yields the processor to the window
    // Of SessionOptions::save_to and folders; each run's log is kept beside its checkpoint, by `recorder`, which
    // asks the same. None: neither.
    RunFolders folders = {};
    std::shared_ptr<RunRecorder> recorder = {};
    std::function<void()> on_publish;  // on the trainer's thread
};

std::unique_ptr<Session> make_session(const RunSetup& setup, SessionSettings settings);

struct ReplaySources {
    std::string data;             // where the data lie now, as --data takes it; empty: where they lay then
    std::string device = "auto";  // LibTorch's
};
// What it takes to live a run again that began so: its data, and what it began with. The error says what is not as it
// was then.
Result<ReplayOptions> prepare_replay(const journal::Begun& begun, const ReplaySources& sources);

// Claims where the runs go (run_folders.h), before anything is written. Where a run made room its file may be elsewhere
// then, and `setup` is told; so is the user, on standard error.
Result<RunFolders> claim_run_folders(RunSetup& setup);

// "0.1.0".
const char* version();
// "ConvScope 0.1.0, GCC 12.2.0": what a journal says of whoever wrote it.
std::string build_description();

}  // namespace convscope
