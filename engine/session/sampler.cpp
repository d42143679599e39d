#include "engine/session/sampler.h"

#include "engine/session/measuring.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr double kSamplingShare = 0.05;                          // of training time
constexpr double kFirstSamplingShare = 0.25;                     // until there is one at all
constexpr std::int64_t kLeastPictures = 8, kMostPictures = 500;  // of a slice

}  // namespace

void Sampler::begin_run() {
    abandon();
    allowance_seconds_ = 0.0;
    for (Answer& answer : answers_) answer = {answer.question, nullptr, false};
}

void Sampler::network_changed() {
    abandon();
    for (Answer& answer : answers_) answer.outdated = true;
}

void Sampler::look(const WatchSet& watched) {
    std::vector<Answer> asked;
    for (const SampleQuestion& question : watched.samples) {
        const auto known = std::find_if(answers_.begin(), answers_.end(),
                                        [&](const Answer& answer) { return answer.question == question; });
        asked.push_back(known != answers_.end() ? std::move(*known) : Answer{question, nullptr, false});
    }
    answers_ = std::move(asked);
    if (work_ && !std::binary_search(watched.samples.begin(), watched.samples.end(), under_way_)) abandon();
}

bool Sampler::wanted(std::int64_t iteration) const {
    return std::any_of(answers_.begin(), answers_.end(),
                       [&](const Answer& answer) { return answer.wanted(iteration); });
}

bool Sampler::shows_all() const {
    return std::all_of(answers_.begin(), answers_.end(), [](const Answer& answer) { return answer.shown != nullptr; });
}

// One that was begun is finished though training has gone on meanwhile, as of a LossSlice.
bool Sampler::advance(Trainer& trainer, std::int64_t iteration) {
    if (!work_) {
        for (std::size_t i = 1; i <= answers_.size() && !work_; ++i) {
            const std::size_t place = (turn_ + i) % answers_.size();
            if (!answers_[place].wanted(iteration)) continue;
            turn_ = place;
            under_way_ = answers_[place].question;
            work_ = trainer.sample(under_way_, iteration);
        }
        if (!work_) return false;
    }
    const auto slice = std::clamp(static_cast<std::int64_t>(pictures_per_second_ * Measuring::kSliceSeconds),
                                  kLeastPictures, kMostPictures);
    const TimePoint begin = clock_->now();
    const std::int64_t done = work_->advance(slice);
    if (done > 0)
        pictures_per_second_ = static_cast<double>(done) / std::max(seconds_between(begin, clock_->now()), 1e-6);
    if (work_->progress() < 1.0) return false;
    for (Answer& answer : answers_)
        if (answer.question == under_way_) {
            answer.shown = work_->sample();
            answer.outdated = false;
        }
    work_.reset();
    return true;
}

void Sampler::work_beside(double training_seconds, Trainer& trainer, std::int64_t iteration) {
    if (!wanted(iteration)) return;
    allowance_seconds_ += training_seconds * (shows_all() ? kSamplingShare : kFirstSamplingShare);
    while (allowance_seconds_ >= Measuring::kSliceSeconds && wanted(iteration)) {
        const TimePoint begin = clock_->now();
        advance(trainer, iteration);
        allowance_seconds_ -= std::max(seconds_between(begin, clock_->now()), 1e-6);
    }
    allowance_seconds_ = std::min(allowance_seconds_, Measuring::kSliceSeconds);
}

void Sampler::show(Snapshot& into) const {
    into.samples.clear();
    for (const Answer& answer : answers_)
        if (answer.shown) into.samples.push_back(answer.shown);
    into.sample_progress = work_ ? work_->progress() : 0.0;
}

}  // namespace convscope
