// At what a run pauses by itself: the list, and whether what an iteration or a measurement has made of the run is one
// of it. A condition counts where it comes to hold, not for as long as it does, so that whoever goes on comes past it.
#pragma once

#include "engine/api/breakpoint.h"
#include "engine/api/observation.h"
#include "engine/api/run_info.h"
#include "engine/api/snapshot.h"
#include "engine/session/trainer.h"
#include "engine/state/run_progress.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace convscope {

// Numbers and what is measured for them; whether the run pauses is its driver's. What nobody has a breakpoint for is
// not measured. What is asked of an iteration is that of the furthest one alone.
class Breakpoints {
public:
    explicit Breakpoints(std::vector<Breakpoint> list);

    // A sentence for each one that is on and that the present run, if there is one, can never come to; an Error where
    // one of the list cannot be written, which leaves the list as it was.
    Result<std::vector<std::string>> set(std::vector<Breakpoint> list);

    // Another run, or the same in another lane: what holds there already does not come to hold.
    void begin_run(std::shared_ptr<const RunInfo> run, const RunProgress& progress);
    // Before an iteration that is trained for the first time: what the latest one has left is measured, unless it is.
    void before_iteration(Trainer& trainer, std::int64_t iteration, const ProbeSource& probe);

    // What the minibatch of an iteration that is done was taken for.
    void add(std::span<const int> predicted);
    // Those that have come to hold; until the next call of one of these.
    using Hits = std::span<const BreakpointHit>;
    Hits after_iteration(Trainer& trainer, const IterationMetrics& metrics, const ProbeSource& probe);
    Hits after_measurement(const EvaluationMetrics& measured);
    Hits after_epoch(std::int64_t epoch, std::int64_t iteration);

    // The run was paused by this one, unless by one before it; or goes on.
    void paused_by(const BreakpointHit& hit) {
        if (!paused_by_) paused_by_ = std::make_shared<const BreakpointHit>(hit);
    }
    void goes_on() { paused_by_.reset(); }
    void show(Snapshot& into) const;

private:
    // What was known last.
    struct Known {
        std::optional<double> loss;
        std::optional<double> accuracy;
        std::optional<double> test_loss;
        std::optional<double> test_accuracy;
    };
    struct Watched {
        std::vector<LayerId> layers = {};  // of a gradient's norm
        std::optional<double> norm = std::nullopt;
        std::optional<int> label = std::nullopt;  // FirstPrediction's
    };
    void find_places();
    bool measures() const { return dead_units_ || probe_ || !gradients_.tensors.empty(); }
    void measure(Trainer& trainer, std::int64_t iteration, const ProbeSource& probe);
    double norm_of(const Watched& watched) const;
    void compare(std::size_t index, const std::optional<double>& before, double now, std::int64_t iteration);
    void compare_norm(std::size_t index, std::int64_t iteration);
    void find_dead_unit(const Breakpoint& breakpoint, std::int64_t iteration);
    void compare_probe(const Breakpoint& breakpoint, std::int64_t iteration);
    BreakpointHit& hit(const Breakpoint& breakpoint, std::int64_t iteration, const std::string& what);

    std::shared_ptr<const std::vector<Breakpoint>> list_;
    std::vector<Watched> watched_;  // one for each of the list
    std::shared_ptr<const RunInfo> run_;
    std::shared_ptr<const BreakpointHit> paused_by_;
    Known known_;
    std::vector<bool> seen_classes_;  // that were predicted,
    std::vector<int> new_classes_;    // for the first time by the latest iteration
    bool goes_on_ = false;            // the run, from where nobody knows what was predicted before
    bool measured_ = false;           // what there is a breakpoint for, of the latest iteration
    bool dead_units_ = false;         // what that is
    bool probe_ = false;
    WatchSet gradients_;
    Observation now_;     // measured last,
    Observation before_;  // and before that
    std::vector<BreakpointHit> hits_;
};

}  // namespace convscope
