#include "viz/scene/navigator.h"

#include <glm/gtc/constants.hpp>

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

constexpr float kSettleSeconds = 0.07F;  // what is shown comes nearer to its goal by a factor of e in this time
constexpr double kRestSeconds = 0.9;     // a goal not met by then differs by rounding: 13 times e is left
constexpr double kStepSeconds = 1.0 / 240.0;
constexpr double kLongestTick = 0.25;

constexpr float kOrbitRadians = glm::pi<float>();  // for a drag over the viewport's height
constexpr float kLookRadians = 0.8F * glm::pi<float>();
constexpr float kZoomPerStep = 0.8F;
constexpr float kMostSteps = 20.0F;    // of one turn of the wheel
constexpr float kFlyPerSecond = 0.9F;  // in distances
constexpr float kFastFactor = 4.0F;
constexpr float kTurnPerSecond = 1.6F;  // radians
constexpr float kInvisible = 3e-5F;     // in distances and radians: a tenth of a pixel of a 4K picture

float mix_part(float log_ratio, float part) {
    // In space and distance together a straight line keeps the point that it zooms on at its place on the screen: the
    // pivot has come as far as the distance has, not as far as its logarithm.
    return std::abs(log_ratio) < 1e-4F ? part : std::expm1(part * log_ratio) / std::expm1(log_ratio);
}

// `part` of the way; the distance changes by equal factors in equal parts.
CameraPose between(const CameraPose& from, const CameraPose& to, float part, bool about_eye) {
    const float log_ratio = std::log(to.distance / from.distance);
    CameraPose pose;
    pose.distance = from.distance * std::exp(part * log_ratio);
    pose.yaw = glm::mix(from.yaw, to.yaw, part);
    pose.pitch = glm::mix(from.pitch, to.pitch, part);
    if (about_eye)
        pose.pivot = glm::mix(from.eye(), to.eye(), part) + pose.distance * pose.forward();
    else
        pose.pivot = glm::mix(from.pivot, to.pivot, mix_part(log_ratio, part));
    return pose;
}

// How much there is to see on the way: lengths in distances, angles in radians, factors by their logarithm.
float path_length(const CameraPose& from, const CameraPose& to) {
    return glm::length(to.pivot - from.pivot) / std::max(from.distance, to.distance) + std::abs(to.yaw - from.yaw) +
           std::abs(to.pitch - from.pitch) + std::abs(std::log(to.distance / from.distance));
}

bool alike(const CameraPose& a, const CameraPose& b) {
    return glm::length(a.pivot - b.pivot) <= kInvisible * b.distance && std::abs(a.yaw - b.yaw) <= kInvisible &&
           std::abs(a.pitch - b.pitch) <= kInvisible && std::abs(a.distance / b.distance - 1.0F) <= kInvisible;
}

bool is_motion(float x, float y) { return std::isfinite(x) && std::isfinite(y) && (x != 0.0F || y != 0.0F); }

float bounded(float value) { return std::isfinite(value) ? std::clamp(value, -1.0F, 1.0F) : 0.0F; }

// The same pose seen: the pivot slides along the line of sight to that depth.
CameraPose with_distance(CameraPose pose, float distance) {
    const Vec3 eye = pose.eye();
    pose.distance = distance;
    pose.pivot = eye + distance * pose.forward();
    return pose;
}

}  // namespace

void Navigator::set_scene(const Box& box) {
    if (!box.empty() && (!finite(box.low) || !finite(box.high))) return;
    scene_ = box;
    const CameraPose allowed = limited(goal_);
    if (flight_ && allowed != goal_)
        go_to(allowed);
    else
        goal_ = allowed;
}

void Navigator::set_viewport(Vec2 size, const ViewWindow& window) {
    viewport_ = {size.x >= 1.0F ? size.x : 1.0F, size.y >= 1.0F ? size.y : 1.0F};
    const bool part = window.size.x >= 1.0F && window.size.y >= 1.0F;
    window_ = part ? window : ViewWindow{{0.0F, 0.0F}, viewport_};
}

// One value fills the view at the least, and the whole scene is a quarter of it at the most; of an unknown scene
// anything.
float Navigator::least_distance() const {
    return scene_.empty() ? kLeastDistance : std::clamp(0.05F * scene_.radius(), kLeastDistance, 0.25F);
}

float Navigator::greatest_distance() const {
    return scene_.empty() ? 1e6F : std::max(8.0F * scene_.radius(), 4.0F * least_distance());
}

CameraPose Navigator::limited(CameraPose pose) const {
    pose.pitch = std::clamp(pose.pitch, -kSteepest, kSteepest);
    pose.distance = std::clamp(pose.distance, least_distance(), greatest_distance());
    if (!scene_.empty()) {
        const Vec3 room(2.0F * scene_.radius());
        pose.pivot = glm::clamp(pose.pivot, scene_.low - room, scene_.high + room);
    }
    return pose;
}

void Navigator::take_over() {
    if (flight_) goal_ = shown_;
    flight_.reset();
    quiet_seconds_ = 0.0;
}

void Navigator::orbit(float dx, float dy) {
    if (!is_motion(dx, dy)) return;
    take_over();
    about_eye_ = false;
    goal_.yaw += dx * kOrbitRadians / viewport_.y;
    goal_.pitch += dy * kOrbitRadians / viewport_.y;
    goal_ = limited(goal_);
}

void Navigator::pan(float dx, float dy) {
    if (!is_motion(dx, dy)) return;
    take_over();
    about_eye_ = false;
    const Camera camera(goal_, viewport_, scene_, window_);
    const float unit = 1.0F / camera.pixels_per_unit(goal_.pivot);
    goal_.pivot += unit * (dy * goal_.up() - dx * goal_.right());
    goal_ = limited(goal_);
}

void Navigator::look(float dx, float dy) {
    if (!is_motion(dx, dy)) return;
    take_over();
    about_eye_ = true;
    const Vec3 eye = goal_.eye();
    goal_.yaw += dx * kLookRadians / viewport_.y;
    goal_.pitch = std::clamp(goal_.pitch + dy * kLookRadians / viewport_.y, -kSteepest, kSteepest);
    goal_.pivot = eye + goal_.distance * goal_.forward();
    goal_ = limited(goal_);
}

// Both poses are seen as before; only what they turn about, and how fast they fly, changes.
void Navigator::settle_pivot(const Vec3& point) {
    const float shown = glm::dot(point - shown_.eye(), shown_.forward());
    const float goal = glm::dot(point - goal_.eye(), goal_.forward());
    if (!(std::min(shown, goal) >= least_distance()) || !(std::max(shown, goal) <= greatest_distance())) return;
    shown_ = with_distance(shown_, shown);
    goal_ = with_distance(goal_, goal);
}

void Navigator::zoom(float steps, const Vec3& anchor) {
    if (!finite(anchor) || !is_motion(steps, 0.0F)) return;
    take_over();
    about_eye_ = false;
    settle_pivot(anchor);
    const float wanted = goal_.distance * std::pow(kZoomPerStep, std::clamp(steps, -kMostSteps, kMostSteps));
    const float distance = std::clamp(wanted, least_distance(), greatest_distance());
    goal_.pivot = anchor + (distance / goal_.distance) * (goal_.pivot - anchor);
    goal_.distance = distance;
    goal_ = limited(goal_);
}

void Navigator::zoom(float steps, const Ray& pointer) {
    const float towards = glm::dot(pointer.direction, shown_.forward());
    if (towards > 0.0F) zoom(steps, pointer.at(shown_.distance / towards));
}

void Navigator::fly(const FlyInput& input) {
    fly_ = {.forward = bounded(input.forward),
            .right = bounded(input.right),
            .up = bounded(input.up),
            .turn_right = bounded(input.turn_right),
            .turn_down = bounded(input.turn_down),
            .fast = input.fast};
}

void Navigator::go_to(const CameraPose& pose) {
    if (!pose.finite()) return;
    const bool from_rest = !moving();
    goal_ = limited(pose);
    goal_.yaw = shown_.yaw + wrap_angle(goal_.yaw - shown_.yaw);
    about_eye_ = false;
    flight_.reset();
    if (alike(shown_, goal_)) return come_to_rest();
    const float length = path_length(shown_, goal_);
    flight_ = Flight{.from = shown_, .seconds = std::clamp(0.3 + 0.2 * length, 0.3, 1.6), .from_rest = from_rest};
}

void Navigator::frame(const Box& box, float margin) { frame(box, goal_.yaw, goal_.pitch, margin); }

void Navigator::frame(const Box& box, float yaw, float pitch, float margin) {
    if (box.empty()) return;
    CameraPose pose = goal_;
    pose.yaw = yaw;
    pose.pitch = pitch;
    go_to(fit(pose, box, viewport_.x / viewport_.y, margin));
}

void Navigator::jump(const CameraPose& pose) {
    if (!pose.finite()) return;
    flight_.reset();
    shown_ = goal_ = limited(pose);
}

void Navigator::advance_fly(float seconds) {
    Vec3 eye = goal_.eye();
    goal_.yaw += fly_.turn_right * kTurnPerSecond * seconds;
    goal_.pitch = std::clamp(goal_.pitch + fly_.turn_down * kTurnPerSecond * seconds, -kSteepest, kSteepest);
    // At the pace of a pixel it would take minutes to leave it.
    const float pace = std::max(goal_.distance, 0.01F * scene_.radius());
    const float length = seconds * kFlyPerSecond * pace * (fly_.fast ? kFastFactor : 1.0F);
    // Up is the scene's: it is easier to steer by than the eye's.
    eye += length * (fly_.forward * goal_.forward() + fly_.right * goal_.right() + fly_.up * Vec3{0.0F, 1.0F, 0.0F});
    goal_.pivot = eye + goal_.distance * goal_.forward();
    goal_ = limited(goal_);
}

void Navigator::come_to_rest() {
    flight_.reset();
    goal_.yaw = wrap_angle(goal_.yaw);
    shown_ = goal_;
}

// Out of rest softly; out of motion at once, so that walking from layer to layer does not stutter.
void Navigator::advance_flight(double seconds) {
    flight_->passed += seconds;
    const double way = std::min(flight_->passed / flight_->seconds, 1.0);
    const double left = 1.0 - way;
    const double part =
        flight_->from_rest ? way * way * way * (way * (6.0 * way - 15.0) + 10.0) : 1.0 - left * left * left;
    shown_ = between(flight_->from, goal_, static_cast<float>(part), /*about_eye=*/false);
    if (way >= 1.0) come_to_rest();
}

void Navigator::tick(double seconds) {
    if (std::isfinite(seconds) && seconds > 0.0 && moving()) {
        seconds = std::min(seconds, kLongestTick);
        if (fly_.any()) {
            take_over();
            about_eye_ = true;
        }
        if (flight_)
            advance_flight(seconds);
        else
            approach(seconds);
    }
    fly_ = {};
}

// In steps so short that their number does not show.
void Navigator::approach(double seconds) {
    const int steps = static_cast<int>(std::ceil(seconds / kStepSeconds - 1e-6));
    const auto step = static_cast<float>(seconds / steps);
    for (int i = 0; i < steps; ++i) {
        if (fly_.any()) advance_fly(step);
        shown_ = between(shown_, goal_, -std::expm1(-step / kSettleSeconds), about_eye_);
    }
    quiet_seconds_ += seconds;
    if (!fly_.any() && (alike(shown_, goal_) || quiet_seconds_ >= kRestSeconds)) come_to_rest();
}

}  // namespace convscope
