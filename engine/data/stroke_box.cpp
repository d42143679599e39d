#include "engine/data/stroke_box.h"

#include "engine/data/plane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

namespace convscope {
namespace {

// In pixels of a picture whose longer side has been brought to between the first two.
constexpr std::int64_t kSmallestSide = 112;
constexpr std::int64_t kLargestSide = 400;
constexpr double kPaperReach = 0.15;       // of the shorter side; half of a window that is wider than any stroke
constexpr double kLeastPaperReach = 0.11;  // of the longer side, for pictures cut to a narrow digit
constexpr double kWiderPaperReach = 1.4;   // times the last window
constexpr float kDarkestPaper = 32.0F;     // what is darker counts as this, lest noise becomes ink
constexpr float kFaintestInk = 0.05F;      // typical ink against paper, below which there is none
constexpr float kNoInk = 0.25F;            // shares of the typical ink's darkness: from here ...
constexpr float kFullInk = 0.95F;          // ... to here it goes from nothing to all
constexpr double kOtherInk = 0.002;        // of the picture: so much must lie within for what touches the border to go
constexpr double kInkSpeck = 0.06;         // of the largest piece
constexpr std::int64_t kSmallestPolaritySide = 40;
constexpr std::int64_t kLargestPolaritySide = 64;
constexpr double kBoxShare = 20.0 / 28.0;  // of the side: MNIST's

// ---- Dark or light: what lies off a smooth surface -----------------------------------------------------------------

constexpr std::size_t kTerms = 6;
using Terms = std::array<double, kTerms>;

Terms terms_at(const Plane& plane, std::int64_t row, std::int64_t column) {
    const double y = (static_cast<double>(row) + 0.5) / static_cast<double>(plane.height) * 2.0 - 1.0;
    const double x = (static_cast<double>(column) + 0.5) / static_cast<double>(plane.width) * 2.0 - 1.0;
    return {1.0, x, y, x * x, x * y, y * y};
}

// Solves a symmetric, positive system by Gauss's elimination; `matrix` and `right` are used up.
Terms solve(std::array<Terms, kTerms>& matrix, Terms& right) {
    for (std::size_t i = 0; i < kTerms; ++i)
        for (std::size_t row = i + 1; row < kTerms; ++row) {
            const double factor = matrix[row][i] / matrix[i][i];
            for (std::size_t column = i; column < kTerms; ++column) matrix[row][column] -= factor * matrix[i][column];
            right[row] -= factor * right[i];
        }
    for (std::size_t i = kTerms; i-- > 0;) {
        for (std::size_t column = i + 1; column < kTerms; ++column) right[i] -= matrix[i][column] * right[column];
        right[i] /= matrix[i][i];
    }
    return right;
}

// What is left of each value when the surface that most of them lie on is taken away: least squares in which a value
// counts less the farther off it was the last time.
// Nothing where the paper is flat, as any that no camera took.
std::optional<std::vector<float>> off_surface(const Plane& plane) {
    Terms surface{median_of(plane.values)};
    std::vector<float> off(plane.values.size()), distance(plane.values.size());
    bool steady = false;
    for (int round = 0;; ++round) {
        std::size_t i = 0;
        for (std::int64_t row = 0; row < plane.height; ++row)
            for (std::int64_t column = 0; column < plane.width; ++column, ++i) {
                const Terms terms = terms_at(plane, row, column);
                const double paper = std::inner_product(terms.begin(), terms.end(), surface.begin(), 0.0);
                off[i] = plane.values[i] - static_cast<float>(paper);
                distance[i] = std::abs(off[i]);
            }
        const double spread = median_of(distance);
        if (round == 0 && spread <= 2.0) return std::nullopt;
        if (steady || round == 10) return off;
        const double reach = 2.0 * (1.4826 * spread + 2.0);
        std::array<Terms, kTerms> matrix{};
        Terms right{};
        double total = 0.0;
        i = 0;
        for (std::int64_t row = 0; row < plane.height; ++row)
            for (std::int64_t column = 0; column < plane.width; ++column, ++i) {
                const double far = 1.0 + off[i] * off[i] / (reach * reach);
                const double weight = 1.0 / (far * far);
                const Terms terms = terms_at(plane, row, column);
                for (std::size_t a = 0; a < kTerms; ++a) {
                    for (std::size_t b = 0; b < kTerms; ++b) matrix[a][b] += weight * terms[a] * terms[b];
                    right[a] += weight * terms[a] * plane.values[i];
                }
                total += weight;
            }
        for (std::size_t a = 0; a < kTerms; ++a) matrix[a][a] += 1e-3 * total / static_cast<double>(off.size()) + 1e-9;
        const Terms next = solve(matrix, right);
        steady = std::equal(next.begin(), next.end(), surface.begin(),
                            [](double a, double b) { return std::abs(a - b) < 0.5; });
        surface = next;
    }
}

// ---- Paper and ink -------------------------------------------------------------------------------------------------

// How bright the paper is at each pixel. Where a window has room in a stroke, the stroke passes for paper, darker than
// any shadow: then it is too small, and a larger one is taken.
Plane paper_under(const Plane& plane) {
    const auto shorter = static_cast<double>(std::min(plane.height, plane.width));
    const auto longer = static_cast<double>(std::max(plane.height, plane.width));
    for (double window = std::max(kPaperReach * shorter, kLeastPaperReach * longer);; window *= kWiderPaperReach) {
        const auto reach = std::max<std::int64_t>(2, std::llround(window));
        Plane paper = lowest(highest(plane, reach), reach);
        const auto [darkest, lightest] = std::minmax_element(paper.values.begin(), paper.values.end());
        if (*darkest >= kDeepestShadow * *lightest || window >= longer)
            return smoothed(paper, std::max<std::int64_t>(1, reach / 2));
    }
}

// How much darker than the paper around it each pixel is, 0 to 1.
Plane darkness(const Plane& plane) {
    const Plane paper = paper_under(plane);
    Plane dark(plane.height, plane.width);
    for (std::size_t i = 0; i < dark.values.size(); ++i)
        dark.values[i] =
            std::clamp((paper.values[i] - plane.values[i]) / std::max(paper.values[i], kDarkestPaper), 0.0F, 1.0F);
    return dark;
}

// The darkness of typical ink.
float ink_level(const Plane& dark) {
    const float threshold = threshold_of(dark.values);
    std::vector<float> ink;
    std::copy_if(dark.values.begin(), dark.values.end(), std::back_inserter(ink),
                 [&](float value) { return value > threshold; });
    return ink.empty() ? 0.0F : median_of(std::move(ink));
}

// ---- Pieces of ink -------------------------------------------------------------------------------------------------

struct Extent {
    std::int64_t top, left, bottom, right;

    explicit Extent(const Piece& piece, std::int64_t width)
        : top(std::numeric_limits<std::int64_t>::max()), left(top), bottom(-1), right(-1) {
        for (const std::int64_t pixel : piece.pixels) {
            top = std::min(top, pixel / width);
            left = std::min(left, pixel % width);
            bottom = std::max(bottom, pixel / width);
            right = std::max(right, pixel % width);
        }
    }
    std::int64_t height() const { return bottom - top + 1; }
    std::int64_t width() const { return right - left + 1; }
    std::int64_t longer() const { return std::max(height(), width()); }
};

// Whether a piece is a filled disc, as holes are that paper was punched with.
bool is_disc(const Piece& piece, std::int64_t width) {
    const Extent extent(piece, width);
    const double share = static_cast<double>(piece.pixels.size()) /
                         static_cast<double>(extent.height() * extent.width());  // a disc's: 0.785
    const double squat = static_cast<double>(extent.height()) / static_cast<double>(extent.width());
    if (share < 0.68 || share > 0.9 || squat < 0.75 || squat > 1.33) return false;
    Mask mask(static_cast<std::size_t>((extent.height() + 2) * (extent.width() + 2)));
    for (const std::int64_t pixel : piece.pixels)
        mask[static_cast<std::size_t>((pixel / width - extent.top + 1) * (extent.width() + 2) + pixel % width -
                                      extent.left + 1)] = true;
    return 2.0F * widest(mask, extent.height() + 2, extent.width() + 2) > 0.8F * static_cast<float>(extent.longer());
}

// 1 at and right beside the pieces that are strokes, darker than `level`, else 0.
Plane strokes_among(const Plane& dark, float level) {
    Mask ink(dark.values.size());
    std::transform(dark.values.begin(), dark.values.end(), ink.begin(), [&](float value) { return value > level; });
    std::vector<Piece> pieces = pieces_of(ink, dark.height, dark.width);
    double within = 0.0;
    for (const Piece& piece : pieces)
        if (!piece.on_border) within = std::max(within, static_cast<double>(piece.pixels.size()));
    if (within >= kOtherInk * static_cast<double>(dark.values.size()))
        std::erase_if(pieces, [](const Piece& piece) { return piece.on_border; });
    std::int64_t longest = 0;
    for (const Piece& piece : pieces) longest = std::max(longest, Extent(piece, dark.width).longer());
    std::erase_if(pieces, [&](const Piece& piece) {
        return 2 * Extent(piece, dark.width).longer() < longest && is_disc(piece, dark.width);
    });
    std::size_t largest = 0;
    for (const Piece& piece : pieces) largest = std::max(largest, piece.pixels.size());
    Plane kept(dark.height, dark.width);
    for (const Piece& piece : pieces)
        if (static_cast<double>(piece.pixels.size()) >= kInkSpeck * static_cast<double>(largest))
            for (const std::int64_t pixel : piece.pixels) kept.values[static_cast<std::size_t>(pixel)] = 1.0F;
    return highest(kept, 2);
}

// ---- The box -------------------------------------------------------------------------------------------------------

struct Placement {
    double scale = 1.0;  // pixels of the result per pixel of the ink
    double row = 0.0;    // of the centre of mass, in the ink's pixels, from the first one's edge
    double column = 0.0;
};

std::optional<Placement> placement_of(const Plane& ink, std::int64_t side) {
    constexpr float kEdge = 0.1F;
    std::int64_t top = ink.height, bottom = -1, left = ink.width, right = -1;
    double mass = 0.0;
    Placement placement;
    for (std::int64_t row = 0; row < ink.height; ++row)
        for (std::int64_t column = 0; column < ink.width; ++column) {
            const float value = ink.at(row, column);
            mass += value;
            placement.row += value * (static_cast<double>(row) + 0.5);
            placement.column += value * (static_cast<double>(column) + 0.5);
            if (value <= kEdge) continue;
            top = std::min(top, row);
            bottom = std::max(bottom, row);
            left = std::min(left, column);
            right = std::max(right, column);
        }
    if (bottom < 0) return std::nullopt;
    placement.row /= mass;
    placement.column /= mass;
    placement.scale =
        kBoxShare * static_cast<double>(side) / static_cast<double>(std::max(bottom - top, right - left) + 1);
    return placement;
}

// Between the four pixels around a point, which is counted from the first pixel's middle; 0 outside.
double between(const Plane& plane, double row, double column) {
    const double top = std::floor(row), left = std::floor(column);
    double value = 0.0;
    for (int down = 0; down < 2; ++down)
        for (int across = 0; across < 2; ++across) {
            const auto y = static_cast<std::int64_t>(top) + down, x = static_cast<std::int64_t>(left) + across;
            if (y < 0 || x < 0 || y >= plane.height || x >= plane.width) continue;
            value += (1.0 - std::abs(row - static_cast<double>(y))) *
                     (1.0 - std::abs(column - static_cast<double>(x))) * plane.at(y, x);
        }
    return value;
}

Plane placed(const Plane& ink, const Placement& placement, std::int64_t side) {
    const auto samples = static_cast<std::int64_t>(std::max(1.0, std::ceil(2.0 / placement.scale)));  // along one side
    const double middle = 0.5 * static_cast<double>(side) + 0.5;  // from the first pixel's edge
    Plane box(side, side);
    const auto source = [&](std::int64_t pixel, std::int64_t sample, double centre) {
        const double place =
            static_cast<double>(pixel) + (static_cast<double>(sample) + 0.5) / static_cast<double>(samples);
        return (place - middle) / placement.scale + centre - 0.5;
    };
    for (std::int64_t row = 0; row < side; ++row)
        for (std::int64_t column = 0; column < side; ++column) {
            double sum = 0.0;
            for (std::int64_t down = 0; down < samples; ++down)
                for (std::int64_t across = 0; across < samples; ++across)
                    sum += between(ink, source(row, down, placement.row), source(column, across, placement.column));
            box.at(row, column) = static_cast<float>(sum / static_cast<double>(samples * samples));
        }
    return box;
}

// 0 to 255, so that the darkest tenth of the ink is white.
Image in_bytes(const Plane& box) {
    std::vector<float> ink;
    std::copy_if(box.values.begin(), box.values.end(), std::back_inserter(ink),
                 [](float value) { return value > 0.05F; });
    float full = 0.3F;
    if (!ink.empty()) {
        const auto tenth = ink.begin() + static_cast<std::ptrdiff_t>(ink.size() * 9 / 10);
        std::nth_element(ink.begin(), tenth, ink.end());
        full = std::max(full, *tenth);
    }
    Image image{1, box.height, box.width, {}};
    for (const float value : box.values)
        image.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value / full, 0.0F, 1.0F) * 255.0F + 0.5F));
    return image;
}

// How much more these look like strokes than the rest does: the rest is wider, and is what the picture's rim shows.
double likeness_to_strokes(const Mask& mask, std::int64_t height, std::int64_t width) {
    constexpr double kRim = 0.08;       // of the shorter side: wider than a frame's line
    constexpr double kRimCounts = 2.0;  // as much as seven times the width
    const auto rim = std::max<std::int64_t>(1, std::llround(kRim * static_cast<double>(std::min(height, width))));
    double shown = 0.0, all = 0.0;
    for (std::int64_t row = 0; row < height; ++row)
        for (std::int64_t column = 0; column < width; ++column) {
            if (row >= rim && column >= rim && row < height - rim && column < width - rim) continue;
            shown += mask[static_cast<std::size_t>(row * width + column)] ? 1.0 : 0.0;
            ++all;
        }
    Mask rest(mask.size());
    std::transform(mask.begin(), mask.end(), rest.begin(), std::logical_not<>());
    const double wider = std::max(0.5F, widest(rest, height, width)) / std::max(0.5F, widest(mask, height, width));
    return std::log(wider) + kRimCounts * (1.0 - 2.0 * shown / all);
}

}  // namespace

bool has_dark_strokes(const Image& grey) {
    const std::int64_t longest = std::max(grey.height, grey.width);
    const Plane plane(with_longer_side(grey, std::clamp(longest, kSmallestPolaritySide, kLargestPolaritySide)));
    const auto dark_rather_than_light = [&](const std::vector<float>& values) {
        const auto [dark, light] = two_thresholds_of(values);
        const auto likeness = [&](const auto& is_stroke) {
            Mask strokes(values.size());
            std::transform(values.begin(), values.end(), strokes.begin(), is_stroke);
            return likeness_to_strokes(strokes, plane.height, plane.width);
        };
        return likeness([limit = dark](float value) { return value < limit; }) -
               likeness([limit = light](float value) { return value >= limit; });
    };
    double balance = dark_rather_than_light(plane.values);
    if (const auto off = off_surface(plane)) balance += dark_rather_than_light(*off);
    return balance > 0.0;
}

std::optional<Image> boxed_strokes(const Image& grey, bool dark, std::int64_t side) {
    const std::int64_t longest = std::max(grey.height, grey.width);
    const Image working = with_longer_side(grey, std::clamp(longest, kSmallestSide, kLargestSide));
    Plane plane(working);
    if (!dark)
        for (float& value : plane.values) value = 255.0F - value;
    const Plane darker = darkness(smoothed(plane, 1));
    const float level = ink_level(darker);
    if (level < kFaintestInk) return std::nullopt;
    Plane ink = strokes_among(darker, 0.5F * level);
    for (std::size_t i = 0; i < ink.values.size(); ++i)
        ink.values[i] *= std::clamp((darker.values[i] / level - kNoInk) / (kFullInk - kNoInk), 0.0F, 1.0F);
    const std::optional<Placement> placement = placement_of(ink, side);
    if (!placement) return std::nullopt;
    return in_bytes(placed(ink, *placement, side));
}

}  // namespace convscope
