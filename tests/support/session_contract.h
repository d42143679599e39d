// What every Session promises, tried on one: the scripted session stands for the real one before panels and in
// journeys, and this is held against both.
#pragma once

#include "engine/api/session.h"
#include "engine/api/snapshot.h"

#include <functional>
#include <memory>

namespace convscope {

// `apply` posts a command to a paused session with a run, whose probe is watched, and returns the snapshot that
// acknowledges it.
void require_probes_to_be_obeyed(const std::function<std::shared_ptr<const Snapshot>(Command)>& apply);

// `apply` posts a command to a paused session that has trained three iterations or more, and returns what it has
// published when all is done that follows from it.
void require_films_to_be_made(const std::function<std::shared_ptr<const Snapshot>(Command)>& apply);

// What commands do to a paused session on fresh weights, whose runs have no file: what they change, what they mark,
// what is refused, and how one goes between lanes. `settled` waits until all that was posted is applied and the session
// rests; what it published then.
void require_commands_to_be_obeyed(Session& session, const std::function<std::shared_ptr<const Snapshot>()>& settled);

}  // namespace convscope
