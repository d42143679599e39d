#include "engine/layout/principal_components.h"

#include "engine/core/random_stream.h"
#include "engine/layout/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace convscope {
namespace {

constexpr std::int64_t kRowsAtOnce = 256;  // whose products are added up in floats
constexpr std::int64_t kBesides = 8;       // directions more than are asked for: those come the sooner
constexpr int kMostRounds = 300;
constexpr double kSettled = 1e-10;  // change of a variance, of the largest
constexpr std::uint64_t kStartSeed = 17;

std::vector<double> mean_of(const Rows& rows) {
    std::vector<double> mean(static_cast<std::size_t>(rows.width), 0.0);
    for (std::int64_t i = 0; i < rows.count(); ++i)
        for (std::int64_t k = 0; k < rows.width; ++k)
            mean[static_cast<std::size_t>(k)] += static_cast<double>(rows.row(i)[k]);
    for (double& value : mean) value /= static_cast<double>(rows.count());
    return mean;
}

// Of four rows at a time, the upper half of a width x width matrix.
void add_products(const float* rows, std::int64_t width, float* into) {
    const float *a = rows, *b = a + width, *c = b + width, *d = c + width;
    for (std::int64_t i = 0; i < width; ++i) {
        const float ai = a[i], bi = b[i], ci = c[i], di = d[i];
        float* line = into + i * width;
        for (std::int64_t j = i; j < width; ++j) line[j] += ai * a[j] + bi * b[j] + ci * c[j] + di * d[j];
    }
}

std::vector<double> covariance_of(const Rows& rows, const std::vector<double>& mean) {
    const std::int64_t width = rows.width, count = rows.count();
    std::vector<double> covariance(static_cast<std::size_t>(width * width), 0.0);
    std::vector<float> centred(static_cast<std::size_t>(kRowsAtOnce * width)), sums(covariance.size());
    for (std::int64_t first = 0; first < count; first += kRowsAtOnce) {
        std::fill(centred.begin(), centred.end(), 0.0F);  // rows that are not there add nothing
        std::fill(sums.begin(), sums.end(), 0.0F);
        const std::int64_t here = std::min(kRowsAtOnce, count - first);
        for (std::int64_t i = 0; i < here; ++i)
            for (std::int64_t k = 0; k < width; ++k)
                centred[static_cast<std::size_t>(i * width + k)] =
                    static_cast<float>(static_cast<double>(rows.row(first + i)[k]) - mean[static_cast<std::size_t>(k)]);
        for (std::int64_t i = 0; i < here; i += 4) add_products(centred.data() + i * width, width, sums.data());
        for (std::size_t i = 0; i < sums.size(); ++i) covariance[i] += static_cast<double>(sums[i]);
    }
    const auto at = [width](std::int64_t i, std::int64_t j) { return static_cast<std::size_t>(i * width + j); };
    for (std::int64_t i = 0; i < width; ++i)
        for (std::int64_t j = i; j < width; ++j)
            covariance[at(j, i)] = covariance[at(i, j)] /= static_cast<double>(count);
    return covariance;
}

// Rows at right angles to each other, of length 1. A row of which nothing is left begins anew.
void make_orthonormal(std::vector<double>& rows, std::int64_t count, std::int64_t width, RandomStream& random) {
    for (std::int64_t i = 0; i < count; ++i) {
        double* row = rows.data() + i * width;
        for (int tries = 0; tries < 4; ++tries) {
            const double before = std::sqrt(std::inner_product(row, row + width, row, 0.0));
            for (int twice = 0; twice < 2; ++twice)
                for (std::int64_t j = 0; j < i; ++j) {
                    const double* other = rows.data() + j * width;
                    const double along = std::inner_product(row, row + width, other, 0.0);
                    for (std::int64_t k = 0; k < width; ++k) row[k] -= along * other[k];
                }
            const double length = std::sqrt(std::inner_product(row, row + width, row, 0.0));
            if (length > 1e-10 * before && length > 1e-200) {
                for (std::int64_t k = 0; k < width; ++k) row[k] /= length;
                break;
            }
            for (std::int64_t k = 0; k < width; ++k) row[k] = static_cast<double>(random.normal());
        }
    }
}

// rows x matrix, which is symmetric.
std::vector<double> product(const std::vector<double>& rows, std::int64_t count, const std::vector<double>& matrix,
                            std::int64_t width) {
    std::vector<double> result(rows.size(), 0.0);
    for (std::int64_t i = 0; i < count; ++i)
        for (std::int64_t k = 0; k < width; ++k) {
            const double factor = rows[static_cast<std::size_t>(i * width + k)];
            const double* line = matrix.data() + k * width;
            double* out = result.data() + i * width;
            for (std::int64_t j = 0; j < width; ++j) out[j] += factor * line[j];
        }
    return result;
}

}  // namespace

double PrincipalComponents::share() const {
    return total_variance > 0.0 ? std::accumulate(variances.begin(), variances.end(), 0.0) / total_variance : 1.0;
}

PrincipalComponents principal_components(const Rows& rows, std::int64_t count) {
    const std::int64_t width = rows.width, wanted = std::min(count, width), held = std::min(width, wanted + kBesides);
    PrincipalComponents result;
    result.mean = mean_of(rows);
    const std::vector<double> covariance = covariance_of(rows, result.mean);
    for (std::int64_t i = 0; i < width; ++i)
        result.total_variance += covariance[static_cast<std::size_t>(i * width + i)];

    RandomStream random(kStartSeed);
    std::vector<double> basis(static_cast<std::size_t>(held * width));
    for (double& value : basis) value = static_cast<double>(random.normal());
    make_orthonormal(basis, held, width, random);
    std::vector<double> variances(static_cast<std::size_t>(held), 0.0);
    for (int round = 0; round < kMostRounds; ++round) {
        std::vector<double> moved = product(basis, held, covariance, width);
        // Within the subspace, the directions are those of its own covariance.
        std::vector<double> small(static_cast<std::size_t>(held * held));
        for (std::int64_t i = 0; i < held; ++i)
            for (std::int64_t j = 0; j < held; ++j)
                small[static_cast<std::size_t>(i * held + j)] = std::inner_product(
                    basis.begin() + i * width, basis.begin() + (i + 1) * width, moved.begin() + j * width, 0.0);
        for (std::int64_t i = 0; i < held; ++i)
            for (std::int64_t j = 0; j < i; ++j)
                small[static_cast<std::size_t>(i * held + j)] = small[static_cast<std::size_t>(j * held + i)];
        const SymmetricEigen turned = symmetric_eigen(std::move(small), held);
        const auto turn = [&](const std::vector<double>& from) {
            std::vector<double> to(from.size(), 0.0);
            for (std::int64_t i = 0; i < held; ++i)
                for (std::int64_t j = 0; j < held; ++j) {
                    const double factor = turned.vectors[static_cast<std::size_t>(i * held + j)];
                    for (std::int64_t k = 0; k < width; ++k)
                        to[static_cast<std::size_t>(i * width + k)] +=
                            factor * from[static_cast<std::size_t>(j * width + k)];
                }
            return to;
        };
        double change = 0.0;
        for (std::int64_t i = 0; i < wanted; ++i)
            change = std::max(
                change, std::abs(turned.values[static_cast<std::size_t>(i)] - variances[static_cast<std::size_t>(i)]));
        variances = turned.values;
        basis = turn(basis);
        if (change <= kSettled * std::abs(variances.front())) break;
        basis = turn(moved);
        make_orthonormal(basis, held, width, random);
    }
    result.directions.assign(basis.begin(), basis.begin() + wanted * width);
    result.variances.assign(variances.begin(), variances.begin() + wanted);
    for (double& variance : result.variances) variance = std::max(0.0, variance);
    for (std::int64_t i = 0; i < wanted; ++i) {
        const auto begin = result.directions.begin() + i * width, end = begin + width;
        const double largest =
            *std::max_element(begin, end, [](double a, double b) { return std::abs(a) < std::abs(b); });
        if (largest < 0.0) std::transform(begin, end, begin, [](double value) { return -value; });
    }
    return result;
}

std::vector<float> places_along(const PrincipalComponents& components, const Rows& rows) {
    const std::int64_t count = components.count(), width = rows.width;
    std::vector<float> places(static_cast<std::size_t>(rows.count() * count));
    std::vector<double> centred(static_cast<std::size_t>(width));
    for (std::int64_t i = 0; i < rows.count(); ++i) {
        for (std::int64_t k = 0; k < width; ++k)
            centred[static_cast<std::size_t>(k)] =
                static_cast<double>(rows.row(i)[k]) - components.mean[static_cast<std::size_t>(k)];
        for (std::int64_t j = 0; j < count; ++j)
            places[static_cast<std::size_t>(i * count + j)] = static_cast<float>(
                std::inner_product(centred.begin(), centred.end(), components.directions.begin() + j * width, 0.0));
    }
    return places;
}

}  // namespace convscope
