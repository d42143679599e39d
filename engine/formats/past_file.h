// A run's past in its folder: states/ITERATION.pt, and states/changes.jsonl.
#pragma once

#include "engine/state/past_files.h"

namespace convscope {

// Nothing is written where less than this would be free on the disk afterwards.
inline constexpr std::int64_t kRoomForOthers = std::int64_t{2} << 30;

PastFiles past_files();

}  // namespace convscope
