// Long rows as short ones: what is left as it is, and what becomes of distances.
#include "engine/layout/row_folding.h"
#include "engine/core/random_stream.h"
#include "tests/support/catch.h"

#include <cmath>
#include <vector>

using namespace convscope;

namespace {

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    return std::sqrt(sum);
}

std::vector<float> folded(const RowFolding& folding, const std::vector<float>& row) {
    std::vector<float> out(static_cast<std::size_t>(folding.width()));
    folding.apply(row, out);
    return out;
}

}  // namespace

TEST_CASE("a row that is short enough is left as it is") {
    const RowFolding folding(RowFolding::kLongest);
    std::vector<float> row(static_cast<std::size_t>(RowFolding::kLongest));
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(i);
    CHECK_FALSE(folding.folds());
    CHECK(folded(folding, row) == row);
    CHECK(RowFolding(10).width() == 10);
}

TEST_CASE("distances between folded rows are what they were, to within a fifth, and a tenth in the mean") {
    constexpr std::int64_t kValues = 6000;
    const RowFolding folding(kValues);
    REQUIRE(folding.width() == RowFolding::kLongest);
    RandomStream random(1);
    double error = 0.0;
    constexpr int kPairs = 200;
    for (int pair = 0; pair < kPairs; ++pair) {
        std::vector<float> a(kValues), b(kValues);
        for (std::size_t i = 0; i < a.size(); ++i) {
            a[i] = std::max(0.0F, random.normal());  // as a ReLU leaves them
            b[i] = std::max(0.0F, random.normal());
        }
        const double ratio = distance(folded(folding, a), folded(folding, b)) / distance(a, b);
        CHECK(std::abs(ratio - 1.0) < 0.2);
        error += std::abs(ratio - 1.0) / kPairs;
    }
    CHECK(error < 0.1);
}

TEST_CASE("folding is the same every time, and adds up") {
    const RowFolding one(1000), other(1000);
    std::vector<float> a(1000, 0.0F), b(1000, 0.0F), both(1000);
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = static_cast<float>(i % 7);
        b[i] = static_cast<float>(i % 11);
        both[i] = a[i] + b[i];
    }
    CHECK(folded(one, a) == folded(other, a));
    const std::vector<float> fa = folded(one, a), fb = folded(one, b), fboth = folded(one, both);
    for (std::size_t i = 0; i < fa.size(); ++i) CHECK(fa[i] + fb[i] == fboth[i]);
}
