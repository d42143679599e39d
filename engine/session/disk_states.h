// Which states of a run's lanes lie on disk, for whoever goes back further than memory reaches, and in the next
// session.
//
// One of those that are kept in memory goes to disk too, every few seconds of training, less often where writing it
// took more than its share; it is an ordinary saved run (engine/state/past_files.h), written by the thread that writes
// files. Above the budget the one goes that is missed least, as in memory: they are sparser the older they are. What
// was changed by hand is written whenever the run is saved, and before that, so that what lies between two states can
// be trained again after a restart too: the first state that can be gone back to is the first since which all changes
// are known. A branch has those of the lane that it left, up to there, from that one's folder.
//
// Here is only which there are: no file is touched.
#pragma once

#include "engine/core/types.h"
#include "engine/state/past_files.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <vector>

namespace convscope {

class DiskStates {
public:
    struct State {
        PastState past;
        RunId owner;  // the lane in whose folder it lies
    };

    explicit DiskStates(std::int64_t budget_bytes) : budget_(budget_bytes) {}

    void clear();
    // Those that an earlier session left; ascending.
    void open(RunId lane, std::vector<State> states);
    // Of that lane's own, behind its others; takes the place of one of the same file. Which of its own are to be
    // removed for it.
    std::vector<std::filesystem::path> keep(RunId lane, PastState state, std::int64_t iterations_per_epoch);
    // What `from` has before that iteration `to` has as well.
    void branch(RunId from, RunId to, std::int64_t iteration);
    // Its files are no more, for lanes that branched from it neither.
    void forget(RunId lane);
    // That file is not to be had. False: it was none of them.
    bool lose(const std::filesystem::path& file);

    // Ascending by iteration.
    std::span<const State> of(RunId lane) const;
    // The newest before that iteration; without such a one that of the very iteration; null: there is neither.
    const PastState* before(RunId lane, std::int64_t iteration) const;

    std::int64_t bytes() const { return bytes_; }  // each counted once
    std::int64_t budget() const { return budget_; }

private:
    void count();

    std::map<RunId, std::vector<State>> lanes_;
    std::int64_t budget_;
    std::int64_t bytes_ = 0;
};

}  // namespace convscope
