// What is counted of a run's predictions: the evaluation at fixed weights, the test set's matrix that is renewed beside
// training while somebody looks at it, the rolling one over training's minibatches.
#pragma once

#include "engine/api/run_info.h"
#include "engine/api/snapshot.h"
#include "engine/core/clock.h"
#include "engine/core/object_pool.h"
#include "engine/session/sweep.h"

#include <cstdint>
#include <memory>

namespace convscope {

class Measuring {
public:
    static constexpr double kSliceSeconds = 0.003;  // of work between two looks into the mailbox

    explicit Measuring(std::shared_ptr<const Clock> clock) : clock_(std::move(clock)) {}

    // Nothing of the run before is left.
    void begin_run(const RunInfo& run);
    // The run goes to another place: what was counted of its minibatches does not lie behind that.
    void leave();
    // What is under way is given up: the trainer has failed.
    void abandon();
    // By hand, at the same iteration: what was swept of it is of another network.
    void network_changed();

    // The weights must stay as they are until evaluate() says that it is complete; of no test pictures it is at once.
    void begin_evaluation(bool ends_epoch, std::int64_t iteration, const WatchSet& watched);
    bool evaluating() const { return evaluation_.active(); }
    bool ends_epoch() const { return evaluation_ends_epoch_; }  // the evaluation begun last
    void evaluate_slice(Trainer& trainer);
    // The evaluation is complete: its matrix is what is shown; it is still there to be asked for its loss and accuracy.
    const Sweep& finish_evaluation();

    // True until all of the test set, which is watched, was classified with the weights of that iteration.
    bool wants_sweep(const WatchSet& watched, std::int64_t iteration) const;
    bool sweeping() const { return sweep_.active(); }
    // A slice more of the one under way; or a new one begins, with the weights as they are, of that iteration.
    void sweep_slice(Trainer& trainer, const WatchSet& watched, std::int64_t iteration);
    // As much of it as its share allows beside an iteration that took so long.
    void sweep_beside(double training_seconds, Trainer& trainer, const WatchSet& watched, std::int64_t iteration);
    // Half a sweep of old weights would be kept for later.
    void stop_sweep() { sweep_.abandon(); }

    void add(const IterationOutcome& outcome, std::int64_t iteration) { batch_confusion_.add(outcome, iteration); }
    void show(const WatchSet& watched, Snapshot& into);

private:
    void keep(const Sweep& sweep);
    // What is watched lacks it, and it can be had.
    bool lacks_probabilities(const WatchSet& watched, bool has) const;

    const std::shared_ptr<const Clock> clock_;
    std::int64_t test_count_ = 0;
    int class_count_ = 0;  // 0: there is no run yet
    Sweep sweep_;          // renewed continuously while watched
    Sweep evaluation_;     // at the end of an epoch or when asked for, at fixed weights
    bool evaluation_ends_epoch_ = true;
    double sweep_allowance_seconds_ = 0.0;
    double sweep_pictures_per_second_ = 10000.0;
    std::shared_ptr<const CountedConfusion> test_confusion_;
    bool outdated_ = false;  // which is of the network before it was changed by hand
    RollingConfusion batch_confusion_{2000};
    ObjectPool<CountedConfusion> swept_pool_;  // apart, as those of a sweep have room for every picture
    ObjectPool<CountedConfusion> rolling_pool_;
};

}  // namespace convscope
