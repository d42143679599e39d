// Where a session's runs are kept: a run is a folder with its last checkpoint and its log.
#pragma once

#include "engine/api/recipe.h"

#include <filesystem>
#include <functional>

namespace convscope {

inline constexpr const char* kLastCheckpoint = "last.pt";  // in the run's folder

// SessionOptions::save_to: the checkpoint of each run that a session begins, one folder a run. The first run's is
// `out`, those of the runs that take its place are run-2, run-3 and so on within it, where there is no such folder yet.
// With an empty `out` each run has one of its own where `--resume latest` looks,
// $XDG_STATE_HOME/convscope/runs/<recipe>-<when>; or none when not even the home folder is known. Nothing is made.
std::function<std::filesystem::path(const Recipe&)> run_checkpoints(std::filesystem::path out);

}  // namespace convscope
