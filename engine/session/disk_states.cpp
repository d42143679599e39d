#include "engine/session/disk_states.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace convscope {

void DiskStates::clear() {
    lanes_.clear();
    bytes_ = 0;
}

void DiskStates::open(RunId lane, std::vector<State> states) {
    lanes_[lane] = std::move(states);
    count();
}

std::vector<std::filesystem::path> DiskStates::keep(RunId lane, PastState state, std::int64_t iterations_per_epoch) {
    std::vector<State>& states = lanes_[lane];
    std::erase_if(states, [&](const State& one) { return one.past.iteration >= state.iteration; });
    states.push_back({std::move(state), lane});
    count();
    std::vector<std::filesystem::path> gone;
    while (bytes() > budget_) {
        // Neither its first nor its newest, nor what is another lane's.
        std::size_t least = 0;
        double least_worth = std::numeric_limits<double>::infinity();
        for (std::size_t i = 1; i + 1 < states.size(); ++i) {
            if (states[i].owner != lane) continue;
            const auto gap = static_cast<double>(states[i + 1].past.iteration - states[i - 1].past.iteration);
            const std::int64_t age = states.back().past.iteration - states[i].past.iteration;
            const double worth = gap / static_cast<double>(std::max({age, iterations_per_epoch, std::int64_t{1}}));
            if (worth < least_worth) {
                least = i;
                least_worth = worth;
            }
        }
        if (least == 0) break;
        gone.push_back(states[least].past.file);
        lose(gone.back());
    }
    return gone;
}

void DiskStates::branch(RunId from, RunId to, std::int64_t iteration) {
    std::vector<State> shared;
    for (const State& state : of(from))
        if (state.past.iteration < iteration) shared.push_back(state);
    if (!shared.empty()) lanes_[to] = std::move(shared);
    count();
}

void DiskStates::forget(RunId lane) {
    lanes_.erase(lane);
    for (auto& [id, states] : lanes_) std::erase_if(states, [lane](const State& one) { return one.owner == lane; });
    count();
}

bool DiskStates::lose(const std::filesystem::path& file) {
    std::size_t lost = 0;
    for (auto& [id, states] : lanes_)
        lost += std::erase_if(states, [&file](const State& one) { return one.past.file == file; });
    count();
    return lost > 0;
}

std::span<const DiskStates::State> DiskStates::of(RunId lane) const {
    const auto found = lanes_.find(lane);
    return found == lanes_.end() ? std::span<const State>() : std::span<const State>(found->second);
}

const PastState* DiskStates::before(RunId lane, std::int64_t iteration) const {
    const std::span<const State> states = of(lane);
    const auto behind = std::partition_point(states.begin(), states.end(),
                                             [iteration](const State& one) { return one.past.iteration < iteration; });
    if (behind != states.begin()) return &(behind - 1)->past;
    return behind != states.end() && behind->past.iteration == iteration ? &behind->past : nullptr;
}

// Each where it lies.
void DiskStates::count() {
    bytes_ = 0;
    for (const auto& [id, states] : lanes_)
        for (const State& one : states)
            if (one.owner == id || lanes_.count(one.owner) == 0) bytes_ += one.past.bytes;
}

}  // namespace convscope
