#include "engine/core/clock.h"
#include "engine/session/run_driver.h"
#include "engine/train/torch_trainer.h"
#include "tests/bench/bench.h"

#include <stdexcept>

namespace convscope::bench {

nlohmann::ordered_json measure_states(const Recipe& recipe, std::shared_ptr<const Dataset> data, const Effort& effort) {
    const SteadyClock clock;
    TorchTrainer trainer({.data = training_only(std::move(data)), .threads = 2, .device = "cpu"});
    const auto info = trainer.start({RunId{1}, recipe, /*seed=*/0});
    if (!info.ok()) throw std::runtime_error(info.error().message);
    const auto train = [&] {
        for (int i = 0; i < 5; ++i) trainer.train_iteration();
    };
    const auto milliseconds = [&](const auto& work) {
        const TimePoint begin = clock.now();
        work();
        return 1e3 * seconds_between(begin, clock.now());
    };
    train();
    std::vector<std::shared_ptr<const TrainingState>> kept(2);  // as somebody who goes back and forth
    std::vector<double> taken, gone_to;
    for (int round = 0; round < 20 * effort.rounds; ++round) {
        std::shared_ptr<const TrainingState>& state = kept[static_cast<std::size_t>(round % 2)];
        taken.push_back(milliseconds([&] { state = trainer.state(); }));
        train();
        gone_to.push_back(milliseconds([&] {
            if (const Result<void> restored = trainer.restore(*state); !restored.ok())
                throw std::runtime_error(restored.error().message);
        }));
        train();
    }
    return {{"recipe", recipe.name},
            {"bytes", byte_count(*kept.front())},
            {"state_ms", median(taken)},
            {"restore_ms", median(gone_to)},
            {"slowest_restore_ms", *std::max_element(gone_to.begin(), gone_to.end())}};
}

// Keeping states on and off in turn, and then going back in the run that has them.
nlohmann::ordered_json measure_going_back(const Recipe& recipe, std::shared_ptr<const Dataset> data,
                                          const Effort& effort) {
    const auto clock = std::make_shared<SteadyClock>();
    std::uint64_t commands = 0;
    const auto driver_with = [&](std::size_t bytes) {
        SessionOptions options{.recipe = recipe, .kept_states_bytes = bytes};
        options.clock = clock;
        auto driver = std::make_unique<RunDriver>(
            [data = training_only(data)] {
                return std::make_unique<TorchTrainer>(TorchTrainerOptions{.data = data, .threads = 2, .device = "cpu"});
            },
            std::move(options), [](TimePoint) { return true; });
        driver->begin();
        return driver;
    };
    const auto seconds_for = [&](RunDriver& driver, std::int64_t iterations) {
        const TimePoint begin = clock->now();
        for (const std::int64_t until = driver.furthest() + iterations; driver.furthest() < until;) driver.work();
        return seconds_between(begin, clock->now());
    };
    const auto kept = driver_with(SessionOptions().kept_states_bytes);
    const auto off = driver_with(0);
    const std::int64_t epoch = kept->publisher().latest()->iterations_per_epoch;
    const std::int64_t stretch = std::max<std::int64_t>(1, epoch / 8);
    std::vector<double> ratios;
    for (std::int64_t done = 0; done < epoch * std::max(1, effort.rounds / 2) + stretch; done += stretch) {
        const double with = seconds_for(*kept, stretch);
        const double without = seconds_for(*off, stretch);
        ratios.push_back(without / with);
    }
    const auto milliseconds_to = [&](std::int64_t iteration) {
        const TimePoint begin = clock->now();
        kept->apply(CommandId{++commands}, command::GoTo{iteration});
        while (kept->travelling()) kept->work();
        return 1e3 * seconds_between(begin, clock->now());
    };
    const std::int64_t furthest = kept->furthest();
    std::vector<double> to_kept, to_any;
    kept->answer();
    const RunLine line = kept->publisher().latest()->line;
    for (const std::int64_t iteration : *line.kept) to_kept.push_back(milliseconds_to(iteration));
    for (std::int64_t i = 0; i < 40; ++i) to_any.push_back(milliseconds_to(furthest - (i * 37) % epoch));
    return {{"recipe", recipe.name},
            {"kept_states", line.kept->size()},
            {"kept_bytes", line.kept_bytes},
            {"training_with_to_without", median(ratios)},
            {"to_kept_ms", median(to_kept)},
            {"slowest_to_kept_ms", *std::max_element(to_kept.begin(), to_kept.end())},
            {"to_last_epoch_ms", median(to_any)},
            {"slowest_to_last_epoch_ms", *std::max_element(to_any.begin(), to_any.end())}};
}

}  // namespace convscope::bench
