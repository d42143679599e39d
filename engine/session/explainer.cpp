#include "engine/session/explainer.h"

#include "engine/session/measuring.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr double kExplainingShare = 0.04;       // of training time
constexpr double kFirstExplainingShare = 0.25;  // until each question has an answer at all

}  // namespace

void Explainer::begin_run() {
    abandon();
    allowance_seconds_ = seconds_ = 0.0;
    for (Answer& answer : answers_) answer = {answer.question, nullptr, false};
}

void Explainer::network_changed() {
    abandon();
    for (Answer& answer : answers_) answer.outdated = true;
}

void Explainer::look(const WatchSet& watched) {
    std::erase_if(answers_, [&](const Answer& answer) {
        return !std::binary_search(watched.explanations.begin(), watched.explanations.end(), answer.question);
    });
    for (const ExplanationQuestion& question : watched.explanations) {
        const auto place = std::lower_bound(
            answers_.begin(), answers_.end(), question,
            [](const Answer& answer, const ExplanationQuestion& other) { return answer.question < other; });
        if (place == answers_.end() || place->question != question) answers_.insert(place, {question, nullptr, false});
    }
    if (work_ && !std::binary_search(watched.explanations.begin(), watched.explanations.end(), under_way_)) abandon();
}

bool Explainer::wanted(std::int64_t iteration, const ProbeSource& probe) const {
    return std::any_of(answers_.begin(), answers_.end(),
                       [&](const Answer& answer) { return answer.wanted(iteration, probe); });
}

bool Explainer::shows_all() const {
    return std::all_of(answers_.begin(), answers_.end(), [](const Answer& answer) { return answer.shown != nullptr; });
}

bool Explainer::advance(Trainer& trainer, std::int64_t iteration, const ProbeSource& probe) {
    const TimePoint begin = clock_->now();
    const bool complete = step_forward(trainer, iteration, probe);
    seconds_ = seconds_between(begin, clock_->now());
    return complete;
}

Explainer::Answer* Explainer::next(bool at_once, std::int64_t iteration, const ProbeSource& probe) {
    const auto age = [](const Answer& answer) { return answer.shown ? answer.shown->iteration : -1; };
    Answer* oldest = nullptr;
    for (std::size_t i = 1; i <= answers_.size(); ++i) {
        Answer& answer = answers_[(turn_ + i) % answers_.size()];
        if (answer.at_once() != at_once || !answer.wanted(iteration, probe)) continue;
        if (oldest == nullptr || age(answer) < age(*oldest)) oldest = &answer;
    }
    if (oldest != nullptr) turn_ = static_cast<std::size_t>(oldest - answers_.data());
    return oldest;
}

void Explainer::complete(Answer& answer, ExplanationWork& work) {
    answer.shown = work.answer();
    answer.outdated = false;
}

// One that was begun is finished though training has gone on meanwhile, as of a LossSlice; of another picture it is
// not.
bool Explainer::step_forward(Trainer& trainer, std::int64_t iteration, const ProbeSource& probe) {
    if (work_ && under_way_of_ != probe) abandon();
    if (!at_once_)
        if (Answer* answer = next(/*at_once=*/true, iteration, probe)) {
            at_once_ = true;
            const std::unique_ptr<ExplanationWork> work = trainer.explain(answer->question, probe, iteration);
            while (!work->advance()) {
            }
            complete(*answer, *work);
            return true;
        }
    at_once_ = false;
    if (!work_) {
        const Answer* answer = next(/*at_once=*/false, iteration, probe);
        if (answer == nullptr) return false;
        under_way_ = answer->question;
        under_way_of_ = probe;
        work_ = trainer.explain(answer->question, probe, iteration);
        return false;
    }
    if (!work_->advance()) return false;
    for (Answer& answer : answers_)
        if (answer.question == under_way_) complete(answer, *work_);
    work_.reset();
    return true;
}

void Explainer::work_beside(double training_seconds, Trainer& trainer, std::int64_t iteration,
                            const ProbeSource& probe) {
    if (!wanted(iteration, probe)) return;
    allowance_seconds_ += training_seconds * (shows_all() ? kExplainingShare : kFirstExplainingShare);
    while (allowance_seconds_ >= Measuring::kSliceSeconds && wanted(iteration, probe)) {
        advance(trainer, iteration, probe);
        allowance_seconds_ -= std::max(seconds_, 1e-6);
    }
    allowance_seconds_ = std::min(allowance_seconds_, Measuring::kSliceSeconds);
}

void Explainer::show(Snapshot& into) const {
    into.explanations.clear();
    for (const Answer& answer : answers_)
        if (answer.shown) into.explanations.push_back(answer.shown);
}

}  // namespace convscope
