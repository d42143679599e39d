// A run as somebody looks at it: the link to the session that trains it, what is selected in it, and at which of its
// phases the present iteration is held. Two lanes are two runs side by side, without a second kind of panel. A lane may
// also be another look at the run of one: at what it has less what another run has (view/twin_lane.h). UI thread.
#pragma once

#include "viz/view/engine_link.h"
#include "viz/view/selection.h"

#include <memory>
#include <optional>
#include <utility>

namespace convscope {

class Lane {
public:
    Lane(Session& session, const Clock& clock)
        : own_link_(std::in_place, session, clock), link(*own_link_), clock_(clock) {}
    // Another look at the run of a lane, whose link outlives it and has its frames begun and ended there.
    Lane(EngineLink& of, const Clock& clock) : link(of), clock_(clock) {}
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

private:
    std::optional<EngineLink> own_link_;

public:
    EngineLink& link;     // commands and whether they are done, curves, events
    Selection selection;  // in the network that is shown
    RunId pointed_lane;   // of the run's line (RunLane): wherever lanes are drawn, it stands out. 0: none

    // What is drawn, and what the session is asked for: it is where it is on the run's line, the newest iteration or a
    // place in the past; while that is held, amid it, at the phase. One snapshot in a frame; null before the first.
    const Snapshot* shown() const { return instead_ ? instead_ : shows_phase_ ? &still_ : live(); }
    const Snapshot* live() const { return link.live(); }  // wherever it is held
    bool in_past() const { return live() && live()->iteration < live()->line.furthest; }
    double shown_age_seconds() const { return shown() ? seconds_between(shown()->published, clock_.now()) : 0.0; }

    // The present iteration stands still at that phase for whoever looks, which nobody waits for: what is shown comes
    // from its film. Until that is there it is what is live. None: it is let go.
    void hold(Phase phase);
    Phase held() const { return held_; }
    bool shows_phase() const { return shows_phase_; }

    // From now on another snapshot is what is shown: a difference of two, whose tensors may have either sign. Null:
    // none.
    void show_difference(const Snapshot* difference) { instead_ = difference; }
    bool shows_difference() const { return instead_ != nullptr; }

    // What the panels look at; they add to it while they draw.
    WatchSet& watch() { return link.watch(); }
    bool complete() const { return link.complete(); }
    bool answered(TensorKey key) const { return link.answered(key); }

    void begin_frame();
    void end_frame() { link.end_frame(); }

private:
    void show_phase();

    const Clock& clock_;
    const Snapshot* instead_ = nullptr;
    Phase held_ = Phase::None;
    TimePoint held_since_{};
    bool shows_phase_ = false;
    std::shared_ptr<const Snapshot> made_of_;  // what still_ is made of, at which phase
    Phase made_at_ = Phase::None;
    Snapshot still_;
};

}  // namespace convscope
