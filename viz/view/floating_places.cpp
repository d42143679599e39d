#include "viz/view/floating_places.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace convscope {
namespace {

constexpr std::array kSizes{1.0F, 0.85F, 0.7F, 0.55F};  // of the wanted one, the largest that fits
constexpr std::size_t kWeighed = 24;                    // of the free places, the nearest ones
constexpr float kFreeCounts = 1.5F;                     // a share of the room left, against a share of the way there

PixelRect fitted_into(PixelRect rect, const PixelRect& room) {
    rect.width = std::min(rect.width, room.width);
    rect.height = std::min(rect.height, room.height);
    rect.x = std::clamp(rect.x, room.x, room.right() - rect.width);
    rect.y = std::clamp(rect.y, room.y, room.bottom() - rect.height);
    return rect;
}

PixelRect grown(const PixelRect& rect, float by) {
    return {rect.x - by, rect.y - by, rect.width + 2.0F * by, rect.height + 2.0F * by};
}

float covered_area(const PixelRect& rect, std::span<const PixelRect> taken, float gap) {
    float sum = 0.0F;
    for (const PixelRect& one : taken) sum += shared_area(rect, grown(one, gap));
    return sum;
}

float way_to(const PixelRect& from, const PixelRect& to) { return std::hypot(to.x - from.x, to.y - from.y); }

// Where it lies against the room's edges, what is taken, or is as wanted.
std::vector<PixelRect> places_for(const PixelRect& size, std::span<const PixelRect> taken, const PixelRect& room,
                                  float gap) {
    std::vector<float> lefts{size.x, room.x, room.right() - size.width};
    std::vector<float> tops{size.y, room.y, room.bottom() - size.height};
    for (const PixelRect& one : taken) {
        lefts.insert(lefts.end(), {one.right() + gap, one.x - gap - size.width});
        tops.insert(tops.end(), {one.bottom() + gap, one.y - gap - size.height});
    }
    std::vector<PixelRect> places;
    for (const float left : lefts)
        for (const float top : tops) places.push_back(fitted_into({left, top, size.width, size.height}, room));
    return places;
}

}  // namespace

float shared_area(const PixelRect& a, const PixelRect& b) {
    const float width = std::min(a.right(), b.right()) - std::max(a.x, b.x);
    const float height = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
    return width > 0.0F && height > 0.0F ? width * height : 0.0F;
}

PixelRect pixels_of(const FloatingPlace& place, const PixelRect& room) {
    return fitted_into({std::round(room.x + place.x * room.width), std::round(room.y + place.y * room.height),
                        std::round(place.width * room.width), std::round(place.height * room.height)},
                       room);
}

FloatingPlace share_of(const PixelRect& rect, const PixelRect& room) {
    const float width = std::max(room.width, 1.0F);
    const float height = std::max(room.height, 1.0F);
    return {(rect.x - room.x) / width, (rect.y - room.y) / height, rect.width / width, rect.height / height};
}

PixelRect free_place(const PixelRect& wanted, std::span<const PixelRect> taken, const PixelRect& room,
                     const PixelRect& least, float gap) {
    const float diagonal = std::max(std::hypot(room.width, room.height), 1.0F);
    std::vector<PixelRect> around(taken.begin(), taken.end());
    around.emplace_back();
    PixelRect least_covering = fitted_into(wanted, room);
    float covers = std::numeric_limits<float>::max();
    for (const float factor : kSizes) {
        PixelRect size = wanted;
        size.width = std::max(std::min(wanted.width, least.width), std::round(factor * wanted.width));
        size.height = std::max(std::min(wanted.height, least.height), std::round(factor * wanted.height));
        std::vector<PixelRect> places = places_for(fitted_into(size, room), taken, room, gap);
        std::sort(places.begin(), places.end(),
                  [&](const PixelRect& a, const PixelRect& b) { return way_to(wanted, a) < way_to(wanted, b); });
        places.erase(std::unique(places.begin(), places.end()), places.end());
        const PixelRect* best = nullptr;
        float best_cost = 0.0F;
        std::size_t weighed = 0;
        for (const PixelRect& place : places) {
            // What is nearer than the gap by rounding alone is far enough.
            const float covered = covered_area(place, taken, gap - 0.5F);
            if (covered < covers) {
                covers = covered;
                least_covering = place;
            }
            if (covered > 0.0F) continue;
            if (++weighed > kWeighed) break;
            around.back() = place;
            const float left = largest_free(room, around).area() / std::max(room.area(), 1.0F);
            const float cost = way_to(wanted, place) / diagonal - kFreeCounts * left;
            if (!best || cost < best_cost) {
                best = &place;
                best_cost = cost;
            }
        }
        if (best) return *best;
    }
    return least_covering;
}

// Between every two lines that edges lie on, left and right, the highest gap between what reaches in there.
PixelRect largest_free(const PixelRect& room, std::span<const PixelRect> covered) {
    std::vector<float> lines{room.x, room.right()};
    for (const PixelRect& one : covered)
        for (const float line : {one.x, one.right()})
            if (line > room.x && line < room.right()) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    std::vector<std::pair<float, float>> blocked;  // from top to bottom
    PixelRect best{room.x, room.y, 0.0F, 0.0F};
    for (std::size_t left = 0; left + 1 < lines.size(); ++left)
        for (std::size_t right = left + 1; right < lines.size(); ++right) {
            const float width = lines[right] - lines[left];
            if (width * room.height <= best.area()) continue;
            blocked.clear();
            for (const PixelRect& one : covered)
                if (one.area() > 0.0F && one.x < lines[right] && one.right() > lines[left])
                    blocked.emplace_back(one.y, one.bottom());
            blocked.emplace_back(room.bottom(), room.bottom());
            std::sort(blocked.begin(), blocked.end());
            float top = room.y;
            for (const auto& [begin, end] : blocked) {
                const float height = std::min(begin, room.bottom()) - top;
                if (height > 0.0F && width * height > best.area()) best = {lines[left], top, width, height};
                top = std::max(top, end);
            }
        }
    return best;
}

}  // namespace convscope
