// An observed iteration: the numbers that it shows are those of the pass, and training does not notice.
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <functional>
#include <map>
#include <utility>

using namespace convscope;

namespace {

const TorchTrainerOptions& toy_options() {
    static const TorchTrainerOptions options{.data = make_toy_dataset(200, 50), .threads = 1, .device = "cpu"};
    return options;
}

WatchSet everything(const NetworkDescription& network) {
    WatchSet watch;
    watch.probe = watch.phases = true;
    watch.add({TensorKind::PassActivation, kInputLayer});
    for (const LayerDescription& layer : network.layers)
        for (const TensorKind kind :
             {TensorKind::Activation, TensorKind::Weight, TensorKind::WeightGradient, TensorKind::BiasGradient,
              TensorKind::WeightUpdate, TensorKind::RunningMean, TensorKind::RunningVariance,
              TensorKind::PassActivation, TensorKind::PassGradient})
            watch.add({kind, layer.id});
    return watch;
}

// Captures everything at every phase; the captures of the latest iteration stay.
class Follower final : public PhaseObserver {
public:
    explicit Follower(TorchTrainer& trainer, WatchSet watch) : trainer_(trainer), watch_(std::move(watch)) {}
    void reached(Phase phase) override {
        order.push_back(phase);
        trainer_.capture({watch_, /*layer_statistics=*/true, 7}, at[phase]);
    }
    std::vector<Phase> order;
    std::map<Phase, Observation> at;

private:
    TorchTrainer& trainer_;
    WatchSet watch_;
};

std::shared_ptr<const RunInfo> start(TorchTrainer& trainer, const Recipe& recipe) {
    auto started = trainer.start({RunId{1}, recipe, 1});
    REQUIRE(started.ok());
    return started.value();
}

torch::Tensor as_tensor(const TensorCapture* capture) {
    REQUIRE(capture != nullptr);
    std::vector<std::int64_t> sizes;
    for (int i = 0; i < capture->shape.rank(); ++i) sizes.push_back(capture->shape[i]);
    return torch::tensor(capture->values).view(sizes);
}

// Layers that hand on their very input: dropout of nothing, first and within a residual layer that adds that input
// again; with other layers of several readers around them.
Recipe identity_recipe() {
    const auto conv = [](const char* name) {
        LayerSpec spec = layer(name, LayerKind::Conv2d, 4, 3);
        spec.padding = 1;
        return spec;
    };
    LayerSpec nothing = layer("nothing", LayerKind::Dropout);
    nothing.probability = 0.0;
    LayerSpec inner = layer("inner", LayerKind::Residual);
    inner.body = {nothing, conv("conv"), layer("norm", LayerKind::BatchNorm)};
    LayerSpec outer = layer("outer", LayerKind::Residual);
    outer.body = {nothing, inner, layer("relu", LayerKind::ReLU)};
    Recipe recipe = small_recipe();
    recipe.layers = {nothing,
                     conv("first"),
                     outer,
                     layer("pool", LayerKind::MaxPool2d, 0, 7, 7),
                     layer("flatten", LayerKind::Flatten),
                     layer("dropout", LayerKind::Dropout),
                     layer("fc", LayerKind::Linear, 10)};
    return recipe;
}

// Without anything random, and the minibatches in the data's own order.
Recipe certain_recipe() {
    Recipe recipe = small_recipe(OptimizerKind::Sgd);
    recipe.layers = {layer("conv", LayerKind::Conv2d, 4, 5), layer("norm", LayerKind::BatchNorm),
                     layer("relu", LayerKind::ReLU),         layer("pool", LayerKind::MaxPool2d, 0, 4, 4),
                     layer("flatten", LayerKind::Flatten),   layer("fc", LayerKind::Linear, 10)};
    recipe.shuffle = false;
    return recipe;
}

}  // namespace

TEST_CASE("following every phase and capturing everything in each leaves losses and weights as they are, bit for bit") {
    const auto [name, recipe] =
        GENERATE(table<const char*, Recipe>({{"dropout", small_recipe()},
                                             {"batch norm, dropout, augmentation", stateful_recipe(OptimizerKind::Sgd)},
                                             {"outputs that are inputs, residual layers", identity_recipe()}}));
    CAPTURE(name);
    TorchTrainer alone(toy_options());
    start(alone, recipe);
    std::vector<float> losses;
    for (int i = 0; i < 20; ++i) losses.push_back(alone.train_iteration().loss);
    const std::shared_ptr<const TrainingState> wanted = alone.state();

    TorchTrainer followed(toy_options());
    Follower follower(followed, everything(start(followed, recipe)->network));
    for (std::size_t i = 0; i < losses.size(); ++i) REQUIRE(followed.train_iteration(&follower).loss == losses[i]);
    const std::shared_ptr<const TrainingState> given = followed.state();
    REQUIRE((given->weights == wanted->weights));
    REQUIRE((given->generator == wanted->generator));
    REQUIRE(follower.order.size() == 5 * losses.size());
}

TEST_CASE("the pass that is shown is the training pass of the minibatch's first sample, computed by hand") {
    const Recipe recipe = certain_recipe();
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, recipe);
    Follower follower(trainer, everything(info->network));
    trainer.train_iteration();
    std::map<std::string, torch::Tensor> weights;
    for (const auto& [name, tensor] : trainer.network().named_parameters())
        weights[name] = tensor.detach().clone().requires_grad_();
    trainer.train_iteration(&follower);

    Preprocessing preprocessing(recipe);
    Minibatch batch;
    load_pictures(*toy_options().data, preprocessing, Split::Train, recipe.batch_size, recipe.batch_size, batch);
    std::vector<torch::Tensor> outputs;
    const auto kept = [&outputs](torch::Tensor output) {
        output.retain_grad();
        outputs.push_back(output);
        return output;
    };
    torch::Tensor x = kept(torch::conv2d(batch.images, weights["conv.weight"], weights["conv.bias"]));
    const torch::Tensor mean = x.mean({0, 2, 3}, /*keepdim=*/true);
    const torch::Tensor variance = x.var({0, 2, 3}, /*unbiased=*/false, /*keepdim=*/true);
    x = kept((x - mean) / (variance + recipe.layers[1].epsilon).sqrt() * weights["norm.weight"].view({1, 4, 1, 1}) +
             weights["norm.bias"].view({1, 4, 1, 1}));
    x = kept(torch::relu(x));
    x = kept(torch::max_pool2d(x, 4));
    x = kept(x.flatten(1));
    const torch::Tensor logits = kept(torch::linear(x, weights["fc.weight"], weights["fc.bias"]));
    const torch::Tensor loss = -torch::log_softmax(logits, 1).gather(1, batch.labels.unsqueeze(1)).mean();
    loss.backward();

    const Observation& whole = follower.at[Phase::Update];
    REQUIRE(torch::equal(as_tensor(whole.find({TensorKind::PassActivation, kInputLayer})), batch.images[0]));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const LayerId id{static_cast<std::int32_t>(i)};
        INFO(recipe.layers[i].name);
        CHECK(torch::allclose(as_tensor(whole.find({TensorKind::PassActivation, id})), outputs[i][0], 1e-4, 1e-5));
        CHECK(torch::allclose(as_tensor(whole.find({TensorKind::PassGradient, id})), outputs[i].grad()[0], 1e-3, 1e-7));
    }
    const torch::Tensor wanted =
        (torch::softmax(logits, 1) - torch::one_hot(batch.labels, 10)) / static_cast<double>(recipe.batch_size);
    CHECK(torch::allclose(as_tensor(whole.find({TensorKind::PassGradient, LayerId{5}})), wanted[0], 1e-4, 1e-7));
    for (const auto& capture : whole.captures) CHECK(capture->iteration == 7);

    CHECK(whole.pass.label == batch.classes.front());
    CHECK(torch::allclose(torch::tensor(whole.pass.probabilities), torch::softmax(logits, 1)[0], 1e-4, 1e-6));
    REQUIRE(whole.pass.loss.has_value());
    CHECK(*whole.pass.loss == Approx(loss.item<float>()).epsilon(1e-5));
    CHECK_FALSE(follower.at[Phase::Forward].pass.loss.has_value());
    CHECK(follower.at[Phase::Batch].pass.probabilities.empty());
    Observation after;
    trainer.capture({everything(info->network), false, 8}, after);
    CHECK(after.pass.label == -1);
    CHECK(after.pass.probabilities.empty());
}

// Follows a sample, and keeps what is captured and told of it.
class SampleFollower final : public PhaseObserver {
public:
    SampleFollower(TorchTrainer& trainer, WatchSet watch, std::int64_t sample)
        : trainer_(trainer), watch_(std::move(watch)), sample_(sample) {}
    void reached(Phase phase) override {
        if (phase != Phase::Loss) return;
        trainer_.capture({watch_, false, 0}, seen);
        trainer_.read_batch(batch);
    }
    std::int64_t sample() const override { return sample_; }
    Observation seen;
    BatchSheet batch;

private:
    TorchTrainer& trainer_;
    const WatchSet watch_;
    const std::int64_t sample_;
};

TEST_CASE("any sample of a minibatch is followed, and its picture is told as it was trained on") {
    Recipe recipe = small_recipe();
    recipe.augmentation = {.shift = 2.0, .rotate = 10.0, .scale = 0.1, .noise = 0.05};
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, recipe);
    const Preprocessing preprocessing(recipe);
    for (const std::int64_t sample : {0, 5, 15}) {
        SampleFollower follower(trainer, everything(info->network), sample);
        trainer.train_iteration(&follower);
        const torch::Tensor trained_on = as_tensor(follower.seen.find({TensorKind::PassActivation, kInputLayer}));
        torch::Tensor told = torch::empty_like(trained_on);
        preprocessing.apply(follower.batch.pixels_of(sample), told.data_ptr<float>());
        CHECK(torch::equal(told, trained_on));
        const torch::Tensor logits =
            as_tensor(follower.seen.find({TensorKind::PassActivation, info->network.layers.back().id}));
        const int label = follower.batch.labels[static_cast<std::size_t>(sample)];
        CHECK(follower.batch.losses[static_cast<std::size_t>(sample)] ==
              Approx(-torch::log_softmax(logits, 0)[label].item<float>()).epsilon(1e-5));
        CHECK(follower.batch.predicted[static_cast<std::size_t>(sample)] == logits.argmax().item<int>());
    }
}

TEST_CASE("a phase shows what it has come to and nothing of the iteration before") {
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, certain_recipe());
    Follower follower(trainer, everything(info->network));
    trainer.train_iteration(&follower);
    const torch::Tensor before = trainer.network().weight(LayerId{5}).detach().clone();
    trainer.train_iteration(&follower);
    const std::vector<std::pair<TensorKey, Phase>> from = {{{TensorKind::PassActivation, kInputLayer}, Phase::Batch},
                                                           {{TensorKind::PassActivation, LayerId{3}}, Phase::Forward},
                                                           {{TensorKind::PassGradient, LayerId{3}}, Phase::Backward},
                                                           {{TensorKind::WeightGradient, LayerId{5}}, Phase::Backward},
                                                           {{TensorKind::BiasGradient, LayerId{5}}, Phase::Backward},
                                                           {{TensorKind::WeightUpdate, LayerId{5}}, Phase::Update},
                                                           {{TensorKind::Weight, LayerId{5}}, Phase::Batch},
                                                           {{TensorKind::Activation, LayerId{5}}, Phase::Batch}};
    for (auto& [phase, snapshot] : follower.at)
        for (const auto& [key, first] : from) {
            CAPTURE(static_cast<int>(phase), static_cast<int>(key.kind));
            CHECK((snapshot.find(key) != nullptr) == (phase >= first));
        }
    const torch::Tensor gradient =
        as_tensor(follower.at[Phase::Backward].find({TensorKind::WeightGradient, LayerId{5}}));
    CHECK(torch::equal(gradient, trainer.network().weight(LayerId{5}).grad()));
    CHECK(torch::equal(as_tensor(follower.at[Phase::Backward].find({TensorKind::Weight, LayerId{5}})), before));
    const Observation& updated = follower.at[Phase::Update];
    const torch::Tensor after = as_tensor(updated.find({TensorKind::Weight, LayerId{5}}));
    CHECK(torch::equal(after, trainer.network().weight(LayerId{5}).detach()));
    CHECK(torch::allclose(as_tensor(updated.find({TensorKind::WeightUpdate, LayerId{5}})), after - before, 1e-3, 1e-7));
    // The probe sees running values, the pass its own minibatch's, and the weights have moved under both.
    CHECK_FALSE(torch::equal(as_tensor(updated.find({TensorKind::Activation, LayerId{5}})),
                             as_tensor(updated.find({TensorKind::PassActivation, LayerId{5}}))));
}

TEST_CASE("what an observed iteration has kept can be captured until the next one begins") {
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, certain_recipe());
    const WatchSet watch = everything(info->network);
    const TensorKey activation{TensorKind::PassActivation, LayerId{2}};
    const TensorKey gradient{TensorKind::PassGradient, LayerId{2}};
    Follower follower(trainer, watch);
    Observation into;
    trainer.capture({watch, false, 0}, into);
    CHECK(into.find(activation) == nullptr);
    trainer.train_iteration(&follower);
    trainer.capture({watch, false, 1}, into);
    CHECK(as_tensor(into.find(activation)).equal(as_tensor(follower.at[Phase::Update].find(activation))));
    CHECK(into.find(gradient) != nullptr);
    trainer.train_iteration();
    trainer.capture({watch, false, 2}, into);
    CHECK(into.find(activation) == nullptr);
    CHECK(into.find(gradient) == nullptr);
    CHECK(into.find({TensorKind::PassActivation, kInputLayer}) == nullptr);
}

TEST_CASE("where no gradient flows none is shown, and a new run keeps nothing of the old one's pass") {
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, identity_recipe());
    const WatchSet watch = everything(info->network);
    Follower follower(trainer, watch);
    trainer.train_iteration(&follower);
    const Observation& whole = follower.at[Phase::Update];
    CHECK(whole.find({TensorKind::PassActivation, LayerId{0}}) != nullptr);
    CHECK(whole.find({TensorKind::PassGradient, LayerId{0}}) == nullptr);  // before the first weight
    CHECK(whole.find({TensorKind::PassGradient, LayerId{1}}) != nullptr);
    start(trainer, identity_recipe());
    Observation into;
    trainer.capture({watch, false, 0}, into);
    CHECK(into.find({TensorKind::PassActivation, LayerId{1}}) == nullptr);
}

TEST_CASE("batch norm's running mean and variance are captured, and nobody else has any") {
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, certain_recipe());
    for (int i = 0; i < 3; ++i) trainer.train_iteration();
    Observation into;
    trainer.capture({everything(info->network), false, 3}, into);
    CHECK(torch::equal(as_tensor(into.find({TensorKind::RunningMean, LayerId{1}})),
                       trainer.network().running_mean(LayerId{1})));
    CHECK(torch::equal(as_tensor(into.find({TensorKind::RunningVariance, LayerId{1}})),
                       trainer.network().running_variance(LayerId{1})));
    CHECK(into.find({TensorKind::RunningMean, LayerId{1}})->shape == Shape{4});
    CHECK(into.find({TensorKind::RunningMean, LayerId{0}}) == nullptr);
    CHECK(into.find({TensorKind::RunningVariance, LayerId{5}}) == nullptr);
}
