// What a frame costs the UI thread: processor time of building and submitting it, without waiting for the screen. UI
// thread; allocates only when made.
#pragma once

#include "engine/core/clock.h"

namespace convscope {

class FrameMeter {
public:
    void begin();  // CLOCK_THREAD_CPUTIME_ID
    void end(TimePoint now);

    double milliseconds_median() const { return work_.percentile(0.5); }
    double milliseconds_p99() const { return work_.percentile(0.99); }
    double frames_per_second() const;

private:
    static double processor_milliseconds();

    RollingSamples work_{120};
    RollingSamples intervals_{30};
    double began_ = 0.0;
    TimePoint last_{};
    bool any_ = false;
};

}  // namespace convscope
