#include "tests/session/session_under_test.h"

#include "engine/core/log.h"

#include <chrono>
#include <utility>

namespace convscope {
namespace {

constexpr std::chrono::seconds kPatience{60};

// Failures are provoked on purpose here, and need no line on standard error.
const bool kQuiet = (log::set_sink([](log::Level, std::string_view) {}), true);

}  // namespace

void Gate::open() {
    {
        std::lock_guard lock(mutex_);
        open_ = true;
    }
    changed_.notify_all();
}

bool Gate::wait() {
    std::unique_lock lock(mutex_);
    arrived_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, kPatience, [this] { return open_; });
}

bool Gate::wait_for_arrival() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return arrived_; });
}

SessionUnderTest::SessionUnderTest(Setup setup)
    : script_(std::move(setup.script)),
      clock_(std::move(setup.clock)),
      record_(setup.record),
      on_make_(std::move(setup.on_make)) {
    session_ = std::make_unique<TrainingSession>(
        [this]() -> std::unique_ptr<Trainer> {
            constructed_.wait();
            if (on_make_) on_make_();
            return std::make_unique<PlainTrainer>(script_);
        },
        SessionOptions{.recipe = setup.recipe,
                       .seed = setup.seed,
                       .paused = setup.paused,
                       .iterations_per_second = setup.iterations_per_second,
                       .resume = setup.resume,
                       .files = plain_files(script_),
                       .weights = setup.weights,
                       .extend_finished = setup.extend_finished,
                       .save_to = setup.save_to,
                       .folders = setup.folders,
                       .autosave_seconds = setup.autosave_seconds,
                       .keep_every_epochs = setup.keep_every_epochs,
                       .log = setup.log,
                       .settle_log = setup.settle_log,
                       .on_publish = [this] { published(); },
                       .clock = clock_});
    reader_ = session_.get();
    constructed_.open();
}

void SessionUnderTest::published() {
    {
        std::lock_guard lock(mutex_);
        ++publications_;
        Session* session = reader_;
        if (record_ && session != nullptr) recorded_.push_back(session->latest());
    }
    changed_.notify_one();
}

SnapshotPtr SessionUnderTest::wait_for(const std::function<bool(const Snapshot&)>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    std::unique_lock lock(mutex_);
    for (;;) {
        const std::uint64_t seen = publications_;
        SnapshotPtr snapshot;
        if (!record_) {
            lock.unlock();
            snapshot = session_->latest();
            lock.lock();
        } else if (!recorded_.empty()) {
            snapshot = recorded_.back();
        }
        if (snapshot && holds(*snapshot)) return snapshot;
        if (!changed_.wait_until(lock, deadline, [&] { return publications_ != seen; })) {
            lock.unlock();
            FAIL("Waited a minute in vain; the session is at iteration "
                 << (snapshot ? snapshot->iteration : -1) << " in state "
                 << (snapshot ? static_cast<int>(snapshot->state) : -1));
        }
    }
}

SnapshotPtr SessionUnderTest::apply(Command command) {
    const CommandId id = post(std::move(command));
    return wait_for([id](const Snapshot& s) { return s.applied_command >= id; });
}

SnapshotPtr SessionUnderTest::step(std::int64_t iterations) {
    const CommandId id = post(command::Step{iterations});
    return wait_for([id](const Snapshot& s) {
        return s.applied_command >= id && s.state != SessionState::Running && !s.evaluating;
    });
}

SnapshotPtr SessionUnderTest::wait_for_state(SessionState state) {
    return wait_for([state](const Snapshot& s) { return s.state == state; });
}

SnapshotPtr SessionUnderTest::wait_for_iteration(std::int64_t iteration) {
    return wait_for([iteration](const Snapshot& s) { return s.iteration >= iteration; });
}

std::vector<event::Saved> SessionUnderTest::wait_for_saves(std::size_t count) {
    wait_for([&](const Snapshot&) { return saves().size() >= count; });
    return saves();
}

std::vector<SnapshotPtr> SessionUnderTest::recorded() {
    std::lock_guard lock(mutex_);
    return recorded_;
}

const std::vector<IterationMetrics>& SessionUnderTest::metrics() {
    session_->drain_metrics(metrics_);
    return metrics_;
}

const std::vector<Event>& SessionUnderTest::events() {
    session_->drain_events(events_);
    return events_;
}

std::vector<event::Notice> SessionUnderTest::notices() {
    std::vector<event::Notice> out;
    for (const Event& event : events())
        if (const auto* notice = std::get_if<event::Notice>(&event)) out.push_back(*notice);
    return out;
}

std::vector<std::string> SessionUnderTest::marks() {
    std::vector<std::string> out;
    for (const Event& event : events())
        if (const auto* changed = std::get_if<event::Changed>(&event)) out.push_back(changed->what);
    return out;
}

std::vector<EvaluationMetrics> SessionUnderTest::evaluations() {
    std::vector<EvaluationMetrics> out;
    for (const Event& event : events())
        if (const auto* evaluated = std::get_if<event::Evaluated>(&event)) out.push_back(evaluated->metrics);
    return out;
}

std::vector<event::Saved> SessionUnderTest::saves() {
    std::vector<event::Saved> out;
    for (const Event& event : events())
        if (const auto* saved = std::get_if<event::Saved>(&event)) out.push_back(*saved);
    return out;
}

}  // namespace convscope
