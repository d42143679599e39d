// Going back with the real trainer: dropout, batch norm, augmentation, a schedule and what optimizers remember come out
// to the bit.
#include "engine/session/run_driver.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/manual_clock.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <memory>
#include <vector>

using namespace convscope;

namespace {

struct Place {
    std::shared_ptr<const TrainingState> state;
    IterationMetrics metrics;
    std::vector<float> gradient;  // of the last layer
};

class Run {
public:
    Run(const Recipe& recipe, int threads, std::size_t kept_states_bytes)
        : driver_(make(threads), options(recipe, kept_states_bytes), [](TimePoint) { return true; }) {
        driver_.begin();
        WatchSet watch;
        watch.add({TensorKind::WeightGradient, last_layer()});
        apply(command::Watch{watch});
    }
    void apply(Command command) {
        driver_.apply(CommandId{++commands_}, command);
        driver_.answer();
    }
    void step(std::int64_t iterations = 1) {
        apply(command::Step{iterations});
        while (driver_.work()) {
        }
    }
    void go_to(std::int64_t iteration) {
        apply(command::GoTo{iteration});
        while (driver_.travelling()) driver_.work();
    }
    std::shared_ptr<const Snapshot> shown() { return driver_.publisher().latest(); }
    Place place() {
        const auto snapshot = shown();
        const TensorCapture* gradient = snapshot->find({TensorKind::WeightGradient, last_layer()});
        return {driver_.state(), snapshot->metrics, gradient != nullptr ? gradient->values : std::vector<float>()};
    }

    LayerId last_layer() { return shown()->run_info->network.layers.back().id; }

private:
    static MakeTrainer make(int threads) {
        return [threads, data = make_toy_dataset(200, 50)] {
            return std::make_unique<TorchTrainer>(
                TorchTrainerOptions{.data = data, .threads = threads, .device = "cpu"});
        };
    }
    static SessionOptions options(const Recipe& recipe, std::size_t kept_states_bytes) {
        SessionOptions options{.recipe = recipe, .seed = 5, .paused = true, .kept_states_bytes = kept_states_bytes};
        options.clock = std::make_shared<ManualClock>();
        return options;
    }

    RunDriver driver_;
    std::uint64_t commands_ = 0;
};

void require_same(const Place& a, const Place& b) {
    require_equal(*a.state, *b.state);
    REQUIRE(a.metrics.iteration == b.metrics.iteration);
    REQUIRE(a.metrics.loss == b.metrics.loss);
    REQUIRE(a.metrics.accuracy == b.metrics.accuracy);
    REQUIRE(a.metrics.learning_rate == b.metrics.learning_rate);
    REQUIRE(a.gradient == b.gradient);
}

// Changes what can be changed, and notes each place.
std::vector<Place> play(Run& run, std::int64_t iterations) {
    std::vector<Place> places;
    for (std::int64_t i = 0;; ++i) {
        if (i == 9) run.apply(command::ChangeData{{.shuffled_labels = 0.3, .noise = 15.0}});
        if (i == 14) run.apply(command::SetLearningRate{0.01});
        if (i == 17) run.apply(command::SetMomentum{0.8});
        if (i == 20) run.apply(command::SetBatchSize{11});
        if (i == 21)
            run.apply(
                command::ChangeData{{.noise = 15.0, .times = {0, 3, 1, 1, 2, 1, 1, 1, 1, 1}, .relabelled = {{5, 2}}}});
        if (i == 22) run.apply(command::SetChannel{LayerId{0}, 1, command::SetChannel::To::Mean});
        if (i == 24) run.apply(command::Freeze{{{LayerId{0}, 0}, {run.last_layer()}}, true});
        if (i == 24) run.apply(command::SetWeights{LayerId{0}, false, 3, {0.5F, -0.5F}});
        if (i == 28) run.apply(command::Undo{});
        if (i == 31) run.apply(command::FillWeights{run.last_layer(), 2, command::FillWeights::With::FirstValues});
        if (i == 38) run.apply(command::ChangeData{});
        if (i == 33) run.apply(command::SetChannel{LayerId{0}, 1, command::SetChannel::To::Computed});
        places.push_back(run.place());
        if (i == iterations) return places;
        run.step();
    }
}

}  // namespace

TEST_CASE("A visited iteration is to the bit what it was, and the run goes on from it as if nobody had gone back") {
    const Recipe recipe = stateful_recipe(GENERATE(OptimizerKind::Adam, OptimizerKind::Sgd));
    const int threads = GENERATE(1, 2);
    const std::size_t budget = GENERATE(std::size_t{0}, std::size_t{64} << 20);
    CAPTURE(threads, budget);
    Run still(recipe, threads, budget);
    const std::vector<Place> places = play(still, 50);
    Run run(recipe, threads, budget);
    play(run, 40);
    for (const std::int64_t back : {13, 12, 0, 1, 39, 21, 25, 24, 40, 5}) {
        CAPTURE(back);
        run.go_to(back);
        require_same(run.place(), places[static_cast<std::size_t>(back)]);
    }
    run.step(35);
    require_same(run.place(), places[40]);
    run.step(10);
    require_same(run.place(), places[50]);
}

TEST_CASE("A branch is the run that was changed there, and its parent goes on as if it had never been left") {
    const Recipe recipe = stateful_recipe(OptimizerKind::Adam);
    Run still(recipe, 1, 0);
    still.step(35);
    Run changed(recipe, 1, 0);
    changed.step(15);
    changed.apply(command::SetBatchSize{7});
    changed.step(20);

    Run run(recipe, 1, std::size_t{64} << 20);
    run.step(30);
    const RunId parent = run.shown()->line.lane;
    run.go_to(15);
    run.apply(command::SetBatchSize{7});
    CHECK(run.shown()->run_info->run > parent);
    run.step(20);
    require_same(run.place(), changed.place());
    for (const auto& capture : run.shown()->seen.captures) CHECK(capture->run == run.shown()->run_info->run);
    run.apply(command::GoToLane{parent});
    run.step(5);
    require_same(run.place(), still.place());
}
