// What somebody looks at: captures, the test set's sweep beside training, the search for a mistake.
#include "engine/session/training_session.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr double kStatisticsInterval = 0.25;  // seconds between measurements of every layer's statistics flat out
constexpr double kUnhurriedPace = 30.0;       // iterations per second, up to which each one is captured whole
constexpr double kCaptureShare = 0.04;        // of time, that captures may take while training flat out
constexpr double kSweepShare = 0.05;          // of training time, for renewing the test confusion matrix
constexpr double kFirstSweepShare = 0.25;     // until there is one at all
constexpr double kSliceSeconds = 0.003;       // of work between two looks into the mailbox
constexpr std::int64_t kSmallestSlice = 16;   // pictures of a sweep, below which a batch is not worth its overhead
constexpr std::int64_t kSeekSlice = 64;

}  // namespace

// Work for the time in which no iteration is due; true when there was some.
bool TrainingSession::spare_time_work() {
    if (state_ == SessionState::Failed) return false;
    const bool seeking = seek_left_ > 0;
    if (seeking) seek_slice();
    const bool captured = captures_wanted();
    if (captured) capture();
    if (seeking || captured) {
        publish();
        return true;
    }
    if (!sweep_wanted()) return false;
    if (state_ == SessionState::Running && seconds_between(now(), next_due_) < kSliceSeconds) return false;
    sweep_slice();
    if (!sweep_.active() || progress_due()) publish();
    return true;
}

// Renewal of the test confusion matrix while iterations follow each other.
void TrainingSession::sweep_beside_training(double training_seconds) {
    if (!sweep_wanted() || evaluation_.active()) return;
    sweep_allowance_seconds_ += training_seconds * (test_confusion_ ? kSweepShare : kFirstSweepShare);
    while (sweep_allowance_seconds_ >= kSliceSeconds && sweep_wanted()) {
        const TimePoint begin = now();
        sweep_slice();
        sweep_allowance_seconds_ -= seconds_between(begin, now());
    }
    sweep_allowance_seconds_ = std::min(sweep_allowance_seconds_, kSliceSeconds);
}

void TrainingSession::sweep_slice() {
    const TimePoint begin = now();
    if (!sweep_.active())
        sweep_.begin(run_info_->data.test_count, static_cast<int>(run_info_->recipe.class_count), progress_.iteration);
    const auto slice = std::clamp(static_cast<std::int64_t>(sweep_pictures_per_second_ * kSliceSeconds), kSmallestSlice,
                                  Sweep::kLargestSlice);
    const std::int64_t done = sweep_.advance(*trainer_, slice, progress_.iteration);
    if (!sweep_.active()) keep_test_confusion(sweep_.confusion());
    sweep_pictures_per_second_ = static_cast<double>(done) / std::max(seconds_between(begin, now()), 1e-6);
}

// True until all of the test set was classified with the present weights.
bool TrainingSession::sweep_wanted() const {
    const bool fresh = test_confusion_ && test_confusion_->first_iteration == progress_.iteration;
    return watch_.test_confusion && !fresh && picture_count(Split::Test) > 0;
}

void TrainingSession::keep_test_confusion(const CountedConfusion& confusion) {
    std::shared_ptr<CountedConfusion> kept = confusion_pool_.acquire();
    *kept = confusion;
    test_confusion_ = std::move(kept);
}

// Looks at some more test pictures for one that the present weights get wrong.
void TrainingSession::seek_slice() {
    const std::int64_t count = picture_count(Split::Test);
    // The slice lies at or after seek_next_ going up, at or before it going down, and does not wrap.
    const std::int64_t room = seek_direction_ > 0 ? count - seek_next_ : seek_next_ + 1;
    const std::int64_t slice = std::min({kSeekSlice, seek_left_, room});
    const std::int64_t first = seek_direction_ > 0 ? seek_next_ : seek_next_ - slice + 1;
    seek_predicted_.resize(static_cast<std::size_t>(slice));
    trainer_->classify(Split::Test, first, seek_predicted_);
    for (std::int64_t i = 0; i < slice; ++i) {
        const std::int64_t index = seek_next_ + i * seek_direction_;
        if (seek_predicted_[static_cast<std::size_t>(index - first)] != trainer_->label(Split::Test, index))
            return set_probe(Split::Test, index);
    }
    seek_next_ = (seek_next_ + slice * seek_direction_ + count) % count;
    seek_left_ -= slice;
    if (seek_left_ > 0) return;
    end_seek();
    notify(event::Notice::Severity::Info, "The network gets every test picture right");
}

void TrainingSession::end_seek() {
    seek_left_ = 0;
    shown_.probe.seeking = false;
}

std::int64_t TrainingSession::picture_count(Split split) const {
    return split == Split::Train ? run_info_->data.train_count : run_info_->data.test_count;
}

// True when whoever looks has the time to see every iteration: then everything shown is of the one iteration.
bool TrainingSession::unhurried() const {
    return state_ != SessionState::Running || steps_left_ > 0 ||
           (iterations_per_second_ > 0.0 && iterations_per_second_ <= kUnhurriedPace);
}

bool TrainingSession::statistics_due() const {
    if (!watch_.layer_statistics || statistics_iteration_ == progress_.iteration) return false;
    return statistics_iteration_ < 0 || unhurried() ||
           seconds_between(statistics_measured_, now()) > kStatisticsInterval;
}

bool TrainingSession::looked_at() const { return !watch_.tensors.empty() || watch_.probe || watch_.layer_statistics; }

// Flat out the reader sets the measure: nothing is captured that it has no time to fetch. What takes long to capture (a
// million weights) is captured less often, so that watching costs training no more than its share whatever is watched.
bool TrainingSession::captures_wanted() const {
    if (!looked_at() || state_ == SessionState::Failed) return false;
    if (captured_iteration_ == progress_.iteration && !statistics_due()) return false;
    return captured_iteration_ < 0 || watch_.every_iteration || unhurried() ||
           (slot_.taken() && seconds_between(captured_, now()) >= capture_seconds_ / kCaptureShare);
}

void TrainingSession::capture() {
    const TimePoint begin = now();
    const bool statistics = phase_ == Phase::None && statistics_due();
    // Aside, so that what is shown stays whole if the trainer throws half-way.
    capturing_.probe = shown_.probe;
    capturing_.layer_statistics = shown_.layer_statistics;
    trainer_->capture(CaptureRequest{watch_, statistics, progress_.iteration}, capturing_);
    std::swap(shown_, capturing_);
    capturing_.captures.clear();
    captured_iteration_ = progress_.iteration;
    if (statistics) {
        statistics_iteration_ = progress_.iteration;
        statistics_measured_ = begin;
    }
    captured_ = now();
    capture_seconds_ = seconds_between(begin, captured_);
    cost_.capture_microseconds = capture_seconds_ * 1e6;
    cost_.captured_bytes = 0;
    for (const auto& capture : shown_.captures)
        cost_.captured_bytes += static_cast<std::int64_t>(capture->values.size() * sizeof(float));
}

}  // namespace convscope
