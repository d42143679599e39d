// Saved runs that go on in LibTorch's trainer, and those that it refuses.
#include "engine/data/drawn_digits.h"
#include "engine/formats/checkpoint.h"
#include "engine/train/machine.h"
#include "engine/train/torch_trainer.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/some_run.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

using namespace convscope;

namespace {

namespace fs = std::filesystem;

TorchTrainerOptions toy_options(std::int64_t train_count = 100) {
    return {.data = make_toy_dataset(train_count, 20), .threads = 1, .device = "cpu"};
}

std::vector<float> losses(TorchTrainer& trainer, int iterations) {
    std::vector<float> result;
    for (int i = 0; i < iterations; ++i) result.push_back(trainer.train_iteration().loss);
    return result;
}

// What a run's file gives, written and read.
RunState saved(TorchTrainer& trainer, RunProgress progress = {}) {
    const TempFolder folder;
    const fs::path path = folder.path() / "run.pt";
    REQUIRE(write_checkpoint({trainer.state(), std::move(progress)}, path).ok());
    Result<RunState> read = read_checkpoint(path);
    REQUIRE(read.ok());
    return std::move(read).value();
}

}  // namespace

TEST_CASE("a trainer that cannot resume goes on with its own run as if it had not been asked") {
    TorchTrainer other(toy_options(64));
    REQUIRE(other.start({RunId{1}, small_recipe(), 4}).ok());
    losses(other, 2);
    const RunState other_data = saved(other);
    RunState damaged = other_data;
    {
        TorchTrainer whole(toy_options());
        REQUIRE(whole.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), 4}).ok());
        TrainingState less = *whole.state();
        less.weights.pop_back();
        damaged.training = std::make_shared<const TrainingState>(std::move(less));
    }

    TorchTrainer alone(toy_options());
    REQUIRE(alone.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), 9}).ok());
    const std::vector<float> wanted = losses(alone, 30);

    TorchTrainer trainer(toy_options());
    REQUIRE(trainer.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), 9}).ok());
    std::vector<float> all = losses(trainer, 8);
    for (const auto& [run, what] : {std::pair<RunState, const char*>{damaged, "another number of tensors"},
                                    {other_data, "other pictures (toy squares, 64) than these (toy squares, 100)"}}) {
        const Result<ResumedRun> resumed = trainer.resume(run, RunId{2});
        REQUIRE_FALSE(resumed.ok());
        CHECK_THAT(resumed.error().message, contains_text(what));
        for (const float loss : losses(trainer, 5)) all.push_back(loss);
    }
    for (const float loss : losses(trainer, 12)) all.push_back(loss);
    CHECK(all == wanted);
}

TEST_CASE("a run resumed from its file in a new trainer goes on bit for bit, with every optimizer") {
    for (const OptimizerKind kind :
         {OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp, OptimizerKind::Sgd})
        for (const int before : {0, 8}) {
            INFO(to_string(kind) << " after " << before);
            RunProgress progress{{.epoch = 2, .planned_epochs = 2}, {}};
            for (int i = 1; i <= before; ++i) add_iteration(progress, {.iteration = i, .epoch = 1, .loss = 1.0F});
            TorchTrainer trainer(toy_options());
            REQUIRE(trainer.start({RunId{1}, stateful_recipe(kind), 0xfedcba9876543210U}).ok());
            losses(trainer, before);
            RunState run = saved(trainer, progress);
            const std::vector<float> went_on = losses(trainer, 20);

            TorchTrainer other(toy_options());
            const Result<ResumedRun> resumed = other.resume(std::move(run), RunId{5});
            REQUIRE(resumed.ok());
            CHECK(resumed.value().info->run == RunId{5});
            CHECK(resumed.value().info->seed == 0xfedcba9876543210U);
            CHECK(resumed.value().progress.iteration == before);
            CHECK(losses(other, 20) == went_on);
        }
}

TEST_CASE("a run that was trained on another machine says so where it goes on here") {
    TorchTrainer trainer(toy_options());
    const auto started = trainer.start({RunId{1}, small_recipe(), 9});
    REQUIRE(started.ok());
    CHECK(started.value()->machine == machine_description());
    RunState run = saved(trainer);
    CHECK(run.training->machine == machine_description());
    CHECK(TorchTrainer(toy_options()).resume(run, RunId{2}).value().changes.empty());
    TrainingState elsewhere = *run.training;
    elsewhere.machine = "a Pentium";
    run.training = std::make_shared<const TrainingState>(std::move(elsewhere));
    CHECK(TorchTrainer(toy_options()).resume(run, RunId{2}).value().changes ==
          std::vector<std::string>{"machine a Pentium -> " + machine_description() + ": the last bits may differ"});
}

TEST_CASE("a run that was saved on other data is resumed on those, where its file says how to open them") {
    Recipe recipe = small_recipe();
    std::vector<float> went_on;
    RunState run;
    {
        TorchTrainer trainer({.data = make_drawn_digits(3), .threads = 1, .device = "cpu"});
        REQUIRE(trainer.start({RunId{1}, recipe, 9}).ok());
        losses(trainer, 2);
        run = saved(trainer);
        went_on = losses(trainer, 3);
    }
    for (const auto& [data, name] : {std::pair{make_toy_dataset(60'000, 20), "as many"},
                                     {make_toy_dataset(100, 20), "fewer"},
                                     {make_drawn_digits(9), "drawn from the run's own seed"}}) {
        INFO(name);
        TorchTrainer trainer({.data = data, .threads = 1, .device = "cpu"});
        const Result<ResumedRun> resumed = trainer.resume(run, RunId{2});
        REQUIRE(resumed.ok());
        CHECK(resumed.value().info->data.option == "drawn:3");
        CHECK(losses(trainer, 3) == went_on);
    }
}
