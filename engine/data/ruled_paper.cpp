#include "engine/data/ruled_paper.h"

#include "engine/data/plane.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace convscope {
namespace {

constexpr std::int64_t kLargestPicture = 400;  // pixels; the longer one of the picture that lines are looked for in
constexpr std::int64_t kSmallestPicture = 48;  // pixels; the longer side: lines are told from paper in no less
constexpr double kSteepest = 0.085;            // rows that a level line falls per column: five degrees
constexpr double kWidest = 0.03;               // of the longer side: a line; half of a window that no line fills
constexpr float kFaintest = 0.08F;             // of the paper's brightness
constexpr float kDarkest = 0.9F;
constexpr int kFewest = 3;  // lines: two strokes may run side by side

// Level lines, by the rows where they cross the middle column, counted from the first.
struct Ruling {
    std::int64_t fall = 0;     // rows from the first column to the last
    std::vector<float> level;  // share of the paper's brightness that the line takes away, from row -reach() on

    std::int64_t reach() const { return (std::abs(fall) + 1) / 2; }
    std::int64_t row(std::int64_t line, std::int64_t column, std::int64_t width) const {
        return line - reach() + (2 * column - width) * fall / (2 * width);
    }
};

// How dark each line of that fall is, looked at in every `step`th column. `dark` is what is darker than the paper
// beside it, one row up and down included.
Ruling levels_along(const Plane& dark, std::int64_t fall, std::int64_t step) {
    Ruling ruling{fall, std::vector<float>(static_cast<std::size_t>(dark.height + std::abs(fall) + 1))};
    std::vector<float> along;
    for (std::size_t line = 0; line < ruling.level.size(); ++line) {
        along.clear();
        for (std::int64_t column = 0; column < dark.width; column += step) {
            const std::int64_t row = ruling.row(static_cast<std::int64_t>(line), column, dark.width);
            if (row >= 0 && row < dark.height) along.push_back(dark.at(row, column));
        }
        if (static_cast<std::int64_t>(along.size()) * step * 3 < dark.width) continue;
        const auto quarter = along.begin() + static_cast<std::ptrdiff_t>(along.size() / 4);
        std::nth_element(along.begin(), quarter, along.end());
        ruling.level[line] = *quarter;
    }
    return ruling;
}

// Leaves the levels of thin lines alone, as far as they stand out from those beside them, and counts the
// lines that run from border to border.
int keep_lines(Ruling& ruling, std::int64_t widest) {
    Plane level(1, static_cast<std::int64_t>(ruling.level.size()));
    level.values = std::move(ruling.level);
    const Plane beside = highest(lowest(level, widest / 2 + 1), widest / 2 + 1);
    const auto first = static_cast<std::size_t>(2 * ruling.reach());
    const std::size_t end = level.values.size() - std::min(first, level.values.size());
    int count = 0;
    bool within = false;
    for (std::size_t i = 0; i < level.values.size(); ++i) {
        float& here = level.values[i];
        here = std::min(here - beside.values[i], kDarkest);
        const bool line = here > std::max(kFaintest, beside.values[i]);  // paper's own grain is dark where paper is
        if (!line) here = 0.0F;
        count += line && !within && i >= first && i < end ? 1 : 0;
        within = line;
    }
    ruling.level = std::move(level.values);
    return count;
}

// Divides level lines that are darker than the paper out of the plane. Whether there were any.
bool divide_out(Plane& plane) {
    const std::int64_t longer = std::max(plane.height, plane.width);
    const auto widest = std::max<std::int64_t>(3, std::llround(kWidest * static_cast<double>(longer)));
    const Plane paper = lowest(highest(plane, widest), widest);
    const float darkest = std::max(1.0F, kDeepestShadow * *std::max_element(paper.values.begin(), paper.values.end()));
    Plane dark(plane.height, plane.width);
    for (std::size_t i = 0; i < dark.values.size(); ++i)
        dark.values[i] = (paper.values[i] - plane.values[i]) / std::max(paper.values[i], darkest);
    for (std::int64_t row = dark.height - 1; row > 0; --row)  // a line is not quite straight
        for (std::int64_t column = 0; column < dark.width; ++column)
            dark.at(row, column) = std::max(dark.at(row, column), dark.at(row - 1, column));
    for (std::int64_t row = 0; row + 1 < dark.height; ++row)
        for (std::int64_t column = 0; column < dark.width; ++column)
            dark.at(row, column) = std::max(dark.at(row, column), dark.at(row + 1, column));

    std::int64_t best = 0;
    double most = -1.0;
    const auto steepest = static_cast<std::int64_t>(kSteepest * static_cast<double>(plane.width));
    for (std::int64_t fall = -steepest / 2 * 2; fall <= steepest; fall += 2) {
        Ruling ruling = levels_along(dark, fall, 8);
        if (keep_lines(ruling, widest) < kFewest) continue;
        double sum = 0.0;
        for (const float level : ruling.level) sum += level;
        if (sum <= most) continue;
        most = sum;
        best = fall;
    }
    if (most < 0.0) return false;
    Ruling ruling = levels_along(dark, best, 1);
    if (keep_lines(ruling, widest) < kFewest) return false;
    for (std::size_t line = 0; line < ruling.level.size(); ++line)
        for (std::int64_t column = 0; column < plane.width && ruling.level[line] > 0.0F; ++column) {
            const std::int64_t row = ruling.row(static_cast<std::int64_t>(line), column, plane.width);
            if (row < 0 || row >= plane.height) continue;
            float& value = plane.at(row, column);
            value = std::min(value / (1.0F - ruling.level[line]), paper.at(row, column));
        }
    return true;
}

Plane transposed(const Plane& plane) {
    Plane result(plane.width, plane.height);
    for (std::int64_t row = 0; row < plane.height; ++row)
        for (std::int64_t column = 0; column < plane.width; ++column) result.at(column, row) = plane.at(row, column);
    return result;
}

void invert(Plane& plane) {
    for (float& value : plane.values) value = 255.0F - value;
}

}  // namespace

std::optional<Image> without_ruling(const Image& grey) {
    const std::int64_t longer = std::max(grey.height, grey.width);
    if (longer < kSmallestPicture) return std::nullopt;
    Image picture = with_longer_side(grey, std::min(longer, kLargestPicture));
    Plane plane(picture);
    bool ruled = false;
    for (int polarity = 0; polarity < 2; ++polarity) {
        for (int direction = 0; direction < 2; ++direction) {
            ruled = divide_out(plane) || ruled;
            plane = transposed(plane);
        }
        invert(plane);
    }
    if (!ruled) return std::nullopt;
    std::transform(plane.values.begin(), plane.values.end(), picture.pixels.begin(),
                   [](float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F)); });
    return picture;
}

}  // namespace convscope
