#include "engine/train/torch_trainer.h"

#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <cmath>
#include <string>
#include <vector>

using namespace convscope;

namespace {

std::vector<float> losses(TorchTrainer& trainer, int iterations) {
    std::vector<float> result;
    for (int i = 0; i < iterations; ++i) result.push_back(trainer.train_iteration().loss);
    return result;
}

std::vector<Recipe> stateful_recipes() {
    std::vector<Recipe> all;
    for (const OptimizerKind kind :
         {OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp, OptimizerKind::Sgd})
        all.push_back(stateful_recipe(kind));
    all.back().optimizer.nesterov = true;
    all.push_back(small_recipe(OptimizerKind::Sgd));
    all.back().optimizer.momentum = 0.0;
    all.push_back(stateful_recipe(OptimizerKind::RmsProp));
    all.back().optimizer.momentum = 0.0;
    return all;
}

}  // namespace

TEST_CASE("a run continued from a captured state repeats itself bit for bit, the next epoch included") {
    const auto data = make_toy_dataset(100, 20);
    for (const Recipe& recipe : stateful_recipes()) {
        TorchTrainer trainer({.data = data, .threads = 1, .device = "cpu"});
        REQUIRE(trainer.start({RunId{1}, recipe, 4}).ok());
        losses(trainer, 5);
        trainer.set_learning_rate(0.001);
        trainer.set_momentum(0.7);
        trainer.set_batch_size(8);
        losses(trainer, 2);
        const TrainingState state = trainer.state();
        std::vector<int> predicted(10);  // all that is held out
        const double test_loss = trainer.classify(Split::Test, 0, predicted);
        const std::vector<float> went_on = losses(trainer, 20);
        const std::string kind =
            std::string(to_string(recipe.optimizer.kind)) + " momentum " + std::to_string(recipe.optimizer.momentum);
        INFO(kind);
        for (const float loss : went_on) REQUIRE(std::isfinite(loss));

        SECTION("in the same trainer, after going on: " + kind) {
            REQUIRE(trainer.restore(state).ok());
            REQUIRE(trainer.classify(Split::Test, 0, predicted) == test_loss);
            REQUIRE(losses(trainer, 20) == went_on);
        }
        SECTION("in another trainer that trained something else: " + kind) {
            TorchTrainer other({.data = data, .threads = 1, .device = "cpu"});
            REQUIRE(other.start({RunId{2}, wide_recipe(), 77}).ok());
            losses(other, 2);
            REQUIRE(other.restore(state).ok());
            REQUIRE(other.settings().learning_rate == 0.001);
            REQUIRE(other.settings().momentum == 0.7);
            REQUIRE(other.settings().batch_size == 8);
            REQUIRE(other.classify(Split::Test, 0, predicted) == test_loss);
            REQUIRE(losses(other, 20) == went_on);
        }
    }
}

TEST_CASE("a captured state stays as it is while training goes on, batch norm's running values too") {
    TorchTrainer trainer({.data = make_toy_dataset(100, 20), .threads = 1, .device = "cpu"});
    REQUIRE(trainer.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), 4}).ok());
    losses(trainer, 3);
    const TrainingState state = trainer.state();
    std::vector<torch::Tensor> before;
    for (const auto& [name, tensor] : state.weights) before.push_back(tensor.clone());
    losses(trainer, 3);
    const TrainingState later = trainer.state();
    for (std::size_t i = 0; i < before.size(); ++i) {
        INFO(state.weights[i].first);
        CHECK(torch::equal(state.weights[i].second, before[i]));
        CHECK_FALSE(torch::equal(later.weights[i].second, before[i]));
    }
}
