// Gathering what a layer makes of many test pictures, with the weights of one iteration: a slice at a time, beside
// training and in spare time.
#pragma once

#include "engine/api/snapshot.h"
#include "engine/core/clock.h"
#include "engine/session/trainer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace convscope {

// On the trainer's own thread, for LossSlicer's reasons. Each question is asked anew, in turn, as long as what is there
// is not of the present iteration.
class Sampler {
public:
    explicit Sampler(std::shared_ptr<const Clock> clock) : clock_(std::move(clock)) {}

    // Nothing of the run before is left, but the questions.
    void begin_run();
    // What is under way is given up; what is shown stays.
    void abandon() { work_.reset(); }
    // By hand, at the same iteration: what is there is another network's.
    void network_changed();
    // What nobody asks for any more is let go.
    void look(const WatchSet& watched);

    // Of this iteration there is something missing.
    bool wanted(std::int64_t iteration) const;
    // A slice more. True when that completed one.
    bool advance(Trainer& trainer, std::int64_t iteration);
    // As much as its share allows beside an iteration that took so long.
    void work_beside(double training_seconds, Trainer& trainer, std::int64_t iteration);

    void show(Snapshot& into) const;

private:
    struct Answer {
        SampleQuestion question;
        std::shared_ptr<const ActivationSample> shown;
        bool outdated = false;  // it is of the network before it was changed by hand

        bool wanted(std::int64_t iteration) const { return !shown || outdated || shown->iteration != iteration; }
    };

    bool shows_all() const;

    const std::shared_ptr<const Clock> clock_;
    std::vector<Answer> answers_;  // sorted by question
    std::size_t turn_ = 0;         // which was asked last
    std::unique_ptr<SampleWork> work_;
    SampleQuestion under_way_;
    double pictures_per_second_ = 5000.0;
    double allowance_seconds_ = 0.0;
};

}  // namespace convscope
