// Breakpoints on the real trainer: where a run pauses is where LibTorch's own numbers, computed beside it, say so; and
// being asked at every iteration changes none of them.
#include "engine/session/run_driver.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/manual_clock.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace convscope;

namespace {

constexpr std::int64_t kIterations = 60;

TorchTrainerOptions on_toys() { return {.data = make_toy_dataset(200, 50), .threads = 1, .device = "cpu"}; }

// So high a rate that units die.
Recipe deadly_recipe() {
    Recipe recipe = small_recipe(OptimizerKind::Sgd);
    recipe.optimizer.learning_rate = 0.4;
    recipe.epochs = 20;
    return recipe;
}

// What the trainer is asked by somebody who knows LibTorch, iteration by iteration.
struct Known {
    std::vector<double> norms;                   // of conv1's gradient
    std::vector<std::vector<std::string>> dead;  // in the order of the layers: "unit 5 of layer 6"
};

std::string unit_of(LayerId layer, std::int64_t unit) {
    return "unit " + std::to_string(unit) + " of layer " + std::to_string(layer.index);
}

Known train_and_ask(const Recipe& recipe) {
    TorchTrainer trainer(on_toys());
    const auto info = trainer.start({RunId{1}, recipe, 3});
    REQUIRE(info.ok());
    Preprocessing preprocessing(recipe);
    Minibatch pictures;
    load_pictures(*on_toys().data, preprocessing, Split::Test, 0, 50, pictures);
    Known known;
    for (std::int64_t i = 0; i <= kIterations; ++i) {
        if (i > 0) trainer.train_iteration();
        auto& dead = known.dead.emplace_back();
        trainer.network().answer(pictures.images, [&](LayerId id, const torch::Tensor& output) {
            if (info.value()->network.layers[static_cast<std::size_t>(id.index)].spec.kind != LayerKind::ReLU) return;
            for (std::int32_t channel = 0; channel < output.size(1); ++channel)
                if (!output.select(1, channel).gt(0).any().item<bool>()) dead.push_back(unit_of(id, channel));
        });
        const torch::Tensor weight = trainer.network().weight(LayerId{0}).grad();
        const torch::Tensor bias = trainer.network().bias(LayerId{0}).grad();
        if (i > 0) known.norms.push_back(torch::cat({weight.flatten(), bias.flatten()}).norm().item<double>());
    }
    return known;
}

class BreakingTorchRun {
public:
    BreakingTorchRun(const Recipe& recipe, std::vector<Breakpoint> breakpoints)
        : driver_([] { return std::make_unique<TorchTrainer>(on_toys()); }, options(recipe, std::move(breakpoints)),
                  [](TimePoint) { return true; }) {
        driver_.begin();
    }
    // Where it has paused by then, and what at.
    std::vector<BreakpointHit> pauses() {
        std::vector<BreakpointHit> hits;
        while (driver_.place().iteration < kIterations) {
            driver_.apply(CommandId{++commands_}, command::Step{kIterations - driver_.place().iteration});
            while (driver_.work()) {
            }
            driver_.answer();
            if (const auto hit = driver_.publisher().latest()->paused_by) hits.push_back(*hit);
        }
        return hits;
    }
    std::shared_ptr<const TrainingState> state() { return driver_.state(); }

private:
    static SessionOptions options(const Recipe& recipe, std::vector<Breakpoint> breakpoints) {
        SessionOptions options;
        options.recipe = recipe;
        options.seed = 3;
        options.paused = true;
        options.breakpoints = std::move(breakpoints);
        options.clock = std::make_shared<ManualClock>();
        return options;
    }

    RunDriver driver_;
    std::uint64_t commands_ = 0;
};

}  // namespace

TEST_CASE("a run pauses where LibTorch's own norm of a gradient comes to be above a value") {
    const std::vector<double> norms = train_and_ask(deadly_recipe()).norms;
    std::vector<double> sorted = norms;
    std::sort(sorted.begin(), sorted.end());
    const double value = 0.5 * (sorted[sorted.size() * 3 / 4] + sorted[sorted.size() * 3 / 4 + 1]);
    std::vector<std::int64_t> crossings;
    for (std::size_t i = 0; i < norms.size(); ++i)
        if (norms[i] > value && (i == 0 || norms[i - 1] <= value))
            crossings.push_back(static_cast<std::int64_t>(i) + 1);
    REQUIRE(crossings.size() > 1);
    BreakingTorchRun run(
        deadly_recipe(),
        {{.kind = BreakpointKind::GradientNorm, .crossing = Crossing::Above, .value = value, .of = "conv1"}});
    std::vector<std::int64_t> paused;
    for (const BreakpointHit& hit : run.pauses()) {
        CHECK(hit.layer == LayerId{0});
        paused.push_back(hit.iteration);
    }
    CHECK(paused == crossings);
}

TEST_CASE("a run pauses where a unit's output comes to be above 0 on none of the pictures, and names it") {
    const Known known = train_and_ask(deadly_recipe());
    std::vector<std::string> deaths;  // the first of each iteration
    for (std::size_t i = 1; i < known.dead.size(); ++i)
        for (const std::string& unit : known.dead[i]) {
            const std::vector<std::string>& before = known.dead[i - 1];
            if (std::find(before.begin(), before.end(), unit) != before.end()) continue;
            deaths.push_back(std::to_string(i) + ": " + unit);
            break;
        }
    REQUIRE(deaths.size() > 1);
    BreakingTorchRun run(deadly_recipe(), {{.kind = BreakpointKind::UnitDies}});
    std::vector<std::string> told;
    for (const BreakpointHit& hit : run.pauses())
        told.push_back(std::to_string(hit.iteration) + ": " + unit_of(hit.layer.value(), hit.unit));
    CHECK(told == deaths);
}

TEST_CASE("breakpoints of every kind that are asked at every iteration leave the weights as they are, to the bit") {
    const Recipe recipe = small_recipe();  // with dropout
    BreakingTorchRun plain(recipe, {});
    plain.pauses();
    BreakingTorchRun watched(recipe, {{.kind = BreakpointKind::UnitDies},
                                      {.kind = BreakpointKind::ProbeClassChanges},
                                      {.kind = BreakpointKind::GradientNorm, .crossing = Crossing::Above, .value = 0.5},
                                      {.kind = BreakpointKind::FirstPrediction, .of = "3"},
                                      {.kind = BreakpointKind::EpochEnds}});
    CHECK(watched.pauses().size() > 3);
    require_equal(*plain.state(), *watched.state());
}
