// What the list of lanes says: which rows there are, in which order, and what their numbers are means of.
#include "viz/view/lane_rows.h"

#include "tests/support/catch.h"
#include "viz/view/metric_history.h"

#include <limits>
#include <memory>
#include <string>
#include <vector>

using namespace convscope;

namespace {

IterationMetrics lane_scalar(std::uint64_t run, std::int64_t iteration, float loss) {
    IterationMetrics metrics;
    metrics.run = RunId{run};
    metrics.iteration = iteration;
    metrics.loss = loss;
    return metrics;
}

std::shared_ptr<const RunHistory> lane_history(std::int64_t iterations, float loss) {
    auto history = std::make_shared<RunHistory>();
    for (std::int64_t i = 1; i <= iterations; ++i)
        history->add(lane_scalar(1, i, loss + 0.001F * static_cast<float>(i)));
    return history;
}

// Four lanes: 2 and 3 branched from 1, 4 from 2; the present one is 2.
struct Family {
    RunLine line{.lane = RunId{2}, .furthest = 200};
    MetricHistory present;

    Family() {
        line.lanes = std::make_shared<const std::vector<RunLane>>(std::vector<RunLane>{
            {.id = RunId{1}, .name = "as it was", .furthest = 120, .history = lane_history(120, 1.0F)},
            {.id = RunId{2}, .parent = RunId{1}, .from = 50, .begun_by = "learning rate 0.1 -> 0.5"},
            {.id = RunId{3}, .parent = RunId{1}, .from = 30, .furthest = 300, .history = lane_history(300, 2.0F)},
            {.id = RunId{4}, .parent = RunId{2}, .from = 90, .furthest = 95, .history = lane_history(95, 0.25F)}});
        for (std::int64_t i = 1; i <= 200; ++i) present.add(lane_scalar(2, i, 0.5F + 0.001F * static_cast<float>(i)));
    }
    std::vector<LaneRow> rows(std::int64_t iterations = 10) {
        std::vector<LaneRow> rows;
        list_lanes(line, &present, iterations, rows);
        return rows;
    }
};

std::vector<std::uint64_t> lane_ids(const std::vector<LaneRow>& rows) {
    std::vector<std::uint64_t> ids;
    for (const LaneRow& row : rows) ids.push_back(row.id.value);
    return ids;
}

}  // namespace

TEST_CASE("every lane stands below the one that it branched from, those of one in the order in which they began") {
    Family family;
    const std::vector<LaneRow> rows = family.rows();
    CHECK(lane_ids(rows) == std::vector<std::uint64_t>{1, 2, 4, 3});
    CHECK(rows[0].depth == 0);
    CHECK(rows[1].depth == 1);
    CHECK(rows[2].depth == 2);
    CHECK(rows[3].depth == 1);
    CHECK_FALSE(rows[0].is_branch);
    CHECK(rows[1].is_branch);
    CHECK(rows[1].is_present);
    CHECK_FALSE(rows[0].is_present);
    CHECK(rows[0].name == "as it was");
    CHECK(rows[1].begun_by == "learning rate 0.1 -> 0.5");
    CHECK(rows[1].from == 50);
    CHECK(rows[1].furthest == 200);  // RunLine's
    CHECK(rows[3].furthest == 300);
}

TEST_CASE("a lane whose parent is not there stands for itself, and none is left out") {
    Family family;
    auto lanes = *family.line.lanes;
    lanes.erase(lanes.begin());
    family.line.lanes = std::make_shared<const std::vector<RunLane>>(lanes);
    CHECK(lane_ids(family.rows()) == std::vector<std::uint64_t>{2, 4, 3});
    CHECK(family.rows()[0].depth == 0);
}

TEST_CASE("a run with a single lane has a row of its own, a session without a run none") {
    Family family;
    family.line.lanes = nullptr;
    const std::vector<LaneRow> rows = family.rows();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].id == RunId{2});
    CHECK(rows[0].is_present);
    CHECK(rows[0].name.empty());
    CHECK(rows[0].furthest == 200);
    CHECK(rows[0].loss);
    CHECK_FALSE(rows[0].difference);
    family.line = {};
    CHECK(family.rows().empty());
}

TEST_CASE("a lane's loss is the mean of its last iterations, of all where there are fewer") {
    Family family;
    const std::vector<LaneRow> rows = family.rows(10);
    REQUIRE(rows[0].loss);
    CHECK(rows[0].loss->first == 111);
    CHECK(rows[0].loss->last == 120);
    CHECK(rows[0].loss->value == Approx(1.0 + 0.001 * 115.5).epsilon(1e-5));
    REQUIRE(rows[1].loss);
    CHECK(rows[1].loss->last == 200);
    CHECK(rows[1].loss->value == Approx(0.5 + 0.001 * 195.5).epsilon(1e-5));
    CHECK(family.rows(1)[0].loss->first == 120);
    CHECK(family.rows(1)[0].loss->value == Approx(1.12).epsilon(1e-5));
    CHECK(family.rows(1000)[0].loss->first == 1);
}

TEST_CASE("losses are compared at the last iterations that both lanes have, behind where they parted") {
    Family family;
    const std::vector<LaneRow> rows = family.rows(10);
    REQUIRE(rows[0].difference);  // parted at 50
    CHECK(rows[0].difference->own.first == 111);
    CHECK(rows[0].difference->own.last == 120);
    CHECK(rows[0].difference->value() == Approx(0.5).epsilon(1e-4));
    REQUIRE(rows[2].difference);  // parted at 90, known to 95
    CHECK(rows[2].difference->own.first == 91);
    CHECK(rows[2].difference->own.last == 95);
    CHECK(rows[2].difference->value() == Approx(-0.25).epsilon(1e-4));
    REQUIRE(rows[3].difference);  // a sister: longer than the present one
    CHECK(rows[3].difference->own.last == 200);
    CHECK(rows[3].difference->value() == Approx(1.5).epsilon(1e-4));
    CHECK_FALSE(rows[1].difference);  // with itself
    CHECK(family.rows(1000)[3].difference->own.first == 31);
}

TEST_CASE("what is not known is not compared: a branch that has not moved, and curves that are not here yet") {
    Family family;
    auto lanes = *family.line.lanes;
    lanes[3].from = 95;
    family.line.lanes = std::make_shared<const std::vector<RunLane>>(lanes);
    CHECK_FALSE(family.rows()[2].difference);
    std::vector<LaneRow> rows;
    list_lanes(family.line, nullptr, 10, rows);
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].loss);
    CHECK_FALSE(rows[1].loss);
    for (const LaneRow& row : rows) CHECK_FALSE(row.difference);
}

TEST_CASE("a loss that is no number is none, and the others of the stretch count") {
    Family family;
    auto history = std::make_shared<RunHistory>(*lane_history(100, 1.0F));
    history->add(lane_scalar(1, 101, std::numeric_limits<float>::quiet_NaN()));
    auto lanes = *family.line.lanes;
    lanes[0].history = history;
    lanes[0].furthest = 101;
    family.line.lanes = std::make_shared<const std::vector<RunLane>>(lanes);
    CHECK_FALSE(family.rows(1)[0].loss);
    CHECK_FALSE(family.rows(1)[0].difference);
    CHECK(family.rows(2)[0].loss->value == Approx(1.1).epsilon(1e-5));
}

TEST_CASE("old iterations that one lane keeps in longer stretches than the other are compared over whole stretches") {
    Family family;
    auto lanes = *family.line.lanes;
    lanes[0].history = lane_history(60'000, 1.0F);
    lanes[0].furthest = 60'000;
    family.line.lanes = std::make_shared<const std::vector<RunLane>>(lanes);
    const std::vector<LaneRow> rows = family.rows(1);
    const MetricSeries& old = lanes[0].history->loss;
    REQUIRE_FALSE(old.stretch(200).exact());
    if (rows[0].difference) {
        CHECK(rows[0].difference->own.first == old.stretch(200).first);
        CHECK(rows[0].difference->own.last == old.stretch(200).last);
        CHECK(rows[0].difference->value() == Approx(0.5).epsilon(1e-3));
    } else {
        CHECK(old.stretch(200).last > 200);  // it goes beyond what the present lane has
    }
}

TEST_CASE("a lane's accuracy is the one that was measured last, and says behind which iteration") {
    Family family;
    auto history = std::make_shared<RunHistory>(*lane_history(120, 1.0F));
    history->evaluations.push_back({.iteration = 50, .test_accuracy = 0.5});
    history->evaluations.push_back({.iteration = 100, .test_accuracy = 0.75});
    auto lanes = *family.line.lanes;
    lanes[0].history = history;
    family.line.lanes = std::make_shared<const std::vector<RunLane>>(lanes);
    EvaluationMetrics measured;
    measured.run = RunId{2};
    measured.iteration = 150;
    measured.test_accuracy = 0.875;
    family.present.add(Event(event::Evaluated{measured}));
    const std::vector<LaneRow> rows = family.rows();
    CHECK(rows[0].test_accuracy == 0.75);
    CHECK(rows[0].tested_at == 100);
    CHECK(rows[1].test_accuracy == 0.875);
    CHECK(rows[1].tested_at == 150);
    CHECK_FALSE(rows[2].test_accuracy);
}

TEST_CASE("losses are means over as many iterations as the curves are smoothed over") {
    CHECK(reach_of_smoothing(0.0F) == 1);
    CHECK(reach_of_smoothing(0.9F) == 10);
    CHECK(reach_of_smoothing(0.99F) == 100);
    CHECK(reach_of_smoothing(1.0F) == 1000);
}
