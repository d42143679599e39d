// The whole engine together: the session's thread with the real trainer.
#include "engine/session/training_session.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/session_contract.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace convscope;

namespace {

// A session and a reader that sleeps until the next publication.
class LiveSession {
public:
    explicit LiveSession(const Recipe& recipe, bool paused = true) {
        SessionOptions options;
        options.recipe = recipe;
        options.seed = 9;
        options.paused = paused;
        options.on_publish = [this] {
            {
                std::lock_guard lock(mutex_);
                published_ = true;
            }
            changed_.notify_one();
        };
        const auto data = make_toy_dataset(200, 50);
        session_ = std::make_unique<TrainingSession>(
            [data] {
                return std::make_unique<TorchTrainer>(TorchTrainerOptions{.data = data, .threads = 1, .device = "cpu"});
            },
            options);
    }

    Session& session() { return *session_; }
    CommandId post(Command command) { return session_->post(std::move(command)); }

    template <typename Condition>
    std::shared_ptr<const Snapshot> wait_for(Condition reached) {
        for (;;) {
            const auto snapshot = session_->latest();
            session_->drain_metrics(metrics);
            session_->drain_events(events);
            if (snapshot && reached(*snapshot)) return snapshot;
            std::unique_lock lock(mutex_);
            if (!changed_.wait_for(lock, std::chrono::seconds(60), [this] { return published_; }))
                throw std::runtime_error("nothing was published for a minute");
            published_ = false;
        }
    }
    std::shared_ptr<const Snapshot> wait_for(CommandId id) {
        return wait_for([id](const Snapshot& snapshot) {
            return snapshot.applied_command >= id && snapshot.state != SessionState::Running && !snapshot.evaluating;
        });
    }

    std::vector<IterationMetrics> metrics;
    std::vector<Event> events;

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool published_ = false;
    std::unique_ptr<TrainingSession> session_;  // last: its thread uses the rest
};

WatchSet everything(const NetworkDescription& network) {
    WatchSet watch;
    watch.probe = watch.layer_statistics = watch.test_confusion = watch.every_iteration = true;
    watch.add({TensorKind::Input, kInputLayer});
    for (const LayerDescription& layer : network.layers)
        for (const TensorKind kind :
             {TensorKind::Activation, TensorKind::Weight, TensorKind::WeightGradient, TensorKind::WeightUpdate})
            watch.add({kind, layer.id});
    for (const ExplanationMethodRow& row : explanation_methods()) watch.add(ExplanationQuestion{.method = row.method});
    watch.add(TopPatchesQuestion{});
    watch.add(MaximisedInputQuestion{.layer = LayerId{0}, .channel = 1});
    watch.add(ActivationHistogramQuestion{.layer = LayerId{0}, .channel = 1});
    watch.add(FilterBiographyQuestion{.layer = LayerId{0}, .channel = 1});
    return watch;
}

}  // namespace

TEST_CASE("the loss of every iteration is the same, bit for bit, with everything watched and with nothing") {
    const auto losses = [](bool watched) {
        LiveSession session(small_recipe());
        const auto ready = session.wait_for([](const Snapshot& snapshot) { return snapshot.run_info != nullptr; });
        if (watched) {
            session.post(command::Watch{everything(ready->run_info->network)});
            session.post(command::SeekMistake{1});
            session.post(command::SetSpeed{400.0});  // leaves time between iterations, in which the test set is swept
        }
        session.wait_for(session.post(command::Step{30}));  // 13 minibatches an epoch: two ends of epochs lie within
        session.wait_for([&](const Snapshot&) { return session.metrics.size() == 30; });
        std::vector<float> all;
        for (const IterationMetrics& metrics : session.metrics) all.push_back(metrics.loss);
        return all;
    };
    REQUIRE(losses(true) == losses(false));
}

TEST_CASE("a run that another recipe has replaced is brought back bit for bit, and trains on as if it had not been") {
    const OptimizerKind optimizer = GENERATE(OptimizerKind::Adam, OptimizerKind::Sgd);
    const auto losses = [optimizer](bool interrupted) {
        LiveSession session(stateful_recipe(optimizer));
        session.wait_for(session.post(command::Step{17}));
        std::shared_ptr<const Snapshot> back;
        if (interrupted) {
            session.post(command::Reset{3, small_recipe()});
            session.wait_for(session.post(command::Step{5}));
            back = session.wait_for(session.post(command::BringBack{}));
            REQUIRE(back->iteration == 17);
        }
        const RunId run = session.wait_for(session.post(command::Step{20}))->run_info->run;
        std::vector<float> all;
        session.wait_for([&](const Snapshot&) {
            all.clear();
            for (const IterationMetrics& metrics : session.metrics)
                if (metrics.run == run && metrics.iteration > 17) all.push_back(metrics.loss);
            return all.size() == 20;
        });
        return all;
    };
    REQUIRE(losses(true) == losses(false));
}

TEST_CASE("the session with the real trainer obeys commands as those that stand for it do") {
    LiveSession session(small_recipe());
    session.wait_for([](const Snapshot& snapshot) { return snapshot.state == SessionState::Paused; });
    require_commands_to_be_obeyed(session.session(), [&] {
        const CommandId last = session.post(command::Watch{});
        for (;; std::this_thread::yield()) {
            const auto latest = session.session().latest();
            if (latest->applied_command >= last && latest->state != SessionState::Running && !latest->evaluating)
                return latest;
        }
    });
}

TEST_CASE("an epoch's evaluation is what its confusion matrix says") {
    LiveSession session(small_recipe());
    session.wait_for(session.post(command::Step{13}));
    const auto snapshot = session.wait_for(
        [](const Snapshot& s) { return s.test_confusion != nullptr && s.test_confusion->last_iteration == 13; });
    REQUIRE(snapshot->test_confusion->matrix.total() == 50);
    const auto* evaluated = [&]() -> const event::Evaluated* {
        for (const Event& event : session.events)
            if (const auto* found = std::get_if<event::Evaluated>(&event)) return found;
        return nullptr;
    }();
    REQUIRE(evaluated != nullptr);
    REQUIRE(evaluated->metrics.epoch == 1);
    REQUIRE(evaluated->metrics.test_accuracy == snapshot->test_confusion->matrix.accuracy());
}

TEST_CASE("a panel opened while paused gets its tensors from the weights as they are") {
    LiveSession session(small_recipe());
    const auto paused = session.wait_for(session.post(command::Step{5}));
    REQUIRE(paused->seen.captures.empty());
    session.post(command::Watch{everything(paused->run_info->network)});
    const auto watched =
        session.wait_for([](const Snapshot& s) { return !s.seen.captures.empty() && s.seen.probe.iteration == 5; });
    REQUIRE(watched->iteration == 5);
    for (const auto& capture : watched->seen.captures) REQUIRE(capture->iteration == 5);
    REQUIRE(watched->find({TensorKind::WeightGradient, LayerId{0}}) != nullptr);
    REQUIRE(watched->find({TensorKind::WeightUpdate, LayerId{0}}) != nullptr);
}

TEST_CASE("a recipe that cannot be trained here makes the session fail with a sentence, and a good one recovers it") {
    Recipe colour = small_recipe();
    colour.input_channels = 3;
    LiveSession session(colour);
    const auto failed = session.wait_for([](const Snapshot& s) { return s.state == SessionState::Failed; });
    REQUIRE(failed->failure.find("3x28x28") != std::string::npos);
    session.post(command::Reset{1, small_recipe()});
    session.wait_for([](const Snapshot& s) { return s.iteration > 2; });
}
