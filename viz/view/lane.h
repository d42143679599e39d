// A run as somebody looks at it: the link to the session that trains it, what is selected in it, and where on its line
// one is. Two lanes are two runs side by side, without a second kind of panel. UI thread.
#pragma once

#include "viz/view/engine_link.h"
#include "viz/view/selection.h"

#include <memory>
#include <utility>

namespace convscope {

class Lane {
public:
    Lane(Session& session, const Clock& clock) : link(session, clock), clock_(clock) {}

    EngineLink link;      // what is live: commands and whether they are done, curves, events
    Selection selection;  // in the network that is shown

    // What the session does now: for transport, and for whatever is asked of it. Null before its first snapshot.
    const Snapshot* live() const { return link.live(); }
    // What is drawn: live, or a place in the past. One snapshot in a frame; null only while live() is.
    const Snapshot* shown() const { return in_past() ? past_.get() : live(); }
    bool in_past() const { return past_ && live(); }
    double shown_age_seconds() const { return shown() ? seconds_between(shown()->published, clock_.now()) : 0.0; }

    // Between frames: what is drawn from the next one on, however far the session goes; null: live again. While the
    // past is shown, nothing is watched: it has the captures that it was kept with.
    void show(std::shared_ptr<const Snapshot> past) { past_ = std::move(past); }

    // What the panels look at; they add to it while they draw.
    WatchSet& watch() { return link.watch(); }
    // Like the link's, and true of the past, which will never have more than it has.
    bool complete() const { return in_past() || link.complete(); }
    bool answered(TensorKey key) const { return in_past() || link.answered(key); }

    void begin_frame() { link.begin_frame(); }
    void end_frame() {
        if (in_past()) link.watch_nothing();
        link.end_frame();
    }

private:
    const Clock& clock_;
    std::shared_ptr<const Snapshot> past_;
};

}  // namespace convscope
