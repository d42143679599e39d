#include "viz/scene/camera.h"

#include "tests/support/catch.h"
#include "tests/support/no_numbers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace convscope;

namespace {

Box box_at(const Vec3& center, const Vec3& size) {
    Box box;
    box.add(center - 0.5F * size);
    box.add(center + 0.5F * size);
    return box;
}

const Box kScene = box_at({0.0F, 0.0F, 0.0F}, {60.0F, 40.0F, 200.0F});

CameraPose random_pose(std::mt19937& random) {
    auto from = [&](float low, float high) { return std::uniform_real_distribution<float>(low, high)(random); };
    return {.pivot = {from(-30, 30), from(-20, 20), from(-90, 90)},
            .distance = from(1.0F, 300.0F),
            .yaw = from(-3.1F, 3.1F),
            .pitch = from(-1.4F, 1.4F)};
}

float apart(const Vec3& a, const Vec3& b) { return glm::length(a - b); }

}  // namespace

TEST_CASE("yaw 0 looks along minus z, a quarter turn along plus x, and pitch above 0 looks down") {
    CHECK(apart(CameraPose{}.forward(), {0, 0, -1}) < 1e-6F);
    CHECK(apart(CameraPose{.yaw = std::acos(0.0F)}.forward(), {1, 0, 0}) < 1e-6F);
    CHECK(CameraPose{.pitch = 0.5F}.forward().y < 0.0F);
    const CameraPose pose{.pivot = {1, 2, 3}, .distance = 5.0F};
    CHECK(apart(pose.eye(), {1, 2, 8}) < 1e-5F);
    CHECK(apart(pose.right(), {1, 0, 0}) < 1e-6F);
    CHECK(apart(pose.up(), {0, 1, 0}) < 1e-6F);
}

TEST_CASE("the pivot is seen in the middle, what is right of it on the right and what is above it above") {
    const Camera camera({.pivot = {1, 2, 3}, .distance = 8.0F, .yaw = 0.7F, .pitch = 0.4F}, {800, 600}, kScene);
    const Vec3 middle = camera.project({1, 2, 3}).value();
    CHECK(middle.x == Approx(400.0F));
    CHECK(middle.y == Approx(300.0F));
    CHECK(middle.z == Approx(8.0F));
    CHECK(camera.project(Vec3{1, 2, 3} + camera.right())->x > 401.0F);
    CHECK(camera.project(Vec3{1, 2, 3} + camera.up())->y < 299.0F);
}

TEST_CASE("seen in a part of the viewport, all that would fill the viewport stands in that part, and pixels agree") {
    std::mt19937 random(7);
    const ViewWindow window{{300.0F, 100.0F}, {500.0F, 600.0F}};
    for (int i = 0; i < 200; ++i) {
        const CameraPose pose = random_pose(random);
        const Camera whole(pose, {1440, 900}, kScene);
        const Camera part(pose, {1440, 900}, kScene, window);
        const Vec3 middle = part.project(pose.pivot).value();
        CHECK(middle.x == Approx(550.0F).margin(0.01));
        CHECK(middle.y == Approx(400.0F).margin(0.01));
        for (const Vec2 pixel : {Vec2{0.0F, 0.0F}, Vec2{1440.0F, 900.0F}, Vec2{1440.0F, 0.0F}}) {
            const Vec3 seen = part.project(whole.unproject(pixel, pose.distance)).value();
            CHECK(seen.x > 299.9F);
            CHECK(seen.x < 800.1F);
            CHECK(seen.y > 99.9F);
            CHECK(seen.y < 700.1F);
        }
        const Vec3 point = part.unproject({17.0F, 800.0F}, pose.distance);
        const Vec4 clip = part.view_projection() * Vec4(point, 1.0F);
        CHECK((0.5F + 0.5F * clip.x / clip.w) * 1440.0F == Approx(17.0F).margin(0.1));
        CHECK((0.5F - 0.5F * clip.y / clip.w) * 900.0F == Approx(800.0F).margin(0.1));
        const Ray ray = part.ray({17.0F, 800.0F});
        CHECK(apart(ray.at(glm::length(point - ray.origin)), point) < 1e-3F * pose.distance);
    }
}

TEST_CASE("pixels agree with the matrix that the shaders get") {
    std::mt19937 random(1);
    for (int i = 0; i < 500; ++i) {
        const Camera camera(random_pose(random), {1440, 900}, kScene);
        const Vec3 point = random_pose(random).pivot;
        const Vec4 clip = camera.view_projection() * Vec4(point, 1.0F);
        const auto pixel = camera.project(point);
        if (!pixel) {
            CHECK(clip.z < -clip.w + 1e-3F * std::abs(clip.w) + 1e-3F);
            continue;
        }
        CHECK(pixel->x == Approx(0.5F * 1440 * (1 + clip.x / clip.w)).margin(0.05));
        CHECK(pixel->y == Approx(0.5F * 900 * (1 - clip.y / clip.w)).margin(0.05));
        CHECK(pixel->z == Approx(clip.w).epsilon(1e-3));
        CHECK(clip.z <= clip.w * 1.0001F);  // no point of the scene lies beyond the far plane
    }
}

TEST_CASE("a pixel's line of sight meets the point that is drawn there") {
    std::mt19937 random(2);
    int seen = 0;
    for (int i = 0; i < 300; ++i) {
        const Camera camera(random_pose(random), {1000, 700}, kScene);
        const Vec3 point = random_pose(random).pivot;
        const auto pixel = camera.project(point);
        if (!pixel || std::abs(pixel->x) > 3000 || std::abs(pixel->y) > 3000) continue;
        ++seen;
        const float scale = 1e-4F * glm::length(point - camera.eye()) + 1e-3F;
        CHECK(apart(camera.unproject(Vec2(*pixel), pixel->z), point) < scale);
        const Ray ray = camera.ray(Vec2(*pixel));
        CHECK(glm::length(ray.direction) == Approx(1.0F));
        CHECK(glm::length(glm::cross(point - ray.origin, ray.direction)) < scale);
    }
    CHECK(seen > 50);
}

TEST_CASE("a length in pixels is what two projected points say") {
    const Camera camera({.pivot = {0, 0, 0}, .distance = 30.0F, .yaw = 0.3F, .pitch = 0.2F}, {1000, 700}, kScene);
    const Vec3 point{4, 3, -2};
    const float pixels = apart(*camera.project(point), *camera.project(point + 0.01F * camera.right())) / 0.01F;
    CHECK(camera.pixels_per_unit(point) == Approx(pixels).epsilon(0.01));
}

TEST_CASE("what is behind the eye has no pixel, and a size there is still a number") {
    const Camera camera({.pivot = {0, 0, 0}, .distance = 10.0F}, {800, 600}, kScene);
    CHECK_FALSE(camera.project({0, 0, 10.0F}));
    CHECK_FALSE(camera.project({3, 1, 50.0F}));
    CHECK(camera.project({3, 1, 9.0F}));
    CHECK(std::isfinite(camera.pixels_per_unit({0, 0, 10.0F})));
    CHECK(camera.pixels_per_unit({0, 0, 50.0F}) > 0.0F);
}

TEST_CASE("a box with a point in the picture is never called invisible") {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> part(0.0F, 1.0F);
    int in_picture = 0;
    int refused = 0;
    for (int i = 0; i < 4000; ++i) {
        const Camera camera(random_pose(random), {1440, 900}, kScene);
        const float side = std::pow(10.0F, 4.0F * part(random) - 2.0F);
        const Box box = box_at(random_pose(random).pivot, {side, side * part(random), 0.0F});
        bool seen = false;
        for (int k = 0; k < 20 && !seen; ++k) {
            const Vec3 point = box.low + Vec3{part(random), part(random), part(random)} * box.size();
            const auto pixel = camera.project(point);
            seen = pixel && pixel->x >= 0 && pixel->x <= 1440 && pixel->y >= 0 && pixel->y <= 900;
        }
        in_picture += seen;
        if (seen) REQUIRE(camera.visible(box));
        refused += !camera.visible(box);
    }
    CHECK(in_picture > 400);
    CHECK(refused > 1000);  // and it is worth asking
}

TEST_CASE("an empty box is invisible, and one around the eye is not") {
    const Camera camera({.distance = 10.0F}, {800, 600}, kScene);
    CHECK_FALSE(camera.visible(Box{}));
    CHECK(camera.visible(box_at(camera.eye(), {500, 500, 500})));
    CHECK_FALSE(camera.visible(box_at({0, 0, 60}, {5, 5, 5})));
}

TEST_CASE("nothing is not-a-number, whatever the camera is made of") {
    const float huge = std::numeric_limits<float>::max();
    const CameraPose pose = GENERATE_COPY(CameraPose{}, CameraPose{.distance = 0.0F}, CameraPose{.distance = -3.0F},
                                          CameraPose{.distance = kNan}, CameraPose{.pivot = {kNan, 0, 0}},
                                          CameraPose{.pivot = {huge, -huge, huge}, .distance = huge},
                                          CameraPose{.yaw = kNan, .pitch = huge}, CameraPose{.pitch = std::acos(0.0F)});
    const Vec2 viewport =
        GENERATE(Vec2{0, 0}, Vec2{0, 600}, Vec2{800, 0}, Vec2{-5, kNan}, Vec2{1, 1}, Vec2{7680, 4320});
    const Box scene =
        GENERATE_COPY(Box{}, kScene, box_at({0, 0, 0}, {0, 0, 0}), box_at({0, 0, 0}, {1e30F, 1e30F, 1e30F}));
    const Camera camera(pose, viewport, scene);
    CHECK(std::isfinite(camera.aspect()));
    CHECK(camera.near_plane() > 0.0F);
    CHECK(camera.far_plane() > camera.near_plane());
    for (int column = 0; column < 4; ++column)
        for (int row = 0; row < 4; ++row) CHECK(std::isfinite(camera.view_projection()[column][row]));
    CHECK(finite(camera.eye()));
    CHECK(finite(camera.ray({3, 4}).direction));
    CHECK(std::isfinite(camera.pixels_per_unit({1, 2, 3})));
    if (const auto pixel = camera.project({1, 2, 3})) CHECK(finite(*pixel));
}

TEST_CASE("a box that is fitted touches the margin and stays within it") {
    std::mt19937 random(4);
    for (int i = 0; i < 200; ++i) {
        const CameraPose from = random_pose(random);
        const Vec2 viewport = i % 2 ? Vec2{1600, 900} : Vec2{500, 900};
        const Box box = box_at(random_pose(random).pivot, glm::abs(random_pose(random).pivot) + 0.1F);
        const CameraPose fitted = fit(from, box, viewport.x / viewport.y, 0.1F);
        CHECK(fitted.yaw == from.yaw);
        CHECK(fitted.pitch == from.pitch);
        const Camera camera(fitted, viewport, box);
        float closest = 1.0F;  // to an edge, as a share of the view
        for (int k = 0; k < 8; ++k) {
            const Vec3 corner{k & 1 ? box.high.x : box.low.x, k & 2 ? box.high.y : box.low.y,
                              k & 4 ? box.high.z : box.low.z};
            const auto pixel = camera.project(corner);
            REQUIRE(pixel);
            const Vec2 share = Vec2(*pixel) / viewport;
            closest = std::min({closest, share.x, share.y, 1.0F - share.x, 1.0F - share.y});
        }
        CHECK(closest == Approx(0.1F).margin(1e-3));
    }
    CHECK(fit(CameraPose{}, Box{}, 1.5F) == CameraPose{});
}
