// `convscope fetch`: a public data set into the user's folder. Needs no LibTorch.
#pragma once

#include "engine/fetch/catalogue.h"

#include <span>
#include <string>
#include <vector>

namespace convscope {

struct FetchCommandOptions {
    std::string name;                  // of a set in the catalogue
    std::string folder;                // where to; empty: where --data NAME looks for it
    std::vector<std::string> mirrors;  // addresses to fetch from instead of the known ones
    int stall_seconds = 30;            // a connection that stands still for so long is given up
    bool json = false;
};

// Returns the exit code: 2 for an unknown name, 1 when the set could not be fetched. On a terminal a progress bar is
// drawn, elsewhere a plain line per file is printed, or, with `json`, one object per line: `start`, `progress` (at most
// one per file and percent), `notice` and `end`. Errors go to standard error. Ctrl-C cancels; what has come is kept.
int run_fetch_command(const FetchCommandOptions& options, std::span<const RemoteSet> catalogue = fetchable_sets());

}  // namespace convscope
