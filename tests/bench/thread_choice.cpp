#include "engine/core/clock.h"
#include "engine/train/thread_settings.h"
#include "engine/train/torch_trainer.h"
#include "tests/bench/bench.h"

#include <thread>

namespace convscope::bench {
namespace {

double samples_per_second(TorchTrainer& trainer, double seconds) {
    const SteadyClock clock;
    trainer.train_iteration();  // wakes the threads of this setting
    const TimePoint begin = clock.now();
    std::int64_t samples = 0;
    while (seconds_between(begin, clock.now()) < seconds)
        samples += static_cast<std::int64_t>(trainer.train_iteration().labels.size());
    return static_cast<double>(samples) / seconds_between(begin, clock.now());
}

}  // namespace

nlohmann::ordered_json measure_thread_choice(const Recipe& recipe, std::shared_ptr<const Dataset> data,
                                             const Effort& effort) {
    Recipe endless = recipe;
    endless.epochs = 1000000;
    TorchTrainer trainer({.data = training_only(std::move(data)), .threads = 0, .device = "cpu"});
    const auto info = trainer.start({RunId{1}, endless, /*seed=*/0});
    if (!info.ok()) throw std::runtime_error(info.error().message);
    const ThreadSettings chosen{info.value()->threads, info.value()->blas_threads};

    const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    const ThreadSettings fixed[] = {{1, 1}, {1, cores}, {cores, 1}, {cores, cores}};
    std::vector<ThreadSettings> contestants(std::begin(fixed), std::end(fixed));
    // A choice that is one of the four is measured as that one: measured twice, it would differ by noise alone.
    const auto place = std::find(contestants.begin(), contestants.end(), chosen) - contestants.begin();
    if (place == 4) contestants.push_back(chosen);
    std::vector<std::vector<double>> rates(contestants.size());
    for (int round = 0; round < effort.rounds; ++round)
        for (std::size_t i = 0; i < contestants.size(); ++i) {
            apply(contestants[i]);
            rates[i].push_back(samples_per_second(trainer, effort.seconds_per_turn));
        }
    const double chosen_rate = median(rates[static_cast<std::size_t>(place)]);
    nlohmann::ordered_json result{{"recipe", recipe.name}, {"rounds", effort.rounds}};
    double best = 0.0;
    for (int i = 0; i < 4; ++i) {
        const double rate = median(rates[static_cast<std::size_t>(i)]);
        best = std::max(best, rate);
        result["fixed"].push_back({{"threads", fixed[i].torch_threads},
                                   {"blas_threads", fixed[i].blas_threads},
                                   {"samples_per_second", rate}});
    }
    result["chosen"] = {
        {"threads", chosen.torch_threads}, {"blas_threads", chosen.blas_threads}, {"samples_per_second", chosen_rate}};
    result["ratio_to_best"] = chosen_rate / best;
    return result;
}

}  // namespace convscope::bench
