// What a run does next that follows another one: it is brought to that one's iteration before that one trains its next.
#pragma once

#include <cstdint>
#include <optional>

namespace convscope {

// Where the two are. Who is on the way to another place of his line is nowhere yet.
struct LedPlace {
    std::int64_t iteration = 0;
    bool travelling = false;
    bool failed = false;
};
struct FollowerPlace {
    std::int64_t first = 0;  // of its line, as is `furthest`
    std::int64_t iteration = 0;
    std::int64_t furthest = 0;
    std::optional<std::int64_t> travelling_to = std::nullopt;
    bool evaluating = false;
    bool failed = false;
};

struct FollowerMove {
    enum class Kind : std::uint8_t {
        Stay,    // it is where it is to be
        Finish,  // what it has begun: a measurement, or its way
        GoTo,    // `iteration` of its line
        Train    // one iteration more
    } kind = Kind::Stay;
    std::int64_t iteration = 0;
    bool operator==(const FollowerMove&) const = default;
};

// Where the leader is earlier than the follower's line begins, it is to be there.
std::int64_t wanted_place(const LedPlace& leader, const FollowerPlace& follower);
FollowerMove next_move(const LedPlace& leader, const FollowerPlace& follower);

}  // namespace convscope
