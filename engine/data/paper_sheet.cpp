#include "engine/data/paper_sheet.h"

#include "engine/data/plane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>

namespace convscope {
namespace {

constexpr std::int64_t kWorkingSide = 160;        // pixels; the longer one of the picture that sheets are looked for in
constexpr std::int64_t kSmallestPhotograph = 48;  // pixels; the longer side: nobody crops a photograph to less
constexpr double kSmallestSheet = 0.1;            // of the picture
constexpr double kBeside = 0.05;                  // of the picture's border: so much at least is not the sheet's
constexpr double kRectangular = 0.85;             // of the smallest rectangle around it; an ellipse takes 0.785
constexpr double kSheetSpeck = 0.06;              // of the largest thing on it
constexpr double kSmallestWriting = 0.12;         // of the sheet's shorter side
constexpr double kThickestStroke = 0.45;          // of the writing's longer side
constexpr float kSharp = 0.12F;                   // of the lighter side of an edge: the least step there
constexpr std::int64_t kSheetEdge = 2;            // pixels of the sheet's edge that are left out, as they show both

struct Box {
    std::int64_t top = 0, left = 0, bottom = 0, right = 0;  // without the last two

    std::int64_t longer() const { return std::max(bottom - top, right - left); }
    std::int64_t shorter() const { return std::min(bottom - top, right - left); }
};

Box box_of(const Mask& mask, std::int64_t height, std::int64_t width) {
    Box box{height, width, 0, 0};
    for (std::int64_t row = 0; row < height; ++row)
        for (std::int64_t column = 0; column < width; ++column) {
            if (!mask[static_cast<std::size_t>(row * width + column)]) continue;
            box = {std::min(box.top, row), std::min(box.left, column), std::max(box.bottom, row + 1),
                   std::max(box.right, column + 1)};
        }
    return box;
}

Mask mask_of(const Piece& piece, std::size_t size) {
    Mask mask(size);
    for (const std::int64_t pixel : piece.pixels) mask[static_cast<std::size_t>(pixel)] = true;
    return mask;
}

// With what it encloses.
Mask filled(const Mask& region, std::int64_t height, std::int64_t width) {
    Mask rest = region, whole(region.size(), true);
    rest.flip();
    for (const Piece& piece : pieces_of(rest, height, width))
        if (piece.on_border)
            for (const std::int64_t pixel : piece.pixels) whole[static_cast<std::size_t>(pixel)] = false;
    return whole;
}

// Its share of the smallest rectangle around it, however turned.
double rectangularity(const Mask& mask, std::int64_t height, std::int64_t width) {
    constexpr int kTurns = 30;  // through a right angle
    double least = static_cast<double>(height * width);
    for (int turn = 0; turn < kTurns; ++turn) {
        const double angle = 0.5 * std::numbers::pi * turn / kTurns, c = std::cos(angle), s = std::sin(angle);
        double low_x = 1e9, high_x = -1e9, low_y = 1e9, high_y = -1e9;
        for (std::int64_t row = 0; row < height; ++row)
            for (std::int64_t column = 0; column < width; ++column) {
                if (!mask[static_cast<std::size_t>(row * width + column)]) continue;
                const auto y = static_cast<double>(row), x = static_cast<double>(column);
                low_x = std::min(low_x, c * x + s * y);
                high_x = std::max(high_x, c * x + s * y);
                low_y = std::min(low_y, c * y - s * x);
                high_y = std::max(high_y, c * y - s * x);
            }
        const double more = std::abs(c) + std::abs(s);  // pixels are not points
        least = std::min(least, (high_x - low_x + more) * (high_y - low_y + more));
    }
    return static_cast<double>(std::count(mask.begin(), mask.end(), true)) / least;
}

// The share of the picture's border that is not the sheet's.
double beside(const Mask& sheet, std::int64_t height, std::int64_t width) {
    std::int64_t count = 0;
    const auto look = [&](std::int64_t row, std::int64_t column) {
        count += sheet[static_cast<std::size_t>(row * width + column)] ? 0 : 1;
    };
    for (std::int64_t row = 0; row < height; ++row)
        for (const std::int64_t column : {std::int64_t{0}, width - 1}) look(row, column);
    for (std::int64_t column = 0; column < width; ++column)
        for (const std::int64_t row : {std::int64_t{0}, height - 1}) look(row, column);
    return static_cast<double>(count) / static_cast<double>(2 * (height + width));
}

// Whether the sheet ends at once, as paper does and light does not.
bool has_sharp_edge(const Plane& plane, const Mask& sheet) {
    Plane mask(plane.height, plane.width);
    std::copy(sheet.begin(), sheet.end(), mask.values.begin());
    const Plane within = lowest(mask, kSheetEdge), around = highest(mask, kSheetEdge);
    std::vector<float> inner, outer;
    for (std::size_t i = 0; i < sheet.size(); ++i)
        if (sheet[i] ? within.values[i] < 0.5F : around.values[i] > 0.5F)
            (sheet[i] ? inner : outer).push_back(plane.values[i]);
    if (inner.empty() || outer.empty()) return false;
    const float here = median_of(std::move(inner)), beyond = median_of(std::move(outer));
    return std::abs(here - beyond) >= kSharp * std::max(here, beyond);
}

// Whether what lies on the sheet, of another lightness, is writing.
bool has_writing(const Mask& sheet, const Mask& lightness, std::int64_t height, std::int64_t width) {
    Mask other(sheet.size());
    for (std::size_t i = 0; i < sheet.size(); ++i) other[i] = sheet[i] && !lightness[i];
    const std::vector<Piece> pieces = pieces_of(other, height, width);
    std::size_t largest = 0;
    for (const Piece& piece : pieces) largest = std::max(largest, piece.pixels.size());
    Mask writing(sheet.size());
    for (const Piece& piece : pieces)
        if (static_cast<double>(piece.pixels.size()) >= kSheetSpeck * static_cast<double>(largest))
            for (const std::int64_t pixel : piece.pixels) writing[static_cast<std::size_t>(pixel)] = true;
    if (largest == 0) return false;
    const auto longer = static_cast<double>(box_of(writing, height, width).longer());
    return longer >= kSmallestWriting * static_cast<double>(box_of(sheet, height, width).shorter()) &&
           2.0 * widest(writing, height, width) <= kThickestStroke * longer;
}

// The smallest sheet among the pieces of that lightness; empty when there is none.
Mask smallest_sheet(const Plane& plane, const Mask& lightness) {
    const std::int64_t height = plane.height, width = plane.width;
    const double area = static_cast<double>(lightness.size());
    Mask smallest;
    for (const Piece& piece : pieces_of(lightness, height, width)) {
        if (static_cast<double>(piece.pixels.size()) < 0.5 * kSmallestSheet * area) continue;
        Mask sheet = filled(mask_of(piece, lightness.size()), height, width);
        const auto size = std::count(sheet.begin(), sheet.end(), true);
        if (static_cast<double>(size) < kSmallestSheet * area || beside(sheet, height, width) < kBeside) continue;
        if (!smallest.empty() && size >= std::count(smallest.begin(), smallest.end(), true)) continue;
        if (has_writing(sheet, lightness, height, width) && has_sharp_edge(plane, sheet) &&
            rectangularity(sheet, height, width) >= kRectangular)
            smallest = std::move(sheet);
    }
    return smallest;
}

// The sheet alone, at the picture's own size.
Image cut_out(const Image& picture, const Plane& sheet, const Box& box) {
    const auto top = box.top * picture.height / sheet.height, bottom = box.bottom * picture.height / sheet.height;
    const auto left = box.left * picture.width / sheet.width, right = box.right * picture.width / sheet.width;
    Image part{1, bottom - top, right - left, {}, picture.done};
    part.pixels.reserve(static_cast<std::size_t>(part.height * part.width));
    for (std::int64_t row = top; row < bottom; ++row) {
        const auto within = [&](std::int64_t column) {
            return sheet.at(row * sheet.height / picture.height, column * sheet.width / picture.width) > 0.5F;
        };
        std::int64_t nearest = left;
        while (nearest + 1 < right && !within(nearest)) ++nearest;
        for (std::int64_t column = left; column < right; ++column) {
            if (column > nearest && within(column)) nearest = column;
            part.pixels.push_back(picture.pixels[static_cast<std::size_t>(row * picture.width + nearest)]);
        }
    }
    return part;
}

}  // namespace

std::optional<Image> sheet_in(const Image& grey) {
    if (std::max(grey.height, grey.width) < kSmallestPhotograph) return std::nullopt;
    const Image working = with_longer_side(grey, std::min(kWorkingSide, std::max(grey.height, grey.width)));
    const Plane plane = smoothed(Plane(working), 1);
    const auto [lower, upper] = two_thresholds_of(plane.values);
    const float none = -1.0F, all = 256.0F;
    Mask smallest;
    for (const auto& [from, to] : {std::pair(upper, all), {lower, all}, {none, lower}, {none, upper}, {lower, upper}}) {
        Mask lightness(plane.values.size());
        std::transform(plane.values.begin(), plane.values.end(), lightness.begin(),
                       [from = from, to = to](float value) { return value >= from && value < to; });
        Mask sheet = smallest_sheet(plane, lightness);
        if (smallest.empty() || (!sheet.empty() && std::count(sheet.begin(), sheet.end(), true) <
                                                       std::count(smallest.begin(), smallest.end(), true)))
            smallest = std::move(sheet);
    }
    if (smallest.empty()) return std::nullopt;
    Plane sheet(plane.height, plane.width);
    std::copy(smallest.begin(), smallest.end(), sheet.values.begin());
    sheet = lowest(sheet, kSheetEdge);
    std::transform(sheet.values.begin(), sheet.values.end(), smallest.begin(),
                   [](float value) { return value > 0.5F; });
    const Box box = box_of(smallest, plane.height, plane.width);
    if (box.shorter() < 1) return std::nullopt;
    return cut_out(grey, sheet, box);
}

}  // namespace convscope
