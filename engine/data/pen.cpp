#include "engine/data/pen.h"

#include <algorithm>
#include <cmath>

namespace convscope {

void Canvas::draw(std::span<const PenPoint> stroke, float softness) {
    if (stroke.size() == 1) draw_segment(stroke[0], stroke[0], softness);
    for (std::size_t i = 1; i < stroke.size(); ++i) draw_segment(stroke[i - 1], stroke[i], softness);
}

// Ink by distance: a pixel's centre within the nib's radius of the segment is full, and it fades linearly beyond.
void Canvas::draw_segment(const PenPoint& from, const PenPoint& to, float softness) {
    const float dx = to.x - from.x;
    const float dy = to.y - from.y;
    const float length2 = dx * dx + dy * dy;
    const float inverse_length2 = length2 > 0.0F ? 1.0F / length2 : 0.0F;
    const float reach = std::max(from.radius, to.radius) + 0.5F * softness;
    const auto first = [](float low) { return std::clamp(static_cast<int>(std::floor(low)), 0, kSide); };
    const int left = first(std::min(from.x, to.x) - reach);
    const int right = first(std::max(from.x, to.x) + reach + 1.0F);
    const int top = first(std::min(from.y, to.y) - reach);
    const int bottom = first(std::max(from.y, to.y) + reach + 1.0F);
    for (int y = top; y < bottom; ++y) {
        float* row = &ink_[static_cast<std::size_t>(y * kSide)];
        const float py = static_cast<float>(y) + 0.5F - from.y;
        for (int x = left; x < right; ++x) {
            const float px = static_cast<float>(x) + 0.5F - from.x;
            const float along = std::clamp((px * dx + py * dy) * inverse_length2, 0.0F, 1.0F);
            const float ox = px - along * dx;
            const float oy = py - along * dy;
            const float distance2 = ox * ox + oy * oy;
            if (distance2 >= reach * reach) continue;
            const float radius = from.radius + along * (to.radius - from.radius);
            const float ink = std::clamp((radius - std::sqrt(distance2)) / softness + 0.5F, 0.0F, 1.0F);
            row[x] = std::max(row[x], ink);
        }
    }
}

Canvas::Centre Canvas::centre_of_mass() const {
    float mass = 0.0F;
    float moment_x = 0.0F;
    float moment_y = 0.0F;
    for (int y = 0; y < kSide; ++y) {
        float row = 0.0F;
        for (int x = 0; x < kSide; ++x) {
            row += at(x, y);
            moment_x += at(x, y) * (static_cast<float>(x) + 0.5F);
        }
        mass += row;
        moment_y += row * (static_cast<float>(y) + 0.5F);
    }
    if (mass <= 0.0F) return {0.5F * kSide, 0.5F * kSide};
    return {moment_x / mass, moment_y / mass};
}

void Canvas::write(std::span<std::uint8_t> out, int shift_x, int shift_y) const {
    for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) {
            const int sx = x - shift_x;
            const int sy = y - shift_y;
            const bool inside = sx >= 0 && sx < kSide && sy >= 0 && sy < kSide;
            out[static_cast<std::size_t>(y * kSide + x)] =
                inside ? static_cast<std::uint8_t>(at(sx, sy) * 255.0F + 0.5F) : std::uint8_t{0};
        }
}

}  // namespace convscope
