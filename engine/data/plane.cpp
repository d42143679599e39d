#include "engine/data/plane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace convscope {
namespace {

// Of each run of 2 * reach + 1 values, `step` apart, the one that `better` prefers; cut off at the ends.
template <typename Better>
void extremes(const float* from, float* to, std::int64_t count, std::int64_t step, std::int64_t reach, Better better,
              std::vector<std::int64_t>& candidates) {
    candidates.resize(static_cast<std::size_t>(count));
    std::int64_t first = 0, end = 0, next = 0;  // candidates[first..end): places whose values get worse and worse
    for (std::int64_t place = 0; place < count; ++place) {
        for (; next < std::min(count, place + reach + 1); ++next) {
            while (end > first &&
                   !better(from[candidates[static_cast<std::size_t>(end - 1)] * step], from[next * step]))
                --end;
            candidates[static_cast<std::size_t>(end++)] = next;
        }
        while (candidates[static_cast<std::size_t>(first)] < place - reach) ++first;
        to[place * step] = from[candidates[static_cast<std::size_t>(first)] * step];
    }
}

template <typename Better>
Plane extremes(const Plane& plane, std::int64_t reach, Better better) {
    Plane across(plane.height, plane.width), result(plane.height, plane.width);
    std::vector<std::int64_t> candidates;
    for (std::int64_t row = 0; row < plane.height; ++row)
        extremes(&plane.values[static_cast<std::size_t>(row * plane.width)],
                 &across.values[static_cast<std::size_t>(row * plane.width)], plane.width, 1, reach, better,
                 candidates);
    for (std::int64_t column = 0; column < plane.width; ++column)
        extremes(&across.values[static_cast<std::size_t>(column)], &result.values[static_cast<std::size_t>(column)],
                 plane.height, plane.width, reach, better, candidates);
    return result;
}

// Which of this many equal ranges from the lowest to the highest value each value lies in.
struct Histogram {
    static constexpr std::size_t kBins = 64;
    float lowest = 0.0F, step = 0.0F;
    std::array<double, kBins + 1> count{}, sum{};  // of the bins before

    explicit Histogram(const std::vector<float>& values) {
        const auto [least, most] = std::minmax_element(values.begin(), values.end());
        lowest = *least;
        step = (*most - lowest) / static_cast<float>(kBins);
        std::array<double, kBins> found{};
        for (const float value : values)
            ++found[step > 0.0F ? std::min(kBins - 1, static_cast<std::size_t>((value - lowest) / step)) : 0];
        for (std::size_t bin = 0; bin < kBins; ++bin) {
            count[bin + 1] = count[bin] + found[bin];
            sum[bin + 1] = sum[bin] + static_cast<double>(bin) * found[bin];
        }
    }
    // What the bins in [first, end) add to the spread between the kinds.
    double between(std::size_t first, std::size_t end) const {
        const double n = count[end] - count[first], s = sum[end] - sum[first];
        return n > 0.0 ? s * s / n : 0.0;
    }
    float beginning(std::size_t bin) const { return lowest + static_cast<float>(bin) * step; }
};

}  // namespace

Image with_longer_side(const Image& image, std::int64_t side) {
    const std::int64_t longest = std::max(image.height, image.width);
    const auto scaled = [&](std::int64_t length) {
        return std::max<std::int64_t>(1, (length * side + longest / 2) / longest);
    };
    return resized(image, scaled(image.height), scaled(image.width));
}

float median_of(std::vector<float> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

Plane smoothed(const Plane& plane, std::int64_t reach) {
    std::vector<double> sums(static_cast<std::size_t>((plane.height + 1) * (plane.width + 1)));
    const auto sum = [&](std::int64_t row, std::int64_t column) -> double& {
        return sums[static_cast<std::size_t>(row * (plane.width + 1) + column)];
    };
    for (std::int64_t row = 0; row < plane.height; ++row)
        for (std::int64_t column = 0; column < plane.width; ++column)
            sum(row + 1, column + 1) =
                sum(row, column + 1) + sum(row + 1, column) - sum(row, column) + plane.at(row, column);
    Plane result(plane.height, plane.width);
    for (std::int64_t row = 0; row < plane.height; ++row)
        for (std::int64_t column = 0; column < plane.width; ++column) {
            const std::int64_t top = std::max<std::int64_t>(0, row - reach),
                               left = std::max<std::int64_t>(0, column - reach);
            const std::int64_t bottom = std::min(plane.height, row + reach + 1);
            const std::int64_t right = std::min(plane.width, column + reach + 1);
            result.at(row, column) =
                static_cast<float>((sum(bottom, right) - sum(top, right) - sum(bottom, left) + sum(top, left)) /
                                   static_cast<double>((bottom - top) * (right - left)));
        }
    return result;
}

Plane highest(const Plane& plane, std::int64_t reach) { return extremes(plane, reach, std::greater<>()); }
Plane lowest(const Plane& plane, std::int64_t reach) { return extremes(plane, reach, std::less<>()); }

float threshold_of(const std::vector<float>& values) {
    const Histogram all(values);
    double best = -1.0;
    std::size_t found = 0;
    for (std::size_t bin = 1; bin < Histogram::kBins; ++bin)
        if (const double apart = all.between(0, bin) + all.between(bin, Histogram::kBins); apart > best) {
            best = apart;
            found = bin;
        }
    return all.beginning(found);
}

std::pair<float, float> two_thresholds_of(const std::vector<float>& values) {
    const Histogram all(values);
    double best = -1.0;
    std::pair<std::size_t, std::size_t> found;
    for (std::size_t first = 1; first < Histogram::kBins; ++first)
        for (std::size_t second = first; second < Histogram::kBins; ++second) {
            const double apart =
                all.between(0, first) + all.between(first, second) + all.between(second, Histogram::kBins);
            if (apart <= best) continue;
            best = apart;
            found = {first, second};
        }
    return {all.beginning(found.first), all.beginning(found.second)};
}

float widest(const Mask& mask, std::int64_t height, std::int64_t width) {
    // A chamfer distance (Borgefors, "Distance transformations in digital images", 1986), there and back again.
    constexpr float kStraight = 1.0F, kAcross = 1.4142135F;
    // Beyond the edges, one pixel wide, everything is too far off to be the nearest.
    const auto farthest = static_cast<float>(height + width);
    const std::int64_t pitch = width + 2;
    std::vector<float> distance(static_cast<std::size_t>((height + 2) * pitch), 2.0F * farthest);
    const auto row_at = [&](std::int64_t row) { return distance.data() + (row + 1) * pitch + 1; };
    for (std::int64_t row = 0; row < height; ++row)
        for (std::int64_t column = 0; column < width; ++column)
            row_at(row)[column] = mask[static_cast<std::size_t>(row * width + column)] ? farthest : 0.0F;
    for (const std::int64_t back : {1, -1})
        for (std::int64_t i = 0; i < height; ++i) {
            float* const here = row_at(back > 0 ? i : height - 1 - i);
            const float* const beside = here - back * pitch;
            for (std::int64_t column = 0; column < width; ++column)
                here[column] = std::min({here[column], beside[column - 1] + kAcross, beside[column] + kStraight,
                                         beside[column + 1] + kAcross});
            for (std::int64_t j = 0; j < width; ++j) {
                const std::int64_t column = back > 0 ? j : width - 1 - j;
                here[column] = std::min(here[column], here[column - back] + kStraight);
            }
        }
    float most = 0.0F;
    for (std::int64_t row = 0; row < height; ++row)
        most = std::max(most, *std::max_element(row_at(row), row_at(row) + width));
    return most;
}

std::vector<Piece> pieces_of(const Mask& mask, std::int64_t height, std::int64_t width) {
    std::vector<Piece> pieces;
    Mask seen(mask.size());
    for (std::size_t start = 0; start < seen.size(); ++start) {
        if (seen[start] || !mask[start]) continue;
        Piece piece;
        piece.pixels.push_back(static_cast<std::int64_t>(start));
        seen[start] = true;
        for (std::size_t i = 0; i < piece.pixels.size(); ++i) {
            const std::int64_t row = piece.pixels[i] / width, column = piece.pixels[i] % width;
            if (row == 0 || column == 0 || row + 1 == height || column + 1 == width) piece.on_border = true;
            for (std::int64_t y = std::max<std::int64_t>(0, row - 1); y < std::min(height, row + 2); ++y)
                for (std::int64_t x = std::max<std::int64_t>(0, column - 1); x < std::min(width, column + 2); ++x) {
                    const auto place = static_cast<std::size_t>(y * width + x);
                    if (seen[place] || !mask[place]) continue;
                    seen[place] = true;
                    piece.pixels.push_back(static_cast<std::int64_t>(place));
                }
        }
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

}  // namespace convscope
