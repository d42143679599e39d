// What pictures of strokes are taken apart with: one value per pixel, and the classical means of image processing.
#pragma once

#include "engine/data/image_file.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace convscope {

// One value per pixel, row by row.
struct Plane {
    std::int64_t height = 0, width = 0;
    std::vector<float> values;

    Plane(std::int64_t rows, std::int64_t columns)
        : height(rows), width(columns), values(static_cast<std::size_t>(rows * columns)) {}
    explicit Plane(const Image& grey) : Plane(grey.height, grey.width) {
        std::copy(grey.pixels.begin(), grey.pixels.end(), values.begin());
    }
    float at(std::int64_t row, std::int64_t column) const {
        return values[static_cast<std::size_t>(row * width + column)];
    }
    float& at(std::int64_t row, std::int64_t column) { return values[static_cast<std::size_t>(row * width + column)]; }
};

// Of the lightest paper around: what is darker is no paper in a shadow.
inline constexpr float kDeepestShadow = 0.4F;

// The picture as large as `side` allows for its longer side, its proportions kept.
Image with_longer_side(const Image& image, std::int64_t side);

float median_of(std::vector<float> values);

// The mean of the square around each pixel, `reach` pixels to each side, as much of it as lies within the picture.
Plane smoothed(const Plane& plane, std::int64_t reach);

// The highest (lowest) value of that square: a dilation (an erosion).
Plane highest(const Plane& plane, std::int64_t reach);
Plane lowest(const Plane& plane, std::int64_t reach);

// What separates two (three) kinds of values best (Otsu, "A threshold selection method from gray-level histograms",
// 1979). All values in one place: there.
float threshold_of(const std::vector<float>& values);
std::pair<float, float> two_thresholds_of(const std::vector<float>& values);

// Which pixels belong to something.
using Mask = std::vector<bool>;

// The radius of the largest disc within, in pixels; nothing is known of what lies beyond the picture's border, which
// therefore bounds no disc.
float widest(const Mask& mask, std::int64_t height, std::int64_t width);

struct Piece {
    std::vector<std::int64_t> pixels;  // their places, row by row
    bool on_border = false;            // of the picture
};

// What hangs together, corners included.
std::vector<Piece> pieces_of(const Mask& mask, std::int64_t height, std::int64_t width);

}  // namespace convscope
