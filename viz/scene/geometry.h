// Points, boxes and rays of the scene. GLM's types, so that a matrix goes to a shader as it is. Right-handed, y up; a
// length of 1 is one value's side in a layer that is drawn at its natural size.
#pragma once

#include <glm/glm.hpp>

#include <cmath>
#include <limits>

namespace convscope {

using Vec2 = glm::vec2;
using Vec3 = glm::vec3;
using Vec4 = glm::vec4;
using Mat4 = glm::mat4;

inline bool finite(const Vec3& v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

// Empty until a point is added.
struct Box {
    Vec3 low{std::numeric_limits<float>::max()};
    Vec3 high{std::numeric_limits<float>::lowest()};

    bool empty() const { return low.x > high.x; }
    Vec3 center() const { return 0.5F * (low + high); }
    Vec3 size() const { return high - low; }
    // Of the sphere around it.
    float radius() const { return empty() ? 0.0F : 0.5F * glm::length(size()); }
    void add(const Vec3& point) {
        low = glm::min(low, point);
        high = glm::max(high, point);
    }
    void add(const Box& other) {
        if (other.empty()) return;
        add(other.low);
        add(other.high);
    }
};

struct Ray {
    Vec3 origin{0.0F};
    Vec3 direction{0.0F, 0.0F, -1.0F};  // of length 1
    Vec3 at(float distance) const { return origin + distance * direction; }
};

}  // namespace convscope
