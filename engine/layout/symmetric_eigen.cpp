#include "engine/layout/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace convscope {
namespace {

constexpr int kMostSweeps = 60;
constexpr double kNothing = 1e-26;  // of the sum of squares, that may be left beside the diagonal

}  // namespace

// Golub and Van Loan, "Matrix Computations", section 8.5: the cyclic method.
SymmetricEigen symmetric_eigen(std::vector<double> a, std::int64_t size) {
    const auto at = [size](std::int64_t row, std::int64_t column) {
        return static_cast<std::size_t>(row * size + column);
    };
    std::vector<double> v(a.size(), 0.0);
    for (std::int64_t i = 0; i < size; ++i) v[at(i, i)] = 1.0;
    const double whole = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
        double beside = 0.0;
        for (std::int64_t p = 0; p < size; ++p)
            for (std::int64_t q = p + 1; q < size; ++q) beside += a[at(p, q)] * a[at(p, q)];
        if (!(beside > kNothing * whole)) break;
        for (std::int64_t p = 0; p < size; ++p)
            for (std::int64_t q = p + 1; q < size; ++q) {
                if (a[at(p, q)] == 0.0) continue;
                const double tau = (a[at(q, q)] - a[at(p, p)]) / (2.0 * a[at(p, q)]);
                const double t = (tau >= 0.0 ? 1.0 : -1.0) / (std::abs(tau) + std::sqrt(1.0 + tau * tau));
                const double c = 1.0 / std::sqrt(1.0 + t * t), s = t * c;
                for (std::int64_t k = 0; k < size; ++k) {
                    const double kp = a[at(k, p)], kq = a[at(k, q)];
                    a[at(k, p)] = c * kp - s * kq;
                    a[at(k, q)] = s * kp + c * kq;
                }
                for (std::int64_t k = 0; k < size; ++k) {
                    const double pk = a[at(p, k)], qk = a[at(q, k)];
                    a[at(p, k)] = c * pk - s * qk;
                    a[at(q, k)] = s * pk + c * qk;
                    const double vp = v[at(p, k)], vq = v[at(q, k)];
                    v[at(p, k)] = c * vp - s * vq;
                    v[at(q, k)] = s * vp + c * vq;
                }
            }
    }
    std::vector<std::int64_t> order(static_cast<std::size_t>(size));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int64_t i, std::int64_t j) { return a[at(i, i)] > a[at(j, j)]; });
    SymmetricEigen result;
    for (const std::int64_t i : order) {
        result.values.push_back(a[at(i, i)]);
        result.vectors.insert(result.vectors.end(), v.begin() + i * size, v.begin() + (i + 1) * size);
    }
    return result;
}

}  // namespace convscope
