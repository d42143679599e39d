// What is known of the line of a run: how far it ever came, which states are kept of it, what was changed where, and
// whether one is on the way to another place of it.
#pragma once

#include "engine/api/command.h"
#include "engine/api/interventions.h"
#include "engine/api/run_line.h"
#include "engine/session/kept_states.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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

// Knows no trainer and no clock. All but begin() is for when a line has begun. Changes that somebody made by hand are
// all remembered, so that what lies between two kept states can be trained again: some 50 bytes each, and 4 for each
// weight that was set.
class TimeLine {
public:
    explicit TimeLine(std::size_t budget_bytes) : states_(budget_bytes) {}

    // Nothing of the lines before is left.
    void begin(RunId lane, KeptState beginning, const LineSettings& settings);
    // A lane begins behind `place`, up to which it has in common with the present one what that has; and is present.
    void branch(RunId lane, KeptState place, std::int64_t iterations_per_epoch);
    // There is another lane, of which this is the furthest place and all that is known.
    void open(RunId lane, KeptState furthest, const LineSettings& settings, std::int64_t iterations_per_epoch);
    // Another lane that there is, at its furthest.
    void change_to(RunId lane);
    void forget(RunId lane);

    RunId lane() const { return lane_; }
    std::int64_t first() const { return states_.of(lane_).front().iteration(); }  // that can be gone to
    std::int64_t furthest() const { return furthest_; }
    // The last of the present lane that is kept: the furthest place, for whoever has left that.
    const KeptState& newest() const { return states_.of(lane_).back(); }
    const KeptState& before(std::int64_t iteration) const { return states_.before(lane_, iteration); }
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
        for (const Edit& one : found->second)
            if (one.iteration == iteration) visit(*one.command);
    }
    // Whether it is time to keep a state, and that one was, which took so many seconds.
    bool wants_state(bool ends_epoch) const;
    void keep(KeptState state, double seconds, std::int64_t iterations_per_epoch);

    // Where one is on the way to.
    std::optional<std::int64_t> target() const { return target_; }
    void set_target(std::optional<std::int64_t> iteration) { target_ = iteration; }

    void show(RunLine& into);

private:
    struct Change {
        std::int64_t iteration = 0;  // behind which
        LineSettings settings;
    };

    struct Edit {
        std::int64_t iteration = 0;  // behind which
        std::shared_ptr<const Command> command;
    };

    RunId lane_;
    std::int64_t furthest_ = 0;
    std::optional<std::int64_t> target_;
    KeptStates states_;
    std::map<RunId, std::vector<Change>> changes_;           // ascending
    std::map<RunId, std::vector<Edit>> edits_;               // likewise
    double seconds_since_state_ = 0.0;                       // of training
    double state_seconds_ = 0.0;                             // that the last one took
    std::shared_ptr<const std::vector<std::int64_t>> kept_;  // as it is shown; null: to be made
};

}  // namespace convscope
