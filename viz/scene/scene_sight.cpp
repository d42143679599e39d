#include "viz/scene/scene_sight.h"

#include <algorithm>
#include <array>

namespace convscope {
namespace {

constexpr float kLeastValues = 3.0F;    // pixels of a wall's longer side
constexpr float kLeastWeights = 24.0F;  // likewise
constexpr float kLeastManyWeights = 220.0F;
constexpr std::int64_t kManyWeights = 1 << 16;

float longer_side(const SceneSurface& surface) { return std::max(surface.width(), surface.height()); }

bool is_in_front(const SceneSurface& surface, const Camera& camera) {
    return glm::dot(camera.eye() - surface.corner, surface.front()) > 0.0F;
}

}  // namespace

void see(const SceneLayout& layout, const Camera& camera, std::vector<SeenWall>& out) {
    out.clear();
    for (std::size_t i = 0; i < layout.walls.size(); ++i) {
        const SceneWall& wall = layout.walls[i];
        SeenWall seen{.wall = i};
        if (camera.visible(wall.box())) {
            const float scale = camera.pixels_per_unit(wall.values.center());
            seen.pixels = scale * longer_side(wall.values);
            seen.pixels_per_cell = camera.pixels_per_unit(wall.box().center()) * wall.values.cell_width;
            seen.values = seen.pixels >= kLeastValues && is_in_front(wall.values, camera);
        }
        if (wall.weights && camera.visible(wall.weights->box())) {
            const SceneSurface& weights = *wall.weights;
            const float pixels = camera.pixels_per_unit(weights.center()) * longer_side(weights);
            const bool many = weights.tile_count * weights.values_per_tile() > kManyWeights;
            seen.weights = pixels >= (many ? kLeastManyWeights : kLeastWeights) && is_in_front(weights, camera);
        }
        if (seen.pixels > 0.0F || seen.weights) out.push_back(seen);
    }
}

CellRectangle seen_part(const SceneSurface& surface, const Camera& camera) {
    if (!is_in_front(surface, camera)) return {};
    const Vec2 viewport = camera.viewport();
    const std::array<Vec2, 4> corners{Vec2{0.0F, 0.0F}, Vec2{viewport.x, 0.0F}, Vec2{0.0F, viewport.y}, viewport};
    CellRectangle all{0.0F, 0.0F, surface.width(), surface.height()};
    CellRectangle part{all.right, all.bottom, 0.0F, 0.0F};
    for (const Vec2 corner : corners) {
        const Ray ray = camera.ray(corner);
        const float slant = glm::dot(ray.direction, surface.front());
        if (slant > -1e-4F) return all;  // a corner looks past the wall's plane
        const Vec3 place = ray.at(glm::dot(surface.corner - ray.origin, surface.front()) / slant) - surface.corner;
        const float x = glm::dot(place, surface.right);
        const float y = glm::dot(place, surface.down);
        part = {std::min(part.left, x), std::min(part.top, y), std::max(part.right, x), std::max(part.bottom, y)};
    }
    return {std::max(part.left, 0.0F), std::max(part.top, 0.0F), std::min(part.right, all.right),
            std::min(part.bottom, all.bottom)};
}

}  // namespace convscope
