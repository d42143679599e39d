#include "engine/train/torch_trainer.h"

#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

using namespace convscope;

namespace {

std::vector<float> losses(TorchTrainer& trainer, int iterations) {
    std::vector<float> result;
    for (int i = 0; i < iterations; ++i) result.push_back(trainer.train_iteration().loss);
    return result;
}

}  // namespace

TEST_CASE("a run continued from a captured state repeats itself bit for bit, dropout and the next epoch included") {
    const auto data = make_toy_dataset(100, 20);
    for (const OptimizerKind kind : {OptimizerKind::Adam, OptimizerKind::Sgd}) {
        TorchTrainer trainer({.data = data, .threads = 1, .device = "cpu"});
        REQUIRE(trainer.start({RunId{1}, small_recipe(kind), 4}).ok());
        losses(trainer, 5);
        trainer.set_learning_rate(0.01);
        trainer.set_batch_size(9);
        losses(trainer, 2);
        const TrainingState state = trainer.state();
        const std::vector<float> went_on = losses(trainer, 20);

        SECTION("in the same trainer, after going on: " + std::string(to_string(kind))) {
            REQUIRE(trainer.restore(state).ok());
            REQUIRE(losses(trainer, 20) == went_on);
        }
        SECTION("in another trainer that trained something else: " + std::string(to_string(kind))) {
            TorchTrainer other({.data = data, .threads = 1, .device = "cpu"});
            REQUIRE(other.start({RunId{2}, wide_recipe(), 77}).ok());
            losses(other, 2);
            REQUIRE(other.restore(state).ok());
            REQUIRE(other.settings().learning_rate == 0.01);
            REQUIRE(other.settings().batch_size == 9);
            REQUIRE(losses(other, 20) == went_on);
        }
    }
}
