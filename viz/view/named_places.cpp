#include "viz/view/named_places.h"

#include <cstdlib>

namespace convscope {

std::span<const NamedPlace> named_places(const RunLine& line) {
    if (!line.lanes) return {};
    for (const RunLane& lane : *line.lanes)
        if (lane.id == line.lane) return lane.places;
    return {};
}

const NamedPlace* place_near(std::span<const NamedPlace> places, std::int64_t iteration, double reach) {
    const NamedPlace* nearest = nullptr;
    for (const NamedPlace& place : places) {
        const std::int64_t distance = std::abs(place.iteration - iteration);
        if (static_cast<double>(distance) > reach) continue;
        if (nearest == nullptr || distance < std::abs(nearest->iteration - iteration)) nearest = &place;
    }
    return nearest;
}

}  // namespace convscope
