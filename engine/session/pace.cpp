#include "engine/session/pace.h"

#include <algorithm>
#include <chrono>

namespace convscope {
namespace {

constexpr double kLongestPeriod = 3600.0;   // seconds between two iterations
constexpr double kUnhurriedPace = 30.0;     // iterations per second, up to which each one is captured whole
constexpr double kFollowedPace = 2.0;       // likewise, up to which the phases of each one are shown
constexpr double kStepPhaseSeconds = 0.35;  // rest at each phase of an iteration that was asked for by a step
constexpr double kPhasesOfPeriod = 6.0;     // five rests, and as long again for the work and for the whole result

}  // namespace

void Pace::begin(TimePoint now) {
    steps_left_ = 0;
    next_due_ = last_due_ = now;
}

void Pace::go_on(std::int64_t steps, TimePoint now) {
    steps_left_ = steps;
    next_due_ = now;
}

void Pace::set_iterations_per_second(double iterations_per_second) {
    iterations_per_second_ = iterations_per_second;
    next_due_ = last_due_ + period();
}

void Pace::iteration_begins(TimePoint now) {
    last_due_ = now - next_due_ < period() ? next_due_ : now;
    next_due_ = last_due_ + period();
}

bool Pace::unhurried() const {
    return steps_left_ > 0 || (iterations_per_second_ > 0.0 && iterations_per_second_ <= kUnhurriedPace);
}

double Pace::phase_rest() const {
    const bool paced = iterations_per_second_ > 0.0 && iterations_per_second_ <= kFollowedPace;
    const double share_of_period = std::chrono::duration<double>(period()).count() / kPhasesOfPeriod;
    if (steps_left_ > 1) return 0.0;  // of many steps the last is followed
    if (steps_left_ > 0) return paced ? std::min(share_of_period, kStepPhaseSeconds) : kStepPhaseSeconds;
    return paced ? share_of_period : 0.0;
}

TimePoint::duration Pace::period() const {
    if (iterations_per_second_ <= 0.0) return {};
    const double seconds = std::min(1.0 / iterations_per_second_, kLongestPeriod);
    return std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace convscope
