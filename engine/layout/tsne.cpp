#include "engine/layout/tsne.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace convscope {
namespace {

constexpr double kPerplexity = 30.0;
constexpr int kGatheringSteps = 250;  // in which neighbours attract each other more
constexpr float kGathering = 12.0F;
constexpr float kTsneStart = 1e-2F;  // deviation of the points at first
constexpr std::int64_t kLanes = 8;
constexpr float kFarAway = 1e15F;  // points that are none: near to nobody

// p(j|i) of Gaussian neighbourhoods, with so wide a one that its perplexity is the wanted one.
void weigh_gaussians(std::span<const float> squared, double perplexity, std::span<double> weights) {
    const double wanted = std::log(perplexity), nearest = static_cast<double>(squared.front());
    double sharpness = 1.0, low = 0.0, high = INFINITY;
    const double typical = static_cast<double>(squared[squared.size() / 2]) - nearest;
    if (typical > 0.0) sharpness = 1.0 / typical;
    for (int tried = 0; tried < 64; ++tried) {
        double sum = 0.0, weighted = 0.0;
        for (std::size_t k = 0; k < squared.size(); ++k) {
            const double away = static_cast<double>(squared[k]) - nearest;
            weights[k] = std::exp(-sharpness * away);
            sum += weights[k];
            weighted += away * weights[k];
        }
        const double entropy = std::log(sum) + sharpness * weighted / sum;
        for (double& weight : weights) weight /= sum;
        if (std::abs(entropy - wanted) < 1e-5) return;
        if (entropy > wanted) {
            low = sharpness;
            sharpness = std::isinf(high) ? 2.0 * sharpness : 0.5 * (low + high);
        } else {
            high = sharpness;
            sharpness = 0.5 * (low + high);
        }
    }
}

}  // namespace

std::int64_t Tsne::neighbours_of(std::int64_t rows) {
    return std::max<std::int64_t>(1, std::min<std::int64_t>(rows - 1, static_cast<std::int64_t>(3.0 * kPerplexity)));
}

Tsne::Tsne(const Neighbours& neighbours, std::span<const float> start, int dimensions)
    : dimensions_(dimensions),
      count_(neighbours.count()),
      room_((neighbours.count() + kLanes - 1) / kLanes * kLanes),
      at_(static_cast<std::size_t>(room_ * dimensions), kFarAway),
      forces_(at_.size(), 0.0F),
      moves_(at_.size(), 0.0F),
      gains_(at_.size(), 1.0F) {
    weigh(neighbours);
    double square = 0.0;
    for (std::int64_t i = 0; i < count_; ++i) {
        const double first = static_cast<double>(start[static_cast<std::size_t>(i * dimensions)]);
        square += first * first / static_cast<double>(count_);
    }
    const float scale = square > 0.0 ? kTsneStart / static_cast<float>(std::sqrt(square)) : 1.0F;
    for (std::int64_t i = 0; i < count_; ++i)
        for (int k = 0; k < dimensions; ++k)
            at_[static_cast<std::size_t>(k * room_ + i)] = scale * start[static_cast<std::size_t>(i * dimensions + k)];
}

void Tsne::weigh(const Neighbours& neighbours) {
    const std::int64_t each = neighbours.each;
    const double perplexity = std::min(kPerplexity, std::max(1.0, static_cast<double>(each) / 3.0));
    std::vector<std::map<std::int32_t, float>> weights(static_cast<std::size_t>(count_));
    std::vector<double> row(static_cast<std::size_t>(each));
    for (std::int64_t i = 0; i < count_; ++i) {
        const std::span squared(neighbours.squared_distances.data() + i * each, static_cast<std::size_t>(each));
        weigh_gaussians(squared, perplexity, row);
        for (std::int64_t k = 0; k < each; ++k) {
            const std::int32_t j = neighbours.places[static_cast<std::size_t>(i * each + k)];
            const auto half =
                static_cast<float>(row[static_cast<std::size_t>(k)] / (2.0 * static_cast<double>(count_)));
            weights[static_cast<std::size_t>(i)][j] += half;
            weights[static_cast<std::size_t>(j)][static_cast<std::int32_t>(i)] += half;
        }
    }
    for (const auto& of_one : weights) {
        first_edges_.push_back(std::ssize(edges_));
        for (const auto& [to, weight] : of_one) edges_.push_back({to, weight});
    }
    first_edges_.push_back(std::ssize(edges_));
}

double Tsne::repel() {
    double sum = 0.0;
    const float *x = at_.data(), *y = x + room_, *z = y + room_;
    const bool deep = dimensions_ == 3;
    for (std::int64_t i = 0; i < count_; ++i) {
        std::array<float, kLanes> near{}, along_x{}, along_y{}, along_z{};
        const float xi = x[i], yi = y[i], zi = deep ? z[i] : 0.0F;
        if (deep) {
            for (std::int64_t j = 0; j < room_; j += kLanes)
                for (std::size_t l = 0; l < kLanes; ++l) {
                    const float dx = xi - x[j + static_cast<std::int64_t>(l)],
                                dy = yi - y[j + static_cast<std::int64_t>(l)],
                                dz = zi - z[j + static_cast<std::int64_t>(l)];
                    const float q = 1.0F / (1.0F + dx * dx + dy * dy + dz * dz), q2 = q * q;
                    near[l] += q;
                    along_x[l] += q2 * dx;
                    along_y[l] += q2 * dy;
                    along_z[l] += q2 * dz;
                }
        } else {
            for (std::int64_t j = 0; j < room_; j += kLanes)
                for (std::size_t l = 0; l < kLanes; ++l) {
                    const float dx = xi - x[j + static_cast<std::int64_t>(l)],
                                dy = yi - y[j + static_cast<std::int64_t>(l)];
                    const float q = 1.0F / (1.0F + dx * dx + dy * dy), q2 = q * q;
                    near[l] += q;
                    along_x[l] += q2 * dx;
                    along_y[l] += q2 * dy;
                }
        }
        const auto total = [](const std::array<float, kLanes>& lanes) {
            double all = 0.0;
            for (const float lane : lanes) all += static_cast<double>(lane);
            return all;
        };
        sum += total(near) - 1.0;  // less its nearness to itself
        forces_[static_cast<std::size_t>(i)] = static_cast<float>(total(along_x));
        forces_[static_cast<std::size_t>(room_ + i)] = static_cast<float>(total(along_y));
        if (deep) forces_[static_cast<std::size_t>(2 * room_ + i)] = static_cast<float>(total(along_z));
    }
    return sum;
}

void Tsne::step() {
    const float gathering = steps_ < kGatheringSteps ? kGathering : 1.0F,
                momentum = steps_ < kGatheringSteps ? 0.5F : 0.8F;
    const float rate = std::max(50.0F, static_cast<float>(count_) / kGathering);
    const auto apart = static_cast<float>(1.0 / std::max(repel(), 1e-30));
    for (std::int64_t i = 0; i < count_; ++i) {
        std::array<float, 3> pull{}, here{};
        for (int k = 0; k < dimensions_; ++k)
            here[static_cast<std::size_t>(k)] = at_[static_cast<std::size_t>(k * room_ + i)];
        for (std::int64_t e = first_edges_[static_cast<std::size_t>(i)];
             e < first_edges_[static_cast<std::size_t>(i + 1)]; ++e) {
            const Edge& edge = edges_[static_cast<std::size_t>(e)];
            std::array<float, 3> way{};
            float squared = 1.0F;
            for (int k = 0; k < dimensions_; ++k) {
                way[static_cast<std::size_t>(k)] =
                    here[static_cast<std::size_t>(k)] - at_[static_cast<std::size_t>(k * room_ + edge.to)];
                squared += way[static_cast<std::size_t>(k)] * way[static_cast<std::size_t>(k)];
            }
            const float strength = edge.weight / squared;
            for (std::size_t k = 0; k < 3; ++k) pull[k] += strength * way[k];
        }
        for (int k = 0; k < dimensions_; ++k) {
            float& force = forces_[static_cast<std::size_t>(k * room_ + i)];
            force = 4.0F * (gathering * pull[static_cast<std::size_t>(k)] - apart * force);
        }
    }
    for (int k = 0; k < dimensions_; ++k) {
        double mean = 0.0;
        for (std::int64_t i = 0; i < count_; ++i) {
            const auto place = static_cast<std::size_t>(k * room_ + i);
            // Jacobs' gains: longer steps where the way has stayed the same.
            const bool same = (forces_[place] > 0.0F) == (moves_[place] > 0.0F);
            gains_[place] = std::max(0.01F, same ? 0.8F * gains_[place] : gains_[place] + 0.2F);
            moves_[place] = momentum * moves_[place] - rate * gains_[place] * forces_[place];
            at_[place] += moves_[place];
            mean += static_cast<double>(at_[place]) / static_cast<double>(count_);
        }
        for (std::int64_t i = 0; i < count_; ++i)
            at_[static_cast<std::size_t>(k * room_ + i)] -= static_cast<float>(mean);
    }
    ++steps_;
}

double Tsne::divergence() {
    const double sum = repel();
    double found = 0.0;
    for (std::int64_t i = 0; i < count_; ++i)
        for (std::int64_t e = first_edges_[static_cast<std::size_t>(i)];
             e < first_edges_[static_cast<std::size_t>(i + 1)]; ++e) {
            const Edge& edge = edges_[static_cast<std::size_t>(e)];
            double squared = 1.0;
            for (int k = 0; k < dimensions_; ++k) {
                const double way = static_cast<double>(at_[static_cast<std::size_t>(k * room_ + i)]) -
                                   static_cast<double>(at_[static_cast<std::size_t>(k * room_ + edge.to)]);
                squared += way * way;
            }
            const auto weight = static_cast<double>(edge.weight);
            if (weight > 0.0) found += weight * std::log(weight * squared * sum);
        }
    return found;
}

void Tsne::read(std::vector<float>& points) const {
    points.resize(static_cast<std::size_t>(count_ * dimensions_));
    for (std::int64_t i = 0; i < count_; ++i)
        for (int k = 0; k < dimensions_; ++k)
            points[static_cast<std::size_t>(i * dimensions_ + k)] = at_[static_cast<std::size_t>(k * room_ + i)];
}

}  // namespace convscope
