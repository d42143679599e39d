#include "engine/core/clock.h"
#include "engine/session/training_session.h"
#include "engine/train/thread_settings.h"
#include "engine/train/torch_trainer.h"
#include "tests/bench/bench.h"

#include <torch/torch.h>

#include <chrono>
#include <thread>

namespace convscope::bench {
namespace {

constexpr auto kReaderPeriod = std::chrono::microseconds(16667);  // 60 Hz, as a window reads

WatchSet everything(const NetworkDescription& network, bool every_iteration) {
    WatchSet watch;
    watch.every_iteration = every_iteration;
    for (const LayerDescription& layer : network.layers) {
        watch.add({TensorKind::Activation, layer.id});
        if (!layer.has_weight()) continue;
        watch.add({TensorKind::Weight, layer.id});
        watch.add({TensorKind::WeightGradient, layer.id});
    }
    return watch;
}

SessionOptions paused_from_start(const Recipe& recipe) {
    SessionOptions options;
    options.recipe = recipe;
    options.paused = true;
    return options;
}

// A session that runs only during its turns.
class Contestant {
public:
    Contestant(const Recipe& recipe, std::shared_ptr<const Dataset> data, int threads)
        : session_(
              [data, threads] {
                  return std::make_unique<TorchTrainer>(
                      TorchTrainerOptions{.data = data, .threads = threads, .device = "cpu"});
              },
              paused_from_start(recipe)) {
        read_until([](const Snapshot& snapshot) { return snapshot.run_info != nullptr; });
    }

    void watch(bool every_iteration) {
        session_.post(command::Watch{everything(snapshot_->run_info->network, every_iteration)});
    }

    // Samples per second over about that long, as the snapshots' own iteration numbers and times have it.
    double run(double seconds, std::vector<WatchingCost>* costs = nullptr) {
        session_.post(command::Run{});
        const std::int64_t paused_at = snapshot_->iteration;
        read_until([&](const Snapshot& s) { return s.iteration > paused_at + 1; });
        const auto first = snapshot_;
        read_until([&](const Snapshot& s) {
            if (costs != nullptr && s.cost.captured_bytes > 0) costs->push_back(s.cost);
            return seconds_between(first->published, s.published) >= seconds;
        });
        const auto last = snapshot_;
        const CommandId paused = session_.post(command::Pause{});
        read_until([&](const Snapshot& s) { return s.applied_command >= paused && !s.evaluating; });
        return static_cast<double>((last->iteration - first->iteration) * last->settings.batch_size) /
               seconds_between(first->published, last->published);
    }

private:
    template <typename Condition>
    void read_until(Condition reached) {
        for (;; std::this_thread::sleep_for(kReaderPeriod)) {
            metrics_.clear();
            session_.drain_metrics(metrics_);
            snapshot_ = session_.latest();
            if (snapshot_ && snapshot_->state == SessionState::Failed) throw std::runtime_error(snapshot_->failure);
            if (snapshot_ && reached(*snapshot_)) return;
        }
    }

    std::shared_ptr<const Snapshot> snapshot_;
    std::vector<IterationMetrics> metrics_;
    TrainingSession session_;
};

}  // namespace

nlohmann::ordered_json measure_throughput(const Recipe& recipe, std::shared_ptr<const Dataset> data, int threads,
                                          const Effort& effort) {
    Recipe endless = recipe;
    endless.epochs = 1000000;
    const auto training = training_only(std::move(data));
    apply(fixed_thread_settings(threads));
    TextbookLoop textbook(endless, *training);
    Contestant unwatched(endless, training, threads), watched(endless, training, threads),
        every_iteration(endless, training, threads);
    watched.watch(/*every_iteration=*/false);
    every_iteration.watch(/*every_iteration=*/true);

    std::vector<double> rates[4], ratios[3], capture_microseconds, publish_microseconds, bytes;
    std::vector<WatchingCost> costs;
    for (int round = -1; round < effort.rounds; ++round) {  // round -1 warms up
        const double seconds = round < 0 ? 0.5 : effort.seconds_per_turn;
        const double rate[4] = {textbook.run(seconds), unwatched.run(seconds), watched.run(seconds),
                                every_iteration.run(seconds, &costs)};
        if (round < 0) continue;
        for (int i = 0; i < 4; ++i) rates[i].push_back(rate[i]);
        for (int i = 0; i < 3; ++i) ratios[i].push_back(rate[i + 1] / rate[0]);
    }
    for (const WatchingCost& cost : costs) {
        capture_microseconds.push_back(cost.capture_microseconds);
        publish_microseconds.push_back(cost.publish_microseconds);
        bytes.push_back(static_cast<double>(cost.captured_bytes));
    }
    return {{"recipe", recipe.name},
            {"threads", threads},
            {"rounds", effort.rounds},
            {"textbook_samples_per_second", median(rates[0])},
            {"unwatched_samples_per_second", median(rates[1])},
            {"watched_samples_per_second", median(rates[2])},
            {"every_iteration_samples_per_second", median(rates[3])},
            {"unwatched_ratio", median(ratios[0])},
            {"watched_ratio", median(ratios[1])},
            {"every_iteration_ratio", median(ratios[2])},
            {"capture_microseconds", median(capture_microseconds)},
            {"capture_bytes", median(bytes)},
            {"publish_microseconds", median(publish_microseconds)}};
}

}  // namespace convscope::bench
