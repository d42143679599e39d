// A session on a PlainTrainer and a clock that stands still until a test turns it, and ways to wait for what it
// publishes.
#pragma once

#include "engine/session/training_session.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/plain_trainer.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace convscope {

using SnapshotPtr = std::shared_ptr<const Snapshot>;

inline constexpr std::int64_t kEpoch = 10;            // iterations, where a test's script has epochs of that length
inline constexpr double kOncePerHour = 1.0 / 3600.0;  // iterations per second: a pace at which nothing comes by itself

// A door that one thread waits at and another opens. Waiting has a generous limit, after which it returns false.
class Gate {
public:
    void open();
    bool wait();
    // For who opens: until somebody waits at the gate.
    bool wait_for_arrival();

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    bool arrived_ = false;
};

// For whoever is not to wait for a pace, a rest or another try: what is waited for is there at once, and that much
// later.
inline std::shared_ptr<ManualClock> clock_that_moves() {
    return std::make_shared<ManualClock>(ManualClock::Moves::ToWhatIsWaitedFor);
}

// The test's thread is the session's reader, unless `record` is set: then the trainer's thread reads each snapshot as
// it is published, and latest() must not be called.
class SessionUnderTest {
public:
    struct Setup {
        std::shared_ptr<PlainScript> script = std::make_shared<PlainScript>();
        Recipe recipe = plain_recipe();
        std::uint64_t seed = 1;
        bool paused = true;
        double iterations_per_second = 0.0;
        bool record = false;
        std::function<void()> on_make = {};  // on the trainer's thread, before the trainer is made; may throw
        std::string resume = {};             // the rest as in SessionOptions
        std::shared_ptr<const InitialWeights> weights = {};
        bool extend_finished = false;
        std::function<std::filesystem::path(const Recipe&)> save_to = {};
        RunFolderUse folders = {};
        double autosave_seconds = 3600.0;
        std::int64_t keep_every_epochs = 0;
        std::function<std::optional<event::Notice>(RunLogEntry)> log = {};
        std::function<Result<void>()> settle_log = {};
        std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    };

    SessionUnderTest() : SessionUnderTest(Setup{}) {}
    explicit SessionUnderTest(Setup setup);
    ~SessionUnderTest() { end(); }

    Session& session() { return *session_; }
    PlainScript& script() { return *script_; }
    ManualClock& clock() { return *clock_; }

    CommandId post(Command command) { return session_->post(std::move(command)); }
    // Posts and waits until a snapshot acknowledges it; that snapshot.
    SnapshotPtr apply(Command command);
    SnapshotPtr watch(WatchSet set) { return apply(command::Watch{std::move(set)}); }
    // Trains `iterations` and waits until the session rests again, its evaluations done.
    SnapshotPtr step(std::int64_t iterations = 1);

    // The newest snapshot, as soon as `holds` is true of it. Ends the test when that takes more than a minute.
    SnapshotPtr wait_for(const std::function<bool(const Snapshot&)>& holds);
    SnapshotPtr wait_for_state(SessionState state);
    SnapshotPtr wait_for_iteration(std::int64_t iteration);
    // Until as many savings have been reported since the beginning; those.
    std::vector<event::Saved> wait_for_saves(std::size_t count);

    // With `record`: all that was published so far.
    std::vector<SnapshotPtr> recorded();

    // Everything reported since the beginning.
    const std::vector<IterationMetrics>& metrics();
    const std::vector<Event>& events();
    std::vector<event::Notice> notices();
    std::vector<std::string> marks();
    std::vector<EvaluationMetrics> evaluations();
    std::vector<event::Saved> saves();

    // Destroys the session.
    void end() { session_.reset(); }

private:
    void published();

    std::shared_ptr<PlainScript> script_;
    std::shared_ptr<ManualClock> clock_;
    const bool record_;
    std::function<void()> on_make_;
    Gate constructed_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t publications_ = 0;  // guarded by mutex_
    std::vector<SnapshotPtr> recorded_;
    std::atomic<Session*> reader_{nullptr};  // set once the session is constructed

    std::vector<IterationMetrics> metrics_;
    std::vector<Event> events_;
    std::unique_ptr<TrainingSession> session_;  // last: its thread calls published()
};

}  // namespace convscope
