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
    // What nobody looks at any more is let go.
    void look(const WatchSet& watched, Trainer& trainer);

    // Of the step that comes behind that iteration there is none yet.
    bool wanted(const WatchSet& watched, const Trainer& trainer, std::int64_t iteration) const;
    // A point more of the one under way, first along the step, then, if that is watched, beside it; or the step is
    // worked out of a new one. True when that completed a slice or a surface.
    bool advance(Trainer& trainer, const WatchSet& watched, std::int64_t iteration);
    // How long the next advance() will take, as far as one can tell.
    double seconds() const { return seconds_; }
    // As much as its share allows beside an iteration that took so long.
    void work_beside(double training_seconds, Trainer& trainer, const WatchSet& watched, std::int64_t iteration);

    void show(Snapshot& into) const {
        into.loss_slice = slices_.shown;
        into.loss_surface = surfaces_.shown;
    }

private:
    // What a step depends on, besides the weights.
    struct Pace {
        double learning_rate = 0.0;
        double momentum = 0.0;
        std::int64_t batch_size = 0;
        bool operator==(const Pace&) const = default;
    };
    static Pace pace_of(const Trainer& trainer);

    // Slices, or surfaces.
    template <typename Measured>
    struct Results {
        Measured next;  // under way
        std::shared_ptr<const Measured> shown;
        Pace pace;              // of the one shown
        bool outdated = false;  // it is of the network before it was changed by hand
        ObjectPool<Measured> pool;

        bool wanted(const Pace& now, std::int64_t iteration) const {
            return !shown || outdated || shown->iteration != iteration || pace != now;
        }
        void complete(const Pace& of);
        void forget() {
            shown.reset();
            outdated = false;
        }
    };

    bool step_forward(Trainer& trainer, const WatchSet& watched, std::int64_t iteration);
    void propose(Trainer& trainer, std::int64_t iteration);
    void finish(Trainer& trainer);

    const std::shared_ptr<const Clock> clock_;
    bool active_ = false;
    Pace pace_;  // of what is under way
    Results<LossSlice> slices_;
    Results<LossSurface> surfaces_;
    double allowance_seconds_ = 0.0;
    double seconds_ = 0.0;
};

}  // namespace convscope
