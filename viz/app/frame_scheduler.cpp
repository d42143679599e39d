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
    if (typing_ && seconds_between(last_start_, now) >= kBlinkSeconds) return true;
    const bool resting = !live_ && seconds_between(last_change_, last_start_) >= kRestSeconds;
    return !resting && seconds_between(last_start_, now) >= kHeartbeatSeconds;
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

void FrameScheduler::gamepad_polled(TimePoint now, bool present, bool moves) {
    gamepad_present_ = present;
    gamepad_polled_ = now;
    gamepad_moves_ = moves;
    if (moves) note_change(now);
}

double FrameScheduler::wait_seconds(TimePoint now) const {
    if (minimised_) return kMinimisedSeconds;
    if (!any_drawn_) return 0.0;
    const double due = interval() - seconds_between(last_start_, now);
    if (wants_frame(now)) return std::max(due, 0.0);
    double rest = woken_ ? kIdleSeconds : kFrameSeconds;
    if (gamepad_present_) rest = std::min(rest, kGamepadRestSeconds);
    if (settle_) rest = std::min(rest, std::max(kFrameSeconds, kSettleSeconds - seconds_between(last_change_, now)));
    return std::max(due, rest);
}

}  // namespace convscope
