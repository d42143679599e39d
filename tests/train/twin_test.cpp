// Two runs side by side with the real trainer: whatever a recipe has, each is to the bit the run that it is alone.
#include "engine/recipe/recipe_library.h"
#include "engine/session/run_pair.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/manual_clock.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <memory>
#include <string>
#include <vector>

using namespace convscope;

namespace {

// An epoch is over after 6 iterations, or after 16 where a minibatch is small.
class Pair {
public:
    explicit Pair(const Recipe& recipe, int threads = 1, std::int64_t pictures = 100)
        : pair_(
              [threads, data = make_toy_dataset(pictures, 50)] {
                  return std::make_unique<TorchTrainer>(
                      TorchTrainerOptions{.data = data, .threads = threads, .device = "cpu"});
              },
              options(recipe), [](TimePoint) { return true; }) {
        pair_.begin();
    }
    ~Pair() { pair_.end(); }

    void apply(Command command) {
        pair_.apply(CommandId{++commands_}, command);
        settle();
    }
    void apply_to_twin(Command command) {
        pair_.apply_to_twin(CommandId{++commands_}, command);
        settle();
    }
    void step(std::int64_t iterations) { apply(command::Step{iterations}); }
    void go_to(std::int64_t iteration) { apply(command::GoTo{iteration}); }

    std::shared_ptr<const TrainingState> state() { return pair_.leader().state(); }
    std::shared_ptr<const TrainingState> twin_state() {
        REQUIRE(pair_.twin());
        return pair_.twin()->state();
    }
    bool has_twin() { return pair_.twin() != nullptr; }
    std::shared_ptr<const Snapshot> shown() { return pair_.publisher().latest(); }
    std::shared_ptr<const Snapshot> twin_shown() { return pair_.twin_publisher().latest(); }

private:
    static SessionOptions options(const Recipe& recipe) {
        SessionOptions options{.recipe = recipe, .seed = 5, .paused = true};
        options.clock = std::make_shared<ManualClock>();
        return options;
    }
    void settle() {
        pair_.answer();
        while (pair_.work()) {
        }
    }

    RunPair pair_;
    std::uint64_t commands_ = 0;
};

// Of the built-in ones those that the toy pictures are for, in small; and all that a run can have, in one.
std::vector<Recipe> all_recipes() {
    std::vector<Recipe> all{stateful_recipe(OptimizerKind::Adam), stateful_recipe(OptimizerKind::Sgd)};
    for (const EmbeddedRecipe& embedded : recipes()) {
        Recipe recipe = find_recipe(embedded.name()).value();
        if (recipe.input_channels != 1 || recipe.input_height != 28 || recipe.input_width != 28) continue;
        recipe.batch_size = 6;
        recipe.validation_count = std::min<std::int64_t>(recipe.validation_count, 10);
        all.push_back(std::move(recipe));
    }
    return all;
}

command::SetLearningRate other_rate(const Recipe& recipe) { return {0.5 * recipe.optimizer.learning_rate}; }

}  // namespace

TEST_CASE("two runs side by side are each, to the bit, the run alone, with all recipes and one or two threads") {
    const int threads = GENERATE(1, 2);
    for (const Recipe& recipe : all_recipes()) {
        // Threads that wait for each other take long where others want the processors too.
        if (threads > 1 && recipe.name != "stateful" && recipe.name != "wide-cnn") continue;
        INFO(recipe.name << ", threads " << threads);
        Pair run(recipe, threads);
        run.step(5);
        run.apply(command::BeginTwin{});
        run.step(10);
        require_equal(*run.state(), *run.twin_state());
        REQUIRE(run.shown()->metrics.loss == run.twin_shown()->metrics.loss);
        run.apply(command::BeginTwin{.difference = {other_rate(recipe)}});
        run.step(8);
        run.go_to(17);
        run.step(4);

        Pair alone(recipe, threads);
        alone.step(15);
        Pair changed(recipe, threads);
        changed.step(15);
        changed.apply(other_rate(recipe));
        alone.step(6);
        changed.step(6);
        require_equal(*run.state(), *alone.state());
        require_equal(*run.twin_state(), *changed.state());
    }
}

TEST_CASE("from the start another network, activation or augmentation is beside it what it is alone") {
    const Recipe recipe = stateful_recipe(OptimizerKind::Adam);
    Recipe tanh = recipe;
    for (LayerSpec& layer : tanh.layers)
        if (layer.kind == LayerKind::ReLU) layer.kind = LayerKind::Tanh;
    Recipe plain = recipe;
    plain.augmentation = {};
    Recipe unnormalised = recipe;
    std::erase_if(unnormalised.layers, [](const LayerSpec& layer) { return layer.kind == LayerKind::BatchNorm; });
    for (const Recipe& other : {recipe, tanh, plain, unnormalised}) {
        Pair run(recipe);
        run.step(7);
        run.apply(command::BeginTwin{.recipe = other});
        CHECK(run.shown()->iteration == 0);
        run.step(20);
        Pair alone(recipe);
        alone.step(20);
        require_equal(*run.state(), *alone.state());
        Pair beside(other);
        beside.step(20);
        require_equal(*run.twin_state(), *beside.state());
    }
}

TEST_CASE("what is done by hand to one of two runs is nothing to the other") {
    const Recipe recipe = stateful_recipe(OptimizerKind::Sgd);
    const command::SetChannel silenced{LayerId{0}, 1, command::SetChannel::To::Value, 0.0};
    const command::ChangeData noise{{.shuffled_labels = 0.3, .noise = 15.0}};
    Pair run(recipe, 2);
    run.step(6);
    run.apply(command::BeginTwin{.difference = {silenced}});
    run.step(8);
    run.apply_to_twin(noise);
    run.apply(command::SetBatchSize{11});
    run.step(14);
    Pair leader(recipe, 2);
    leader.step(14);
    leader.apply(command::SetBatchSize{11});
    leader.step(14);
    require_equal(*run.state(), *leader.state());
    Pair beside(recipe, 2);
    beside.step(6);
    beside.apply(silenced);
    beside.step(8);
    beside.apply(noise);
    beside.step(14);
    require_equal(*run.twin_state(), *beside.state());
}

TEST_CASE("a lane is compared with the real trainer as it was") {
    const Recipe recipe = stateful_recipe(OptimizerKind::Adam);
    Pair run(recipe);
    run.step(20);
    const RunId first = run.shown()->line.lane;
    run.go_to(9);
    run.apply(other_rate(recipe));
    run.step(14);
    run.apply(command::BeginTwin{.lane = first});
    Pair alone(recipe);
    alone.step(16);
    run.go_to(16);
    require_equal(*run.twin_state(), *alone.state());
    run.go_to(23);
    alone.step(7);
    require_equal(*run.twin_state(), *alone.state());
    run.apply(command::EndTwin{});
    CHECK_FALSE(run.has_twin());
}

TEST_CASE("threads that timing has found for a run are those of the run beside it, which are not timed") {
    Pair run(stateful_recipe(OptimizerKind::Adam), /*threads=*/0);
    run.step(3);
    run.apply(command::BeginTwin{});
    CHECK(run.twin_shown()->settings.threads == run.shown()->settings.threads);
    run.step(15);
    require_equal(*run.state(), *run.twin_state());
    run.apply(command::SetThreads{2});
    run.step(3);
    run.apply(command::SetThreads{1});
    run.step(3);
    require_equal(*run.state(), *run.twin_state());
}
