// An iteration at a pace that can be followed: each of its phases is published as it is reached, and rested at.
#include "engine/session/session_phases.h"

#include <algorithm>
#include <chrono>

namespace convscope {
namespace {

constexpr double kFollowedPace = 2.0;       // iterations per second, up to which the phases of each one are shown
constexpr double kStepPhaseSeconds = 0.35;  // rest at each phase of an iteration that was asked for by a step
constexpr double kPhasesOfPeriod = 6.0;     // five rests, and as long again for the work and for the whole result

}  // namespace

double TrainingSession::phase_rest() const {
    if (!watch_.phases) return 0.0;
    const bool paced = iterations_per_second_ > 0.0 && iterations_per_second_ <= kFollowedPace;
    const double share_of_period = std::chrono::duration<double>(period()).count() / kPhasesOfPeriod;
    if (steps_left_ > 1) return 0.0;  // of many steps the last is followed
    if (steps_left_ > 0) return paced ? std::min(share_of_period, kStepPhaseSeconds) : kStepPhaseSeconds;
    return paced ? share_of_period : 0.0;
}

TrainingSession::PhaseFollower::PhaseFollower(TrainingSession& session, double rest_seconds)
    : session_(session), rest_seconds_(rest_seconds) {}

TrainingSession::PhaseFollower::~PhaseFollower() {
    session_.phase_ = Phase::None;
    session_.phase_seconds_ = 0.0;
}

void TrainingSession::PhaseFollower::reached(Phase phase) {
    // Commands are applied when the iteration is over: from the first one on, the film is only in their way. Looking
    // elsewhere (a camera that moves) is part of watching it.
    const auto hurries = [](const Letter& letter) { return !std::holds_alternative<command::Watch>(letter.command); };
    const TimePoint begin = session_.now();
    if (interrupted_ || session_.letters_.wait_until(*session_.options_.clock, begin, hurries)) {
        interrupted_ = true;
        return;
    }
    session_.phase_ = phase;
    session_.phase_seconds_ = rest_seconds_;
    if (session_.looked_at()) session_.capture();
    const TimePoint shown = session_.now();
    session_.publish();
    watching_seconds_ += seconds_between(begin, session_.now());
    interrupted_ = session_.letters_.wait_until(*session_.options_.clock, seconds_after(shown, rest_seconds_), hurries);
    seconds_ += seconds_between(begin, session_.now());
}

}  // namespace convscope
