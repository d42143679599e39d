// What a layer makes of many test pictures, against the network asked by hand; and that training does not notice.
#include "engine/train/sampling.h"
#include "engine/recipe/recipe_library.h"
#include "engine/train/frozen_network.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <cmath>

using namespace convscope;

namespace {

std::shared_ptr<const ActivationSample> gathered(TorchTrainer& trainer, const SampleQuestion& question,
                                                 std::int64_t slice) {
    const std::unique_ptr<SampleWork> work = trainer.sample(question, 20);
    while (work->progress() < 1.0) work->advance(slice);
    return work->sample();
}

}  // namespace

TEST_CASE("a sample's rows are what the layer puts out, folded where they are long, of every layer") {
    const auto data = make_toy_dataset(200, 70);
    TorchTrainer trainer({.data = data, .threads = 1, .device = "cpu"});
    const auto info = trainer.start({RunId{1}, small_recipe(), 4}).value();
    for (int i = 0; i < 5; ++i) trainer.train_iteration();
    const auto input = gathered(trainer, {.layer = kInputLayer, .count = 70}, 16);
    REQUIRE(input->count() == 70);
    torch::Tensor pictures =
        torch::empty({70, info->network.input_shape[0], info->network.input_shape[1], info->network.input_shape[2]});
    const Preprocessing preprocessing(info->recipe);
    for (std::int64_t i = 0; i < 70; ++i)
        preprocessing.apply(data->image(Split::Test, i), pictures[i].data_ptr<float>());
    for (const LayerDescription& layer : info->network.layers) {
        INFO(layer.spec.name);
        const auto sample = gathered(trainer, {.layer = layer.id, .count = 70}, 32);
        torch::Tensor kept;
        const torch::Tensor output = trainer.network().answer(pictures, [&](LayerId of, const torch::Tensor& values) {
            if (of == layer.id) kept = values.detach().clone();
        });
        kept = kept.reshape({70, -1}).contiguous();
        REQUIRE(sample->value_count == kept.size(1));
        const RowFolding folding(kept.size(1));
        REQUIRE(sample->width == folding.width());
        std::vector<float> row(static_cast<std::size_t>(folding.width()));
        for (std::int64_t i = 0; i < 70; ++i) {
            folding.apply({kept[i].data_ptr<float>(), static_cast<std::size_t>(kept.size(1))}, row);
            for (std::int64_t k = 0; k < sample->width; ++k)
                REQUIRE(std::abs(sample->values[static_cast<std::size_t>(i * sample->width + k)] -
                                 row[static_cast<std::size_t>(k)]) < 1e-3F);
            REQUIRE(sample->labels[static_cast<std::size_t>(i)] == data->label(Split::Test, i));
            REQUIRE(sample->predicted[static_cast<std::size_t>(i)] == output[i].argmax().item<std::int64_t>());
        }
    }
}

TEST_CASE("a sample is of the weights as they were when it was begun, whatever is trained meanwhile") {
    TorchTrainer trainer({.data = make_toy_dataset(200, 70), .threads = 1, .device = "cpu"});
    trainer.start({RunId{1}, small_recipe(), 4}).value();
    trainer.train_iteration();
    const SampleQuestion question{.layer = LayerId{0}, .count = 64};
    const auto before = gathered(trainer, question, 16);
    const std::unique_ptr<SampleWork> work = trainer.sample(question, 20);
    while (work->progress() < 1.0) {
        work->advance(16);
        trainer.train_iteration();
    }
    CHECK(work->sample()->values == before->values);
    CHECK(gathered(trainer, question, 16)->values != before->values);
}

TEST_CASE("training beside samples is to the bit what it is without") {
    const auto trained = [](bool watched) {
        TorchTrainer trainer({.data = make_toy_dataset(200, 70), .threads = 1, .device = "cpu"});
        Recipe recipe = small_recipe();
        trainer.start({RunId{1}, recipe, 4}).value();
        std::unique_ptr<SampleWork> work;
        for (int i = 0; i < 30; ++i) {
            if (watched && (!work || work->progress() >= 1.0))
                work = trainer.sample({.layer = LayerId{0}, .count = 70}, i);
            if (work) work->advance(20);
            trainer.train_iteration();
        }
        return trainer.state();
    };
    require_equal(*trained(false), *trained(true));
}

TEST_CASE("a network that stands still gathers the same, and says what cannot be gathered") {
    const auto data = make_toy_dataset(200, 70);
    TorchTrainer trainer({.data = data, .threads = 1, .device = "cpu"});
    const auto info = trainer.start({RunId{1}, small_recipe(), 4}).value();
    trainer.train_iteration();
    FrozenNetwork frozen = FrozenNetwork::in(*trainer.state(), info->dataset).value();
    const SampleQuestion question{.layer = LayerId{0}, .count = 60};
    CHECK(frozen.sample(question).value()->values == gathered(trainer, question, 200)->values);
    CHECK(frozen.sample({.layer = LayerId{99}}).error().message.find("no layer 99") != std::string::npos);
    FrozenNetwork alone = FrozenNetwork::in(*trainer.state()).value();
    CHECK(alone.sample(question).error().message.find("no data") != std::string::npos);
}
