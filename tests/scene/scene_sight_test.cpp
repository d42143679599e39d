#include "viz/scene/scene_sight.h"

#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_library.h"
#include "tests/support/catch.h"
#include "viz/scene/navigator.h"

#include <algorithm>
#include <cmath>

using namespace convscope;

namespace {

SceneLayout wide() { return layout_scene(plan_network(find_recipe("wide-cnn").value()).value()); }

Camera looking_at(const SceneLayout& layout, const Box& box, float yaw) {
    return {fit({.yaw = yaw, .pitch = 0.1F}, box, 1.6F), {1600.0F, 1000.0F}, layout.box};
}

}  // namespace

TEST_CASE("From home every wall is seen, large enough for its values") {
    const SceneLayout layout = wide();
    std::vector<SeenWall> seen;
    see(layout, looking_at(layout, layout.box, 0.7F), seen);
    CHECK(seen.size() == layout.walls.size());
    CHECK(std::all_of(seen.begin(), seen.end(), [](const SeenWall& wall) { return wall.values; }));
}

TEST_CASE("From behind no values are seen, so none are captured") {
    const SceneLayout layout = wide();
    std::vector<SeenWall> seen;
    see(layout, looking_at(layout, layout.box, -1.4F), seen);
    CHECK_FALSE(seen.empty());
    CHECK(std::none_of(seen.begin(), seen.end(), [](const SeenWall& wall) { return wall.values; }));
}

TEST_CASE("Near one wall, what is beside the view is not seen") {
    const SceneLayout layout = wide();
    std::vector<SeenWall> seen;
    see(layout, looking_at(layout, layout.walls.back().box(), 1.5F), seen);
    CHECK(std::none_of(seen.begin(), seen.end(), [](const SeenWall& wall) { return wall.wall == 0; }));
    CHECK(std::any_of(seen.begin(), seen.end(),
                      [&](const SeenWall& wall) { return wall.wall == layout.walls.size() - 1 && wall.values; }));
}

TEST_CASE("A million weights are seen only from near") {
    const SceneLayout layout = wide();
    const auto fc1 = std::find_if(layout.walls.begin(), layout.walls.end(), [](const SceneWall& wall) {
        return wall.weights && wall.weights->tile_count * wall.weights->values_per_tile() > 500000;
    });
    REQUIRE(fc1 != layout.walls.end());
    const auto weights_seen = [&](const Camera& camera) {
        std::vector<SeenWall> seen;
        see(layout, camera, seen);
        return std::any_of(seen.begin(), seen.end(), [&](const SeenWall& wall) {
            return &layout.walls[wall.wall] == &*fc1 && wall.weights;
        });
    };
    CHECK_FALSE(weights_seen(looking_at(layout, layout.box, 0.7F)));
    CHECK(weights_seen(looking_at(layout, fc1->weights->box(), 1.4F)));
}

TEST_CASE("The seen part of a surface has every cell that is on the screen") {
    const SceneLayout layout = wide();
    const SceneSurface& surface = layout.walls[1].values;
    Box corner;
    corner.add(surface.at(0.3F * surface.width(), 0.3F * surface.height()));
    corner.add(surface.at(0.6F * surface.width(), 0.5F * surface.height()));
    const Camera camera = looking_at(layout, corner, 1.2F);
    const CellRectangle part = seen_part(surface, camera);
    REQUIRE_FALSE(part.empty());
    CHECK(part.right - part.left < surface.width());
    for (float x = 0.0F; x <= surface.width(); x += 0.5F)
        for (float y = 0.0F; y <= surface.height(); y += 0.5F) {
            const auto place = camera.project(surface.at(x, y));
            if (!place || place->x < 0.0F || place->y < 0.0F || place->x > 1600.0F || place->y > 1000.0F) continue;
            CHECK(x >= part.left - 1e-3F);
            CHECK(x <= part.right + 1e-3F);
            CHECK(y >= part.top - 1e-3F);
            CHECK(y <= part.bottom + 1e-3F);
        }
}
