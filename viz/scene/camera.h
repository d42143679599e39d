// Where the scene is seen from, and what that makes of its points: matrices, pixels, lines of sight. Pure.
#pragma once

#include "viz/scene/geometry.h"

#include <array>
#include <optional>

namespace convscope {

// The eye on a sphere around the pivot, looking at it. Angles in radians: yaw 0 looks along -z, pi/2 along +x; a
// pitch above 0 looks down.
struct CameraPose {
    Vec3 pivot{0.0F};
    float distance = 10.0F;
    float yaw = 0.0F;
    float pitch = 0.0F;

    bool finite() const;
    // Each of length 1, at right angles to each other.
    Vec3 forward() const;
    Vec3 right() const;
    Vec3 up() const;
    Vec3 eye() const { return pivot - distance * forward(); }

    bool operator==(const CameraPose&) const = default;
};

// Of the whole height of the view: narrow enough that a wall of maps seen from the side does not lean.
inline constexpr float kFieldOfView = 0.61F;  // 35 degrees
inline constexpr float kLeastDistance = 1e-4F;

// The part of a viewport in which a pose is seen, in pixels: what would fill the viewport is as large as it can be
// there, in the middle, and around it is what lies beside.
struct ViewWindow {
    Vec2 corner{0.0F};
    Vec2 size{0.0F};  // none: all of the viewport

    bool operator==(const ViewWindow&) const = default;
};

// A pose in a viewport. Immutable; whatever it is made of (an empty viewport, not-a-number), what it gives is finite.
class Camera {
public:
    // `viewport` in pixels, counted as at least 1 x 1. `scene` is everything that is drawn: the near and the far plane
    // let it through.
    Camera(const CameraPose& pose, Vec2 viewport, const Box& scene, const ViewWindow& window = {});

    const CameraPose& pose() const { return pose_; }
    Vec2 viewport() const { return viewport_; }
    float aspect() const { return viewport_.x / viewport_.y; }
    float near_plane() const { return near_; }  // distances along forward()
    float far_plane() const { return far_; }

    // OpenGL's clip space: -1 to 1 in all three.
    const Mat4& view() const { return view_; }
    const Mat4& projection() const { return projection_; }
    const Mat4& view_projection() const { return view_projection_; }

    const Vec3& eye() const { return eye_; }
    const Vec3& forward() const { return forward_; }
    const Vec3& right() const { return right_; }
    const Vec3& up() const { return up_; }

    // Pixels from the viewport's upper left corner, y down; z is the depth along forward(). Nothing for a point nearer
    // than the near plane or behind the eye; a point outside the viewport has a place all the same.
    std::optional<Vec3> project(const Vec3& point) const;
    // From the eye through a pixel's place.
    Ray ray(Vec2 pixel) const;
    // The point at that place and depth.
    Vec3 unproject(Vec2 pixel, float depth) const;
    // How many pixels a length of 1, seen face on, covers at the point; at the near plane's depth when nearer.
    float pixels_per_unit(const Vec3& point) const;
    // False only when no point of the box is seen.
    bool visible(const Box& box) const;

private:
    float depth(const Vec3& point) const { return glm::dot(point - eye_, forward_); }

    CameraPose pose_;
    Vec2 viewport_;
    Vec2 center_;  // the pixel that forward() leads through
    Vec3 forward_, right_, up_, eye_;
    float focal_pixels_;  // a length of 1 at depth 1
    float near_, far_;
    Mat4 view_, projection_, view_projection_;
    std::array<Vec4, 6> planes_;  // dot(xyz, point) + w >= 0 inside
};

// The pose that shows all of the box, in the middle, with its angles unchanged: `margin` is the share of the view's
// width and height that stays free on each side. The pose as it was for an empty box.
CameraPose fit(const CameraPose& pose, const Box& box, float aspect, float margin = 0.08F);

// The same direction, written as an angle from -pi to pi.
float wrap_angle(float radians);

}  // namespace convscope
