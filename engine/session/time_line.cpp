#include "engine/session/time_line.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr double kStateShare = 0.02;     // of training's time, that taking states may cost
constexpr double kStateInterval = 0.25;  // seconds of training between two of them, which is how long one goes back

}  // namespace

void TimeLine::begin(RunId lane, KeptState beginning, const LineSettings& settings) {
    states_.clear();
    changes_.clear();
    edits_.clear();
    lane_ = lane;
    furthest_ = beginning.iteration();
    changes_[lane].push_back({furthest_, settings});
    keep(std::move(beginning), 0.0, 1);
    target_.reset();
}

void TimeLine::branch(RunId lane, KeptState place, std::int64_t iterations_per_epoch) {
    const std::int64_t iteration = place.iteration();
    std::vector<Change> changes = changes_[lane_];
    std::erase_if(changes, [iteration](const Change& change) { return change.iteration > iteration; });
    changes_[lane] = std::move(changes);
    std::vector<Edit> edits = edits_[lane_];
    std::erase_if(edits, [iteration](const Edit& edit) { return edit.iteration > iteration; });
    edits_[lane] = std::move(edits);
    states_.branch(lane_, lane, iteration);
    lane_ = lane;
    furthest_ = iteration;
    keep(std::move(place), 0.0, iterations_per_epoch);
}

void TimeLine::open(RunId lane, KeptState furthest, const LineSettings& settings, std::int64_t iterations_per_epoch) {
    forget(lane);
    changes_[lane].push_back({furthest.iteration(), settings});
    states_.keep(lane, std::move(furthest), iterations_per_epoch);
}

void TimeLine::change_to(RunId lane) {
    lane_ = lane;
    furthest_ = newest().iteration();
    target_.reset();
    kept_.reset();
    seconds_since_state_ = 0.0;
}

void TimeLine::forget(RunId lane) {
    states_.forget(lane);
    changes_.erase(lane);
    edits_.erase(lane);
}

const LineSettings& TimeLine::settings(std::int64_t iteration) const {
    const std::vector<Change>& changes = changes_.at(lane_);
    const auto later = std::partition_point(
        changes.begin(), changes.end(), [iteration](const Change& change) { return change.iteration <= iteration; });
    return later == changes.begin() ? changes.front().settings : (later - 1)->settings;
}

void TimeLine::grow(std::int64_t iteration, double seconds) {
    furthest_ = iteration;
    seconds_since_state_ += seconds;
    if (newest().iteration() + 1 == iteration) kept_.reset();
}

void TimeLine::note(std::int64_t iteration, const LineSettings& settings) {
    std::vector<Change>& changes = changes_.at(lane_);
    if (changes.back().settings == settings) return;
    if (changes.back().iteration == iteration)
        changes.back().settings = settings;
    else
        changes.push_back({iteration, settings});
}

void TimeLine::note_edit(std::int64_t iteration, Command edit) {
    edits_[lane_].push_back({iteration, std::make_shared<const Command>(std::move(edit))});
}

// The end of an epoch whenever it costs little enough.
bool TimeLine::wants_state(bool ends_epoch) const {
    if (newest().iteration() == furthest_) return true;  // kept when one left it, and something may have come since
    if (states_.budget() == 0 || seconds_since_state_ < state_seconds_ / kStateShare) return false;
    return ends_epoch || seconds_since_state_ >= kStateInterval;
}

void TimeLine::keep(KeptState state, double seconds, std::int64_t iterations_per_epoch) {
    state_seconds_ = seconds;
    seconds_since_state_ = 0.0;
    states_.keep(lane_, std::move(state), iterations_per_epoch);
    kept_.reset();
}

void TimeLine::show(RunLine& into) {
    const std::span<const KeptState> states = states_.of(lane_);
    if (states.empty()) return;
    if (!kept_) {
        auto kept = std::make_shared<std::vector<std::int64_t>>();
        kept->reserve(states.size() + 1);
        kept->push_back(states.front().iteration());
        for (const KeptState& state : states)
            if (state.iteration() < furthest_) kept->push_back(state.iteration() + 1);
        kept_ = std::move(kept);
    }
    into.lane = lane_;
    into.furthest = furthest_;
    into.travelling_to = target_;
    into.kept = kept_;
    into.kept_bytes = static_cast<std::int64_t>(states_.bytes());
    into.budget_bytes = static_cast<std::int64_t>(states_.budget());
}

}  // namespace convscope
