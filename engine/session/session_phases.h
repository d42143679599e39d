// What a session does at each phase of an iteration that is followed.
#pragma once

#include "engine/session/training_session.h"

namespace convscope {

// Lives as long as the iteration. Captures, publishes and rests at every phase, until a command comes.
class TrainingSession::PhaseFollower final : public PhaseObserver {
public:
    PhaseFollower(TrainingSession& session, double rest_seconds);
    ~PhaseFollower() override;
    PhaseFollower(const PhaseFollower&) = delete;
    PhaseFollower& operator=(const PhaseFollower&) = delete;

    void reached(Phase phase) override;

    double watching_seconds() const { return watching_seconds_; }  // that capturing and publishing took
    double seconds() const { return seconds_; }                    // the rests included: not training

private:
    TrainingSession& session_;
    double rest_seconds_;
    bool interrupted_ = false;
    double watching_seconds_ = 0.0;
    double seconds_ = 0.0;
};

}  // namespace convscope
