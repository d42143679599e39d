// A run as somebody looks at it: the link to the session that trains it, and what is selected in it. Two lanes are two
// runs side by side, without a second kind of panel. UI thread.
#pragma once

#include "viz/view/engine_link.h"
#include "viz/view/selection.h"

namespace convscope {

class Lane {
public:
    Lane(Session& session, const Clock& clock) : link(session, clock), clock_(clock) {}

    EngineLink link;      // commands and whether they are done, curves, events
    Selection selection;  // in the network that is shown
    RunId pointed_lane;   // of the run's line (RunLane): wherever lanes are drawn, it stands out. 0: none

    // What is drawn, and what the session is asked for: it is where it is on the run's line, the newest iteration or a
    // place in the past. One snapshot in a frame; null before the first.
    const Snapshot* shown() const { return link.live(); }
    bool in_past() const { return shown() && shown()->iteration < shown()->line.furthest; }
    double shown_age_seconds() const { return shown() ? seconds_between(shown()->published, clock_.now()) : 0.0; }

    // What the panels look at; they add to it while they draw.
    WatchSet& watch() { return link.watch(); }
    bool complete() const { return link.complete(); }
    bool answered(TensorKey key) const { return link.answered(key); }

    void begin_frame() { link.begin_frame(); }
    void end_frame() { link.end_frame(); }

private:
    const Clock& clock_;
};

}  // namespace convscope
