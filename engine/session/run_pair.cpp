#include "engine/session/run_pair.h"

#include "engine/core/machine_memory.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

namespace convscope {

using Severity = event::Notice::Severity;

namespace {

// It writes no log, and is nowhere but in memory.
SessionOptions options_beside(const SessionOptions& leader) {
    SessionOptions options{.recipe = leader.recipe,
                           .seed = leader.seed,
                           .breakpoints = {},
                           .kept_states_bytes = leader.kept_states_bytes / 2,
                           .on_publish = leader.on_publish,
                           .clock = leader.clock};
    options.files.read = leader.files.read;  // states of a lane that are on disk
    return options;
}

}  // namespace

RunPair::RunPair(MakeTrainer make_trainer, SessionOptions options, Rest rest)
    : options_(std::move(options)),
      rest_(std::move(rest)),
      leader_(std::move(make_trainer), options_, rest_),
      twin_publisher_(std::make_shared<Publisher>(options_beside(options_))) {}

template <typename Work>
void RunPair::guarded(RunDriver& driver, const Work& work) {
    try {
        RunDriver* const before = std::exchange(at_work_, &driver);
        if (before != &driver && (before == nullptr || before->run().threads() != driver.run().threads()))
            driver.use_own_threads();
        work();
    } catch (const std::exception& error) {
        driver.fail(sentence_of(error));
    } catch (...) {
        driver.fail("The trainer threw something that is no std::exception");
    }
}

void RunPair::begin() {
    guarded(leader_, [&] { leader_.begin(); });
}

void RunPair::end() {
    end_twin();
    leader_.end();
}

TimePoint RunPair::next_due() { return twin_ ? std::min(leader_.next_due(), twin_->next_due()) : leader_.next_due(); }

// ---- commands ------------------------------------------------------------------------------------------------------

void RunPair::apply(CommandId id, const Command& command) {
    answer_due_ = true;
    if (const auto* begin = std::get_if<command::BeginTwin>(&command)) return begin_twin(id, *begin);
    if (std::holds_alternative<command::EndTwin>(command)) end_twin();
    guarded(leader_, [&] { leader_.apply(id, command); });
    if (!twin_) return;
    end_twin_of_another_run();
    look_at_lanes();
    look_at_probe();
}

// What changes it changes it where the leader is.
void RunPair::apply_to_twin(CommandId id, const Command& command) {
    twin_applied_ = id;
    const auto* watch = std::get_if<command::Watch>(&command);
    if (watch != nullptr) twin_watch_ = *watch;
    if (!twin_) {
        if (watch == nullptr) twin_publisher_->notify(Severity::Warning, "There is no run beside the first one");
        return;
    }
    twin_answer_due_ = true;
    if (watch == nullptr && RunDriver::is_for_follower(command)) bring_twin_here();
    guarded(*twin_, [&] { twin_->apply(id, command); });
    look_at_lanes();
}

void RunPair::answer() {
    if (std::exchange(answer_due_, false)) guarded(leader_, [&] { leader_.answer(); });
    if (std::exchange(twin_answer_due_, false) && twin_) guarded(*twin_, [&] { twin_->answer(); });
}

// ---- its beginning and its end -------------------------------------------------------------------------------------

void RunPair::begin_twin(CommandId id, const command::BeginTwin& request) {
    end_twin();
    guarded(leader_, [&] {
        Result<RunBeside> other = leader_.beside(id, request);
        Result<void> made = other.ok() ? make_twin(std::move(other).value(), request) : other.error();
        if (!made)
            leader_.publisher().notify(Severity::Warning,
                                       "There is no other run beside this one: " + made.error().message);
    });
}

// What goes wrong with it is nothing to the leader.
Result<void> RunPair::make_twin(RunBeside other, const command::BeginTwin& request) {
    at_work_ = nullptr;  // whatever comes of it
    try {
        place_ = {.common = other.common, .difference = other.difference, .lane = other.lane};
        auto twin = std::make_unique<RunDriver>(MakeTrainer{}, options_beside(options_), rest_, twin_publisher_);
        Result<void> began = twin->begin_beside(std::move(other));
        Result<std::string> words = began ? twin->differ_by(request.difference) : began.error();
        twin_ = std::move(twin);
        if (!words.ok()) {
            end_twin();
            return words.error();
        }
        place_.difference += (place_.difference.empty() || words.value().empty() ? "" : ", ") + words.value();
    } catch (const std::exception& problem) {
        return Error{ErrorCode::Failed, sentence_of(problem)};
    }
    beginnings_ = leader_.beginnings();
    leader_lane_ = leader_.run().line().lane();
    twin_lane_ = twin_->run().line().lane();
    probe_ = leader_.probe();
    guarded(*twin_, [&] {
        twin_->apply(twin_applied_, twin_watch_);
        twin_->stand_as(leader_);
        twin_->look_at(probe_);
    });
    show_place();
    return {};
}

void RunPair::end_twin() {
    if (!twin_) return;
    twin_->end();
    guarded(leader_, [] {});  // with its own threads, if it was the twin that worked last
    leader_.set_twin(nullptr);
    twin_.reset();
    twin_publisher_->withdraw();
    answer_due_ = true;
}

void RunPair::end_twin_of_another_run() {
    const bool is_another = leader_.beginnings() != beginnings_;
    if (!is_another && (place_.lane == RunId{} || leader_.run().has_lane(place_.lane))) return;
    leader_.publisher().notify(Severity::Info, is_another
                                                   ? "Another run is trained now: the one beside the last has ended"
                                                   : "The lane is deleted: the run beside, which was of it, has ended");
    end_twin();
}

// ---- lockstep ------------------------------------------------------------------------------------------------------

LedPlace RunPair::leader_place() const {
    return {.iteration = leader_.run().epochs().iteration(),
            .travelling = leader_.travelling(),
            .failed = leader_.session_state() == SessionState::Failed};
}

FollowerPlace RunPair::twin_place() const {
    const TimeLine& line = twin_->run().line();
    return {.first = line.first(),
            .iteration = twin_->run().epochs().iteration(),
            .furthest = line.furthest(),
            .travelling_to = line.target(),
            .evaluating = twin_->evaluating(),
            .failed = twin_->session_state() == SessionState::Failed};
}

void RunPair::move_twin(const FollowerMove& move) {
    const bool is_next = leader_.run().epochs().iteration() == twin_->run().epochs().iteration() + 1;
    guarded(*twin_, [&] {
        if (move.kind == FollowerMove::Kind::Finish) twin_->finish_work();
        if (move.kind == FollowerMove::Kind::GoTo) twin_->follow_to(move.iteration);
        if (move.kind == FollowerMove::Kind::Train) twin_->follow(leader_, is_next ? last_pace_ : Pace(0.0));
    });
}

void RunPair::bring_twin_here() {
    while (leader_.travelling()) guarded(leader_, [&] { leader_.finish_work(); });
    for (FollowerMove move = next_move_of_twin(); move.kind != FollowerMove::Kind::Stay; move = next_move_of_twin())
        move_twin(move);
}

bool RunPair::work() {
    if (twin_) return work_together();
    bool worked = false;
    guarded(leader_, [&] { worked = leader_.work(); });
    return worked;
}

bool RunPair::work_together() {
    bool worked = false;
    guarded(leader_, [&] { worked = leader_.finish_work(); });
    show_place();
    if (const FollowerMove move = next_move_of_twin(); move.kind != FollowerMove::Kind::Stay) {
        move_twin(move);
        return true;
    }
    if (worked) return true;
    const std::int64_t before = leader_.run().epochs().iteration();
    const Pace pace = leader_.pace();
    guarded(leader_, [&] { worked = leader_.go_on_working(); });
    if (leader_.run().epochs().iteration() != before)
        last_pace_ = pace;
    else
        guarded(*twin_, [&] {
            twin_->stand_as(leader_);
            worked = twin_->go_on_working() || worked;
        });
    look_at_probe();
    return worked;
}

// ---- what both say -------------------------------------------------------------------------------------------------

// A branch has in common with the other run what it has with the lane that it left.
void RunPair::look_at_lanes() {
    if (!twin_) return;
    for (const auto& [driver, lane] : {std::pair(&leader_, &leader_lane_), std::pair(twin_.get(), &twin_lane_)}) {
        const CurrentRun& run = driver->run();
        if (std::exchange(*lane, run.line().lane()) != run.line().lane() && run.info().branched_from)
            place_.common = std::min(place_.common, run.info().branched_from->iteration);
    }
}

void RunPair::look_at_probe() {
    if (!twin_ || probe_ == leader_.probe()) return;
    probe_ = leader_.probe();
    guarded(*twin_, [&] { twin_->look_at(probe_); });
}

void RunPair::show_place() {
    const LedPlace led = leader_place();
    const FollowerPlace follower = twin_place();
    const std::int64_t away = std::abs(wanted_place(led, follower) - follower.iteration);
    place_.begins = follower.first;
    place_.catches_up = !led.travelling && !follower.failed && (follower.travelling_to || away > 1);
    const TwinPlace* told = twin_->twin().get();
    if (told != nullptr && told->begins == place_.begins && told->common == place_.common &&
        told->catches_up == place_.catches_up)
        return;
    const auto place = std::make_shared<const TwinPlace>(place_);
    for (RunDriver* driver : {&leader_, twin_.get()}) {
        driver->set_twin(place);
        guarded(*driver, [driver] { driver->answer(); });
    }
}

}  // namespace convscope
