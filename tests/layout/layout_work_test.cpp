// Layouts of neighbours: that neighbours are kept, gradients are right, and what cannot be laid out is a sentence.
#include "engine/layout/layout_work.h"
#include "tests/layout/sample_rows.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>

using namespace convscope;
using convscope::test::kinds_of_rows;

namespace {

constexpr int kKinds = 5;

std::vector<float> laid_out(const std::vector<float>& values, std::int64_t width, LayoutMethod method, int dimensions) {
    LayoutWork work({values, width}, method, dimensions);
    while (!work.advance()) {
    }
    REQUIRE(work.problem().empty());
    REQUIRE(work.progress() == 1.0);
    return work.points();
}

// Of the points' nearest others, how many are of the same kind.
double kept_share(const std::vector<float>& points, int dimensions) {
    const auto count = static_cast<std::int64_t>(points.size()) / dimensions;
    std::int64_t kept = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        double least = std::numeric_limits<double>::max();
        std::int64_t nearest = -1;
        for (std::int64_t j = 0; j < count; ++j) {
            double away = 0.0;
            for (int k = 0; k < dimensions; ++k)
                away += std::pow(static_cast<double>(points[static_cast<std::size_t>(i * dimensions + k)]) -
                                     static_cast<double>(points[static_cast<std::size_t>(j * dimensions + k)]),
                                 2);
            if (i == j || away >= least) continue;
            least = away;
            nearest = j;
        }
        kept += nearest % kKinds == i % kKinds;
    }
    return static_cast<double>(kept) / static_cast<double>(count);
}

}  // namespace

TEST_CASE("the nearest neighbours are those that looking at every pair finds") {
    const std::vector<float> values = kinds_of_rows(300, 7, 3, 1.0F);
    const Rows rows{values, 7};
    NeighbourSearch search(rows, 6);
    while (!search.advance(41)) {
    }
    for (std::int64_t i = 0; i < 300; i += 17) {
        std::vector<std::pair<float, std::int32_t>> all;
        for (std::int64_t j = 0; j < 300; ++j) {
            float away = 0.0F;
            for (int k = 0; k < 7; ++k) away += (rows.row(i)[k] - rows.row(j)[k]) * (rows.row(i)[k] - rows.row(j)[k]);
            if (i != j) all.push_back({away, static_cast<std::int32_t>(j)});
        }
        std::sort(all.begin(), all.end());
        for (std::int64_t k = 0; k < 6; ++k)
            CHECK(search.neighbours().places[static_cast<std::size_t>(i * 6 + k)] ==
                  all[static_cast<std::size_t>(k)].second);
    }
}

TEST_CASE("every layout keeps kinds together, in 2 and in 3 dimensions, and is the same every time") {
    const std::vector<float> values = kinds_of_rows(250, 20, kKinds, 3.0F);
    for (const LayoutMethodRow& row : layout_methods())
        for (const int dimensions : {2, 3}) {
            INFO(row.name << " in " << dimensions);
            const std::vector<float> points = laid_out(values, 20, row.method, dimensions);
            REQUIRE(std::ssize(points) == 250 * dimensions);
            CHECK(kept_share(points, dimensions) > (row.method == LayoutMethod::PrincipalComponents ? 0.5 : 0.95));
            CHECK(laid_out(values, 20, row.method, dimensions) == points);
            double square = 0.0;
            for (const float value : points) square += static_cast<double>(value) * static_cast<double>(value) / 250.0;
            CHECK(std::abs(square - 1.0) < 1e-3);
        }
}

TEST_CASE("t-SNE goes down: each hundred steps behind the gathering leave less to be gained") {
    const std::vector<float> values = kinds_of_rows(200, 10, 4, 2.0F);
    const Rows rows{values, 10};
    NeighbourSearch search(rows, Tsne::neighbours_of(200));
    while (!search.advance(1000)) {
    }
    const std::vector<float> start = places_along(principal_components(rows, 2), rows);
    Tsne tsne(search.neighbours(), start, 2);
    while (tsne.steps() < 300) tsne.step();
    double before = tsne.divergence();
    while (tsne.steps() < Tsne::kSteps) {
        for (int i = 0; i < 90; ++i) tsne.step();
        const double now = tsne.divergence();
        CHECK(now < before + 1e-3);
        before = now;
    }
    CHECK(before > 0.0);
    CHECK(before < 1.5);
}

TEST_CASE("a layout shows how far it has come, and there is a view of it before it is whole") {
    const std::vector<float> values = kinds_of_rows(400, 10, 4, 2.0F);
    LayoutWork work({values, 10}, LayoutMethod::Tsne, 2);
    CHECK(work.progress() == 0.0);
    CHECK(work.points().empty());
    double progress = 0.0;
    int views = 0;
    while (!work.advance()) {
        CHECK(work.progress() >= progress);
        CHECK(work.progress() < 1.0);
        progress = work.progress();
        if (!work.points().empty()) ++views;
    }
    CHECK(views > 20);
}

TEST_CASE("what is no number, and what is too little, is a sentence and no layout") {
    std::vector<float> values = kinds_of_rows(50, 4, 2, 1.0F);
    values[7] = std::numeric_limits<float>::quiet_NaN();
    values[30] = std::numeric_limits<float>::infinity();
    for (const LayoutMethodRow& row : layout_methods()) {
        LayoutWork broken({values, 4}, row.method, 2);
        while (!broken.advance()) {
        }
        CHECK(broken.problem().find("of 2 of the 50 pictures are not numbers") != std::string::npos);
        CHECK(broken.points().empty());
        LayoutWork few({std::span(values).subspan(8, 8), 4}, row.method, 3);
        while (!few.advance()) {
        }
        CHECK(few.problem().find("There are 2 pictures") != std::string::npos);
    }
}

TEST_CASE("pictures that are all alike are laid out without a number that is none") {
    const std::vector<float> values(40 * 6, 0.25F);
    for (const LayoutMethodRow& row : layout_methods())
        for (const float value : laid_out(values, 6, row.method, 2)) CHECK(std::isfinite(value));
}

TEST_CASE("how long layouts take", "[.times]") {
    for (const std::int64_t count : {2000, 10000})
        for (const LayoutMethodRow& row : layout_methods()) {
            const std::vector<float> values = kinds_of_rows(count, 256, 10, 2.0F);
            const std::clock_t begin = std::clock();  // of this one thread's processor
            laid_out(values, 256, row.method, 2);
            std::printf("%s of %lld pictures: %.2f s\n", row.title, static_cast<long long>(count),
                        static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
            std::fflush(stdout);
        }
}
