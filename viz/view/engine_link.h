// The UI thread's end of a session: adopts one snapshot per frame, collects scalars and events, sends commands and the
// union of what the visible panels look at. Panels see this, never the session.
#pragma once

#include "engine/api/session.h"
#include "viz/view/metric_history.h"
#include "viz/view/requested.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

class EngineLink {
public:
    // How long a tensor stays watched after it was last asked for, so that flicking through tabs costs nothing.
    static constexpr double kKeepWatchedSeconds = 0.25;

    EngineLink(Session& session, const Clock& clock);

    // Once at the head of a frame: takes the newest snapshot, which stays the same until the next begin_frame(), and
    // everything that arrived. Never waits.
    void begin_frame();
    // Once at its end: posts the union of what was watched, when it changed.
    void end_frame();

    // The snapshot of this frame; null until the session has published one.
    const Snapshot* live() const { return snapshot_.get(); }
    std::shared_ptr<const Snapshot> shared_live() const { return snapshot_; }
    // True when this frame's snapshot, scalars or events are newer than the last frame's.
    bool changed() const { return changed_; }
    // Between frames: the next begin_frame() would find a newer snapshot.
    bool has_news() const { return session_.latest() != snapshot_; }

    const MetricHistory& history() const { return history_; }

    // What this frame's panels look at; they add to it while drawing.
    WatchSet& watch() { return asked_; }
    // True when this frame's snapshot answers all that was asked for so far in this frame. An answer may be that there
    // is none: gradients and updates begin with the first iteration that is trained here. Of a job it is how far it is.
    bool complete() const;
    // Likewise for one tensor: true, and the snapshot lacks it, means that it does not exist yet.
    bool answered(TensorKey key) const;

    CommandId post(Command command);
    // What was posted last of each kind.
    const Requested& requested() const { return requested_; }
    // True until a snapshot acknowledges the command: the control that sent it shows its value as pending.
    bool pending(CommandId id) const;
    // What was asked for as long as it is pending, then what the session says.
    template <typename Value>
    Value asked_or(const Asked<Value>& asked, const Value& shown) const {
        return pending(asked.id) ? asked.value : shown;
    }

    // Sentences for the user that arrived since the last call. Among them that a run was saved, if that was asked for:
    // of those that the session saves by itself only a problem is worth a word. And which run was set aside.
    std::vector<event::Notice> take_notices();
    // A sentence of the window's own, handed over with the session's.
    void notify(event::Notice::Severity severity, std::string text) { notices_.push_back({severity, std::move(text)}); }

private:
    struct KeptTensor {
        TensorKey key;
        TimePoint asked;
    };

    void watch_nothing();
    void tell(const event::Saved& saved);
    void tell(const SetAsideRun& aside);
    bool acknowledged() const;  // what was posted last

    Session& session_;
    const Clock& clock_;
    std::shared_ptr<const Snapshot> snapshot_;
    bool changed_ = false;
    MetricHistory history_;
    WatchSet asked_;   // this frame's
    WatchSet posted_;  // what the session was last told,
    CommandId watch_;  // and by which command
    Requested requested_;
    std::vector<KeptTensor> kept_;
    std::optional<TimePoint> probe_asked_, statistics_asked_, confusion_asked_, probabilities_asked_,
        batch_confusion_asked_, slice_asked_, surface_asked_, questions_asked_, jobs_asked_, samples_asked_;
    std::vector<ExplanationQuestion> questions_;  // asked last
    std::vector<JobQuestion> jobs_;               // likewise
    std::vector<SampleQuestion> samples_;         // likewise
    WatchSet union_;                              // reused from frame to frame, as are the next two
    std::vector<IterationMetrics> metrics_;
    std::vector<Event> events_;
    std::vector<event::Notice> notices_;
};

}  // namespace convscope
