#include "viz/view/drawing_pad.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

constexpr float kLeastWay = 0.004F;  // between two points: half a pixel

bool is_number(PadPoint at) { return std::isfinite(at.x) && std::isfinite(at.y); }

PadPoint within_pad(PadPoint at) { return {std::clamp(at.x, 0.0F, 1.0F), std::clamp(at.y, 0.0F, 1.0F)}; }

}  // namespace

void DrawingPad::begin_stroke(const PadPen& pen, PadPoint at) {
    if (!is_number(at)) return;
    PadPen held = pen;
    held.width = std::clamp(pen.width, PadPen::kThinnest, PadPen::kThickest);
    strokes_.push_back({held, false, {within_pad(at)}});
    draw(strokes_.back(), 0);
    ++revision_;
}

void DrawingPad::go_on(PadPoint to) {
    if (!is_number(to) || strokes_.empty() || strokes_.back().clears) return;
    Stroke& stroke = strokes_.back();
    to = within_pad(to);
    const PadPoint from = stroke.points.back();
    if (std::hypot(to.x - from.x, to.y - from.y) < kLeastWay) return;
    stroke.points.push_back(to);
    draw(stroke, stroke.points.size() - 1);
    ++revision_;
}

void DrawingPad::undo() {
    if (strokes_.empty()) return;
    strokes_.pop_back();
    draw_all();
    ++revision_;
}

void DrawingPad::clear() {
    if (empty()) return;
    strokes_.push_back({{}, true, {}});
    draw_all();
    ++revision_;
}

bool DrawingPad::empty() const {
    return std::all_of(ink_.begin(), ink_.end(), [](std::uint8_t ink) { return ink == 0; });
}

DrawnPicture DrawingPad::picture(std::int64_t margin) const {
    const std::int64_t side = kSide + 2 * margin;
    DrawnPicture drawn{side, side, std::vector<std::uint8_t>(static_cast<std::size_t>(side * side))};
    for (std::int64_t row = 0; row < kSide; ++row)
        std::copy_n(ink_.begin() + row * kSide, kSide, drawn.pixels.begin() + (row + margin) * side + margin);
    return drawn;
}

void DrawingPad::draw_all() {
    std::fill(ink_.begin(), ink_.end(), std::uint8_t{0});
    for (const Stroke& stroke : strokes_) {
        if (stroke.clears) std::fill(ink_.begin(), ink_.end(), std::uint8_t{0});
        draw(stroke, 0);
    }
}

// From the point with that number on; a stroke's first one is a dot.
void DrawingPad::draw(const Stroke& stroke, std::size_t from) {
    for (std::size_t i = from; i < stroke.points.size(); ++i)
        draw_segment(stroke.pen, stroke.points[i == 0 ? 0 : i - 1], stroke.points[i]);
}

// Ink by distance: full within the nib's radius of the segment, fading out over one pixel.
void DrawingPad::draw_segment(const PadPen& pen, PadPoint from, PadPoint to) {
    constexpr auto kScale = static_cast<float>(kSide);
    const float x = from.x * kScale, y = from.y * kScale;
    const float dx = to.x * kScale - x, dy = to.y * kScale - y;
    const float length2 = dx * dx + dy * dy;
    const float radius = 0.5F * pen.width * kScale, reach = radius + 0.5F;
    const auto pixel = [](float at) { return std::clamp<std::int64_t>(static_cast<std::int64_t>(at), 0, kSide); };
    const std::int64_t left = pixel(std::min(x, x + dx) - reach), right = pixel(std::max(x, x + dx) + reach + 1.0F);
    const std::int64_t top = pixel(std::min(y, y + dy) - reach), bottom = pixel(std::max(y, y + dy) + reach + 1.0F);
    for (std::int64_t row = top; row < bottom; ++row)
        for (std::int64_t column = left; column < right; ++column) {
            const float px = static_cast<float>(column) + 0.5F - x, py = static_cast<float>(row) + 0.5F - y;
            const float along = length2 > 0.0F ? std::clamp((px * dx + py * dy) / length2, 0.0F, 1.0F) : 0.0F;
            const float distance = std::hypot(px - along * dx, py - along * dy);
            const float share = std::clamp(reach - distance, 0.0F, 1.0F);
            if (share <= 0.0F) continue;
            std::uint8_t& ink = ink_[static_cast<std::size_t>(row * kSide + column)];
            const auto covered = static_cast<std::uint8_t>(255.0F * share + 0.5F);
            ink = pen.erases ? std::min<std::uint8_t>(ink, static_cast<std::uint8_t>(255 - covered))
                             : std::max(ink, covered);
        }
}

}  // namespace convscope
