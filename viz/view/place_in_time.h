// Where on the run's line one is and where one is on the way to, and what keys and mouse make of it. Pure.
#pragma once

#include "engine/api/command.h"
#include "engine/core/types.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace convscope {

class EngineLink;
struct RunLane;  // engine/api/run_line.h

struct PlaceInTime {
    static constexpr std::int64_t kNewest = std::numeric_limits<std::int64_t>::max();

    std::int64_t shown = 0;     // the iteration in the frame
    std::int64_t target = 0;    // where one is on the way to; the one that is shown after arriving
    std::int64_t earliest = 0;  // the first one that can be gone to,
    std::int64_t furthest = 0;  // and the last one that the run is known to

    bool in_past() const { return shown < furthest; }
    bool travelling() const { return target != shown; }
    std::int64_t clamped(std::int64_t iteration) const;  // to the known ones
};

// A place that was asked for is the target from then on. The start of a line without an iteration before the first
// snapshot.
PlaceInTime place_in_time(const EngineLink& link);

// The last iteration that two lanes of a line have in common: kNewest, all of them, of a lane with itself, 0 where they
// have nothing to do with each other.
std::int64_t shared_iterations(std::span<const RunLane> lanes, RunId one, RunId other);

// What brings one there; nothing when one is there, or on the way.
std::optional<Command> going_to(const PlaceInTime& place, std::int64_t iteration);
// Back: there. On: several at once as far as they are known, and trained where they are not; a single one is lived
// through in either case, phase by phase if somebody watches.
std::optional<Command> moving_by(const PlaceInTime& place, std::int64_t iterations);

// A hand that drags along the line: it points at many places, and one journey at a time is asked for, so that the
// picture keeps coming; where it lets go is asked for at once.
class Scrub {
public:
    bool held() const { return wanted_.has_value(); }
    std::int64_t wanted() const { return *wanted_; }  // while held

    // In every frame in which it holds on: what is to be asked for now.
    std::optional<std::int64_t> hold(std::int64_t iteration, const PlaceInTime& place);
    // In the frame in which it lets go.
    std::optional<std::int64_t> release(const PlaceInTime& place);

private:
    std::optional<std::int64_t> wanted_;
    std::optional<std::int64_t> asked_;
};

}  // namespace convscope
