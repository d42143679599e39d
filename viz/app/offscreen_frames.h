// Frames without a window: pictures, films, tests. UI thread, which is whichever calls.
#pragma once

#include "viz/app/frames.h"

#include <chrono>
#include <cstdint>
#include <memory>

namespace convscope {

// A film's time, turned frame by frame: frame n is at n / frames_per_second, to the nanosecond, whatever it costs to
// draw. One thread.
class FilmClock final : public Clock {
public:
    explicit FilmClock(double frames_per_second, TimePoint start = {}) : rate_(frames_per_second), start_(start) {}

    void next() { ++frame_; }

    TimePoint now() const override {
        const std::chrono::duration<double> since(static_cast<double>(frame_) / rate_);
        return start_ + std::chrono::round<TimePoint::duration>(since);
    }
    // Nobody is to sleep by it.
    void wait(std::condition_variable&, std::unique_lock<std::mutex>&, TimePoint) const override {}

private:
    double rate_;
    TimePoint start_;
    std::int64_t frame_ = 0;
};

class OffscreenFrames {
public:
    // With a current OpenGL context; see Frames::create(). Unsupported when the driver cannot make a picture of this
    // size (in pixels).
    static Result<std::unique_ptr<OffscreenFrames>> create(Session& session, const Clock& clock, Extent size,
                                                           const MakeImGuiBackend& make_backend);

    // Of the newest snapshot, at the clock's time.
    FrameOutcome frame(const Frames::Content& content);
    // The frame that was drawn last.
    gfx::Image picture() const { return target_.read(); }
    const gfx::Framebuffer& target() const { return target_; }

    Frames& frames() { return *frames_; }
    const Frames& frames() const { return *frames_; }
    FrameSpec spec;  // of the frames from now on; the target is this object's own

private:
    OffscreenFrames() = default;

    gfx::Framebuffer target_;
    std::unique_ptr<Frames> frames_;
};

}  // namespace convscope
