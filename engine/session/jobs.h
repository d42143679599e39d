// Long computations about the network, a slice at a time, beside training and in spare time.
#pragma once

#include "engine/api/snapshot.h"
#include "engine/core/clock.h"
#include "engine/session/trainer.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace convscope {

// On the trainer's own thread, for LossSlicer's reasons, on a copy of the weights that each job takes as it begins. The
// newest question comes first until it has an answer; then that whose answer is the oldest. One that was begun is
// finished though training has gone on meanwhile: flat out there would be no answer otherwise. Answers are kept for who
// comes back to an iteration, or to a question.
class Jobs {
public:
    static constexpr std::size_t kKept = 12;  // answers: of a wide network one may be some megabytes

    // Where a run is.
    struct Place {
        RunId run;
        std::int64_t iteration = 0;
        bool operator==(const Place&) const = default;
    };
    // What works a question out of the network as it is; an Error is its answer.
    using Begin = std::function<Result<std::unique_ptr<JobWork>>(const JobQuestion&)>;

    Jobs(std::shared_ptr<const Clock> clock, Begin begin) : clock_(std::move(clock)), begin_(std::move(begin)) {}

    // Nothing of the run before is left, but the questions.
    void begin_run();
    // What is under way is given up; what is shown stays.
    void abandon();
    // By hand, at the same iteration: the answers are another network's.
    void network_changed();
    // What nobody asks any more is given up, and its answer kept aside.
    void look(const WatchSet& watched);

    // Of this place there is an answer missing.
    bool wanted(const Place& at) const;
    // A slice more. True when that is to be shown.
    bool advance(const Place& at);
    // How long the next advance() will take, as far as one can tell.
    double seconds() const { return seconds_; }
    // As much as its share allows beside an iteration that took so long.
    void work_beside(double training_seconds, const Place& at);

    void show(Snapshot& into) const;

private:
    struct Asked {
        JobQuestion question;
        std::uint64_t arrival = 0;  // the larger the newer
        std::shared_ptr<const JobAnswer> shown = nullptr;
        bool outdated = false;  // it is of the network before it was changed by hand
        std::unique_ptr<JobWork> work = nullptr;
        Place under_way = {};
        std::shared_ptr<const JobAnswer> so_far = nullptr;

        bool wanted(const Place& at) const {
            return !shown || outdated || shown->iteration != at.iteration || shown->run != at.run;
        }
        void give_up();
    };

    bool step_forward(const Place& at);
    Asked* next(const Place& at);
    // What was found out at that place before.
    bool remember(Asked& asked, const Place& at);
    void complete(Asked& asked, std::shared_ptr<const JobAnswer> answer);

    const std::shared_ptr<const Clock> clock_;
    const Begin begin_;
    std::vector<Asked> asked_;                            // sorted by question
    std::deque<std::shared_ptr<const JobAnswer>> known_;  // the newest last
    std::uint64_t arrivals_ = 0;
    double allowance_seconds_ = 0.0;
    double seconds_ = 0.0;
};

}  // namespace convscope
