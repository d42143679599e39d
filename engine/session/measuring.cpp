#include "engine/session/measuring.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr std::int64_t kEvaluationSlice = 500;  // fixed, not timed: sums of floats depend on it
constexpr double kSweepShare = 0.05;            // of training time, for renewing the test confusion matrix
constexpr double kFirstSweepShare = 0.25;       // until there is one at all
constexpr std::int64_t kSmallestSlice = 16;     // pictures of a sweep, below which a batch is not worth its overhead

}  // namespace

void Measuring::begin_run(const RunInfo& run) {
    abandon();
    test_count_ = run.data.test_count;
    class_count_ = static_cast<int>(run.recipe.class_count);
    sweep_allowance_seconds_ = 0.0;
    test_confusion_.reset();
    batch_confusion_.clear(class_count_);
}

void Measuring::leave() {
    abandon();
    batch_confusion_.clear(class_count_);
}

void Measuring::abandon() {
    sweep_.abandon();
    evaluation_.abandon();
}

void Measuring::network_changed() {
    sweep_.abandon();
    outdated_ = true;
}

void Measuring::begin_evaluation(bool ends_epoch, std::int64_t iteration, const WatchSet& watched) {
    evaluation_ends_epoch_ = ends_epoch;
    evaluation_.begin(test_count_, class_count_, iteration, Weights::Present, swept_pool_.acquire(),
                      watched.test_probabilities);
}

void Measuring::evaluate_slice(Trainer& trainer) { evaluation_.advance(trainer, kEvaluationSlice); }

const Sweep& Measuring::finish_evaluation() {
    sweep_.abandon();  // it could only bring something older
    keep(evaluation_);
    return evaluation_;
}

bool Measuring::wants_sweep(const WatchSet& watched, std::int64_t iteration) const {
    const bool fresh = test_confusion_ && !outdated_ && test_confusion_->first_iteration == iteration &&
                       !lacks_probabilities(watched, !test_confusion_->probabilities.empty());
    return watched.test_confusion && !fresh && test_count_ > 0;
}

bool Measuring::lacks_probabilities(const WatchSet& watched, bool has) const {
    return watched.test_probabilities && !has && CountedConfusion::can_keep_probabilities(test_count_, class_count_);
}

void Measuring::sweep_slice(Trainer& trainer, const WatchSet& watched, std::int64_t iteration) {
    const TimePoint begin = clock_->now();
    if (lacks_probabilities(watched, sweep_.keeps_probabilities())) sweep_.abandon();
    if (!sweep_.active()) {  // the weights move on meanwhile; a matrix is of one iteration
        trainer.hold_weights();
        sweep_.begin(test_count_, class_count_, iteration, Weights::Held, swept_pool_.acquire(),
                     watched.test_probabilities);
    }
    const auto slice = std::clamp(static_cast<std::int64_t>(sweep_pictures_per_second_ * kSliceSeconds), kSmallestSlice,
                                  Sweep::kLargestSlice);
    const std::int64_t done = sweep_.advance(trainer, slice);
    if (!sweep_.active()) keep(sweep_);
    sweep_pictures_per_second_ = static_cast<double>(done) / std::max(seconds_between(begin, clock_->now()), 1e-6);
}

void Measuring::sweep_beside(double training_seconds, Trainer& trainer, const WatchSet& watched,
                             std::int64_t iteration) {
    if (!wants_sweep(watched, iteration) || evaluating()) return;
    sweep_allowance_seconds_ += training_seconds * (test_confusion_ ? kSweepShare : kFirstSweepShare);
    while (sweep_allowance_seconds_ >= kSliceSeconds && wants_sweep(watched, iteration)) {
        const TimePoint begin = clock_->now();
        sweep_slice(trainer, watched, iteration);
        sweep_allowance_seconds_ -= seconds_between(begin, clock_->now());
    }
    sweep_allowance_seconds_ = std::min(sweep_allowance_seconds_, kSliceSeconds);
}

void Measuring::show(const WatchSet& watched, Snapshot& into) {
    into.evaluating = evaluating();
    into.test_confusion = test_confusion_;
    const Sweep& sweep = evaluating() ? evaluation_ : sweep_;
    into.sweep_progress = sweep.active() ? sweep.progress() : 0.0;
    if (class_count_ == 0 || !watched.batch_confusion) return;
    std::shared_ptr<CountedConfusion> rolling = rolling_pool_.acquire();
    *rolling = batch_confusion_.confusion();
    into.batch_confusion = std::move(rolling);
}

void Measuring::keep(const Sweep& sweep) {
    test_confusion_ = sweep.shared_confusion();
    outdated_ = false;
}

}  // namespace convscope
