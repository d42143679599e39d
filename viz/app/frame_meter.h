// What a frame costs the UI thread, in processor time, without waiting for the screen: the work of building it, uploads
// included, and apart from that handing it to OpenGL, which a software rasteriser makes expensive. UI thread; allocates
// only when made.
#pragma once

#include "engine/core/clock.h"

namespace convscope {

class FrameMeter {
public:
    void begin();    // CLOCK_THREAD_CPUTIME_ID; again when the last begun frame came to nothing
    void drawing();  // the frame is built; OpenGL gets it now
    void drawn();
    void end(TimePoint now);

    double milliseconds_median() const { return work_.percentile(0.5); }
    double milliseconds_p99() const { return work_.percentile(0.99); }
    double drawing_milliseconds_median() const { return drawing_.percentile(0.5); }
    double frames_per_second() const;

private:
    static double processor_milliseconds();

    RollingSamples work_{120};
    RollingSamples drawing_{120};
    RollingSamples intervals_{30};
    double began_ = 0.0;
    double drawing_began_ = 0.0;
    double drawing_took_ = 0.0;
    TimePoint last_{};
    bool any_ = false;
};

}  // namespace convscope
