// A run that another has taken the place of, as it was then: it can be brought back.
#pragma once

#include "engine/api/change_marks.h"
#include "engine/api/run_folder.h"
#include "engine/api/run_info.h"
#include "engine/api/snapshot.h"
#include "engine/state/run_state.h"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace convscope {

struct InitialWeights;  // engine/formats/network_weights.h

// Where a run is kept.
struct RunHome {
    std::filesystem::path file;             // as it was given it, wherever its folder is by now; empty: none
    std::shared_ptr<HeldRunFolder> folder;  // null: it has none, or one that nobody keeps
    std::int64_t saved_iteration = 0;       // of which the file is, or will be when its disk answers
    // The file whose state it is in, as far as its journal knows: its own once it was saved, until then what it went on
    // from when it began last; empty: none.
    std::filesystem::path latest = {};
};

struct SetAside {
    RunState state;
    ChangeMarks marks;
    std::shared_ptr<const RunInfo> info;
    std::shared_ptr<const InitialWeights> weights;  // that it began with; null: drawn from the seed
    LiveSettings settings;
    RunHome home;                             // held, so that it goes on there and nobody else comes between
    std::shared_ptr<const SetAsideRun> told;  // what readers see of it
};

}  // namespace convscope
