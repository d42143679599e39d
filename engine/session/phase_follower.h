// An iteration that is followed: each of its phases is shown as it is reached, and rested at, or is filmed for later.
#pragma once

#include "engine/core/clock.h"
#include "engine/session/trainer.h"
#include "engine/session/watching.h"

#include <functional>

namespace convscope {

// Sleeps until then, or until somebody hurries: there is a command to be applied. True: there is. It may be asked of a
// time that has passed.
using Rest = std::function<bool(TimePoint until)>;

// Lives as long as the iteration, and no longer than what it is given. Shown at once: the first command ends that, the
// rest of the iteration is neither shown nor rested at, and the command is applied when it is over.
class PhaseFollower final : public PhaseObserver {
public:
    struct Show {
        Watching& watching;
        const Clock& clock;
        const Rest& rest;
        double rest_seconds;                 // 0: nothing is shown, all is filmed
        std::function<TimePoint()> publish;  // says when it did
    };
    explicit PhaseFollower(Show show) : show_(std::move(show)) {}
    ~PhaseFollower() override { show_.watching.end_phases(); }
    PhaseFollower(const PhaseFollower&) = delete;
    PhaseFollower& operator=(const PhaseFollower&) = delete;

    void reached(Phase phase) override;
    std::int64_t sample() const override { return show_.watching.followed_sample(); }

    double watching_seconds() const { return watching_seconds_; }  // that showing took
    double seconds() const { return seconds_; }                    // the rests included: not training

private:
    void film(Phase phase);

    const Show show_;
    bool interrupted_ = false;
    double watching_seconds_ = 0.0;
    double seconds_ = 0.0;
};

}  // namespace convscope
