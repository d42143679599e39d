// An iteration at a pace that can be followed: each of its phases is shown as it is reached, and rested at.
#pragma once

#include "engine/core/clock.h"
#include "engine/session/trainer.h"
#include "engine/session/watching.h"

#include <functional>

namespace convscope {

// Sleeps until then, or until somebody hurries: there is a command to be applied. True: there is. It may be asked of a
// time that has passed.
using Rest = std::function<bool(TimePoint until)>;

// Lives as long as the iteration, and no longer than what it is given. The first command ends the film: the rest of the
// iteration is neither shown nor rested at, and the command is applied when it is over.
class PhaseFollower final : public PhaseObserver {
public:
    struct Film {
        Watching& watching;
        const Clock& clock;
        const Rest& rest;
        double rest_seconds;
        std::function<TimePoint()> publish;  // says when it did
    };
    explicit PhaseFollower(Film film) : film_(std::move(film)) {}
    ~PhaseFollower() override { film_.watching.end_phases(); }
    PhaseFollower(const PhaseFollower&) = delete;
    PhaseFollower& operator=(const PhaseFollower&) = delete;

    void reached(Phase phase) override;

    double watching_seconds() const { return watching_seconds_; }  // that showing took
    double seconds() const { return seconds_; }                    // the rests included: not training

private:
    const Film film_;
    bool interrupted_ = false;
    double watching_seconds_ = 0.0;
    double seconds_ = 0.0;
};

}  // namespace convscope
