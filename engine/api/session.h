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

    // Applied at the next boundary between two iterations (or at once while paused), in the order posted. Invalid values
    // (a learning rate that is not finite) are refused with a Notice and acknowledged all the same.
    virtual CommandId post(Command command) = 0;

    // The newest snapshot; the same one again when there is nothing newer, null before the first.
    virtual std::shared_ptr<const Snapshot> latest() = 0;

    // Append what has arrived since the last call, oldest first.
    virtual void drain_metrics(std::vector<IterationMetrics>& out) = 0;
    virtual void drain_events(std::vector<Event>& out) = 0;
};

}  // namespace convscope
