// Two runs that are driven alternately on one thread: each is the run that it would be alone.
#include "engine/session/session_thread.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/plain_trainer.h"

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace convscope {
namespace {

using SnapshotPtr = std::shared_ptr<const Snapshot>;

// A run of three epochs of ten iterations, every one of them measured in two slices.
struct Runner {
    std::string name;
    std::uint64_t seed = 1;
    double learning_rate = 0.01;
    double iterations_per_second = 0.0;
    bool paused = false;
    std::shared_ptr<PlainScript> script = std::make_shared<PlainScript>();
};

class Race {
public:
    explicit Race(std::vector<Runner> runners) : runners_(std::move(runners)), metrics_(runners_.size()) {
        std::vector<SessionThread::Lane> lanes;
        for (const Runner& runner : runners_) lanes.push_back(lane(runner));
        thread_ = std::make_unique<SessionThread>(std::move(lanes));
    }
    Session& lane(std::size_t index) { return thread_->lane(index); }
    SnapshotPtr wait_for(std::size_t index, const std::function<bool(const Snapshot&)>& holds) {
        for (;; std::this_thread::yield()) {
            const SnapshotPtr snapshot = lane(index).latest();
            if (snapshot && holds(*snapshot)) return snapshot;
        }
    }
    SnapshotPtr wait_for_state(std::size_t index, SessionState state) {
        return wait_for(index, [state](const Snapshot& s) { return s.state == state; });
    }
    SnapshotPtr apply(std::size_t index, Command command) {
        const CommandId id = lane(index).post(std::move(command));
        return wait_for(index, [id](const Snapshot& s) { return s.applied_command >= id; });
    }
    std::vector<float> losses(std::size_t index) {
        lane(index).drain_metrics(metrics_[index]);
        std::vector<float> losses;
        for (const IterationMetrics& metrics : metrics_[index]) losses.push_back(metrics.loss);
        return losses;
    }
    // What was done, in order; the thread is gone then.
    const std::vector<std::string>& end() {
        thread_.reset();
        return order_;
    }

private:
    SessionThread::Lane lane(const Runner& runner) {
        PlainScript& script = *runner.script;
        script.train_count = 100;
        script.test_count = 1000;
        script.on_train = [this, name = runner.name](std::int64_t iteration) {
            order_.push_back(name + std::to_string(iteration));
        };
        script.on_classify = [this, name = runner.name](std::int64_t first) {
            order_.push_back(name + " from " + std::to_string(first));
        };
        SessionOptions options{.recipe = plain_recipe(),
                               .seed = runner.seed,
                               .paused = runner.paused,
                               .iterations_per_second = runner.iterations_per_second,
                               .clock = clock_};
        options.recipe.epochs = 3;
        options.recipe.optimizer.learning_rate = runner.learning_rate;
        return {[script = runner.script] { return std::make_unique<PlainTrainer>(script); }, std::move(options)};
    }

    std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(ManualClock::Moves::ToWhatIsWaitedFor);
    std::vector<Runner> runners_;
    std::vector<std::string> order_;  // the session's thread's, until that has ended
    std::vector<std::vector<IterationMetrics>> metrics_;
    std::unique_ptr<SessionThread> thread_;  // last: it uses the rest
};

std::vector<float> alone(Runner runner) {
    runner.script = std::make_shared<PlainScript>();
    Race race({std::move(runner)});
    race.wait_for_state(0, SessionState::Finished);
    return race.losses(0);
}

}  // namespace

TEST_CASE("Two runs on one thread take turns, and each has the losses that it has alone") {
    const Runner a{.name = "a", .seed = 1};
    const Runner b{.name = "b", .seed = 2, .learning_rate = 0.05};
    Race race({a, b});
    race.wait_for_state(0, SessionState::Finished);
    race.wait_for_state(1, SessionState::Finished);
    CHECK(race.losses(0).size() == 30);
    CHECK(race.losses(0) == alone(a));
    CHECK(race.losses(1) == alone(b));
    CHECK(race.losses(0) != race.losses(1));
    std::vector<std::string> wanted;
    for (int iteration = 1; iteration <= 30; ++iteration) {
        for (const char* name : {"a", "b"}) wanted.push_back(name + std::to_string(iteration));
        if (iteration % 10 != 0) continue;
        for (const char* first : {" from 0", " from 500"})
            for (const char* name : {"a", "b"}) wanted.push_back(name + std::string(first));
    }
    CHECK(race.end() == wanted);
}

TEST_CASE("What is commanded of one run is nothing to the other, and ids rise over both") {
    const Runner b{.name = "b", .seed = 2};
    Race race({{.name = "a", .paused = true}, b});
    const SnapshotPtr slow = race.apply(0, command::SetLearningRate{0.5});
    CHECK(slow->settings.learning_rate == 0.5);
    CHECK(slow->state == SessionState::Paused);
    race.wait_for_state(1, SessionState::Finished);
    CHECK(race.losses(1) == alone(b));
    CHECK(race.lane(0).latest()->iteration == 0);
    const CommandId first = race.lane(0).post(command::Step{7});
    const CommandId second = race.lane(1).post(command::SetLearningRate{0.25});
    CHECK(second > first);
    CHECK(race.wait_for(0, [](const Snapshot& s) { return s.iteration == 7; })->settings.learning_rate == 0.5);
    CHECK(race.wait_for(1, [&](const Snapshot& s) { return s.applied_command >= second; })->settings.learning_rate ==
          0.25);
    CHECK(race.lane(1).latest()->iteration == 30);
}

TEST_CASE("Sliders that are dragged for two runs at once are two sliders") {
    Race race({{.name = "a", .paused = true}, {.name = "b", .paused = true}});
    CommandId last;
    for (int i = 1; i <= 100; ++i) {
        race.lane(0).post(command::SetLearningRate{i * 0.001});
        last = race.lane(1).post(command::SetLearningRate{i * 0.002});
    }
    CHECK(race.wait_for(1, [&](const Snapshot& s) { return s.applied_command >= last; })->settings.learning_rate ==
          0.2);
    CHECK(race.apply(0, command::Pause{})->settings.learning_rate == 0.1);
}

TEST_CASE("A run that fails leaves the other one running, and a slow one does not slow it") {
    Runner a{.name = "a"};
    const Runner b{.name = "b", .seed = 2};
    const bool fails = GENERATE(true, false);
    if (fails)
        a.script->throw_at = 5;
    else
        a.iterations_per_second = 1.0 / 3600.0;
    Race race({a, b});
    if (fails) CHECK(race.wait_for_state(0, SessionState::Failed)->iteration == 4);
    race.wait_for_state(1, SessionState::Finished);
    CHECK(race.losses(1) == alone(b));
}

TEST_CASE("Both runs of a thread are ended with it, whatever they are doing") {
    auto scripts = std::array{std::make_shared<PlainScript>(), std::make_shared<PlainScript>()};
    {
        Race race({{.name = "a", .script = scripts[0]}, {.name = "b", .paused = true, .script = scripts[1]}});
        race.wait_for(0, [](const Snapshot& s) { return s.iteration > 3; });
    }
    CHECK(scripts[0]->made_on.load() == scripts[1]->made_on.load());
    CHECK(scripts[0]->destroyed_on.load() == scripts[0]->made_on.load());
    CHECK(scripts[1]->destroyed_on.load() == scripts[1]->made_on.load());
}

}  // namespace convscope
