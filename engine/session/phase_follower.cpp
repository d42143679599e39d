#include "engine/session/phase_follower.h"

namespace convscope {

void PhaseFollower::reached(Phase phase) {
    if (show_.rest_seconds <= 0.0) return film(phase);
    const TimePoint begin = show_.clock.now();
    if (interrupted_ || show_.rest(begin)) {
        interrupted_ = true;
        return;
    }
    show_.watching.reach_phase(phase, show_.rest_seconds);
    const TimePoint shown = show_.publish();
    watching_seconds_ += seconds_between(begin, show_.clock.now());
    interrupted_ = show_.rest(seconds_after(shown, show_.rest_seconds));
    seconds_ += seconds_between(begin, show_.clock.now());
}

void PhaseFollower::film(Phase phase) {
    const TimePoint begin = show_.clock.now();
    show_.watching.film_phase(phase);
    const double seconds = seconds_between(begin, show_.clock.now());
    watching_seconds_ += seconds;
    seconds_ += seconds;
}

}  // namespace convscope
