// Measuring the loss along the step that comes, a point at a time, beside training and in spare time.
#pragma once

#include "engine/api/snapshot.h"
#include "engine/core/clock.h"
#include "engine/core/object_pool.h"
#include "engine/session/trainer.h"

#include <cstdint>
#include <memory>

namespace convscope {

// On the trainer's own thread, not on a worker: two threads that compute take each other's processors, whose threads
// spin (thread_settings.h), whereas a point here takes no longer than an iteration, is computed with the run's own
// threads, to the bit, and comes where it is known what it costs.
class LossSlicer {
public:
    explicit LossSlicer(std::shared_ptr<const Clock> clock) : clock_(std::move(clock)) {}

    // Nothing of the run before is left.
    void begin_run();
    // What is under way is given up; what is shown stays.
    void abandon() { active_ = false; }
    // By hand, at the same iteration: the step would be another.
    void network_changed();
    // Nobody looks any more.
    void stop(Trainer& trainer);

    // Of the step that comes behind that iteration there is none yet.
    bool wanted(const WatchSet& watched, const Trainer& trainer, std::int64_t iteration) const;
    // A point more of the one under way; or the step is worked out of a new one. True when that completed one.
    bool advance(Trainer& trainer, std::int64_t iteration);
    // How long the next advance() will take, as far as one can tell.
    double seconds() const { return seconds_; }
    // As much as its share allows beside an iteration that took so long.
    void work_beside(double training_seconds, Trainer& trainer, const WatchSet& watched, std::int64_t iteration);

    void show(Snapshot& into) const { into.loss_slice = shown_; }

private:
    // What a step depends on, besides the weights.
    struct Pace {
        double learning_rate = 0.0;
        double momentum = 0.0;
        std::int64_t batch_size = 0;
        bool operator==(const Pace&) const = default;
    };
    static Pace pace_of(const Trainer& trainer);
    bool step_forward(Trainer& trainer, std::int64_t iteration);

    const std::shared_ptr<const Clock> clock_;
    bool active_ = false;
    LossSlice slice_;  // under way
    Pace pace_;        // of it
    std::shared_ptr<const LossSlice> shown_;
    Pace shown_pace_;
    bool outdated_ = false;  // what is shown is of the network before it was changed by hand
    double allowance_seconds_ = 0.0;
    double seconds_ = 0.0;
    ObjectPool<LossSlice> pool_;
};

}  // namespace convscope
