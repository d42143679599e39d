// Principal components against a full eigendecomposition by another way, and what turning one layout onto another does.
#include "engine/layout/principal_components.h"
#include "engine/layout/alignment.h"
#include "tests/layout/sample_rows.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace convscope;
using convscope::test::kinds_of_rows;

namespace {

using Matrix = std::vector<std::vector<double>>;

Matrix covariance(const Rows& rows) {
    const auto width = static_cast<std::size_t>(rows.width);
    std::vector<double> mean(width, 0.0);
    for (std::int64_t i = 0; i < rows.count(); ++i)
        for (std::size_t k = 0; k < width; ++k)
            mean[k] += static_cast<double>(rows.row(i)[k]) / static_cast<double>(rows.count());
    Matrix c(width, std::vector<double>(width, 0.0));
    for (std::int64_t i = 0; i < rows.count(); ++i)
        for (std::size_t k = 0; k < width; ++k)
            for (std::size_t l = 0; l < width; ++l)
                c[k][l] += (static_cast<double>(rows.row(i)[k]) - mean[k]) *
                           (static_cast<double>(rows.row(i)[l]) - mean[l]) / static_cast<double>(rows.count());
    return c;
}

// All eigenvalues, descending, by the unshifted QR algorithm: Gram-Schmidt, then R Q, until nothing is below the
// diagonal; the eigenvectors are the columns of all Q together.
std::pair<std::vector<double>, Matrix> full_decomposition(Matrix a) {
    const std::size_t n = a.size();
    Matrix vectors(n, std::vector<double>(n, 0.0));
    for (std::size_t i = 0; i < n; ++i) vectors[i][i] = 1.0;
    for (int round = 0; round < 3000; ++round) {
        Matrix q(n, std::vector<double>(n, 0.0)), r = q, next = q, turned = q;
        for (std::size_t j = 0; j < n; ++j) {
            std::vector<double> v(n);
            for (std::size_t i = 0; i < n; ++i) v[i] = a[i][j];
            for (std::size_t k = 0; k < j; ++k) {
                for (std::size_t i = 0; i < n; ++i) r[k][j] += q[i][k] * v[i];
                for (std::size_t i = 0; i < n; ++i) v[i] -= r[k][j] * q[i][k];
            }
            r[j][j] = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
            for (std::size_t i = 0; i < n; ++i) q[i][j] = v[i] / r[j][j];
        }
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                for (std::size_t k = 0; k < n; ++k) {
                    next[i][j] += r[i][k] * q[k][j];
                    turned[i][j] += vectors[i][k] * q[k][j];
                }
        a = next;
        vectors = turned;
    }
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(a[i][i]);
    return {values, vectors};
}

}  // namespace

TEST_CASE("principal components are the first of a full eigendecomposition of the covariance") {
    constexpr std::int64_t kWidth = 20;
    std::vector<float> values;
    RandomStream random(3);
    for (int i = 0; i < 700; ++i)
        for (std::int64_t k = 0; k < kWidth; ++k)
            values.push_back(5.0F + random.normal() * (4.0F / static_cast<float>(1 + k)) +
                             (k > 0 ? 0.3F * values.back() : 0.0F));
    const Rows rows{values, kWidth};
    const auto [eigenvalues, vectors] = full_decomposition(covariance(rows));
    const PrincipalComponents found = principal_components(rows, 4);
    REQUIRE(found.count() == 4);
    const double total = std::accumulate(eigenvalues.begin(), eigenvalues.end(), 0.0);
    CHECK(std::abs(found.total_variance - total) < 1e-4 * total);
    for (std::size_t i = 0; i < 4; ++i) {
        INFO("component " << i);
        CHECK(std::abs(found.variances[i] - eigenvalues[i]) < 1e-4 * eigenvalues[0]);
        double along = 0.0;
        for (std::size_t k = 0; k < kWidth; ++k) along += found.directions[i * kWidth + k] * vectors[k][i];
        CHECK(std::abs(std::abs(along) - 1.0) < 1e-3);
    }
    CHECK(std::abs(found.share() - (eigenvalues[0] + eigenvalues[1] + eigenvalues[2] + eigenvalues[3]) / total) < 1e-4);
}

TEST_CASE("the variance of the places along a component is the component's, and their mean is 0") {
    const std::vector<float> values = kinds_of_rows(1000, 30, 5, 4.0F);
    const Rows rows{values, 30};
    const PrincipalComponents found = principal_components(rows, 3);
    const std::vector<float> places = places_along(found, rows);
    for (std::size_t k = 0; k < 3; ++k) {
        double mean = 0.0, square = 0.0;
        for (std::size_t i = k; i < places.size(); i += 3) {
            mean += static_cast<double>(places[i]) / 1000.0;
            square += static_cast<double>(places[i]) * static_cast<double>(places[i]) / 1000.0;
        }
        CHECK(std::abs(mean) < 1e-3);
        CHECK(std::abs(square - found.variances[k]) < 1e-3 * found.variances[0]);
    }
}

TEST_CASE("rows that are narrow, or all the same, have components too") {
    const std::vector<float> narrow = kinds_of_rows(50, 2, 2, 3.0F), same(40, 1.5F);
    CHECK(principal_components({narrow, 2}, 3).count() == 2);
    CHECK(std::abs(principal_components({narrow, 2}, 3).share() - 1.0) < 1e-6);
    const PrincipalComponents nothing = principal_components({same, 4}, 2);
    CHECK(nothing.share() == 1.0);
    for (const double value : nothing.directions) CHECK(std::isfinite(value));
}

TEST_CASE("a layout that is turned and mirrored is turned back, and no distance changes") {
    for (const int dimensions : {2, 3}) {
        const std::vector<float> before = [&] {
            std::vector<float> points = kinds_of_rows(200, dimensions, 2, 2.0F);
            bring_to_unit(points, dimensions);
            return points;
        }();
        std::vector<float> after = before;
        const auto size = static_cast<std::size_t>(dimensions);
        for (std::size_t i = 0; i < after.size(); i += size) {
            const float x = after[i], y = after[i + 1];
            after[i] = 0.6F * x - 0.8F * y;
            after[i + 1] = -0.8F * x - 0.6F * y;  // in a mirror
        }
        turn_onto(before, after, dimensions);
        for (std::size_t i = 0; i < after.size(); ++i) CHECK(std::abs(after[i] - before[i]) < 1e-4F);
    }
}

TEST_CASE("signs that flip and components that change places move no point") {
    std::vector<float> before = kinds_of_rows(300, 3, 3, 1.0F);
    bring_to_unit(before, 3);
    std::vector<float> after = before;
    for (std::size_t i = 0; i < after.size(); i += 3) {
        std::swap(after[i], after[i + 2]);
        after[i + 1] = -after[i + 1];
    }
    turn_onto(before, after, 3);
    for (std::size_t i = 0; i < after.size(); ++i) CHECK(std::abs(after[i] - before[i]) < 1e-4F);
}

TEST_CASE("points on a line, or in one place, are turned without a number that is none") {
    std::vector<float> line, place(60, 0.0F);
    for (int i = 0; i < 20; ++i) line.insert(line.end(), {static_cast<float>(i) - 9.5F, 0.0F, 0.0F});
    std::vector<float> turned = line;
    turn_onto(place, turned, 3);
    for (const float value : turned) CHECK(std::isfinite(value));
    bring_to_unit(place, 3);
    for (const float value : place) CHECK(value == 0.0F);
    std::vector<float> upright;
    for (int i = 0; i < 20; ++i) upright.insert(upright.end(), {0.0F, static_cast<float>(i) - 9.5F, 0.0F});
    turn_onto(line, upright, 3);
    for (std::size_t i = 0; i < line.size(); ++i) CHECK(std::abs(upright[i] - line[i]) < 1e-4F);
}
