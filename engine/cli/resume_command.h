// The command line that goes on with a run that was told to end.
#pragma once

#include "engine/api/run_info.h"
#include "engine/cli/command_line.h"

#include <string>

namespace convscope {

// "build/release/convscope train --resume runs/a/last.pt --threads 1 --out runs/a", as a shell takes it in the folder
// that the program was started in: of the program as it was named there, of `subcommand` (empty: the window's) and of a
// run that has a checkpoint, on the same data, into the same folder, with the same options. What the checkpoint holds
// itself (recipe, seed, settings, how many epochs are planned) is not said again.
std::string resume_command(const std::string& subcommand, const RunOptions& options, const RunInfo& run);

// One word of it.
std::string shell_word(const std::string& text);

}  // namespace convscope
