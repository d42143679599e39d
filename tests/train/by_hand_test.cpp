// What is done to a network by hand, against what is computed without any of it.
#include "engine/api/activations.h"
#include "engine/formats/checkpoint.h"
#include "engine/train/frozen_network.h"
#include "engine/train/torch_trainer.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <array>
#include <vector>

using namespace convscope;

namespace {

struct Trained {
    TorchTrainer trainer{{.data = make_toy_dataset(200, 70), .threads = 1, .device = "cpu"}};
    std::shared_ptr<const RunInfo> info;
    LayerId conv, linear;

    explicit Trained(const Recipe& recipe, int iterations = 3) {
        info = trainer.start({RunId{1}, recipe, 4}).value();
        conv = info->network.find("conv1")->id;
        linear = info->network.find("fc1")->id;
        for (int i = 0; i < iterations; ++i) trainer.train_iteration();
    }
    std::vector<float> values(TensorKey key, std::int64_t first, std::size_t count) const {
        std::vector<float> read(count);
        trainer.read_values(key, first, read);
        return read;
    }
    Observation look(TensorKey key) {
        WatchSet watch;
        watch.probe = true;
        watch.add(key);
        Observation seen;
        trainer.capture({watch, false, 1, HeldPicture{Split::Test, 2}}, seen);
        return seen;
    }
};

constexpr std::size_t kKernel = 25;

}  // namespace

TEST_CASE("a silenced channel answers, measures and is seen as one whose weights and bias are 0") {
    Trained held(small_recipe()), zeroed(small_recipe());
    held.trainer.set_restraints({{{held.conv, 2, 0.0F}}, {}});
    zeroed.trainer.write_values({TensorKind::Weight, zeroed.conv}, 2 * kKernel, std::vector<float>(kKernel));
    zeroed.trainer.write_values({TensorKind::Bias, zeroed.conv}, 2, std::vector<float>(1));
    const TensorKey maps{TensorKind::Activation, held.conv};
    const Observation a = held.look(maps), b = zeroed.look(maps);
    REQUIRE(a.probe.logits == b.probe.logits);
    REQUIRE(a.find(maps)->values == b.find(maps)->values);
    std::array<int, 70> one{}, other{};
    for (const Weights weights : {Weights::Present, Weights::Held}) {
        held.trainer.hold_weights();
        zeroed.trainer.hold_weights();
        REQUIRE(held.trainer.classify(Split::Test, 0, one, weights) ==
                zeroed.trainer.classify(Split::Test, 0, other, weights));
        REQUIRE(one == other);
    }
    // What stands still is held as its run is.
    FrozenNetwork frozen = FrozenNetwork::in(*held.trainer.state(), held.info->dataset).value();
    REQUIRE(frozen.classify(Split::Test, 0, one).value() == zeroed.trainer.classify(Split::Test, 0, other));
    // It learns nothing meanwhile, as no gradient reaches it.
    const std::vector<float> before = held.values({TensorKind::Weight, held.conv}, 2 * kKernel, kKernel);
    const std::vector<float> neighbour = held.values({TensorKind::Weight, held.conv}, kKernel, kKernel);
    Recipe sgd = small_recipe(OptimizerKind::Sgd);
    sgd.optimizer.momentum = 0.0;
    Trained without_memory(sgd);
    const std::vector<float> kernel =
        without_memory.values({TensorKind::Weight, without_memory.conv}, 2 * kKernel, kKernel);
    without_memory.trainer.set_restraints({{{without_memory.conv, 2, 0.0F}}, {}});
    for (int i = 0; i < 4; ++i) without_memory.trainer.train_iteration();
    REQUIRE(without_memory.values({TensorKind::Weight, without_memory.conv}, 2 * kKernel, kKernel) == kernel);
    REQUIRE(without_memory.values({TensorKind::Weight, without_memory.conv}, kKernel, kKernel) != neighbour);
    REQUIRE(held.values({TensorKind::Weight, held.conv}, 2 * kKernel, kKernel) == before);
}

TEST_CASE("weights that were all set to 0 stay alike, whatever momentum there was") {
    for (const OptimizerKind kind :
         {OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp}) {
        CAPTURE(static_cast<int>(kind));
        Trained run(small_recipe(kind), 20);
        for (const LayerDescription& layer : run.info->network.layers) {
            if (!layer.owns_weights()) continue;
            const auto count = [](const Shape& shape) { return static_cast<std::size_t>(shape.element_count()); };
            run.trainer.write_values({TensorKind::Weight, layer.id}, 0, std::vector<float>(count(layer.weight_shape)));
            run.trainer.write_values({TensorKind::Bias, layer.id}, 0, std::vector<float>(count(layer.bias_shape)));
        }
        for (int i = 0; i < 20; ++i) run.trainer.train_iteration();
        const TensorKey weights{TensorKind::Weight, run.conv};
        REQUIRE(run.look(weights).find(weights)->whole.zero_fraction == 1.0F);
        const TensorKey linear{TensorKind::Weight, run.linear};
        REQUIRE(run.look(linear).find(linear)->whole.zero_fraction == 1.0F);
    }
}

TEST_CASE(
    "of what is set by hand momentum is forgotten, of its neighbours it is not, and what is set back was never set") {
    Recipe recipe = small_recipe(OptimizerKind::Sgd);
    Trained run(recipe, 10), untouched(recipe, 10);
    const auto before = run.trainer.state();
    const std::vector<float> kernel = run.values({TensorKind::Weight, run.conv}, kKernel, kKernel);
    run.trainer.write_values({TensorKind::Weight, run.conv}, kKernel, std::vector<float>(kKernel, 0.25F));
    REQUIRE(run.trainer.state()->before_hand.size() == 1);
    REQUIRE((run.trainer.state()->optimizer == before->optimizer));
    run.trainer.write_values({TensorKind::Weight, run.conv}, kKernel, kernel);
    require_equal(*run.trainer.state(), *before);

    run.trainer.write_values({TensorKind::Weight, run.conv}, kKernel, std::vector<float>(kKernel, 0.25F));
    const TempFolder temp;
    REQUIRE(write_checkpoint({run.trainer.state(), {}}, temp.path() / "last.pt").ok());
    Result<RunState> read = read_checkpoint(temp.path() / "last.pt");
    REQUIRE(read.ok());
    require_equal(*read.value().training, *run.trainer.state());
    run.trainer.train_iteration();
    untouched.trainer.train_iteration();
    const auto after = run.trainer.state();
    REQUIRE(after->before_hand.empty());
    const auto momentum = [](const TrainingState& state) { return state.optimizer[0].tensors[0].blob.values<float>(); };
    const TensorKey gradient{TensorKind::WeightGradient, run.conv};
    const std::vector<float> now = run.look(gradient).find(gradient)->values;
    for (std::size_t i = kKernel; i < 2 * kKernel; ++i) REQUIRE(momentum(*after)[i] == now[i]);
    bool remembers = false;
    for (std::size_t i = 0; i < kKernel; ++i) remembers = remembers || momentum(*after)[i] != now[i];
    REQUIRE(remembers);
    Trained resumed(recipe, 0);
    REQUIRE(resumed.trainer.resume(std::move(read).value(), RunId{2}).ok());
    resumed.trainer.train_iteration();
    require_equal(*resumed.trainer.state(), *after);
}

TEST_CASE("a swapped recipe trains as one that was built so, with the same weights and the same place in the data") {
    using Swap = void (*)(Recipe&);
    const std::vector<Swap> swaps{
        [](Recipe& recipe) {
            for (LayerSpec& layer : recipe.layers)
                if (layer.kind == LayerKind::ReLU) layer.kind = LayerKind::Tanh;
        },
        [](Recipe& recipe) {
            for (LayerSpec& layer : recipe.layers)
                if (layer.kind == LayerKind::ReLU) layer = with_identity(layer);
        },
        [](Recipe& recipe) { recipe.loss = LossKind::MeanSquaredError; },
        [](Recipe& recipe) { recipe.optimizer = {.kind = OptimizerKind::RmsProp, .learning_rate = 0.002}; },
        [](Recipe& recipe) { recipe.shuffle = false; },
        [](Recipe& recipe) {
            recipe.input_mean = {0.0};
            recipe.input_deviation = {1.0};
            recipe.normalise_from_data = false;
        }};
    for (std::size_t i = 0; i < swaps.size(); ++i) {
        CAPTURE(i);
        Trained run(small_recipe(OptimizerKind::Sgd)), built(small_recipe(OptimizerKind::Sgd));
        TrainingState state = *run.trainer.state();
        const Recipe before = state.recipe;
        Recipe other = before;
        swaps[i](other);
        REQUIRE(run.trainer.change_recipe(other).ok());
        state.recipe = other;
        if (other.optimizer != before.optimizer) {
            for (ParameterState& one : state.optimizer) one = {};
            state.learning_rate = other.optimizer.learning_rate;
            state.momentum = other.optimizer.momentum;
        }
        REQUIRE(built.trainer.resume({std::make_shared<const TrainingState>(state), {}}, RunId{2}).ok());
        std::array<int, 70> one{}, same{};
        bool differs = false;
        Trained untouched(small_recipe(OptimizerKind::Sgd));
        for (int iteration = 0; iteration < 40; ++iteration) {
            const float loss = run.trainer.train_iteration().loss;
            REQUIRE(loss == built.trainer.train_iteration().loss);
            differs = differs || loss != untouched.trainer.train_iteration().loss;
        }
        REQUIRE(differs);
        REQUIRE(run.trainer.classify(Split::Test, 0, one) == built.trainer.classify(Split::Test, 0, same));
        REQUIRE(one == same);
    }
}

TEST_CASE("a channel that is held at its mean says that of the pictures that layers are measured over") {
    Trained run(small_recipe());
    const double mean = run.trainer.channel_mean(run.conv, 1);
    WatchSet watch;
    watch.add({TensorKind::Activation, run.conv});
    double sum = 0.0;
    std::size_t count = 0;
    for (std::int64_t picture = 0; picture < 64; ++picture) {
        Observation seen;
        run.trainer.capture({watch, false, 1, HeldPicture{Split::Test, picture}}, seen);
        const std::vector<float>& values = seen.captures.front()->values;
        const std::size_t plane = values.size() / 4;
        for (std::size_t i = plane; i < 2 * plane; ++i, ++count) sum += static_cast<double>(values[i]);
    }
    REQUIRE(mean == Approx(sum / static_cast<double>(count)).epsilon(1e-5));
}

TEST_CASE("a frozen layer, or a filter of one, keeps weights and what is remembered of them, with every optimizer") {
    for (const OptimizerKind kind :
         {OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp})
        for (const int trained : {0, 3}) {
            CAPTURE(static_cast<int>(kind), trained);
            Recipe recipe = small_recipe(kind);
            recipe.optimizer.weight_decay = 0.01;
            Trained run(recipe, trained);
            run.trainer.set_restraints({{}, {{run.conv, 1}, {run.linear}}});
            const auto before = run.trainer.state();
            for (int i = 0; i < 3; ++i) run.trainer.train_iteration();
            const auto after = run.trainer.state();
            const auto row_of = [](const TensorBlob& blob, std::int64_t row) {
                const auto values = blob.values<float>();
                const std::size_t size = values.size() / 4;
                const auto begin = values.begin() + static_cast<std::ptrdiff_t>(size) * row;
                return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(size));
            };
            for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {  // conv1's weight and bias
                REQUIRE(row_of(before->weights[i].blob, 1) == row_of(after->weights[i].blob, 1));
                REQUIRE(row_of(before->weights[i].blob, 0) != row_of(after->weights[i].blob, 0));
                const auto& remembered = after->optimizer[i].tensors;
                for (std::size_t k = 0; k < remembered.size(); ++k) {
                    const std::vector<float> now = row_of(remembered[k].blob, 1);
                    const auto& earlier = before->optimizer[i].tensors;
                    REQUIRE(now == (k < earlier.size() ? row_of(earlier[k].blob, 1) : std::vector<float>(now.size())));
                }
            }
            for (const std::size_t i : {std::size_t{2}, std::size_t{3}}) {  // fc1's
                REQUIRE((before->weights[i] == after->weights[i]));
                REQUIRE((before->optimizer[i].tensors == after->optimizer[i].tensors));
            }
            REQUIRE_FALSE((before->weights[4] == after->weights[4]));

            // Its gradient is what it is, its update nothing.
            const TensorKey gradient{TensorKind::WeightGradient, run.linear},
                update{TensorKind::WeightUpdate, run.linear};
            const Observation of_gradient = run.look(gradient), of_update = run.look(update);
            REQUIRE(of_gradient.find(gradient)->whole.deviation > 0.0F);
            REQUIRE(of_update.find(update)->whole.zero_fraction == 1.0F);
            const TensorKey rows{TensorKind::WeightUpdate, run.conv};
            const Observation of_rows = run.look(rows);
            REQUIRE(of_rows.find(rows)->planes[1].zero_fraction == 1.0F);
            REQUIRE(of_rows.find(rows)->planes[0].zero_fraction < 1.0F);
        }
}
