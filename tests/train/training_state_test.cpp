// States of LibTorch's trainer: what trainers promise of them, with every optimizer and all that a run can have.
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/support/trainer_contract.h"
#include "tests/train/recipes.h"

#include <string>
#include <vector>

using namespace convscope;

namespace {

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

Candidate torch_candidate(const Recipe& recipe) {
    const auto data = make_toy_dataset(100, 20);
    return {[data] {
                return std::make_unique<TorchTrainer>(TorchTrainerOptions{.data = data, .threads = 1, .device = "cpu"});
            },
            recipe, wide_recipe(),
            [data](const HeldPicture& held) {
                const auto bytes = data->image(held.split, held.index);
                return OwnPicture{std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end()), 1};
            }};
}

}  // namespace

TEST_CASE("a restored state goes on bit for bit, the next epoch included, with every optimizer") {
    for (const Recipe& recipe : stateful_recipes()) {
        INFO(to_string(recipe.optimizer.kind) << " momentum " << recipe.optimizer.momentum);
        require_states_to_repeat(torch_candidate(recipe));
    }
}

TEST_CASE("what is done by hand counts, goes with the state, and taken back leaves no bit behind") {
    for (const Recipe& recipe : stateful_recipes()) {
        INFO(to_string(recipe.optimizer.kind) << " momentum " << recipe.optimizer.momentum);
        require_hands_to_be_obeyed(torch_candidate(recipe));
        require_recipes_to_change(torch_candidate(recipe));
        require_data_to_change(torch_candidate(recipe));
    }
}

TEST_CASE("another trainer beside it goes on from its states and begins runs, and changes no bit of its own") {
    for (const Recipe& recipe : stateful_recipes()) require_another_beside_it(torch_candidate(recipe));
}

TEST_CASE("a captured state stays as it is while training goes on, and shares what did not change") {
    require_states_to_stay(torch_candidate(stateful_recipe(OptimizerKind::Adam)));
}

TEST_CASE("a state of another run, or a damaged one, is refused and leaves every bit as it was") {
    for (const OptimizerKind kind : {OptimizerKind::Adam, OptimizerKind::Sgd}) {
        INFO(to_string(kind));
        require_refusals_to_change_nothing(torch_candidate(stateful_recipe(kind)));
    }
}

TEST_CASE("an iteration that ended half-way is forgotten where the run is restored") {
    require_restored_runs_to_be_whole(torch_candidate(stateful_recipe(OptimizerKind::Adam)));
}

TEST_CASE("what is looked at is the picture that was asked for, from wherever it comes") {
    require_probes_to_be_obeyed(torch_candidate(small_recipe()));
    Recipe augmented = small_recipe();
    augmented.augmentation = {.shift = 2.0, .rotate = 10.0, .scale = 0.1, .noise = 0.05};
    require_probes_to_be_obeyed(torch_candidate(augmented));
}

TEST_CASE("what a job or a sample says is of the network that it began with, and changes no loss") {
    require_jobs_to_stand_still(torch_candidate(small_recipe()));
    require_samples_to_stand_still(torch_candidate(small_recipe()));
    require_jobs_to_stand_still(torch_candidate(stateful_recipe(OptimizerKind::Adam)));
    require_samples_to_stand_still(torch_candidate(stateful_recipe(OptimizerKind::Adam)));
}

TEST_CASE("the minibatch of an observed iteration is told with the losses of that very pass, whatever the loss is") {
    Recipe recipe = small_recipe();  // with dropout
    recipe.label_smoothing = 0.1;
    recipe.augmentation = {.shift = 2.0, .rotate = 10.0, .scale = 0.1, .noise = 0.05};
    require_batches_to_be_told(torch_candidate(recipe));
    require_batches_to_be_told(torch_candidate(stateful_recipe(OptimizerKind::Sgd)));  // with batch norm
    for (const LossKind kind : {LossKind::CrossEntropyOneHot, LossKind::MeanSquaredError}) {
        INFO(static_cast<int>(kind));
        Recipe other = small_recipe();
        other.loss = kind;
        require_batches_to_be_told(torch_candidate(other));
    }
    Recipe likelihood = small_recipe();
    likelihood.loss = LossKind::NegativeLogLikelihood;
    likelihood.layers.push_back(layer("log", LayerKind::LogSoftmax));
    require_batches_to_be_told(torch_candidate(likelihood));
}

TEST_CASE("nothing of the future is left to be seen in a restored run: no gradient, no update") {
    TorchTrainer trainer({.data = make_toy_dataset(100, 20), .threads = 1, .device = "cpu"});
    const auto info = trainer.start({RunId{1}, small_recipe(), 4});
    REQUIRE(info.ok());
    const LayerId conv = info.value()->network.layers.front().id;
    WatchSet watch;
    for (const TensorKind kind : {TensorKind::Weight, TensorKind::WeightGradient, TensorKind::WeightUpdate})
        watch.add({kind, conv});
    const auto seen = [&] {
        Observation snapshot;
        trainer.capture({watch, false, 1}, snapshot);
        return snapshot.captures.size();
    };
    const auto state = trainer.state();
    CHECK(seen() == 1);
    trainer.train_iteration();
    CHECK(seen() == 3);
    REQUIRE(trainer.restore(*state).ok());
    CHECK(seen() == 1);
}

TEST_CASE("momentum given by hand to a run without is restored with its buffers, and taken back with them") {
    for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::RmsProp}) {
        INFO(to_string(kind));
        Recipe recipe = small_recipe(kind);
        recipe.optimizer.momentum = 0.0;
        TorchTrainer trainer({.data = make_toy_dataset(100, 20), .threads = 1, .device = "cpu"});
        REQUIRE(trainer.start({RunId{1}, recipe, 4}).ok());
        const auto losses = [&] {
            std::vector<float> all;
            for (int i = 0; i < 5; ++i) all.push_back(trainer.train_iteration().loss);
            return all;
        };
        losses();
        const auto without = trainer.state();
        const std::vector<float> wanted_without = losses();
        REQUIRE(trainer.restore(*without).ok());
        trainer.set_momentum(0.9);
        const auto with = trainer.state();
        const std::vector<float> wanted_with = losses();
        CHECK(wanted_with != wanted_without);
        REQUIRE(trainer.restore(*without).ok());
        CHECK(losses() == wanted_without);
        REQUIRE(trainer.restore(*with).ok());
        CHECK(losses() == wanted_with);
    }
}
