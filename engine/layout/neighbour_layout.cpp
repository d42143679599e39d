#include "engine/layout/neighbour_layout.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace convscope {
namespace {

constexpr std::int64_t kNeighbours = 15;
constexpr int kOthers = 5;  // that repel, for each that attracts
// Of the curve of nearness over distance: neighbours lie 0.1 apart at least, of a spread of 1.
constexpr float kA = 1.577F, kB = 0.895F;
constexpr float kLongestMove = 4.0F;
constexpr float kLayoutStart = 10.0F;  // the largest coordinate at first
constexpr std::uint64_t kLayoutSeed = 23;

// How near each neighbour is, from 1 of the nearest on; wide enough that they add up to log2 of their number.
void weigh_neighbours(std::span<const float> squared, std::span<double> weights) {
    const double nearest = std::sqrt(static_cast<double>(squared.front()));
    const double wanted = std::log2(static_cast<double>(squared.size()));
    double width = 1.0, low = 0.0, high = INFINITY;
    for (int tried = 0; tried < 64; ++tried) {
        double sum = 0.0;
        for (std::size_t k = 0; k < squared.size(); ++k) {
            weights[k] = std::exp(-(std::sqrt(static_cast<double>(squared[k])) - nearest) / width);
            sum += weights[k];
        }
        if (std::abs(sum - wanted) < 1e-5) return;
        if (sum > wanted) {
            high = width;
            width = 0.5 * (low + high);
        } else {
            low = width;
            width = std::isinf(high) ? 2.0 * width : 0.5 * (low + high);
        }
    }
}

}  // namespace

std::int64_t NeighbourLayout::neighbours_of(std::int64_t rows) {
    return std::max<std::int64_t>(1, std::min(rows - 1, kNeighbours));
}

NeighbourLayout::NeighbourLayout(const Neighbours& neighbours, std::span<const float> start, int dimensions)
    : dimensions_(dimensions), count_(neighbours.count()), points_(start.begin(), start.end()), random_(kLayoutSeed) {
    weigh(neighbours);
    float largest = 0.0F;
    for (const float value : points_) largest = std::max(largest, std::abs(value));
    // What lies in one place would never part.
    for (float& value : points_)
        value = (largest > 0.0F ? kLayoutStart * value / largest : 0.0F) + 1e-3F * random_.normal();
}

void NeighbourLayout::weigh(const Neighbours& neighbours) {
    const std::int64_t each = neighbours.each;
    std::map<std::pair<std::int32_t, std::int32_t>, double> weights;
    std::vector<double> row(static_cast<std::size_t>(each));
    for (std::int64_t i = 0; i < count_; ++i) {
        const std::span squared(neighbours.squared_distances.data() + i * each, static_cast<std::size_t>(each));
        weigh_neighbours(squared, row);
        for (std::int64_t k = 0; k < each; ++k)
            weights[{static_cast<std::int32_t>(i), neighbours.places[static_cast<std::size_t>(i * each + k)]}] =
                row[static_cast<std::size_t>(k)];
    }
    double largest = 0.0;
    std::vector<std::pair<std::pair<std::int32_t, std::int32_t>, double>> both;
    for (const auto& [ends, there] : weights) {
        const auto [from, to] = ends;
        const auto found = weights.find({to, from});
        if (found != weights.end() && to < from) continue;
        const double back = found != weights.end() ? found->second : 0.0, weight = there + back - there * back;
        both.push_back({ends, weight});
        largest = std::max(largest, weight);
    }
    for (const auto& [ends, weight] : both) {
        if (!(weight * kRounds > largest)) continue;  // its turn would never come
        const auto every = static_cast<float>(largest / weight);
        edges_.push_back({ends.first, ends.second, every, every});
    }
}

void NeighbourLayout::attract(std::int32_t from, std::int32_t to, float rate) {
    float* a = points_.data() + static_cast<std::ptrdiff_t>(from) * dimensions_;
    float* b = points_.data() + static_cast<std::ptrdiff_t>(to) * dimensions_;
    float squared = 0.0F;
    for (int k = 0; k < dimensions_; ++k) squared += (a[k] - b[k]) * (a[k] - b[k]);
    if (!(squared > 0.0F)) return;
    const float power = std::pow(squared, kB), strength = -2.0F * kA * kB * (power / squared) / (1.0F + kA * power);
    for (int k = 0; k < dimensions_; ++k) {
        const float move = rate * std::clamp(strength * (a[k] - b[k]), -kLongestMove, kLongestMove);
        a[k] += move;
        b[k] -= move;
    }
}

void NeighbourLayout::repel(std::int32_t from, std::int32_t to, float rate) {
    if (from == to) return;
    float* a = points_.data() + static_cast<std::ptrdiff_t>(from) * dimensions_;
    const float* b = points_.data() + static_cast<std::ptrdiff_t>(to) * dimensions_;
    float squared = 0.0F;
    for (int k = 0; k < dimensions_; ++k) squared += (a[k] - b[k]) * (a[k] - b[k]);
    const float strength = 2.0F * kB / ((0.001F + squared) * (1.0F + kA * std::pow(squared, kB)));
    for (int k = 0; k < dimensions_; ++k)
        a[k] += rate * std::clamp(strength * (a[k] - b[k]), -kLongestMove, kLongestMove);
}

void NeighbourLayout::advance() {
    const float rate = 1.0F - static_cast<float>(rounds_) / static_cast<float>(kRounds);
    for (Edge& edge : edges_) {
        if (edge.next > static_cast<float>(rounds_ + 1)) continue;
        edge.next += edge.each;
        attract(edge.from, edge.to, rate);
        for (const std::int32_t one : {edge.from, edge.to})
            for (int other = 0; other < kOthers; ++other) repel(one, random_.below(static_cast<int>(count_)), rate);
    }
    ++rounds_;
}

}  // namespace convscope
