#include "viz/scene/wall_pen.h"

#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_library.h"
#include "tests/support/catch.h"

using namespace convscope;

namespace {

SceneLayout layout_of(const char* recipe) { return layout_scene(plan_network(find_recipe(recipe).value()).value()); }

// Straight at the picture, at those shares of its sides, from so far away on its front.
Ray ray_at(const SceneSurface& picture, float x, float y, float away) {
    const Vec3 front = picture.front();
    const Vec3 target = picture.at(x * picture.tile_width(), y * picture.tile_height());
    return {target + away * front, -front};
}

}  // namespace

TEST_CASE("A pointer draws on the picture's wall where its ray meets it") {
    for (const char* recipe : {"wide-cnn", "cifar-cnn"}) {
        const SceneLayout layout = layout_of(recipe);
        const SceneSurface& picture = layout.walls.front().values;
        for (const Vec2 share : {Vec2{0.0F, 0.0F}, Vec2{0.25F, 0.75F}, Vec2{1.0F, 0.5F}, Vec2{-0.5F, 1.5F}}) {
            const std::optional<Vec2> place = place_on_picture(layout, ray_at(picture, share.x, share.y, 30.0F));
            REQUIRE(place);
            CHECK(glm::length(*place - share) < 1e-4F);
        }
    }
}

TEST_CASE("The pixel under a pointer on the wall is the pixel that it draws in") {
    const SceneLayout layout = layout_of("wide-cnn");
    const SceneSurface& picture = layout.walls.front().values;
    for (std::int64_t row = 0; row < 28; row += 9)
        for (std::int64_t column = 0; column < 28; column += 9) {
            const Ray ray{picture.cell_center({0, row, column}) + 5.0F * picture.front(), -picture.front()};
            const std::optional<SceneHit> hit = pick(layout, ray);
            REQUIRE(hit);
            REQUIRE(hit->cell);
            const Vec2 place = place_on_picture(layout, ray).value();
            CHECK(static_cast<std::int64_t>(place.y * 28.0F) == hit->cell->row);
            CHECK(static_cast<std::int64_t>(place.x * 28.0F) == hit->cell->column);
        }
}

TEST_CASE("A ray that goes past the wall, or away from it, draws nothing") {
    const SceneLayout layout = layout_of("wide-cnn");
    const SceneSurface& picture = layout.walls.front().values;
    CHECK_FALSE(place_on_picture(layout, {picture.center() + picture.front(), picture.right}));
    CHECK_FALSE(place_on_picture(layout, {picture.center() + picture.front(), picture.front()}));
    CHECK_FALSE(place_on_picture({}, {Vec3{0.0F}, Vec3{1.0F, 0.0F, 0.0F}}));
}
