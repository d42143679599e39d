#include "engine/session/time_line.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr double kStateShare = 0.02;       // of training's time, that taking states may cost
constexpr double kDiskShare = 0.02;        // likewise, that writing some of them may
constexpr double kDiskInterval = 2.0;      // seconds of training between two that are written
constexpr std::int64_t kWorthReading = 4;  // iterations that are trained again as fast as a file is read, about
constexpr double kStateInterval = 0.25;    // seconds of training between two of them, which is how long one goes back

}  // namespace

void TimeLine::begin(RunId lane, KeptState beginning, const LineSettings& settings) {
    states_.clear();
    disk_.clear();
    seconds_since_disk_ = 0.0;
    changes_.clear();
    edits_.clear();
    lane_ = lane;
    furthest_ = beginning.iteration();
    changes_[lane].push_back({furthest_, settings});
    keep(std::move(beginning), 0.0, 1);
    target_.reset();
}

void TimeLine::begin(RunId lane, const TimeLine& other, RunId of, std::int64_t iterations_per_epoch) {
    const std::span<const KeptState> states = other.states_.of(of);
    begin(lane, states.front(), other.changes_.at(of).front().settings);
    changes_[lane] = other.changes_.at(of);
    if (const auto edits = other.edits_.find(of); edits != other.edits_.end()) edits_[lane] = edits->second;
    for (const KeptState& state : states) states_.keep(lane, state, iterations_per_epoch);
    const std::span<const DiskStates::State> on_disk = other.disk_.of(of);
    disk_.open(lane, {on_disk.begin(), on_disk.end()});
    change_to(lane);
}

void TimeLine::branch(RunId lane, KeptState place, std::int64_t iterations_per_epoch) {
    const std::int64_t iteration = place.iteration();
    std::vector<LineChange> changes = changes_[lane_];
    std::erase_if(changes, [iteration](const LineChange& change) { return change.iteration > iteration; });
    changes_[lane] = std::move(changes);
    std::vector<LineEdit> edits = edits_[lane_];
    std::erase_if(edits, [iteration](const LineEdit& edit) { return edit.iteration > iteration; });
    edits_[lane] = std::move(edits);
    states_.branch(lane_, lane, iteration);
    disk_.branch(lane_, lane, iteration);
    lane_ = lane;
    furthest_ = iteration;
    keep(std::move(place), 0.0, iterations_per_epoch);
}

void TimeLine::open(RunId lane, KeptState furthest, const LineSettings& settings, std::int64_t iterations_per_epoch) {
    states_.forget(lane);
    edits_.erase(lane);
    changes_[lane] = {{furthest.iteration(), settings}};
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
    disk_.forget(lane);
    kept_.reset();
    changes_.erase(lane);
    edits_.erase(lane);
}

const LineSettings& TimeLine::settings(std::int64_t iteration) const {
    const std::vector<LineChange>& changes = changes_.at(lane_);
    const auto later = std::partition_point(changes.begin(), changes.end(), [iteration](const LineChange& change) {
        return change.iteration <= iteration;
    });
    return later == changes.begin() ? changes.front().settings : (later - 1)->settings;
}

void TimeLine::grow(std::int64_t iteration, double seconds) {
    furthest_ = iteration;
    seconds_since_state_ += seconds;
    seconds_since_disk_ += seconds;
    if (newest().iteration() + 1 == iteration) kept_.reset();
}

void TimeLine::note(std::int64_t iteration, const LineSettings& settings) {
    std::vector<LineChange>& changes = changes_.at(lane_);
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

std::int64_t TimeLine::first() const {
    const std::int64_t kept = states_.of(lane_).front().iteration();
    const std::span<const DiskStates::State> on_disk = disk_.of(lane_);
    return on_disk.empty() ? kept : std::min(kept, on_disk.front().past.iteration);
}

const PastState* TimeLine::nearer_on_disk(std::int64_t iteration, std::optional<std::int64_t> at) const {
    const PastState* on_disk = disk_.before(lane_, iteration);
    if (on_disk == nullptr) return nullptr;
    const std::int64_t kept = before(iteration).iteration();
    std::int64_t nearest = kept < iteration ? kept : -kWorthReading;
    if (at && *at < iteration) nearest = std::max(nearest, *at);
    return on_disk->iteration >= nearest + kWorthReading ? on_disk : nullptr;
}

std::span<const LineEdit> TimeLine::edits() const {
    const auto found = edits_.find(lane_);
    return found == edits_.end() ? std::span<const LineEdit>() : std::span<const LineEdit>(found->second);
}

void TimeLine::open_past(RunId lane, std::vector<DiskStates::State> states, LineChanges changes) {
    if (changes.changes.empty()) return;
    const std::int64_t first = changes.changes.front().iteration;
    std::erase_if(states, [first](const DiskStates::State& one) { return one.past.iteration < first; });
    if (states.empty()) return;
    std::vector<LineChange>& known = changes_.at(lane);  // the furthest place's, and those since
    for (LineChange& one : known)
        if (!(changes.changes.back().settings == one.settings)) changes.changes.push_back(std::move(one));
    known = std::move(changes.changes);
    edits_[lane] = std::move(changes.edits);
    disk_.open(lane, std::move(states));
    kept_.reset();
}

bool TimeLine::wants_state_on_disk(bool ends_epoch, double write_seconds) const {
    if (disk_.budget() == 0 || seconds_since_disk_ < write_seconds / kDiskShare) return false;
    return seconds_since_disk_ >= (ends_epoch ? 0.5 * kDiskInterval : kDiskInterval);
}

std::vector<std::filesystem::path> TimeLine::keep_on_disk(PastState state, std::int64_t iterations_per_epoch) {
    seconds_since_disk_ = 0.0;
    kept_.reset();
    return disk_.keep(lane_, std::move(state), iterations_per_epoch);
}

bool TimeLine::lose(const std::filesystem::path& file) {
    kept_.reset();
    return disk_.lose(file);
}

void TimeLine::show(RunLine& into) {
    const std::span<const KeptState> states = states_.of(lane_);
    if (states.empty()) return;
    if (!kept_) {
        auto kept = std::make_shared<std::vector<std::int64_t>>();
        kept->reserve(states.size() + 1);
        for (const KeptState& state : states)
            if (state.iteration() < furthest_) kept->push_back(state.iteration() + 1);
        for (const DiskStates::State& state : disk_.of(lane_))
            if (state.past.iteration < furthest_) kept->push_back(state.past.iteration + 1);
        kept->push_back(first());
        std::sort(kept->begin(), kept->end());
        kept->erase(std::unique(kept->begin(), kept->end()), kept->end());
        kept_ = std::move(kept);
    }
    into.lane = lane_;
    into.furthest = furthest_;
    into.travelling_to = target_;
    into.kept = kept_;
    into.kept_bytes = static_cast<std::int64_t>(states_.bytes());
    into.budget_bytes = static_cast<std::int64_t>(states_.budget());
    into.disk_bytes = disk_.bytes();
    into.disk_budget_bytes = disk_.budget();
}

}  // namespace convscope
