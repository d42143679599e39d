#include "engine/session/jobs.h"

#include "engine/session/measuring.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr double kJobShare = 0.08;  // of training time, from the first answer on: a long job is no reason to train less

std::shared_ptr<JobAnswer> answer_to(const JobQuestion& question, const Jobs::Place& at) {
    auto answer = std::make_shared<JobAnswer>();
    answer->question = question;
    answer->run = at.run;
    answer->iteration = at.iteration;
    return answer;
}

}  // namespace

void Jobs::Asked::give_up() {
    work.reset();
    so_far.reset();
}

void Jobs::begin_run() {
    abandon();
    allowance_seconds_ = seconds_ = 0.0;
    known_.clear();
    for (Asked& asked : asked_) {
        asked.shown.reset();
        asked.outdated = false;
    }
}

void Jobs::abandon() {
    for (Asked& asked : asked_) asked.give_up();
}

void Jobs::network_changed() {
    abandon();
    known_.clear();
    for (Asked& asked : asked_) asked.outdated = true;
}

void Jobs::look(const WatchSet& watched) {
    std::erase_if(asked_, [&](const Asked& asked) {
        return !std::binary_search(watched.jobs.begin(), watched.jobs.end(), asked.question);
    });
    for (const JobQuestion& question : watched.jobs) {
        const auto place =
            std::lower_bound(asked_.begin(), asked_.end(), question,
                             [](const Asked& asked, const JobQuestion& other) { return asked.question < other; });
        if (place != asked_.end() && place->question == question) continue;
        Asked& asked = *asked_.insert(place, Asked{question, ++arrivals_});
        // The last answer that is known of it: better an old one, which says so, than none.
        for (const auto& answer : known_)
            if (answer->question == question) asked.shown = answer;
    }
}

bool Jobs::wanted(const Place& at) const {
    return std::any_of(asked_.begin(), asked_.end(), [&](const Asked& asked) { return asked.wanted(at); });
}

Jobs::Asked* Jobs::next(const Place& at) {
    const auto before = [](const Asked& one, const Asked& other) {
        if (!one.shown != !other.shown) return !one.shown;  // who has none comes before who has one
        if (!one.shown) return one.arrival > other.arrival;
        if (!one.work != !other.work) return one.work != nullptr;
        return one.shown->iteration < other.shown->iteration;
    };
    Asked* first = nullptr;
    for (Asked& asked : asked_)
        if (asked.wanted(at) && (first == nullptr || before(asked, *first))) first = &asked;
    return first;
}

bool Jobs::remember(Asked& asked, const Place& at) {
    const auto found = std::find_if(known_.begin(), known_.end(), [&](const auto& answer) {
        return answer->iteration == at.iteration && answer->run == at.run && answer->question == asked.question;
    });
    if (found == known_.end()) return false;
    asked.shown = *found;
    asked.give_up();
    return true;
}

void Jobs::complete(Asked& asked, std::shared_ptr<const JobAnswer> answer) {
    asked.give_up();
    asked.outdated = false;
    asked.shown = answer;
    known_.push_back(std::move(answer));
    if (known_.size() > kKept) known_.pop_front();
}

bool Jobs::advance(const Place& at) {
    const TimePoint begin = clock_->now();
    const bool complete = step_forward(at);
    seconds_ = seconds_between(begin, clock_->now());
    return complete;
}

bool Jobs::step_forward(const Place& at) {
    Asked* asked = next(at);
    if (asked == nullptr) return false;
    if (!asked->outdated && remember(*asked, at)) return true;
    if (!asked->work) {
        Result<std::unique_ptr<JobWork>> work = begin_(asked->question);
        if (!work.ok()) {
            std::shared_ptr<JobAnswer> answer = answer_to(asked->question, at);
            answer->problem = work.error().message;
            complete(*asked, std::move(answer));
            return true;
        }
        asked->work = std::move(work).value();
        asked->under_way = at;
        return false;
    }
    const bool done = asked->work->advance();
    JobResult result = done ? asked->work->result() : asked->work->so_far();
    if (!done && std::holds_alternative<std::monostate>(result)) return false;
    std::shared_ptr<JobAnswer> answer = answer_to(asked->question, asked->under_way);
    answer->result = std::move(result);
    if (done)
        complete(*asked, std::move(answer));
    else
        asked->so_far = std::move(answer);
    return true;
}

void Jobs::work_beside(double training_seconds, const Place& at) {
    if (!wanted(at)) return;
    allowance_seconds_ += training_seconds * kJobShare;
    while (allowance_seconds_ >= Measuring::kSliceSeconds && wanted(at)) {
        advance(at);
        allowance_seconds_ -= std::max(seconds_, 1e-6);
    }
    allowance_seconds_ = std::min(allowance_seconds_, Measuring::kSliceSeconds);
}

void Jobs::show(Snapshot& into) const {
    into.jobs.clear();
    for (const Asked& asked : asked_) {
        Job& job = into.jobs.emplace_back(Job{asked.question, asked.shown, asked.so_far});
        if (!asked.work) continue;
        job.iteration = asked.under_way.iteration;
        job.progress = asked.work->progress();
    }
}

}  // namespace convscope
