#include "viz/scene/camera.h"

#include <glm/gtc/constants.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

const float kTangent = std::tan(0.5F * kFieldOfView);

Vec3 corner(const Box& box, int index) {
    return {index & 1 ? box.high.x : box.low.x, index & 2 ? box.high.y : box.low.y, index & 4 ? box.high.z : box.low.z};
}

constexpr float kGroundInFront = 0.25F;  // of the way to the scene

// Far beyond any scene, and far from where products of lengths overflow.
constexpr float kFarthest = 1e9F;

ViewWindow usable(const ViewWindow& window, Vec2 viewport) {
    const bool is_one = window.size.x >= 1.0F && window.size.y >= 1.0F && std::isfinite(window.corner.x) &&
                        std::isfinite(window.corner.y);
    return is_one ? window : ViewWindow{{0.0F, 0.0F}, viewport};
}

CameraPose repaired(CameraPose pose) {
    if (!pose.finite()) pose = {};
    pose.pivot = glm::clamp(pose.pivot, -kFarthest, kFarthest);
    pose.distance = std::clamp(pose.distance, kLeastDistance, kFarthest);
    return pose;
}

}  // namespace

bool CameraPose::finite() const {
    return convscope::finite(pivot) && std::isfinite(distance) && std::isfinite(yaw) && std::isfinite(pitch);
}

Vec3 CameraPose::forward() const {
    return {std::sin(yaw) * std::cos(pitch), -std::sin(pitch), -std::cos(yaw) * std::cos(pitch)};
}

Vec3 CameraPose::right() const { return {std::cos(yaw), 0.0F, std::sin(yaw)}; }

Vec3 CameraPose::up() const { return glm::cross(right(), forward()); }

Camera::Camera(const CameraPose& pose, Vec2 viewport, const Box& scene, const ViewWindow& window)
    : pose_(repaired(pose)),
      viewport_(viewport.x >= 1.0F ? viewport.x : 1.0F, viewport.y >= 1.0F ? viewport.y : 1.0F),
      forward_(pose_.forward()),
      right_(pose_.right()),
      up_(pose_.up()),
      eye_(pose_.eye()) {
    const ViewWindow part = usable(window, viewport_);
    center_ = part.corner + 0.5F * part.size;
    focal_pixels_ = 0.5F * std::min(part.size.y, part.size.x / aspect()) / kTangent;
    // The depth buffer has 24 bits: as much of it as can be goes to where the scene begins, and a little in front of
    // the pivot is always seen.
    float nearest = pose_.distance;
    float farthest = 2.0F * pose_.distance;
    for (int i = 0; i < 8 && !scene.empty(); ++i) {
        const float at = depth(corner(scene, i));
        if (!std::isfinite(at)) continue;
        nearest = std::min(nearest, at);
        farthest = std::max(farthest, at);
    }
    // Around the window there is ground in front of the scene.
    if (part.size != viewport_) nearest *= kGroundInFront;
    far_ = 1.01F * std::min(farthest, kFarthest * kFarthest);
    near_ = std::min(std::max({0.99F * nearest, 0.005F * pose_.distance, 2e-6F * far_}), 0.5F * pose_.distance);

    // By rows; glm::lookAt would lose the direction in the rounding of a far eye.
    view_ = glm::transpose(Mat4(Vec4(right_, -glm::dot(right_, eye_)), Vec4(up_, -glm::dot(up_, eye_)),
                                Vec4(-forward_, glm::dot(forward_, eye_)), Vec4(0.0F, 0.0F, 0.0F, 1.0F)));
    projection_ = glm::perspective(kFieldOfView, aspect(), near_, far_);
    projection_[0][0] = 2.0F * focal_pixels_ / viewport_.x;
    projection_[1][1] = 2.0F * focal_pixels_ / viewport_.y;
    projection_[2][0] = 1.0F - 2.0F * center_.x / viewport_.x;
    projection_[2][1] = 2.0F * center_.y / viewport_.y - 1.0F;
    view_projection_ = projection_ * view_;

    // Gribb and Hartmann, "Fast Extraction of Viewing Frustum Planes from the World-View-Projection Matrix", 2001.
    const Mat4 rows = glm::transpose(view_projection_);
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto row = static_cast<Mat4::length_type>(axis);
        planes_[2 * axis] = rows[3] + rows[row];
        planes_[2 * axis + 1] = rows[3] - rows[row];
    }
}

std::optional<Vec3> Camera::project(const Vec3& point) const {
    const Vec3 from_eye = point - eye_;
    const float z = glm::dot(from_eye, forward_);
    if (!(z >= near_)) return std::nullopt;
    const float scale = focal_pixels_ / z;
    return Vec3{center_.x + scale * glm::dot(from_eye, right_), center_.y - scale * glm::dot(from_eye, up_), z};
}

Vec3 Camera::unproject(Vec2 pixel, float depth) const {
    const Vec2 centred = (pixel - center_) * (depth / focal_pixels_);
    return eye_ + depth * forward_ + centred.x * right_ - centred.y * up_;
}

Ray Camera::ray(Vec2 pixel) const {
    const Vec2 centred = (pixel - center_) / focal_pixels_;
    return {eye_, glm::normalize(forward_ + centred.x * right_ - centred.y * up_)};
}

float Camera::pixels_per_unit(const Vec3& point) const {
    const float z = depth(point);
    return focal_pixels_ / (z >= near_ ? z : near_);
}

bool Camera::visible(const Box& box) const {
    if (box.empty()) return false;
    for (const Vec4& plane : planes_) {
        const Vec3 normal(plane);
        const Vec3 most{normal.x > 0.0F ? box.high.x : box.low.x, normal.y > 0.0F ? box.high.y : box.low.y,
                        normal.z > 0.0F ? box.high.z : box.low.z};
        // Rounding grows with the numbers that are added.
        const float slack = 1e-5F * (glm::dot(glm::abs(normal), glm::abs(most)) + std::abs(plane.w));
        if (glm::dot(normal, most) + plane.w < -slack) return false;
    }
    return true;
}

CameraPose fit(const CameraPose& pose, const Box& box, float aspect, float margin) {
    if (box.empty() || !finite(box.low) || !finite(box.high)) return pose;
    const float free = 1.0F - 2.0F * std::clamp(margin, 0.0F, 0.45F);
    const float up_tangent = kTangent * free;
    const float right_tangent = up_tangent * (std::isfinite(aspect) ? std::clamp(aspect, 0.01F, 100.0F) : 1.0F);
    CameraPose fitted = pose;
    fitted.pivot = box.center();
    fitted.distance = kLeastDistance;
    // Each corner asks for its own distance: it lies on a view's edge when seen from there.
    for (int i = 0; i < 8; ++i) {
        const Vec3 from_center = corner(box, i) - fitted.pivot;
        const float towards_eye = -glm::dot(from_center, pose.forward());
        const float wide = std::abs(glm::dot(from_center, pose.right())) / right_tangent;
        const float high = std::abs(glm::dot(from_center, pose.up())) / up_tangent;
        fitted.distance = std::max(fitted.distance, towards_eye + std::max(wide, high));
    }
    return fitted;
}

float wrap_angle(float radians) { return std::remainder(radians, glm::two_pi<float>()); }

}  // namespace convscope
