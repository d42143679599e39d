#include "viz/app/frame_scheduler.h"

#include <algorithm>

namespace convscope {

void FrameScheduler::note_change(TimePoint now) {
    pending_ = kTail;
    settle_ = true;
    last_change_ = now;
}

double FrameScheduler::interval() const {
    if (!shares_processor_) return kFrameSeconds;
    return std::clamp(2.0 * last_length_, kFrameSeconds, kSlowestFrameSeconds);
}

bool FrameScheduler::wants_frame(TimePoint now) const {
    if (pending_ > 0 || !any_drawn_) return true;
    if (settle_ && seconds_between(last_change_, now) >= kSettleSeconds) return true;
    return seconds_between(last_start_, now) >= kHeartbeatSeconds;
}

bool FrameScheduler::should_draw(TimePoint now) const {
    if (minimised_) return false;
    if (any_drawn_ && seconds_between(last_start_, now) < interval()) return false;
    return wants_frame(now);
}

void FrameScheduler::drawn(TimePoint started, TimePoint finished) {
    if (settle_ && seconds_between(last_change_, started) >= kSettleSeconds) settle_ = false;
    pending_ = std::max(0, pending_ - 1);
    last_start_ = started;
    last_length_ = seconds_between(started, finished);
    any_drawn_ = true;
}

bool FrameScheduler::should_poll_gamepad(TimePoint now) const {
    if (minimised_) return false;
    return gamepad_moves_ || seconds_between(gamepad_polled_, now) >= kGamepadRestSeconds;
}

void FrameScheduler::gamepad_polled(TimePoint now, bool moves) {
    gamepad_polled_ = now;
    gamepad_moves_ = moves;
    if (moves) note_change(now);
}

double FrameScheduler::wait_seconds(TimePoint now) const {
    if (minimised_) return kMinimisedSeconds;
    if (!any_drawn_) return 0.0;
    const double due = interval() - seconds_between(last_start_, now);
    return std::max(due, wants_frame(now) ? 0.0 : kFrameSeconds);
}

}  // namespace convscope
