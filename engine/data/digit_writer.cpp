#include "engine/data/digit_writer.h"

#include "engine/data/digit_strokes.h"
#include "engine/data/distortion.h"
#include "engine/data/pen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace convscope {

namespace {

constexpr float kBoxSide = 20.0F;         // of the box the ink is fitted into, pixels
constexpr int kStepsPerSpan = 5;          // straight pieces between two control points
constexpr float kJitter = 0.032F;         // deviation of a control point, digit heights
constexpr float kLengthVariation = 0.2F;  // deviation of a stroke's first and last piece, relative
constexpr float kPenRadius = 1.35F;       // pixels: gives MNIST's mean of 0.1307
constexpr float kPenVariation = 0.28F;    // deviation of the radius' logarithm
constexpr float kThinnestPen = 0.5F;
constexpr float kThickestPen = 2.6F;
constexpr float kSharpestEdge = 0.8F;  // pixels over which a stroke's edge fades
constexpr float kSoftestEdge = 1.3F;

const Glyph& choose_glyph(int digit, RandomStream& random) {
    const std::span<const Glyph> glyphs = glyphs_of(digit);
    float total = 0.0F;
    for (const Glyph& glyph : glyphs) total += glyph.frequency;
    float pick = random.uniform(0.0F, total);
    for (const Glyph& glyph : glyphs) {
        pick -= glyph.frequency;
        if (pick < 0.0F) return glyph;
    }
    return glyphs.back();
}

// The curve through the control points: a Catmull-Rom spline (Catmull and Rom, "A class of local interpolating
// splines", 1974), in which a corner, like the first and the last point, ends one curve and begins the next.
Stroke curve_through(std::span<const ControlPoint> points) {
    Stroke curve{{points[0].x, points[0].y}};
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
        const ControlPoint& from = points[i];
        const ControlPoint& to = points[i + 1];
        const ControlPoint& before = i == 0 || from.corner ? from : points[i - 1];
        const ControlPoint& after = i + 2 == points.size() || to.corner ? to : points[i + 2];
        for (int step = 1; step <= kStepsPerSpan; ++step) {
            const float t = static_cast<float>(step) / kStepsPerSpan;
            const auto blend = [t](float a, float b, float c, float d) {
                return 0.5F * (2.0F * b +
                               t * (c - a + t * (2.0F * a - 5.0F * b + 4.0F * c - d + t * (3.0F * (b - c) + d - a))));
            };
            curve.push_back({blend(before.x, from.x, to.x, after.x), blend(before.y, from.y, to.y, after.y)});
        }
    }
    return curve;
}

// Moves the end of a stroke away from, or towards, the point before it.
void vary_length(ControlPoint& end, const ControlPoint& before, RandomStream& random) {
    const float stretch = kLengthVariation * random.normal();
    end.x += stretch * (end.x - before.x);
    end.y += stretch * (end.y - before.y);
}

std::vector<Stroke> trace(const Glyph& glyph, RandomStream& random) {
    std::vector<Stroke> strokes;
    std::vector<ControlPoint> points;
    for (const ControlStroke& stroke : glyph.strokes) {
        points = stroke;
        for (ControlPoint& point : points) {
            point.x += kJitter * random.normal();
            point.y += kJitter * random.normal();
        }
        vary_length(points[0], points[1], random);
        vary_length(points[points.size() - 1], points[points.size() - 2], random);
        strokes.push_back(curve_through(points));
    }
    return strokes;
}

struct StrokeBounds {
    float left = std::numeric_limits<float>::max();
    float right = std::numeric_limits<float>::lowest();
    float top = left;
    float bottom = right;

    float longest_side() const { return std::max(right - left, bottom - top); }
};

struct Pen {
    float radius = 0.0F;    // where the pressure is 1, pixels
    float softness = 0.0F;  // pixels over which the edge fades
};

// Of the ink, faintest edge included, that a pen leaves when it follows the strokes enlarged by `scale`.
StrokeBounds ink_box(std::span<const Stroke> strokes, float scale, const Pen& pen) {
    StrokeBounds box;
    for (const Stroke& stroke : strokes)
        for (const StrokePoint& point : stroke) {
            const float reach = pen.radius * point.pressure + 0.5F * pen.softness;
            box.left = std::min(box.left, scale * point.x - reach);
            box.right = std::max(box.right, scale * point.x + reach);
            box.top = std::min(box.top, scale * point.y - reach);
            box.bottom = std::max(box.bottom, scale * point.y + reach);
        }
    return box;
}

// The scale at which the ink's longer side measures kBoxSide. The pen does not grow with the digit, so it is approached
// in steps; the first is exact for a pen of constant width, the second leaves less than a tenth of a pixel otherwise.
float scale_to_fit(std::span<const Stroke> strokes, const Pen& pen) {
    const float length = std::max(ink_box(strokes, 1.0F, {}).longest_side(), 0.1F);
    float scale = 0.0F;
    for (int step = 0; step < 3; ++step) scale += (kBoxSide - ink_box(strokes, scale, pen).longest_side()) / length;
    return scale;
}

}  // namespace

void write_digit(int digit, RandomStream& random, std::span<std::uint8_t> image) {
    std::vector<Stroke> strokes = trace(choose_glyph(digit, random), random);
    distort(strokes, random);

    Pen pen;
    pen.radius = std::clamp(kPenRadius * std::exp(kPenVariation * random.normal()), kThinnestPen, kThickestPen);
    pen.softness = random.uniform(kSharpestEdge, kSoftestEdge);
    const float scale = scale_to_fit(strokes, pen);
    const StrokeBounds box = ink_box(strokes, scale, pen);
    constexpr float kMiddle = 0.5F * Canvas::kSide;

    Canvas canvas;
    std::vector<PenPoint> path;
    for (const Stroke& stroke : strokes) {
        path.clear();
        for (const StrokePoint& point : stroke)
            path.push_back({scale * point.x + kMiddle - 0.5F * (box.left + box.right),
                            scale * point.y + kMiddle - 0.5F * (box.top + box.bottom), pen.radius * point.pressure});
        canvas.draw(path, pen.softness);
    }
    const Canvas::Centre centre = canvas.centre_of_mass();
    // MNIST's middle is 14 counted from the first pixel's own middle, half a pixel beyond the canvas's.
    canvas.write(image, static_cast<int>(std::lround(kMiddle + 0.5F - centre.x)),
                 static_cast<int>(std::lround(kMiddle + 0.5F - centre.y)));
}

}  // namespace convscope
