#include "engine/session/lockstep.h"

#include <algorithm>

namespace convscope {

std::int64_t wanted_place(const LedPlace& leader, const FollowerPlace& follower) {
    return std::max(leader.iteration, follower.first);
}

FollowerMove next_move(const LedPlace& leader, const FollowerPlace& follower) {
    using Kind = FollowerMove::Kind;
    if (follower.failed || leader.travelling) return {};  // it is not known yet where to
    const bool busy = follower.evaluating || follower.travelling_to;
    if (leader.failed) return {busy ? Kind::Finish : Kind::Stay};
    const std::int64_t wanted = wanted_place(leader, follower);
    const std::int64_t known = std::min(wanted, follower.furthest);
    if (follower.travelling_to) {
        if (*follower.travelling_to == known) return {Kind::Finish};
        return {Kind::GoTo, known};
    }
    const bool far_in_its_past = follower.iteration < known && wanted > follower.iteration + 1;
    if (wanted < follower.iteration || far_in_its_past) return {Kind::GoTo, known};
    if (follower.evaluating) return {Kind::Finish};
    return {wanted > follower.iteration ? Kind::Train : Kind::Stay};
}

}  // namespace convscope
