#include "engine/session/session_thread.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

bool is_slider(const Command& command) {
    return std::holds_alternative<command::SetLearningRate>(command) ||
           std::holds_alternative<command::SetMomentum>(command) ||
           std::holds_alternative<command::SetSpeed>(command) || std::holds_alternative<command::Watch>(command);
}

}  // namespace

class SessionThread::Door final : public Session {
public:
    Door(SessionThread& thread, Run& run, Publisher& publisher, Session* twin)
        : thread_(thread), run_(run), publisher_(publisher), twin_(twin) {}

    CommandId post(Command command) override {
        return thread_.post(run_, /*to_twin=*/twin_ == nullptr, std::move(command));
    }
    std::shared_ptr<const Snapshot> latest() override { return publisher_.latest(); }
    void drain_metrics(std::vector<IterationMetrics>& out) override { publisher_.drain_metrics(out); }
    void drain_events(std::vector<Event>& out) override { publisher_.drain_events(out); }
    Session* twin() override { return twin_; }

private:
    SessionThread& thread_;
    Run& run_;
    Publisher& publisher_;
    Session* const twin_;  // null: this is the twin's
};

struct SessionThread::Run {
    Run(SessionThread& thread, Lane lane, Rest rest)
        : pair(std::move(lane.make_trainer), std::move(lane.options), std::move(rest)),
          twin_door(thread, *this, pair.twin_publisher(), nullptr),
          door(thread, *this, pair.publisher(), &twin_door) {}

    RunPair pair;  // the thread's
    Door twin_door;
    Door door;
};

SessionThread::SessionThread(std::vector<Lane> lanes) : clock_(lanes.front().options.clock) {
    // Looking elsewhere (a camera that moves) is part of watching an iteration's phases.
    const auto hurries = [](const Letter& letter) { return !std::holds_alternative<command::Watch>(letter.command); };
    const Rest rest = [this, hurries](TimePoint until) { return letters_.wait_until(*clock_, until, hurries); };
    for (Lane& lane : lanes) {
        lane.options.clock = clock_;
        runs_.push_back(std::make_unique<Run>(*this, std::move(lane), rest));
    }
    thread_ = std::thread([this] { thread_main(); });
}

SessionThread::~SessionThread() {
    stopping_.store(true, std::memory_order_relaxed);
    post(*runs_.front(), /*to_twin=*/false, command::Pause{});  // wakes the thread
    thread_.join();
}

Session& SessionThread::lane(std::size_t index) { return runs_[index]->door; }

CommandId SessionThread::post(Run& run, bool to_twin, Command command) {
    std::lock_guard lock(id_mutex_);
    const CommandId id{next_command_++};
    letters_.post_coalesced(Letter{id, &run, to_twin, std::move(command)},
                            [](const Letter& older, const Letter& newer) {
                                return is_slider(newer.command) && older.command.index() == newer.command.index() &&
                                       older.run == newer.run && older.to_twin == newer.to_twin;
                            });
    return id;
}

// ---- the thread ----------------------------------------------------------------------------------------------------

void SessionThread::thread_main() {
    for (const auto& run : runs_) run->pair.begin();
    while (!stopping()) turn();
    for (const auto& run : runs_) run->pair.end();  // here: modules and optimizers belong to this thread
}

// All commands that are pending. One that fails must not swallow those behind it.
void SessionThread::deliver() {
    if (!letters_.drain(inbox_)) return;
    for (const Letter& letter : inbox_) {
        if (stopping()) return;
        if (letter.to_twin)
            letter.run->pair.apply_to_twin(letter.id, letter.command);
        else
            letter.run->pair.apply(letter.id, letter.command);
    }
    for (const auto& run : runs_) run->pair.answer();
}

// A piece of work of each lane, or a rest until there is some.
void SessionThread::turn() {
    deliver();
    bool worked = false;
    for (const auto& run : runs_)
        if (!stopping()) worked = run->pair.work() || worked;
    if (worked || stopping()) return;
    TimePoint due = TimePoint::max();
    for (const auto& run : runs_) due = std::min(due, run->pair.next_due());
    letters_.wait_until(*clock_, due);
}

}  // namespace convscope
