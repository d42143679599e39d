// Networks that stand still: what is seen of them is what their runs showed, and no run notices.
#include "engine/train/frozen_network.h"

#include "engine/session/sweep.h"
#include "engine/train/thread_settings.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

using namespace convscope;

namespace {

using StatePtr = std::shared_ptr<const TrainingState>;

TorchTrainerOptions toy_options() {
    static const std::shared_ptr<const Dataset> data = make_toy_dataset(200, 70);
    return {.data = data, .threads = 1, .device = "cpu"};
}

// Whatever a state has, and with it what it has not: gradients, updates, passes.
WatchSet everything(const NetworkDescription& network) {
    WatchSet watch;
    watch.probe = watch.layer_statistics = true;
    watch.add({TensorKind::Input, kInputLayer});
    for (const LayerDescription& layer : network.layers)
        for (int kind = 0; kind <= static_cast<int>(TensorKind::PassGradient); ++kind)
            watch.add({static_cast<TensorKind>(kind), layer.id});
    return watch;
}

bool is_of_training(TensorKind kind) {
    return kind == TensorKind::WeightGradient || kind == TensorKind::BiasGradient || kind == TensorKind::WeightUpdate;
}

OwnPicture own_bytes(std::span<const std::uint8_t> bytes) {
    return {std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end()), 1};
}

// To the last bit, but for what training has left beside the state.
void require_same(const Observation& frozen, const Observation& live) {
    std::size_t found = 0;
    for (const auto& capture : live.captures) {
        if (is_of_training(capture->key.kind)) continue;
        INFO("kind " << static_cast<int>(capture->key.kind) << " layer " << capture->key.layer.index);
        const TensorCapture* same = frozen.find(capture->key);
        REQUIRE(same != nullptr);
        REQUIRE(same->shape == capture->shape);
        REQUIRE(same->values == capture->values);
        REQUIRE(same->iteration == capture->iteration);
        REQUIRE(same->run == capture->run);
        ++found;
    }
    REQUIRE(frozen.captures.size() == found);
    REQUIRE(frozen.probe.source == live.probe.source);
    REQUIRE(frozen.probe.label == live.probe.label);
    REQUIRE(frozen.probe.iteration == live.probe.iteration);
    REQUIRE(frozen.probe.logits == live.probe.logits);
    REQUIRE(frozen.probe.probabilities == live.probe.probabilities);
    REQUIRE(frozen.pass.label == -1);
    REQUIRE(frozen.layer_statistics.size() == live.layer_statistics.size());
    for (std::size_t i = 0; i < frozen.layer_statistics.size(); ++i) {
        REQUIRE(frozen.layer_statistics[i].iteration == live.layer_statistics[i].iteration);
        REQUIRE(frozen.layer_statistics[i].mean == live.layer_statistics[i].mean);
        REQUIRE(frozen.layer_statistics[i].deviation == live.layer_statistics[i].deviation);
        REQUIRE(frozen.layer_statistics[i].dead_fraction == live.layer_statistics[i].dead_fraction);
    }
}

std::vector<float> losses(const Recipe& recipe, std::size_t count) {
    TorchTrainer trainer(toy_options());
    REQUIRE(trainer.start({RunId{1}, recipe, 1}).ok());
    std::vector<float> all;
    while (all.size() < count) all.push_back(trainer.train_iteration().loss);
    return all;
}

// That state of a run, and what it learned from.
struct Reached {
    StatePtr state;
    std::shared_ptr<const Dataset> data;
};
Reached reached(const Recipe& recipe, int iterations, std::uint64_t seed = 1) {
    TorchTrainer trainer(toy_options());
    const auto info = trainer.start({RunId{1}, recipe, seed});
    REQUIRE(info.ok());
    for (int i = 0; i < iterations; ++i) trainer.train_iteration();
    return {trainer.state(), info.value()->dataset};
}

}  // namespace

TEST_CASE("what is seen of a state is to the bit what the run captured there, in whatever order it is looked at") {
    const Recipe recipes[] = {small_recipe(), stateful_recipe(OptimizerKind::Adam),
                              stateful_recipe(OptimizerKind::Sgd)};
    for (const Recipe& recipe : recipes) {
        INFO(recipe.name << ' ' << to_string(recipe.optimizer.kind));
        TorchTrainer trainer(toy_options());
        const auto info = trainer.start({RunId{5}, recipe, 3});
        REQUIRE(info.ok());
        const WatchSet watch = everything(info.value()->network);
        const auto& data = info.value()->dataset;
        const std::vector<ProbeSource> probes{HeldPicture{Split::Test, 3}, HeldPicture{Split::Train, 11}, BatchSample{},
                                              own_bytes(data->image(Split::Test, 5))};
        std::vector<StatePtr> states;
        std::vector<std::vector<Observation>> live;
        for (std::int64_t iteration = 0; iteration <= 30; ++iteration) {
            if (iteration == 17) trainer.set_batch_size(7);
            if (iteration == 8 || iteration == 21)
                trainer.set_restraints(
                    {{}, {}, {.shuffled_labels = 0.5, .noise = 20.0, .times = {0, 2, 1, 1, 1, 1, 1, 1, 1, 1}}});
            if (iteration == 15) trainer.set_restraints({});
            if (iteration > 0) trainer.train_iteration();
            if (iteration % 6 != 0) continue;
            states.push_back(trainer.state());
            live.emplace_back();
            for (const ProbeSource& probe : probes)
                trainer.capture({watch, true, iteration, probe}, live.back().emplace_back());
        }
        Result<FrozenNetwork> frozen = FrozenNetwork::in(*states[2], data, RunId{5});
        REQUIRE(frozen.ok());
        const void* memory = frozen.value().network().parameters().front().data_ptr();
        for (const std::size_t i : {2, 5, 0, 3, 1, 4, 4})
            for (std::size_t p = 0; p < probes.size(); ++p) {
                INFO("iteration " << 6 * i << ", probe " << p);
                const Result<Observation> seen = frozen.value().observe(*states[i], probes[p], watch);
                REQUIRE(seen.ok());
                require_same(seen.value(), live[i][p]);
            }
        REQUIRE(frozen.value().network().parameters().front().data_ptr() == memory);
    }
}

TEST_CASE("whoever looks at states on another thread changes no loss of a run with dropout that is trained meanwhile") {
    const auto [state, data] = reached(stateful_recipe(OptimizerKind::Adam), 5);
    const auto [later, same_data] = reached(stateful_recipe(OptimizerKind::Adam), 9);
    std::atomic<int> looks{0};
    std::atomic<bool> over{false}, well{true};
    std::vector<float> beside;
    {
        TorchTrainer trainer(toy_options());
        REQUIRE(trainer.start({RunId{1}, small_recipe(), 1}).ok());
        std::thread other([&, states = std::array{state, later}, data = data] {
            Result<FrozenNetwork> frozen = FrozenNetwork::in(*states[0], data);
            if (!frozen.ok()) well = false;
            const WatchSet watch = frozen.ok() ? everything(frozen.value().network().description()) : WatchSet{};
            for (std::size_t i = 0; well && !over; ++i, ++looks)
                if (!frozen.value().observe(*states[i % 2], HeldPicture{Split::Test, 3}, watch).ok()) well = false;
        });
        while (beside.size() < 100 || (looks < 50 && well)) beside.push_back(trainer.train_iteration().loss);
        over = true;
        other.join();
    }
    REQUIRE(well);
    REQUIRE(losses(small_recipe(), beside.size()) == beside);
}

TEST_CASE("bytes of one's own give what the held picture with these bytes gives, and need no data") {
    apply(fixed_thread_settings(1));
    const auto [state, data] = reached(small_recipe(), 5);
    Result<FrozenNetwork> with_data = FrozenNetwork::in(*state, data), without = FrozenNetwork::in(*state);
    REQUIRE(with_data.ok());
    REQUIRE(without.ok());
    WatchSet watch = everything(without.value().network().description());
    watch.layer_statistics = false;
    for (const std::int64_t index : {0, 17, 69}) {
        const auto bytes = data->image(Split::Test, index);
        Result<Observation> held = with_data.value().observe(HeldPicture{Split::Test, index}, watch);
        const Result<Observation> own = without.value().observe(own_bytes(bytes), watch);
        REQUIRE(held.ok());
        REQUIRE(own.ok());
        REQUIRE(own.value().probe.label == -1);
        REQUIRE(held.value().probe.label == data->label(Split::Test, index));
        held.value().probe.source = own.value().probe.source;
        held.value().probe.label = -1;
        require_same(own.value(), held.value());
        const Result<std::vector<float>> probabilities = without.value().classify(bytes);
        REQUIRE(probabilities.ok());
        REQUIRE(probabilities.value() == own.value().probe.probabilities);
    }
}

TEST_CASE("what is no state of the network, or no picture for it, is refused and leaves the network where it is") {
    const auto [state, data] = reached(stateful_recipe(OptimizerKind::Adam), 3);
    const StatePtr later = reached(stateful_recipe(OptimizerKind::Adam), 6).state;
    Result<FrozenNetwork> made = FrozenNetwork::in(*state, data);
    REQUIRE(made.ok());
    FrozenNetwork& frozen = made.value();
    const WatchSet watch = everything(frozen.network().description());
    const Result<Observation> before = frozen.observe(HeldPicture{}, watch);
    REQUIRE(before.ok());
    const auto refused = [&](const Result<Observation>& seen) {
        REQUIRE_FALSE(seen.ok());
        REQUIRE_FALSE(seen.error().message.empty());
        const Result<Observation> after = frozen.observe(HeldPicture{}, watch);
        REQUIRE(after.ok());
        require_same(after.value(), before.value());
    };
    const auto state_refused = [&](const TrainingState& other) {
        refused(frozen.observe(other, HeldPicture{}, watch));
    };
    const auto damaged = [&](const auto& damage) {
        TrainingState copy = *later;
        damage(copy);
        return copy;
    };
    state_refused(*reached(small_recipe(), 1).state);
    state_refused(*reached(stateful_recipe(OptimizerKind::Adam), 3, /*seed=*/2).state);
    state_refused(damaged([](TrainingState& s) { s.weights.pop_back(); }));
    state_refused(damaged([](TrainingState& s) { std::swap(s.weights[0].blob, s.weights[1].blob); }));
    state_refused(damaged([](TrainingState& s) { s.recipe.input_mean = {0.5}; }));
    state_refused(damaged([](TrainingState& s) { s.data.latest = 1'000; }));
    state_refused(damaged([](TrainingState& s) { s.data.order = {}; }));
    refused(frozen.observe(HeldPicture{Split::Test, data->size(Split::Test)}, watch));
    refused(frozen.observe(HeldPicture{Split::Train, -1}, watch));
    refused(frozen.observe(OwnPicture{}, watch));
    refused(frozen.observe(own_bytes(data->image(Split::Test, 0).first(783)), watch));
    REQUIRE_FALSE(frozen.classify(data->image(Split::Test, 0).first(783)).ok());
    std::vector<int> predicted(11);
    REQUIRE_FALSE(frozen.classify(Split::Test, data->size(Split::Test) - 10, predicted).ok());
    REQUIRE_FALSE(FrozenNetwork::in(*state, make_toy_dataset(20, 10, /*side=*/12)).ok());
    Result<FrozenNetwork> blind = FrozenNetwork::in(*state);
    REQUIRE(blind.ok());
    REQUIRE_FALSE(blind.value().observe(HeldPicture{}, watch).ok());
    REQUIRE_FALSE(blind.value().observe(BatchSample{}, watch).ok());
}

TEST_CASE("a resumed run's settings make no other network of it") {
    const auto [state, data] = reached(small_recipe(), 3);
    Result<FrozenNetwork> frozen = FrozenNetwork::in(*state, data);
    REQUIRE(frozen.ok());
    TrainingState longer = *state;
    longer.recipe.epochs = 50;
    longer.recipe.batch_size = 99;
    longer.recipe.optimizer.learning_rate = 0.5;
    REQUIRE(frozen.value().restore(longer).ok());
}

TEST_CASE("with a file's weights a network shows what a run with them shows, but has no minibatch") {
    apply(fixed_thread_settings(1));
    const auto [state, data] = reached(small_recipe(), 4);
    std::vector<NamedTensor> weights;
    for (const NamedBlob& one : state->weights) {
        const auto values = one.blob.values<float>();
        weights.push_back({one.name, one.blob.shape, {values.begin(), values.end()}});
    }
    Result<FrozenNetwork> of_file = FrozenNetwork::with(state->recipe, weights, data);
    Result<FrozenNetwork> of_state = FrozenNetwork::in(*state, data);
    REQUIRE(of_file.ok());
    REQUIRE(of_state.ok());
    WatchSet watch;
    watch.probe = true;
    const auto one = of_file.value().observe(HeldPicture{Split::Test, 9}, watch);
    const auto other = of_state.value().observe(HeldPicture{Split::Test, 9}, watch);
    REQUIRE(one.ok());
    REQUIRE(other.ok());
    REQUIRE(one.value().probe.logits == other.value().probe.logits);
    REQUIRE_FALSE(of_file.value().observe(BatchSample{}, watch).ok());
    weights.pop_back();
    REQUIRE_FALSE(FrozenNetwork::with(state->recipe, weights, data).ok());
}

TEST_CASE("what a sweep took each picture for is what the frozen network takes it for, and what its matrix counts") {
    apply(fixed_thread_settings(1));
    TorchTrainer trainer(toy_options());
    const auto info = trainer.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), 3});
    REQUIRE(info.ok());
    const auto& data = info.value()->dataset;
    for (int i = 0; i < 4; ++i) trainer.train_iteration();
    Sweep sweep;
    sweep.begin(data->size(Split::Test), 10, 4, Weights::Present, std::make_shared<CountedConfusion>(), true);
    while (sweep.active()) sweep.advance(trainer, 500);  // as an evaluation does
    const CountedConfusion& counted = sweep.confusion();
    REQUIRE(counted.split == Split::Test);
    REQUIRE(std::ssize(counted.predicted) == data->size(Split::Test));

    Result<FrozenNetwork> frozen = FrozenNetwork::in(*trainer.state(), data);
    REQUIRE(frozen.ok());
    std::vector<int> predicted(counted.predicted.size());
    std::vector<float> probabilities(10 * predicted.size());
    const Result<double> loss = frozen.value().classify(Split::Test, 0, predicted, {}, probabilities);
    REQUIRE(loss.ok());
    REQUIRE(loss.value() / static_cast<double>(predicted.size()) == sweep.mean_loss());
    REQUIRE(counted.probabilities == probabilities);
    std::int64_t first_alone = 7;
    REQUIRE(std::ranges::equal(counted.probabilities_of(first_alone),
                               frozen.value().classify(data->image(Split::Test, first_alone)).value(),
                               [](float a, float b) { return std::abs(a - b) < 1e-6F; }));
    ConfusionMatrix matrix(10);
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        REQUIRE(predicted[i] == counted.predicted[i]);
        matrix.add(data->label(Split::Test, static_cast<std::int64_t>(i)), predicted[i]);
    }
    REQUIRE(matrix == counted.matrix);
}

TEST_CASE("a frozen network is asked with a channel silenced, sees and answers so, and is as before afterwards") {
    const Reached run = reached(small_recipe(), 20);
    FrozenNetwork network = FrozenNetwork::in(*run.state, run.data).value();
    const LayerId conv = network.network().description().find("conv1")->id;
    const WatchSet watch = everything(network.network().description());
    const HeldPicture probe{Split::Test, 3};
    const Observation before = network.observe(probe, watch).value();
    const Interventions silence{{conv, 1}, {conv, 2}};
    const Observation silenced = network.observe(probe, watch, silence).value();
    const std::vector<float>& maps = silenced.find({TensorKind::Activation, conv})->values;
    const std::size_t plane = maps.size() / 4;
    REQUIRE(std::all_of(maps.begin() + static_cast<std::ptrdiff_t>(plane),
                        maps.begin() + static_cast<std::ptrdiff_t>(3 * plane),
                        [](float value) { return value == 0.0F; }));
    REQUIRE(silenced.probe.logits != before.probe.logits);
    REQUIRE(silenced.layer_statistics.front().dead_fraction >= 0.5F);

    const auto picture = run.data->image(Split::Test, 3);
    REQUIRE(network.classify(picture, silence).value() == silenced.probe.probabilities);
    REQUIRE(network.classify(picture).value() == before.probe.probabilities);
    std::array<int, 20> with{}, without{};
    const double changed = network.classify(Split::Test, 0, with, silence).value();
    REQUIRE(changed != network.classify(Split::Test, 0, without).value());
    require_same(network.observe(probe, watch).value(), before);

    for (const Intervention& wrong :
         {Intervention{conv, 4}, Intervention{LayerId{99}, 0}, Intervention{kInputLayer, 0}}) {
        const Interventions set{wrong};
        REQUIRE(network.observe(probe, watch, set).error().code == ErrorCode::InvalidArgument);
        REQUIRE_FALSE(network.classify(picture, set).ok());
    }
    const Interventions wrong{{conv, 4}};
    REQUIRE(network.classify(picture, wrong).error().message ==
            "Layer 'conv1' has no channel 4 among its 4: name another");
}
