#include "engine/core/clock.h"
#include "engine/session/training_session.h"
#include "engine/train/thread_settings.h"
#include "engine/train/torch_trainer.h"
#include "tests/bench/bench.h"
#include "tests/bench/scene_stage.h"
#include "viz/view/lay_of_data.h"

#include <torch/torch.h>

#include <chrono>
#include <optional>
#include <thread>

namespace convscope::bench {
namespace {

constexpr auto kReaderPeriod = std::chrono::microseconds(16667);  // 60 Hz, as a window reads
constexpr std::int64_t kWarmUpIterations = 5;

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

enum class Watching { Nothing, AtReadersPace, EveryIteration, Scene, Lay };

SessionOptions paused_from_start(const Recipe& recipe) {
    SessionOptions options;
    options.recipe = recipe;
    options.paused = true;
    return options;
}

// A session of its own for each turn. Several kept at once would each keep a team of OpenMP threads, and libgomp,
// seeing more threads than processors, would put them all to sleep sooner: nobody would run as in a program of its own.
class Contestant {
public:
    Contestant(const Recipe& recipe, std::shared_ptr<const Dataset> data, int threads, Watching watching)
        : session_(
              [data, threads] {
                  return std::make_unique<TorchTrainer>(
                      TorchTrainerOptions{.data = data, .threads = threads, .device = "cpu"});
              },
              paused_from_start(recipe)) {
        read_until([](const Snapshot& snapshot) { return snapshot.run_info != nullptr; });
        if (watching == Watching::Nothing) return;
        if (watching == Watching::Scene) {
            stage_.emplace(session_, clock_);
            stage_->hold_and_turn(true);
            return;
        }
        if (watching == Watching::Lay) {
            const auto count = static_cast<std::int32_t>(snapshot_->run_info->network.layers.size());
            question_ = {.layer = LayerId{count - 2}, .count = 2000};
            command::Watch watch;
            watch.set.add(question_);
            session_.post(std::move(watch));
            lay_.emplace(Errands::Where::Thread);
            return;
        }
        session_.post(command::Watch{everything(snapshot_->run_info->network, watching == Watching::EveryIteration)});
    }

    // Samples per second over about that long, as the snapshots' own iteration numbers and times have it.
    double run(double seconds, std::vector<WatchingCost>* costs = nullptr) {
        session_.post(command::Run{});
        read_until([&](const Snapshot& s) { return s.iteration >= kWarmUpIterations; });
        const auto first = snapshot_;
        read_until([&](const Snapshot& s) {
            if (costs != nullptr && s.cost.captured_bytes > 0) costs->push_back(s.cost);
            return seconds_between(first->published, s.published) >= seconds;
        });
        const auto last = snapshot_;
        return static_cast<double>((last->iteration - first->iteration) * last->settings.batch_size) /
               seconds_between(first->published, last->published);
    }

    // Of the trainer's working time, lately: what a crowded machine does not blur as it does a ratio of two rates.
    double watching_share() const { return snapshot_->cost.share; }
    // What each frame of the scene has cost this thread.
    const std::vector<double>& frame_milliseconds() const { return frame_milliseconds_; }

private:
    template <typename Condition>
    void read_until(Condition reached) {
        for (auto next = std::chrono::steady_clock::now();; std::this_thread::sleep_until(next)) {
            next = std::max(next + kReaderPeriod, std::chrono::steady_clock::now());
            read();
            if (snapshot_ && snapshot_->state == SessionState::Failed) throw std::runtime_error(snapshot_->failure);
            if (snapshot_ && reached(*snapshot_)) return;
        }
    }

    void read() {
        if (stage_) {
            frame_milliseconds_.push_back(stage_->draw().cpu_milliseconds);
            snapshot_ = stage_->lane().link.shared_live();
            return;
        }
        metrics_.clear();
        session_.drain_metrics(metrics_);
        snapshot_ = session_.latest();
        if (lay_ && snapshot_) lay_->advance(snapshot_->find(question_), {}, seconds_between(start_, clock_.now()));
    }

    const SteadyClock clock_;
    std::shared_ptr<const Snapshot> snapshot_;
    std::vector<IterationMetrics> metrics_;
    std::vector<double> frame_milliseconds_;
    TrainingSession session_;
    std::optional<SceneStage> stage_;
    SampleQuestion question_;
    std::optional<LayOfData> lay_;
    const TimePoint start_ = clock_.now();
};

}  // namespace

Recipe without_end(Recipe recipe) {
    recipe.epochs = recipe.evaluate_every = 1000000;
    return recipe;
}

nlohmann::ordered_json measure_turn(const Recipe& recipe, std::shared_ptr<const Dataset> data, Watched watched,
                                    int threads, double seconds) {
    const Watching watching = watched == Watched::Lay          ? Watching::Lay
                              : watched == Watched::Scene      ? Watching::Scene
                              : watched == Watched::Everything ? Watching::AtReadersPace
                                                               : Watching::Nothing;
    // A lay is of test pictures; nobody is measured on them here.
    const auto seen = watched == Watched::Lay ? std::move(data) : training_only(std::move(data));
    Contestant contestant(without_end(recipe), seen, threads, watching);
    nlohmann::ordered_json result{{"samples_per_second", contestant.run(seconds)}};
    if (watched == Watched::Lay) result["watching_share"] = contestant.watching_share();
    if (watched == Watched::Scene) {
        result["watching_share"] = contestant.watching_share();
        result["frames"] = contestant.frame_milliseconds().size();
        result["frame_milliseconds_median"] = median(contestant.frame_milliseconds());
    }
    return result;
}

nlohmann::ordered_json measure_throughput(const Recipe& recipe, std::shared_ptr<const Dataset> data, int threads,
                                          const Effort& effort) {
    const Recipe endless = without_end(recipe);
    const auto training = training_only(std::move(data));
    std::optional<TextbookLoop> textbook;
    const auto run_textbook = [&](double seconds) {
        double rate = 0.0;
        std::thread([&] {  // for its team of OpenMP threads to end with its turn, too
            apply(fixed_thread_settings(threads));
            if (!textbook) textbook.emplace(endless, *training);
            rate = textbook->run(seconds);
        })
            .join();
        return rate;
    };

    std::vector<double> rates[4], ratios[3], capture_microseconds, publish_microseconds, bytes;
    std::vector<WatchingCost> costs;
    const auto run_session = [&](Watching watching, double seconds) {
        return Contestant(endless, training, threads, watching)
            .run(seconds, watching == Watching::EveryIteration ? &costs : nullptr);
    };
    for (int round = -1; round < effort.rounds; ++round) {  // round -1 warms up
        const double seconds = round < 0 ? 0.5 : effort.seconds_per_turn;
        const double rate[4] = {run_textbook(seconds), run_session(Watching::Nothing, seconds),
                                run_session(Watching::AtReadersPace, seconds),
                                run_session(Watching::EveryIteration, seconds)};
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
