#include "engine/session/session_thread.h"

#include "engine/core/machine_memory.h"

#include <algorithm>
#include <exception>
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
    Door(SessionThread& thread, std::size_t index, Lane lane, Rest rest)
        : driver(std::move(lane.make_trainer), std::move(lane.options), std::move(rest)),
          thread_(thread),
          index_(index) {}

    CommandId post(Command command) override { return thread_.post(index_, std::move(command)); }
    std::shared_ptr<const Snapshot> latest() override { return driver.publisher().latest(); }
    void drain_metrics(std::vector<IterationMetrics>& out) override { driver.publisher().drain_metrics(out); }
    void drain_events(std::vector<Event>& out) override { driver.publisher().drain_events(out); }

    RunDriver driver;         // the thread's
    bool answer_due = false;  // likewise: commands were applied

private:
    SessionThread& thread_;
    const std::size_t index_;
};

SessionThread::SessionThread(std::vector<Lane> lanes) : clock_(lanes.front().options.clock) {
    // Looking elsewhere (a camera that moves) is part of watching an iteration's phases.
    const auto hurries = [](const Letter& letter) { return !std::holds_alternative<command::Watch>(letter.command); };
    const Rest rest = [this, hurries](TimePoint until) { return letters_.wait_until(*clock_, until, hurries); };
    for (Lane& lane : lanes) {
        lane.options.clock = clock_;
        lanes_.push_back(std::make_unique<Door>(*this, lanes_.size(), std::move(lane), rest));
    }
    thread_ = std::thread([this] { thread_main(); });
}

SessionThread::~SessionThread() {
    stopping_.store(true, std::memory_order_relaxed);
    post(/*lane=*/0, command::Pause{});  // wakes the thread
    thread_.join();
}

Session& SessionThread::lane(std::size_t index) { return *lanes_[index]; }

CommandId SessionThread::post(std::size_t lane, Command command) {
    std::lock_guard lock(id_mutex_);
    const CommandId id{next_command_++};
    letters_.post_coalesced(Letter{id, lane, std::move(command)}, [](const Letter& older, const Letter& newer) {
        return is_slider(newer.command) && older.command.index() == newer.command.index() && older.lane == newer.lane;
    });
    return id;
}

// ---- the thread ----------------------------------------------------------------------------------------------------

void SessionThread::thread_main() {
    for (const auto& lane : lanes_) guarded(lane->driver, [&] { lane->driver.begin(); });
    while (!stopping()) turn();
    for (const auto& lane : lanes_) lane->driver.end();  // here: modules and optimizers belong to this thread
}

template <typename Work>
void SessionThread::guarded(RunDriver& driver, Work work) {
    try {
        work();
    } catch (const std::exception& error) {
        driver.fail(sentence_of(error));
    } catch (...) {
        driver.fail("The trainer threw something that is no std::exception");
    }
}

// All commands that are pending. One that fails must not swallow those behind it.
void SessionThread::deliver() {
    if (!letters_.drain(inbox_)) return;
    for (const Letter& letter : inbox_) {
        if (stopping()) return;
        Door& lane = *lanes_[letter.lane];
        guarded(lane.driver, [&] { lane.driver.apply(letter.id, letter.command); });
        lane.answer_due = true;
    }
    for (const auto& lane : lanes_)
        if (std::exchange(lane->answer_due, false)) guarded(lane->driver, [&] { lane->driver.answer(); });
}

// A piece of work of each lane, or a rest until there is some.
void SessionThread::turn() {
    deliver();
    bool worked = false;
    for (const auto& lane : lanes_)
        if (!stopping()) guarded(lane->driver, [&] { worked = lane->driver.work() || worked; });
    if (worked || stopping()) return;
    TimePoint due = TimePoint::max();
    for (const auto& lane : lanes_) due = std::min(due, lane->driver.next_due());
    letters_.wait_until(*clock_, due);
}

}  // namespace convscope
