// Answering why the network gives its answer for the probe: a slice at a time, beside training and in spare time.
#pragma once

#include "engine/api/snapshot.h"
#include "engine/core/clock.h"
#include "engine/session/trainer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace convscope {

// On the trainer's own thread, for LossSlicer's reasons. Each question is asked anew, in turn, as long as its answer is
// not of the present iteration and probe; those that one pass answers in every second slice, so that they are followed
// while a longer one is under way.
class Explainer {
public:
    explicit Explainer(std::shared_ptr<const Clock> clock) : clock_(std::move(clock)) {}

    // Nothing of the run before is left, but the questions.
    void begin_run();
    // What is under way is given up; what is shown stays.
    void abandon() { work_.reset(); }
    // By hand, at the same iteration: the answers are another network's.
    void network_changed();
    // Answers to what nobody asks any more are let go.
    void look(const WatchSet& watched);

    // Of this iteration and probe there is an answer missing.
    bool wanted(std::int64_t iteration, const ProbeSource& probe) const;
    // A slice more. True when that completed an answer.
    bool advance(Trainer& trainer, std::int64_t iteration, const ProbeSource& probe);
    // How long the next advance() will take, as far as one can tell.
    double seconds() const { return seconds_; }
    // As much as its share allows beside an iteration that took so long.
    void work_beside(double training_seconds, Trainer& trainer, std::int64_t iteration, const ProbeSource& probe);

    void show(Snapshot& into) const;

private:
    struct Answer {
        ExplanationQuestion question;
        std::shared_ptr<const Explanation> shown;
        bool outdated = false;  // it is of the network before it was changed by hand

        bool wanted(std::int64_t iteration, const ProbeSource& probe) const {
            return !shown || outdated || shown->iteration != iteration || shown->probe != probe;
        }
        bool at_once() const { return row_of(question.method).one_pass; }
    };

    bool step_forward(Trainer& trainer, std::int64_t iteration, const ProbeSource& probe);
    // Whose answer is the oldest, of several the next in turn, of those that take one pass, or more; null: none is
    // wanted.
    Answer* next(bool at_once, std::int64_t iteration, const ProbeSource& probe);
    void complete(Answer& answer, ExplanationWork& work);
    bool shows_all() const;

    const std::shared_ptr<const Clock> clock_;
    std::vector<Answer> answers_;            // sorted by question
    std::size_t turn_ = 0;                   // which was asked last
    bool at_once_ = false;                   // the last slice was of one that takes one pass
    std::unique_ptr<ExplanationWork> work_;  // of one that takes more
    ExplanationQuestion under_way_;
    ProbeSource under_way_of_;
    double allowance_seconds_ = 0.0;
    double seconds_ = 0.0;
};

}  // namespace convscope
