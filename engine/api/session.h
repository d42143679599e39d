// The one door between what learns and what shows.
#pragma once

#include "engine/api/command.h"
#include "engine/api/event.h"
#include "engine/api/metrics.h"
#include "engine/api/snapshot.h"

#include <memory>
#include <vector>

namespace convscope {

// A session trains a network on a thread of its own. Destroying it ends the training; that is the only call that waits.
// post() may be called by any thread, the others by one reader thread. No call throws.
class Session {
public:
    virtual ~Session() = default;

    // Applied at the next boundary between two iterations (or at once while paused), in the order posted, and answered
    // by a snapshot with Snapshot::applied_command before the next iteration. Of a slider's commands (learning rate,
    // momentum, speed, watch set) that follow each other unapplied only the last counts. Invalid values (a learning
    // rate that is not finite) are refused with a Notice and acknowledged all the same; so is, once the session has
    // Failed, whatever needs a network that works.
    virtual CommandId post(Command command) = 0;

    // The newest snapshot; the same one again when there is nothing newer, null before the first.
    virtual std::shared_ptr<const Snapshot> latest() = 0;

    // Append what has arrived since the last call, oldest first; none is ever skipped. Both hold all that belongs to a
    // snapshot by the time latest() returns it, except that a reader more than 4096 iterations behind gets the rest of
    // the scalars with later calls. Scalars and events travel separately, so the first metrics of a new run may
    // be read before its RunStarted, or events of the run before after them. RunIds only rise: whatever carries a newer
    // RunId begins the new history, whatever carries an older one belongs to a run that is over.
    virtual void drain_metrics(std::vector<IterationMetrics>& out) = 0;
    virtual void drain_events(std::vector<Event>& out) = 0;

    // The door to the run that command::BeginTwin begins beside this one; there as long as this session is, and the
    // same. Its latest() is null while there is no such run. What is posted there that looks (Watch) is kept for the
    // next one; what makes a run go on, stand still or go elsewhere is refused with a Notice. Null: this session has
    // no room for one.
    virtual Session* twin() { return nullptr; }
};

}  // namespace convscope
