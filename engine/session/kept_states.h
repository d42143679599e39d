// States of a run that are kept in memory, so that one can go back: dense near the newest, sparser the older they are.
#pragma once

#include "engine/core/types.h"
#include "engine/state/run_progress.h"
#include "engine/state/training_state.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace convscope {

struct KeptState {
    std::shared_ptr<const TrainingState> training;
    RunMoment moment;
    bool ends_epoch = false;  // and is measured, where it is to be

    std::int64_t iteration() const { return moment.iteration; }
};

// Of all lanes of a run, within one budget of bytes. The first and the last of a lane stay, whatever the budget; and
// the ends of its epochs before others, until they are half of all that is kept.
class KeptStates {
public:
    static constexpr std::size_t kMost = 1024;  // states, however small

    explicit KeptStates(std::size_t budget_bytes) : budget_(budget_bytes) {}

    void clear();
    // Behind the lane's others; takes the place of one of the same iteration. Within an epoch of the newest all that
    // are kept are equally far from each other, before that they are sparser in proportion to their age.
    void keep(RunId lane, KeptState state, std::int64_t iterations_per_epoch);
    // What `from` has up to that iteration is kept of `to` as well, at no cost of memory.
    void branch(RunId from, RunId to, std::int64_t iteration);
    void forget(RunId lane);

    // Ascending by iteration; not empty once something was kept of the lane.
    std::span<const KeptState> of(RunId lane) const;
    // The newest before that iteration, so that it is trained by whoever comes there; without such a one the first.
    const KeptState& before(RunId lane, std::int64_t iteration) const;

    std::size_t bytes() const { return bytes_; }  // what states share counted once
    std::size_t budget() const { return budget_; }

private:
    using Lane = std::vector<KeptState>;
    struct Counted {
        std::size_t states = 0;
        std::size_t bytes = 0;
    };
    void count(const KeptState& state);
    void uncount(const KeptState& state);
    bool thin(std::int64_t iterations_per_epoch);

    std::map<RunId, Lane> lanes_;
    std::unordered_map<const char*, Counted> blobs_;  // by where their bytes are
    std::size_t budget_;
    std::size_t bytes_ = 0;
    std::size_t states_ = 0;
};

}  // namespace convscope
