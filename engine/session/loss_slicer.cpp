#include "engine/session/loss_slicer.h"

#include "engine/session/measuring.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr double kSliceShare = 0.04;       // of training time
constexpr double kFirstSliceShare = 0.25;  // until there is one at all

}  // namespace

template <typename Measured>
void LossSlicer::Results<Measured>::complete(const Pace& of) {
    std::shared_ptr<Measured> result = pool.acquire();
    *result = next;
    shown = std::move(result);
    pace = of;
    outdated = false;
}

void LossSlicer::begin_run() {
    abandon();
    allowance_seconds_ = seconds_ = 0.0;
    slices_.forget();
    surfaces_.forget();
}

void LossSlicer::network_changed() {
    abandon();
    slices_.outdated = surfaces_.outdated = true;
}

void LossSlicer::look(const WatchSet& watched, Trainer& trainer) {
    if (!watched.loss_surface) {
        surfaces_.forget();
        if (active_ && std::ssize(slices_.next.points) == LossSlice::kPoints) finish(trainer);
    }
    if (watched.loss_slice) return;
    slices_.forget();
    if (active_) finish(trainer);
}

LossSlicer::Pace LossSlicer::pace_of(const Trainer& trainer) {
    const LiveSettings settings = trainer.settings();
    return {settings.learning_rate, settings.momentum, settings.batch_size};
}

bool LossSlicer::wanted(const WatchSet& watched, const Trainer& trainer, std::int64_t iteration) const {
    if (!watched.loss_slice) return false;
    const Pace now = pace_of(trainer);
    return slices_.wanted(now, iteration) || (watched.loss_surface && surfaces_.wanted(now, iteration));
}

bool LossSlicer::advance(Trainer& trainer, const WatchSet& watched, std::int64_t iteration) {
    const TimePoint begin = clock_->now();
    const bool complete = step_forward(trainer, watched, iteration);
    seconds_ = seconds_between(begin, clock_->now());
    return complete;
}

// One that was begun is finished though training has gone on meanwhile: flat out there would never be one otherwise.
bool LossSlicer::step_forward(Trainer& trainer, const WatchSet& watched, std::int64_t iteration) {
    LossSlice& slice = slices_.next;
    LossSurface& surface = surfaces_.next;
    if (!active_ || pace_of(trainer) != pace_) {
        propose(trainer, iteration);
        if (active_) return false;
        slices_.complete(pace_);
        if (watched.loss_surface) surfaces_.complete(pace_);
        return true;
    }
    if (const int next = static_cast<int>(slice.points.size()); next < LossSlice::kPoints) {
        slice.points.push_back(trainer.loss_along_step(LossSlice::multiple_of(next)));
        if (next + 1 < LossSlice::kPoints) return false;
        slices_.complete(pace_);
        if (!watched.loss_surface) finish(trainer);
        return true;
    }
    const int next = static_cast<int>(surface.losses.size());
    surface.losses.push_back(trainer.loss_beside_step(LossSurface::multiple_of(next % LossSurface::kColumns),
                                                      LossSurface::aside_of(next / LossSurface::kColumns)));
    if (next + 1 < LossSurface::kColumns * LossSurface::kRows) return false;
    surfaces_.complete(pace_);
    finish(trainer);
    return true;
}

void LossSlicer::propose(Trainer& trainer, std::int64_t iteration) {
    pace_ = pace_of(trainer);
    LossSlice& slice = slices_.next;
    LossSurface& surface = surfaces_.next;
    slice.points.clear();
    surface.losses.clear();
    slice.iteration = surface.iteration = iteration;
    const std::optional<StepAhead> step = trainer.propose_step();
    active_ = step.has_value();
    if (!active_) return;
    slice.learning_rate = surface.learning_rate = step->learning_rate;
    slice.batch_count = surface.batch_count = step->batch_count;
    slice.held_out_count = step->held_out_count;
}

void LossSlicer::finish(Trainer& trainer) {
    trainer.forget_step();
    active_ = false;
}

void LossSlicer::work_beside(double training_seconds, Trainer& trainer, const WatchSet& watched,
                             std::int64_t iteration) {
    if (!wanted(watched, trainer, iteration)) return;
    allowance_seconds_ += training_seconds * (slices_.shown ? kSliceShare : kFirstSliceShare);
    while (allowance_seconds_ >= Measuring::kSliceSeconds && wanted(watched, trainer, iteration)) {
        advance(trainer, watched, iteration);
        allowance_seconds_ -= std::max(seconds_, 1e-6);
    }
    allowance_seconds_ = std::min(allowance_seconds_, Measuring::kSliceSeconds);
}

}  // namespace convscope
