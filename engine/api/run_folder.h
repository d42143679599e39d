// Where a run's files belong, which other people may move, remove or replace while it trains.
#pragma once

#include "engine/core/mailbox.h"
#include "engine/core/result.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace convscope {

// In a branch's folder: what it began with (engine/session/run_keeper.h).
inline constexpr const char* kBeginning = "beginning.pt";
// In the folder of each run of a family: all of its lanes (engine/state/run_family.h).
inline constexpr const char* kLanes = "lanes.jsonl";
// In a run's folder: pictures that somebody keeps to look at (viz/view/probe_tray.h).
inline constexpr const char* kProbes = "probes.jsonl";
// A folder in a run's own: states of its past (engine/session/disk_states.h).
inline constexpr const char* kStates = "states";

struct RunFolder {
    std::filesystem::path path;
    std::string notice = {};  // what the user is to be told, once: why it is another one than before; empty: nothing
};

// Asked before anything is written into the folder that a run was given as it began: where it is to be written now. The
// error says why there is no such place at present. Any thread.
using FindRunFolder = std::function<Result<RunFolder>(const std::filesystem::path& folder)>;

// A run's folder, which is this process's alone for as long as somebody has this: the run itself, whoever writes its
// files and its log. Any thread.
struct HeldRunFolder {
    Mailbox<std::filesystem::path> moves;  // where it had to go; received by the run
};
// Of a folder that a run was given as it began. Null where it is held by nobody any more.
using HoldRunFolder = std::function<std::shared_ptr<HeldRunFolder>(const std::filesystem::path& folder)>;

// A folder that an earlier process has left, of a run that may go on there.
struct AdoptedFolder {
    std::filesystem::path path;           // as it is to be called from now on
    std::shared_ptr<HeldRunFolder> held;  // null: held by nobody
};
// The error says why it cannot be had: it is not there, or another process has it.
using AdoptRunFolder = std::function<Result<AdoptedFolder>(const std::filesystem::path& folder)>;

// Each may be empty: folders stay where they are, are nobody's, and are taken as they are called.
struct RunFolderUse {
    FindRunFolder find = {};
    HoldRunFolder hold = {};
    AdoptRunFolder adopt = {};
};

}  // namespace convscope
