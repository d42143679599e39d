#include "viz/app/frame_meter.h"

#include <time.h>

namespace convscope {

double FrameMeter::processor_milliseconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

void FrameMeter::begin() { began_ = processor_milliseconds(); }

void FrameMeter::drawing() { drawing_began_ = processor_milliseconds(); }

void FrameMeter::drawn() { drawing_took_ = processor_milliseconds() - drawing_began_; }

void FrameMeter::end(TimePoint now) {
    work_.add(processor_milliseconds() - began_ - drawing_took_);
    drawing_.add(drawing_took_);
    if (any_) intervals_.add(seconds_between(last_, now));
    last_ = now;
    any_ = true;
}

double FrameMeter::frames_per_second() const {
    const double mean = intervals_.mean();
    return mean > 0.0 ? 1.0 / mean : 0.0;
}

}  // namespace convscope
