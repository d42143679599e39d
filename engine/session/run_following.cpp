// A run that is trained beside another one and follows it, which says where both are.
#include "engine/session/run_driver.h"

#include <stdexcept>
#include <string>
#include <utility>

namespace convscope {

Result<RunBeside> RunDriver::beside(CommandId id, const command::BeginTwin& request) {
    applied_ = id;
    if (state_ == SessionState::Failed || !run_.exists())
        return Error{ErrorCode::Failed, "The run has failed: reset it first"};
    const std::int64_t first = run_.line().first();
    if (request.recipe && first > 0)
        return Error{ErrorCode::Unsupported, "Another recipe begins at iteration 0, and this run can go back to " +
                                                 std::to_string(first) + ": reset it first"};
    if (request.from_start || request.recipe) {
        const command::GoTo start{first};
        run_.write_down(start);
        depart(start.iteration);
    }
    finish_travel();
    return run_.beside(request);
}

Result<void> RunDriver::begin_beside(RunBeside other) {
    follows_ = true;
    Result<void> began = run_.begin_beside(std::move(other));
    if (!began) return began;
    begun({});
    state_ = SessionState::Paused;
    return {};
}

void RunDriver::follow(const RunDriver& leader, const Pace& pace) {
    pace_ = pace;
    state_ = SessionState::Running;
    if (!run_.in_past()) run_.follow_plan(leader.run().epochs().progress().planned_epochs);
    use_threads_of(leader);
    iterate();
    if (use_threads_of(leader)) publish();
}

// As many as the leader had behind the same iteration; what is known of this one's line has its own.
bool RunDriver::use_threads_of(const RunDriver& leader) {
    if (run_.in_past()) return false;
    const int threads = leader.run().line().settings(run_.epochs().iteration()).threads;
    if (run_.threads() == threads) return false;
    run_.set_threads(threads);
    return true;
}

void RunDriver::follow_to(std::int64_t iteration) {
    depart(iteration);
    if (!run_.travelling() && run_.epochs().iteration() != iteration)
        throw std::runtime_error("Iteration " + std::to_string(iteration) + " cannot be gone to");
    answer();
}

void RunDriver::stand_as(const RunDriver& leader) {
    if (state_ == SessionState::Failed) return;
    pace_ = leader.pace_;
    const SessionState wanted = leader.state_ == SessionState::Failed ? SessionState::Paused : leader.state_;
    if (std::exchange(state_, wanted) != wanted) publish();
}

void RunDriver::look_at(const ProbeSource& probe) {
    watching_.apply(command::SetProbe{probe});
    answer();
}

void RunDriver::use_own_threads() { run_.set_threads(run_.threads()); }

}  // namespace convscope
