// What a session holds and saves does not grow with the run.
#include "engine/session/training_session.h"
#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/plain_trainer.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace convscope {
namespace {

// A session and a reader who keeps a run's history, as the window does, and nothing else.
class Soak {
public:
    std::int64_t train(std::int64_t iterations) {
        const CommandId id = session_->post(command::Step{iterations});
        read_until([&](const Snapshot& s) {
            return s.applied_command >= id && s.state == SessionState::Paused && !s.evaluating;
        });
        session_->post(command::Save{"a.pt"});
        const std::int64_t saves = saves_;
        read_until([&](const Snapshot&) { return saves_ > saves; });
        return test::bytes_held();
    }
    // Of the history in what was saved last.
    std::size_t saved_bytes() {
        std::lock_guard lock(script_->files_mutex);
        const RunHistory& saved = script_->files.at("a.pt").progress.history;
        return (saved.loss.list().items().size() + saved.accuracy.list().items().size()) * sizeof(MetricSeries::Kept) +
               saved.evaluations.items().size() * sizeof(EvaluationMetrics);
    }
    const RunHistory& history() const { return history_; }

private:
    template <typename Holds>
    void read_until(Holds holds) {
        for (std::unique_lock lock(mutex_);;) {
            published_.wait(lock, [this] { return news_; });
            news_ = false;
            lock.unlock();
            const std::shared_ptr<const Snapshot> snapshot = session_->latest();
            metrics_.clear();
            events_.clear();
            session_->drain_metrics(metrics_);
            session_->drain_events(events_);
            for (const Event& event : events_) {
                if (std::holds_alternative<event::Saved>(event)) ++saves_;
                if (const auto* evaluated = std::get_if<event::Evaluated>(&event))
                    history_.evaluations.push_back(evaluated->metrics);
            }
            for (const IterationMetrics& metrics : metrics_) history_.add(metrics);
            const bool there = snapshot && holds(*snapshot);
            if (there && snapshot->iteration == history_.iterations()) return;
            lock.lock();
            news_ = news_ || there;  // the rest of the scalars comes without being announced
        }
    }
    static std::shared_ptr<PlainScript> ten_iterations_an_epoch() {
        auto script = std::make_shared<PlainScript>();
        script->train_count = 95;
        script->test_count = 10;
        return script;
    }
    SessionOptions options() {
        SessionOptions options{.recipe = plain_recipe(), .seed = 1, .paused = true, .files = plain_files(script_)};
        options.clock = std::make_shared<ManualClock>(ManualClock::Moves::ToWhatIsWaitedFor);
        options.on_publish = [this] {
            {
                std::lock_guard lock(mutex_);
                news_ = true;
            }
            published_.notify_one();
        };
        return options;
    }

    const std::shared_ptr<PlainScript> script_ = ten_iterations_an_epoch();
    std::mutex mutex_;
    std::condition_variable published_;
    bool news_ = false;  // guarded by mutex_
    std::int64_t saves_ = 0;
    RunHistory history_;
    std::vector<IterationMetrics> metrics_;
    std::vector<Event> events_;
    const std::unique_ptr<TrainingSession> session_ = std::make_unique<TrainingSession>(
        [script = script_] { return std::make_unique<PlainTrainer>(script); }, options());
};

}  // namespace

TEST_CASE("After a quarter of a million iterations a session holds and saves what it did after forty thousand") {
    Soak soak;
    const std::int64_t held = soak.train(40'000);
    constexpr std::size_t kMost = 700 * 1024;
    CHECK(soak.saved_bytes() <= kMost);
    const std::int64_t held_later = soak.train(210'000);
    CHECK(soak.history().iterations() == 250'000);
    CHECK(soak.history().evaluations.total() == 25'000);
    // How far the reader was behind at times leaves its traces in vectors' capacities; all scalars would be 17 MB.
    CHECK(held_later - held < 2 * 1024 * 1024);
    CHECK(soak.saved_bytes() <= kMost);
}

}  // namespace convscope
