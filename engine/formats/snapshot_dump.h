// A snapshot as a file that Python's torch.load reads.
#pragma once

#include "engine/api/snapshot.h"
#include "engine/core/result.h"

#include <filesystem>

namespace convscope {

// What dump_snapshot() needs captured.
WatchSet everything_dumped(const NetworkDescription& network);

// Writes a dictionary of float tensors: input (1,C,H,W, as the network saw it), weight/<layer>, bias/<layer>,
// activation/<layer> (without the batch dimension), batch norm's running_mean/<layer>, running_var/<layer> and
// epsilon/<layer> (a scalar), and logits. Whole or not at all.
Result<void> dump_snapshot(const Snapshot& snapshot, const std::filesystem::path& path);

}  // namespace convscope
