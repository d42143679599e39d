#include "viz/view/lane_rows.h"

#include "viz/view/metric_history.h"
#include "viz/view/place_in_time.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace convscope {
namespace {

// What is known of a lane, wherever it is kept.
struct Known {
    const MetricSeries* loss = nullptr;
    const std::vector<EvaluationMetrics>* tests = nullptr;
};

Known known_of(const RunLane& lane, const MetricHistory* present) {
    if (lane.history) return {&lane.history->loss, &lane.history->evaluations.items()};
    if (present) return {&present->loss(), &present->evaluations()};
    return {};
}

// Of old iterations, that are kept as stretches, these count whole.
std::optional<MeanLoss> mean_loss(const MetricSeries& losses, std::int64_t first, std::int64_t last) {
    if (first < 1 || first > last || last > losses.size()) return std::nullopt;
    const SeriesBin bin = losses.bin(first, last);
    if (bin.count == 0) return std::nullopt;
    return MeanLoss{static_cast<double>(bin.mean), losses.stretch(first).first, losses.stretch(last).last};
}

// The first of so many iterations up to `last` that lie behind `after`.
std::int64_t first_of(std::int64_t iterations, std::int64_t last, std::int64_t after) {
    return std::max(after, last - iterations) + 1;
}

std::optional<LossDifference> difference_of(const MetricSeries& own, const MetricSeries& present, std::int64_t shared,
                                            std::int64_t iterations) {
    const std::int64_t last = std::min(own.size(), present.size());
    auto mine = mean_loss(own, first_of(iterations, last, shared), last);
    auto other = mean_loss(present, first_of(iterations, last, shared), last);
    const auto apart = [&] { return !mine || !other || mine->first != other->first || mine->last != other->last; };
    if (mine && other && apart()) {  // one is kept in longer stretches than the other
        const std::int64_t first = std::min(mine->first, other->first);
        const std::int64_t end = std::max(mine->last, other->last);
        mine = mean_loss(own, first, end);
        other = mean_loss(present, first, end);
    }
    if (apart()) return std::nullopt;
    return LossDifference{*mine, other->value};
}

struct Listing {
    const RunLine& line;
    std::span<const RunLane> lanes;
    const MetricHistory* present;
    std::int64_t iterations;
    std::vector<LaneRow>& out;

    void add(const RunLane& lane, int depth) const {
        LaneRow& row = out.emplace_back();
        row.id = lane.id;
        row.name = lane.name;
        row.begun_by = lane.begun_by;
        row.is_branch = lane.parent != RunId{};
        row.is_present = lane.id == line.lane;
        row.depth = depth;
        row.from = lane.from;
        row.furthest = row.is_present ? line.furthest : lane.furthest;
        const Known known = known_of(lane, present);
        if (known.loss) {
            const std::int64_t last = std::min(row.furthest, known.loss->size());
            row.loss = mean_loss(*known.loss, first_of(iterations, last, 0), last);
        }
        if (known.tests && !known.tests->empty()) {
            row.test_accuracy = known.tests->back().test_accuracy;
            row.tested_at = known.tests->back().iteration;
        }
        if (known.loss && present && !row.is_present)
            row.difference =
                difference_of(*known.loss, present->loss(), shared_iterations(lanes, lane.id, line.lane), iterations);
        add_below(lane.id, depth + 1);
    }
    void add_below(RunId parent, int depth) const {
        for (const RunLane& lane : lanes)
            if (lane.parent == parent) add(lane, depth);
    }
    void add_all() const {
        for (const RunLane& lane : lanes)
            if (std::none_of(lanes.begin(), lanes.end(), [&](const RunLane& one) { return one.id == lane.parent; }))
                add(lane, 0);
    }
};

}  // namespace

void list_lanes(const RunLine& line, const MetricHistory* present, std::int64_t iterations, std::vector<LaneRow>& out) {
    out.clear();
    if (line.lane == RunId{}) return;
    if (line.lanes) return Listing{line, *line.lanes, present, iterations, out}.add_all();
    Listing{line, {}, present, iterations, out}.add({.id = line.lane, .furthest = line.furthest}, 0);
    out.front().name = out.front().begun_by = "";  // those of the lane that was made for it are gone
}

std::int64_t reach_of_smoothing(float weight) { return std::llround(1.0F / (1.0F - std::clamp(weight, 0.0F, 0.999F))); }

}  // namespace convscope
