#include "engine/core/clock.h"
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

}  // namespace convscope::bench
