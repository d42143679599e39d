// What every Session promises of the picture that is looked at, tried on one: the scripted session stands for the real
// one before panels, and this is held against both.
#pragma once

#include "engine/api/snapshot.h"

#include <functional>
#include <memory>

namespace convscope {

// `apply` posts a command to a paused session with a run, whose probe is watched, and returns the snapshot that
// acknowledges it.
void require_probes_to_be_obeyed(const std::function<std::shared_ptr<const Snapshot>(Command)>& apply);

}  // namespace convscope
