// What a session is given when it is made.
#pragma once

#include "engine/api/breakpoint.h"
#include "engine/api/event.h"
#include "engine/api/run_folder.h"
#include "engine/core/clock.h"
#include "engine/session/run_log_entry.h"
#include "engine/session/trainer.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

// Runs on the session's own thread, because LibTorch's thread settings belong to a thread; what it throws makes the
// session Failed.
using MakeTrainer = std::function<std::unique_ptr<Trainer>()>;

struct SessionOptions {
    Recipe recipe;
    std::uint64_t seed = 0;
    std::string program = {};            // that trains, and its version: for the journal
    bool paused = false;                 // begin Paused instead of Running
    double iterations_per_second = 0.0;  // 0: flat out
    std::filesystem::path resume = {};   // a saved run to go on with, instead of recipe and seed; empty: none
    RunFiles files = {};  // how runs are saved, and saved ones read; without: nothing is saved or resumed
    std::shared_ptr<const InitialWeights> weights = {};  // that the first run begins with; null: drawn from the seed
    // At what runs pause, until command::SetBreakpoints says otherwise.
    std::vector<Breakpoint> breakpoints = usual_breakpoints();
    bool extend_finished = false;  // one that was saved when all its epochs were done trains as many again
    // The file that a run is saved to by itself and at its end, asked for as each run begins, on the trainer's thread:
    // RunInfo::checkpoint. None, or an empty path: nowhere.
    std::function<std::filesystem::path(const Recipe&)> save_to = {};
    RunFolderUse folders = {};       // where those files are when they are written, on a thread that writes files
    double autosave_seconds = 60.0;  // between two savings
    // Every so many epochs the run is kept in a file of its own too, beside the one above: epoch-0003.pt. 0: never.
    std::int64_t keep_every_epochs = 0;
    // Of memory, for states that command::GoTo goes back to. 0: only the beginning is kept, and whoever goes back waits
    // until all from there on is trained again.
    std::size_t kept_states_bytes = std::size_t{512} << 20;
    // Of disk, for such states beside the run, which are there for the next session too; `files.past` writes them.
    std::int64_t disk_states_bytes = 0;
    // Told all that happens, on the trainer's thread; must be quick and must not throw. What it gives is told the user.
    // May be empty.
    std::function<std::optional<event::Notice>(RunLogEntry)> log = {};
    // Returns once all that `log` was told before is on the disk, or cannot be brought there; called on a thread that
    // writes files, before a run is saved. May be empty.
    std::function<Result<void>()> settle_log = {};
    // Called after each publication and each saving, on the session's threads; must be quick and must not throw. May
    // be empty.
    std::function<void()> on_publish = {};
    std::shared_ptr<const Clock> clock = std::make_shared<SteadyClock>();  // by which it waits, paces and measures
};

}  // namespace convscope
