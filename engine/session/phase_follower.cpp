#include "engine/session/phase_follower.h"

namespace convscope {

void PhaseFollower::reached(Phase phase) {
    const TimePoint begin = film_.clock.now();
    if (interrupted_ || film_.rest(begin)) {
        interrupted_ = true;
        return;
    }
    film_.watching.reach_phase(phase, film_.rest_seconds);
    const TimePoint shown = film_.publish();
    watching_seconds_ += seconds_between(begin, film_.clock.now());
    interrupted_ = film_.rest(seconds_after(shown, film_.rest_seconds));
    seconds_ += seconds_between(begin, film_.clock.now());
}

}  // namespace convscope
