#include "viz/scene/wall_pen.h"

#include <cmath>

namespace convscope {

std::optional<Vec2> place_on_picture(const SceneLayout& layout, const Ray& ray) {
    if (layout.walls.empty() || layout.walls.front().layer != kInputLayer) return std::nullopt;
    const SceneSurface& picture = layout.walls.front().values;
    if (picture.tile_count != 1) return std::nullopt;
    const Vec3 front = picture.front();
    const float towards = glm::dot(ray.direction, front);
    if (std::abs(towards) < 1e-6F) return std::nullopt;
    const float distance = glm::dot(picture.corner - ray.origin, front) / towards;
    if (!(distance > 0.0F)) return std::nullopt;
    const Vec3 within = ray.at(distance) - picture.corner;
    const Vec2 place{glm::dot(within, picture.right), glm::dot(within, picture.down)};
    return Vec2{place.x / picture.tile_width(), place.y / picture.tile_height()};
}

}  // namespace convscope
