// A run and the one beside it (Session::twin()), as somebody looks at both: which of them, what is selected in either,
// and what the one has less what the other has. UI thread.
#pragma once

#include "viz/view/lane.h"
#include "viz/view/snapshot_difference.h"
#include "viz/view/twin_view.h"

#include <array>
#include <memory>

namespace convscope {

class TwinLane {
public:
    TwinLane(Session& twin, const Clock& clock) : lane(twin, clock), difference(lane.link, clock) {}

    Lane lane;        // the run beside the first
    Lane difference;  // that less the first: shown() is null before there is an iteration that both were seen at

    // While there is one; else nothing of all this is drawn, watched or worked out.
    bool there() const { return lane.live() != nullptr; }
    const TwinPlace* place() const { return there() ? lane.live()->twin.get() : nullptr; }

    // At the head of a frame, behind the first one's. `view` as the user chose it.
    void begin_frame(const Lane& first, TwinView view);
    // When all is drawn: what the difference looks at, both look at.
    void share_watch(Lane& first);
    void end_frame() { lane.end_frame(); }

    // What is selected and held is the same for both, where somebody looks at the twin; a layer that only the twin has
    // is selected in it alone.
    void follow(const Lane& first, TwinView view);
    void select(Lane& first, const Selection& in_twin);

    // What this frame's panels look at of the difference; they add to it while they draw.
    WatchSet& difference_watch() { return difference_watch_; }

private:
    void follow_selection(const Lane& first);
    void keep_pair(const Lane& first);
    void show_difference(const Lane& first);
    void show_none();

    Selection followed_;                         // the first one's, as the twin has it
    std::shared_ptr<const RunInfo> first_info_;  // of the two networks for which it does
    std::shared_ptr<const RunInfo> twin_info_;
    WatchSet difference_watch_;
    // The last two of each: where one is an iteration ahead in this frame, the other's is to be found here.
    std::array<std::shared_ptr<const Snapshot>, 2> firsts_;
    std::array<std::shared_ptr<const Snapshot>, 2> twins_;
    SnapshotDifference made_;
    Snapshot none_;  // shown where there is no difference to be shown
};

}  // namespace convscope
