// When to draw: only when something changed, at most 60 times a second, and never so often that drawing on the
// processor starves the trainer. Pure: the time is an argument.
#pragma once

#include "engine/core/clock.h"

namespace convscope {

class FrameScheduler {
public:
    static constexpr double kFrameSeconds = 1.0 / 60.0;
    static constexpr double kSlowestFrameSeconds = 1.0 / 20.0;
    static constexpr int kTail = 3;                   // frames after the last change: ImGui settles within three
    static constexpr double kSettleSeconds = 0.3;     // one more frame then: what was no longer watched is let go
    static constexpr double kHeartbeatSeconds = 1.0;  // so that the age of a running session's snapshot is true
    static constexpr double kBlinkSeconds = 0.4;      // of a field's cursor, which Dear ImGui shows for 0.8 s of 1.2
    static constexpr double kRestSeconds = 2.0;       // from then on nothing is drawn: rates have come to 0
    static constexpr double kIdleSeconds = 0.25;      // between two looks while a bell tells of snapshots: at signals
    static constexpr double kGamepadRestSeconds = 0.05;  // between two looks at a gamepad that moves nothing
    static constexpr double kMinimisedSeconds = 0.5;     // between two looks at the session while nothing is visible

    // With `shares_processor` (OpenGL drawn by the processor) at least as much time passes between frames as they take.
    // `woken`: the session rings when there is news (frame_bell.h); else it has to be looked at 60 times a second.
    explicit FrameScheduler(bool shares_processor, bool woken = false)
        : shares_processor_(shares_processor), woken_(woken) {}

    // Something that is seen changed: input, a newer snapshot, an animation.
    void note_change(TimePoint now);
    void set_minimised(bool minimised) { minimised_ = minimised; }
    // The session trains: what is on screen has an age.
    void set_live(bool live) { live_ = live; }

    // Somebody may be typing: a cursor blinks, and nothing else moves.
    void set_typing(bool typing) { typing_ = typing; }

    bool should_draw(TimePoint now) const;
    void drawn(TimePoint started, TimePoint finished);

    // Nothing is due to be drawn.
    bool idle(TimePoint now) const { return !wants_frame(now); }
    // The frame of now is one of the last until something changes.
    bool comes_to_rest(TimePoint now) const { return !live_ && seconds_between(last_change_, now) >= kSettleSeconds; }

    // A gamepad does not say that it was moved: it is asked in every turn of the loop while it moves something, else 20
    // times a second, and never while the window is minimised.
    bool should_poll_gamepad(TimePoint now) const;
    // It was asked: whether there is one, and whether it moves the camera or a button was pressed.
    void gamepad_polled(TimePoint now, bool present, bool moves);

    // How long to wait for input, or the bell, before looking again.
    double wait_seconds(TimePoint now) const;

private:
    double interval() const;
    bool wants_frame(TimePoint now) const;

    bool shares_processor_;
    bool woken_;
    bool live_ = false;
    bool typing_ = false;
    bool minimised_ = false;
    int pending_ = kTail;  // frames still to draw
    bool settle_ = false;
    TimePoint last_change_{};
    TimePoint last_start_{};
    double last_length_ = 0.0;
    bool any_drawn_ = false;
    bool gamepad_present_ = false;
    bool gamepad_moves_ = true;
    TimePoint gamepad_polled_{};
};

}  // namespace convscope
