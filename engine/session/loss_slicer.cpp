#include "engine/session/loss_slicer.h"

#include "engine/session/measuring.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr double kSliceShare = 0.04;       // of training time
constexpr double kFirstSliceShare = 0.25;  // until there is one at all

}  // namespace

void LossSlicer::begin_run() {
    abandon();
    allowance_seconds_ = seconds_ = 0.0;
    shown_.reset();
    outdated_ = false;
}

void LossSlicer::network_changed() {
    abandon();
    outdated_ = true;
}

void LossSlicer::stop(Trainer& trainer) {
    if (std::exchange(active_, false)) trainer.forget_step();
    shown_.reset();
}

LossSlicer::Pace LossSlicer::pace_of(const Trainer& trainer) {
    const LiveSettings settings = trainer.settings();
    return {settings.learning_rate, settings.momentum, settings.batch_size};
}

bool LossSlicer::wanted(const WatchSet& watched, const Trainer& trainer, std::int64_t iteration) const {
    if (!watched.loss_slice) return false;
    return !shown_ || outdated_ || shown_->iteration != iteration || shown_pace_ != pace_of(trainer);
}

bool LossSlicer::advance(Trainer& trainer, std::int64_t iteration) {
    const TimePoint begin = clock_->now();
    const bool complete = step_forward(trainer, iteration);
    seconds_ = seconds_between(begin, clock_->now());
    return complete;
}

// One that was begun is finished though training has gone on meanwhile: flat out there would never be one otherwise.
bool LossSlicer::step_forward(Trainer& trainer, std::int64_t iteration) {
    const Pace pace = pace_of(trainer);
    if (!active_ || pace != pace_) {
        const std::optional<StepAhead> step = trainer.propose_step();
        slice_.iteration = iteration;
        slice_.points.clear();
        pace_ = pace;
        active_ = step.has_value();
        if (active_) {
            slice_.learning_rate = step->learning_rate;
            slice_.batch_count = step->batch_count;
            slice_.held_out_count = step->held_out_count;
            return false;
        }
    } else {
        const int next = static_cast<int>(slice_.points.size());
        slice_.points.push_back(trainer.loss_along_step(LossSlice::multiple_of(next)));
        if (next + 1 < LossSlice::kPoints) return false;
        trainer.forget_step();
        active_ = false;
    }
    std::shared_ptr<LossSlice> complete = pool_.acquire();
    *complete = slice_;
    shown_ = std::move(complete);
    shown_pace_ = pace_;
    outdated_ = false;
    return true;
}

void LossSlicer::work_beside(double training_seconds, Trainer& trainer, const WatchSet& watched,
                             std::int64_t iteration) {
    if (!wanted(watched, trainer, iteration)) return;
    allowance_seconds_ += training_seconds * (shown_ ? kSliceShare : kFirstSliceShare);
    while (allowance_seconds_ >= Measuring::kSliceSeconds && wanted(watched, trainer, iteration)) {
        advance(trainer, iteration);
        allowance_seconds_ -= std::max(seconds_, 1e-6);
    }
    allowance_seconds_ = std::min(allowance_seconds_, Measuring::kSliceSeconds);
}

}  // namespace convscope
