// The loss along the step that comes, against networks that were moved there and iterations that were trained.
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <cmath>
#include <vector>

using namespace convscope;

namespace {

struct Trained {
    TorchTrainer trainer{{.data = make_toy_dataset(200, 70), .threads = 1, .device = "cpu"}};
    std::shared_ptr<const RunInfo> info;

    explicit Trained(const Recipe& recipe, int iterations = 3) {
        info = trainer.start({RunId{1}, recipe, 4}).value();
        for (int i = 0; i < iterations; ++i) trainer.train_iteration();
    }
    std::vector<TensorKey> learned() const {
        std::vector<TensorKey> keys;
        for (const LayerDescription& layer : info->network.layers) {
            if (layer.weight_shape.rank() > 0) keys.push_back({TensorKind::Weight, layer.id});
            if (layer.bias_shape.rank() > 0) keys.push_back({TensorKind::Bias, layer.id});
        }
        return keys;
    }
    std::vector<float> values(TensorKey key) const {
        const LayerDescription& layer = info->network.layers[static_cast<std::size_t>(key.layer.index)];
        const Shape& shape = key.kind == TensorKind::Bias ? layer.bias_shape : layer.weight_shape;
        std::vector<float> read(static_cast<std::size_t>(shape.element_count()));
        trainer.read_values(key, 0, read);
        return read;
    }
    double held_out(std::int64_t count) {
        std::vector<int> predicted(static_cast<std::size_t>(count));
        return trainer.classify(Split::Test, 0, predicted) / static_cast<double>(count);
    }
};

std::vector<Recipe> recipes() {
    Recipe plain = small_recipe(OptimizerKind::Sgd);
    plain.optimizer.momentum = 0.0;
    Recipe nesterov = small_recipe(OptimizerKind::Sgd);
    nesterov.optimizer.nesterov = true;
    nesterov.optimizer.weight_decay = 0.01;
    return {plain,
            nesterov,
            small_recipe(OptimizerKind::Sgd),
            small_recipe(OptimizerKind::Adam),
            stateful_recipe(OptimizerKind::Sgd),
            stateful_recipe(OptimizerKind::AdamW),
            stateful_recipe(OptimizerKind::RmsProp)};
}

}  // namespace

TEST_CASE("the slice begins at the loss that the next iteration tells and leads to where that one leads") {
    for (const Recipe& recipe : recipes()) {
        INFO(recipe.name << ", optimizer " << static_cast<int>(recipe.optimizer.kind));
        for (const int iterations : {0, 3, 13}) {  // before the first step, amid an epoch, and before a new one's
            Trained run(recipe, iterations);
            const std::optional<StepAhead> step = run.trainer.propose_step();
            REQUIRE(step);
            REQUIRE(step->learning_rate == recipe.optimizer.learning_rate);
            const LossSlice::Point here = run.trainer.loss_along_step(0.0);
            const LossSlice::Point there = run.trainer.loss_along_step(1.0);
            const IterationOutcome outcome = run.trainer.train_iteration();
            REQUIRE(static_cast<float>(here.batch_loss) == outcome.loss);
            REQUIRE(step->batch_count == std::ssize(outcome.labels));
            REQUIRE(std::abs(there.held_out_loss - run.held_out(step->held_out_count)) < 1e-6);
            REQUIRE(run.trainer.loss_along_step(1.0).batch_loss == there.batch_loss);  // though it has trained on
            REQUIRE(run.trainer.loss_along_step(0.0).batch_loss == here.batch_loss);
        }
    }
}

TEST_CASE("the slice is what weights that are moved by hand along the step say") {
    for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::Adam}) {
        const Recipe recipe = small_recipe(kind);
        Trained run(recipe), next(recipe), moved(recipe);
        next.trainer.train_iteration();
        const std::optional<StepAhead> step = run.trainer.propose_step();
        REQUIRE(step);
        for (const double multiple : {-1.0, 0.4, 1.8, 4.0}) {
            const auto state = moved.trainer.state();
            for (const TensorKey key : run.learned()) {
                const std::vector<float> before = run.values(key), after = next.values(key);
                std::vector<float> along(before.size());
                for (std::size_t i = 0; i < along.size(); ++i)
                    along[i] = before[i] + static_cast<float>(multiple) * (after[i] - before[i]);
                moved.trainer.write_values(key, 0, along);
            }
            const LossSlice::Point point = run.trainer.loss_along_step(multiple);
            REQUIRE(point.multiple == multiple);
            REQUIRE(std::abs(point.held_out_loss - moved.held_out(step->held_out_count)) < 1e-6);
            // The very minibatch, with dropout's very choice: what the moved network tells of its next iteration.
            REQUIRE(std::abs(point.batch_loss - static_cast<double>(moved.trainer.train_iteration().loss)) < 1e-6);
            REQUIRE(moved.trainer.restore(*state).ok());
        }
    }
}

TEST_CASE("the loss beside the step is the minibatch's, in one direction that is drawn from the run's seed") {
    for (const Recipe& recipe : recipes()) {
        Trained run(recipe), again(recipe);
        for (Trained* each : {&run, &again}) REQUIRE(each->trainer.propose_step());
        for (const double multiple : {-1.0, 0.0, 1.0, 2.5})
            REQUIRE(run.trainer.loss_beside_step(multiple, 0.0) == run.trainer.loss_along_step(multiple).batch_loss);
        const double aside = run.trainer.loss_beside_step(1.0, 2.0), back = run.trainer.loss_beside_step(1.0, -2.0);
        REQUIRE(aside != back);
        REQUIRE(again.trainer.loss_beside_step(1.0, 2.0) == aside);
        REQUIRE(again.trainer.loss_beside_step(1.0, -2.0) == back);
        REQUIRE(run.trainer.loss_along_step(0.0).batch_loss == again.trainer.loss_along_step(0.0).batch_loss);
    }
}

TEST_CASE("to first order what lies beside the step is what the gradient says of it") {
    // At right angles to a step of plain descent nothing changes to first order: the loss is even in `aside`, whereas
    // along the step, by the same length, it is not.
    Recipe plain = small_recipe(OptimizerKind::Sgd);
    plain.optimizer.momentum = 0.0;
    plain.optimizer.weight_decay = 0.0;
    plain.optimizer.learning_rate = 1e-3;
    Trained run(plain);
    REQUIRE(run.trainer.propose_step());
    const auto odd = [&](double multiple, double aside) {
        return std::abs(run.trainer.loss_beside_step(multiple, aside) -
                        run.trainer.loss_beside_step(-multiple, -aside));
    };
    REQUIRE(odd(0.0, 2.0) < 0.05 * odd(2.0, 0.0));
}

TEST_CASE("weights that the step leaves alone stay beside it too") {
    const Recipe recipe = small_recipe();
    Trained run(recipe);
    std::vector<FrozenPart> all;
    for (const LayerDescription& layer : run.info->network.layers)
        if (layer.weight_shape.rank() > 0) all.push_back({layer.id, -1});
    run.trainer.set_restraints({{}, all});
    REQUIRE(run.trainer.propose_step());
    REQUIRE(run.trainer.loss_beside_step(0.0, 2.0) == run.trainer.loss_along_step(0.0).batch_loss);
}

TEST_CASE("looking along the step changes no bit of what is learned") {
    for (const Recipe& recipe : recipes()) {
        Trained watched(recipe, 0), alone(recipe, 0);
        for (int i = 0; i < 30; ++i) {
            REQUIRE(watched.trainer.propose_step());
            watched.trainer.loss_along_step(1.8);
            watched.trainer.loss_beside_step(1.8, 0.5);
            REQUIRE(watched.trainer.train_iteration().loss == alone.trainer.train_iteration().loss);
            if (i % 3 == 0) watched.trainer.forget_step();
        }
        require_equal(*watched.trainer.state(), *alone.trainer.state());
    }
}

TEST_CASE("a step that is held to something is proposed as it will be taken") {
    const Recipe recipe = small_recipe();
    Trained run(recipe), next(recipe);
    const LayerId conv = run.info->network.find("conv1")->id, linear = run.info->network.find("fc1")->id;
    const Restraints restraints{{{conv, 2, 0.5F}}, {{conv, 1}, {linear, -1}}};
    run.trainer.set_restraints(restraints);
    next.trainer.set_restraints(restraints);
    const std::vector<float> set(40, 0.25F);  // of which momentum will be forgotten
    for (Trained* one : {&run, &next}) one->trainer.write_values({TensorKind::Weight, conv}, 60, set);
    const std::optional<StepAhead> step = run.trainer.propose_step();
    REQUIRE(step);
    const LossSlice::Point here = run.trainer.loss_along_step(0.0), there = run.trainer.loss_along_step(1.0);
    REQUIRE(static_cast<float>(here.batch_loss) == next.trainer.train_iteration().loss);
    REQUIRE(std::abs(there.held_out_loss - next.held_out(step->held_out_count)) < 1e-6);
}

TEST_CASE("the rate that is set makes the step proportionally longer") {
    for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::Adam}) {
        Trained run(small_recipe(kind));
        REQUIRE(run.trainer.propose_step());
        const double twice = run.trainer.loss_along_step(2.0).batch_loss;
        run.trainer.set_learning_rate(2.0 * run.trainer.settings().learning_rate);
        REQUIRE(run.trainer.propose_step());
        REQUIRE(run.trainer.loss_along_step(1.0).batch_loss == Approx(twice).epsilon(1e-6));
    }
}

TEST_CASE("where the next iteration cannot learn there is no step to propose") {
    Recipe recipe = small_recipe();
    recipe.layers.insert(recipe.layers.begin() + 6, layer("norm2", LayerKind::BatchNorm));
    Trained run(recipe);
    REQUIRE(run.trainer.propose_step());
    run.trainer.set_batch_size(1);
    REQUIRE_FALSE(run.trainer.propose_step());
}
