#include "viz/view/place_in_time.h"

#include "viz/view/engine_link.h"

#include <algorithm>
#include <utility>

namespace convscope {

std::int64_t PlaceInTime::clamped(std::int64_t iteration) const { return std::clamp(iteration, earliest, furthest); }

PlaceInTime place_in_time(const EngineLink& link) {
    const Snapshot* snapshot = link.live();
    if (!snapshot || !snapshot->run_info) return {};
    PlaceInTime place;
    place.shown = snapshot->iteration;
    place.furthest = std::max(snapshot->line.furthest, snapshot->iteration);
    const auto& kept = snapshot->line.kept;
    if (kept && !kept->empty()) place.earliest = std::min(kept->front(), place.shown);
    place.target = place.clamped(
        link.asked_or(link.requested().place, snapshot->line.travelling_to.value_or(snapshot->iteration)));
    return place;
}

// Every lane that one comes from, itself first, has a stretch in common with it; the first of these that the other one
// has a stretch in common with too is where the two parted.
std::int64_t shared_iterations(std::span<const RunLane> lanes, RunId one, RunId other) {
    constexpr std::int64_t kAll = PlaceInTime::kNewest;
    const auto find = [&](RunId id) {
        return std::find_if(lanes.begin(), lanes.end(), [&](const RunLane& lane) { return lane.id == id; });
    };
    std::int64_t of_one = kAll;
    for (auto mine = find(one); mine != lanes.end(); mine = find(mine->parent)) {
        std::int64_t of_other = kAll;
        for (auto its = find(other); its != lanes.end(); its = find(its->parent)) {
            if (its->id == mine->id) return std::min(of_one, of_other);
            of_other = std::min(of_other, its->from);
        }
        of_one = std::min(of_one, mine->from);
    }
    return 0;
}

std::optional<Command> going_to(const PlaceInTime& place, std::int64_t iteration) {
    const std::int64_t there = place.clamped(iteration);
    if (there == place.target) return std::nullopt;
    return command::GoTo{there};
}

std::optional<Command> moving_by(const PlaceInTime& place, std::int64_t iterations) {
    const bool known = place.target < place.furthest;
    const bool lived_through = !place.travelling() && (iterations == 1 || !known);
    if (iterations > 0 && lived_through) return command::Step{iterations};
    return going_to(place, place.target + iterations);
}

std::optional<std::int64_t> Scrub::hold(std::int64_t iteration, const PlaceInTime& place) {
    const bool first = !held();
    wanted_ = place.clamped(iteration);
    if (wanted_ == place.target || wanted_ == asked_ || (place.travelling() && !first)) return std::nullopt;
    return asked_ = wanted_;
}

std::optional<std::int64_t> Scrub::release(const PlaceInTime& place) {
    const std::optional<std::int64_t> wanted = std::exchange(wanted_, std::nullopt);
    const std::optional<std::int64_t> asked = std::exchange(asked_, std::nullopt);
    return wanted == place.target || wanted == asked ? std::nullopt : wanted;
}

}  // namespace convscope
