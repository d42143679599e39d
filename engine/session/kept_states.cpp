#include "engine/session/kept_states.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr std::size_t kBesideBlobs = 8192;  // bytes of a state: its recipe, names, shapes; about

// How far apart its neighbours would be without it, for its age: the smallest is missed least.
double worth(std::span<const KeptState> lane, std::size_t index, std::int64_t iterations_per_epoch) {
    const auto gap = static_cast<double>(lane[index + 1].iteration() - lane[index - 1].iteration());
    const std::int64_t age = lane.back().iteration() - lane[index].iteration();
    return gap / static_cast<double>(std::max({age, iterations_per_epoch, std::int64_t{1}}));
}

}  // namespace

void KeptStates::clear() {
    lanes_.clear();
    blobs_.clear();
    bytes_ = states_ = 0;
}

void KeptStates::keep(RunId lane, KeptState state, std::int64_t iterations_per_epoch) {
    Lane& states = lanes_[lane];
    count(state);
    if (!states.empty() && states.back().iteration() == state.iteration()) {
        uncount(states.back());
        states.back() = std::move(state);
    } else {
        states.push_back(std::move(state));
    }
    while ((bytes_ > budget_ || states_ > kMost) && thin(iterations_per_epoch)) {
    }
}

void KeptStates::branch(RunId from, RunId to, std::int64_t iteration) {
    Lane& states = lanes_[to];
    for (const KeptState& state : of(from)) {
        if (state.iteration() > iteration) break;
        count(state);
        states.push_back(state);
    }
}

void KeptStates::forget(RunId lane) {
    for (const KeptState& state : of(lane)) uncount(state);
    lanes_.erase(lane);
}

std::span<const KeptState> KeptStates::of(RunId lane) const {
    const auto found = lanes_.find(lane);
    return found == lanes_.end() ? std::span<const KeptState>() : std::span<const KeptState>(found->second);
}

const KeptState& KeptStates::before(RunId lane, std::int64_t iteration) const {
    const std::span<const KeptState> states = of(lane);
    const auto behind = std::partition_point(
        states.begin(), states.end(), [iteration](const KeptState& state) { return state.iteration() < iteration; });
    return behind == states.begin() ? states.front() : *(behind - 1);
}

void KeptStates::count(const KeptState& state) {
    ++states_;
    bytes_ += kBesideBlobs;
    visit_blobs(*state.training, [this](const TensorBlob& blob) {
        if (!blob.bytes) return;
        Counted& counted = blobs_[blob.bytes.data()];
        if (counted.states++ > 0) return;
        counted.bytes = blob.bytes.size();
        bytes_ += counted.bytes;
    });
}

void KeptStates::uncount(const KeptState& state) {
    --states_;
    bytes_ -= kBesideBlobs;
    visit_blobs(*state.training, [this](const TensorBlob& blob) {
        const auto counted = blobs_.find(blob.bytes.data());
        if (counted == blobs_.end() || --counted->second.states > 0) return;
        bytes_ -= counted->second.bytes;
        blobs_.erase(counted);
    });
}

// Of the lane that has the most: the one that is missed least. False: there is none that may go.
bool KeptStates::thin(std::int64_t iterations_per_epoch) {
    const auto most = std::max_element(lanes_.begin(), lanes_.end(),
                                       [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    if (most == lanes_.end() || most->second.size() <= 2) return false;
    Lane& states = most->second;
    const auto ends = static_cast<std::size_t>(
        std::count_if(states.begin(), states.end(), [](const KeptState& state) { return state.ends_epoch; }));
    const bool ends_too = 2 * ends > states.size();
    std::size_t least = 0;
    for (std::size_t i = 1; i + 1 < states.size(); ++i) {
        if (states[i].ends_epoch && !ends_too) continue;
        if (least == 0 || worth(states, i, iterations_per_epoch) < worth(states, least, iterations_per_epoch))
            least = i;
    }
    if (least == 0) return false;
    uncount(states[least]);
    states.erase(states.begin() + static_cast<std::ptrdiff_t>(least));
    return true;
}

}  // namespace convscope
