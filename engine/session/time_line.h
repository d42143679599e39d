// What is known of the line of a run: how far it ever came, which states are kept of it, what was changed where, and
// whether one is on the way to another place of it.
#pragma once

#include "engine/api/command.h"
#include "engine/api/interventions.h"
#include "engine/api/run_line.h"
#include "engine/session/disk_states.h"
#include "engine/session/kept_states.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace convscope {

// What training goes by that somebody may change between two iterations.
struct LineSettings {
    double learning_rate = 0.0;
    double momentum = 0.0;
    std::int64_t batch_size = 0;
    int threads = 0;
    std::int64_t planned_epochs = 0;
    std::shared_ptr<const Restraints> restraints = nullptr;  // null: none
    std::shared_ptr<const Recipe> recipe = nullptr;          // the same one while it does not change
    bool operator==(const LineSettings&) const = default;
};

struct LineChange {
    std::int64_t iteration = 0;  // behind which
    LineSettings settings;
};

struct LineEdit {
    std::int64_t iteration = 0;  // behind which
    std::shared_ptr<const Command> command;
};

struct LineChanges {
    std::vector<LineChange> changes;  // ascending; the first are the settings that all begins with
    std::vector<LineEdit> edits;      // likewise
};

// Knows no trainer and no clock. All but begin() is for when a line has begun. Changes that somebody made by hand are
// all remembered, so that what lies between two kept states can be trained again: some 50 bytes each, and 4 for each
// weight that was set.
class TimeLine {
public:
    TimeLine(std::size_t budget_bytes, std::int64_t disk_budget_bytes)
        : states_(budget_bytes), disk_(disk_budget_bytes) {}

    // Nothing of the lines before is left.
    void begin(RunId lane, KeptState beginning, const LineSettings& settings);
    // All that is known of a lane of another line, of which nothing is changed, as `lane`: at its furthest.
    void begin(RunId lane, const TimeLine& other, RunId of, std::int64_t iterations_per_epoch);
    // A lane begins behind `place`, up to which it has in common with the present one what that has; and is present.
    void branch(RunId lane, KeptState place, std::int64_t iterations_per_epoch);
    // There is another lane, of which this is the furthest place and all that is known.
    void open(RunId lane, KeptState furthest, const LineSettings& settings, std::int64_t iterations_per_epoch);
    // Another lane that there is, at its furthest.
    void change_to(RunId lane);
    void forget(RunId lane);

    RunId lane() const { return lane_; }
    std::int64_t first() const;  // that can be gone to
    std::int64_t furthest() const { return furthest_; }
    // The last of the present lane that is kept: the furthest place, for whoever has left that.
    const KeptState& newest() const { return states_.of(lane_).back(); }
    const KeptState& kept_first() const { return states_.of(lane_).front(); }
    std::span<const KeptState> kept() const { return states_.of(lane_); }  // of the present lane, ascending
    const KeptState& before(std::int64_t iteration) const { return states_.before(lane_, iteration); }
    // One on disk that is so much nearer, for whoever goes to that iteration from any place before `at`, that it is
    // worth reading it; null: there is none, or what is kept will do.
    const PastState* nearer_on_disk(std::int64_t iteration, std::optional<std::int64_t> at) const;
    // In effect when the iteration behind that one was trained.
    const LineSettings& settings(std::int64_t iteration) const;

    // While the line grows: an iteration is done, that took so many seconds; such are the settings behind it.
    void grow(std::int64_t iteration, double seconds);
    void note(std::int64_t iteration, const LineSettings& settings);
    // Weights were set behind an iteration by that command, which says what came of it whatever they were.
    void note_edit(std::int64_t iteration, Command edit);
    // All of these behind that one, in their order.
    template <typename Visit>
    void visit_edits(std::int64_t iteration, const Visit& visit) const {
        const auto found = edits_.find(lane_);
        if (found == edits_.end()) return;
        for (const LineEdit& one : found->second)
            if (one.iteration == iteration) visit(*one.command);
    }
    std::span<const LineChange> changes() const { return changes_.at(lane_); }
    std::span<const LineEdit> edits() const;
    // What an earlier session has left of a lane's past: it can be gone back to. States before the first change that is
    // known are left out.
    void open_past(RunId lane, std::vector<DiskStates::State> states, LineChanges changes);
    // Whether it is time for one that was just kept to go to disk too, where the last one took so many seconds.
    bool wants_state_on_disk(bool ends_epoch, double write_seconds) const;
    // It does; the files that are to be removed for it.
    std::vector<std::filesystem::path> keep_on_disk(PastState state, std::int64_t iterations_per_epoch);
    bool lose(const std::filesystem::path& file);
    bool has_disk_states() const { return !disk_.of(lane_).empty(); }

    // Whether it is time to keep a state, and that one was, which took so many seconds.
    bool wants_state(bool ends_epoch) const;
    void keep(KeptState state, double seconds, std::int64_t iterations_per_epoch);

    // Where one is on the way to.
    std::optional<std::int64_t> target() const { return target_; }
    void set_target(std::optional<std::int64_t> iteration) { target_ = iteration; }

    void show(RunLine& into);

private:
    RunId lane_;
    std::int64_t furthest_ = 0;
    std::optional<std::int64_t> target_;
    KeptStates states_;
    DiskStates disk_;
    std::map<RunId, std::vector<LineChange>> changes_;       // ascending
    std::map<RunId, std::vector<LineEdit>> edits_;           // likewise
    double seconds_since_state_ = 0.0;                       // of training
    double seconds_since_disk_ = 0.0;                        // likewise
    double state_seconds_ = 0.0;                             // that the last one took
    std::shared_ptr<const std::vector<std::int64_t>> kept_;  // as it is shown; null: to be made
};

}  // namespace convscope
