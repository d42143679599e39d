#include "engine/core/clock.h"
#include "engine/session/run_pair.h"
#include "engine/train/torch_trainer.h"
#include "tests/bench/bench.h"

#include <ctime>
#include <stdexcept>

namespace convscope::bench {
namespace {

constexpr double kAtMost = 2.1;  // times as long as one run

// One run, and perhaps another beside it with another rate; nothing is looked at.
class TwinContestant {
public:
    TwinContestant(const Recipe& recipe, const std::shared_ptr<const Dataset>& data, int threads, bool twin)
        : pair_(
              [data, threads] {
                  return std::make_unique<TorchTrainer>(
                      TorchTrainerOptions{.data = data, .threads = threads, .device = "cpu"});
              },
              SessionOptions{.recipe = recipe}, [](TimePoint) { return true; }) {
        pair_.begin();
        const double rate = 0.5 * recipe.optimizer.learning_rate;
        const SteadyClock clock;
        const TimePoint begin = clock.now();
        if (twin) pair_.apply(CommandId{1}, command::BeginTwin{.difference = {command::SetLearningRate{rate}}});
        if (twin != (pair_.twin() != nullptr)) throw std::runtime_error("the other run could not be begun");
        pair_.answer();
        begin_milliseconds = 1e3 * seconds_between(begin, clock.now());
    }
    ~TwinContestant() { pair_.end(); }

    // An iteration, of both: seconds of the clock, and of processors, which other programs take away less of.
    struct Cost {
        double seconds = 0.0;
        double processor_seconds = 0.0;
    };
    Cost run(double seconds) {
        const SteadyClock clock;
        const TimePoint begin = clock.now();
        const std::clock_t processor = std::clock();
        const std::int64_t first = pair_.leader().furthest();
        while (seconds_between(begin, clock.now()) < seconds) pair_.work();
        while (pair_.twin() != nullptr && pair_.twin()->furthest() < pair_.leader().furthest()) pair_.work();
        const auto iterations = static_cast<double>(pair_.leader().furthest() - first);
        const Cost cost{seconds_between(begin, clock.now()) / iterations,
                        static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC / iterations};
        std::vector<IterationMetrics> read;
        for (Publisher* publisher : {&pair_.publisher(), &pair_.twin_publisher()}) {
            publisher->latest();
            publisher->drain_metrics(read);
        }
        return cost;
    }

    double begin_milliseconds = 0.0;  // that the other one took to begin

private:
    RunPair pair_;
};

}  // namespace

nlohmann::ordered_json measure_twin(const Recipe& recipe, std::shared_ptr<const Dataset> data, int threads,
                                    const Effort& effort) {
    data = training_only(std::move(data));
    const Recipe endless = without_end(recipe);
    TwinContestant alone(endless, data, threads, /*twin=*/false);
    TwinContestant both(endless, data, threads, /*twin=*/true);
    std::vector<double> one, two, ratios, of_processors;
    for (int round = -1; round < effort.rounds; ++round) {
        const bool alone_first = round % 2 == 0;
        TwinContestant::Cost cost[2];
        cost[alone_first ? 0 : 1] = (alone_first ? alone : both).run(effort.seconds_per_turn);
        cost[alone_first ? 1 : 0] = (alone_first ? both : alone).run(effort.seconds_per_turn);
        if (round < 0) continue;  // warm
        one.push_back(1.0 / cost[0].seconds);
        two.push_back(1.0 / cost[1].seconds);
        ratios.push_back(cost[1].seconds / cost[0].seconds);
        of_processors.push_back(cost[1].processor_seconds / cost[0].processor_seconds);
    }
    return {{"recipe", recipe.name},
            {"alone_iterations_per_second", median(one)},
            {"twin_iterations_per_second", median(two)},
            {"times_as_long", median(ratios)},
            {"processor_times_as_long", median(of_processors)},
            {"at_most", kAtMost},
            {"begin_ms", both.begin_milliseconds}};
}

}  // namespace convscope::bench
