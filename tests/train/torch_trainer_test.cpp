#include "engine/train/torch_trainer.h"

#include "engine/core/whole_file.h"
#include "engine/data/open_dataset.h"
#include "engine/formats/png_grid.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <span>
#include <thread>

using namespace convscope;

namespace {

const TorchTrainerOptions& toy_options() {
    static const TorchTrainerOptions options{.data = make_toy_dataset(200, 50), .threads = 1, .device = "cpu"};
    return options;
}

WatchSet everything(const NetworkDescription& network) {
    WatchSet watch;
    watch.probe = watch.layer_statistics = true;
    watch.add({TensorKind::Input, kInputLayer});
    for (const LayerDescription& layer : network.layers)
        for (const TensorKind kind : {TensorKind::Activation, TensorKind::Weight, TensorKind::Bias,
                                      TensorKind::WeightGradient, TensorKind::BiasGradient, TensorKind::WeightUpdate})
            watch.add({kind, layer.id});
    return watch;
}

std::shared_ptr<const RunInfo> start(TorchTrainer& trainer, const Recipe& recipe, std::uint64_t seed = 1) {
    auto started = trainer.start({RunId{1}, recipe, seed});
    REQUIRE(started.ok());
    return started.value();
}

torch::Tensor as_tensor(const TensorCapture& capture) {
    std::vector<std::int64_t> sizes;
    for (int i = 0; i < capture.shape.rank(); ++i) sizes.push_back(capture.shape[i]);
    return torch::tensor(capture.values).view(sizes);
}

}  // namespace

TEST_CASE("watching everything at every iteration leaves the losses as they are, bit for bit") {
    TorchTrainer watched(toy_options());
    const auto info = start(watched, small_recipe());
    std::vector<float> watched_losses;
    Observation into;
    const WatchSet watch = everything(info->network);
    std::vector<int> predicted(20);
    for (int i = 1; i <= 30; ++i) {
        watched_losses.push_back(watched.train_iteration().loss);
        watched.capture({watch, true, i}, into);
        watched.classify(Split::Test, 7, predicted);
    }
    TorchTrainer alone(toy_options());
    start(alone, small_recipe());
    for (int i = 0; i < 30; ++i) REQUIRE(alone.train_iteration().loss == watched_losses[static_cast<std::size_t>(i)]);
}

TEST_CASE("a run learns, and the same seed repeats it while another does not") {
    const auto losses = [](std::uint64_t seed) {
        TorchTrainer trainer(toy_options());
        start(trainer, small_recipe(), seed);
        std::vector<float> all;
        for (int i = 0; i < 60; ++i) all.push_back(trainer.train_iteration().loss);
        return all;
    };
    const std::vector<float> one = losses(3);
    REQUIRE(losses(3) == one);
    REQUIRE(losses(4) != one);
    REQUIRE(one.back() < 0.5F * one.front());
}

TEST_CASE("an iteration that fails before its weights move is as if it had not begun") {
    struct Breaking final : PhaseObserver {
        Phase at = Phase::None;
        void reached(Phase phase) override {
            if (phase == at) throw std::runtime_error("broken");
        }
    };
    Recipe recipe = small_recipe();
    recipe.layers.erase(recipe.layers.begin() + 4);  // dropout has drawn by then
    TorchTrainer unbroken(toy_options());
    start(unbroken, recipe);
    std::vector<float> wanted;
    for (int i = 0; i < 12; ++i) wanted.push_back(unbroken.train_iteration().loss);

    TorchTrainer trainer(toy_options());
    start(trainer, recipe);
    Breaking observer;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        for (const Phase phase : {Phase::Batch, Phase::Forward, Phase::Loss, Phase::Backward}) {
            observer.at = phase;
            REQUIRE_THROWS_AS(trainer.train_iteration(&observer), std::runtime_error);
            REQUIRE(trainer.is_whole());
        }
        REQUIRE(trainer.train_iteration().loss == wanted[i]);
    }
    observer.at = Phase::Update;
    REQUIRE_THROWS_AS(trainer.train_iteration(&observer), std::runtime_error);
    REQUIRE_FALSE(trainer.is_whole());
    start(trainer, recipe);
    REQUIRE(trainer.is_whole());
}

TEST_CASE("a captured gradient is the slope of the minibatch's loss, by finite differences") {
    Recipe recipe = small_recipe(OptimizerKind::Sgd);
    recipe.layers.erase(recipe.layers.begin() + 4);  // dropout would draw anew for every evaluation of the loss
    recipe.shuffle = false;
    recipe.optimizer.momentum = 0.0;
    recipe.optimizer.learning_rate = 1e-12;  // leaves the weights where the gradient was taken
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, recipe);
    trainer.train_iteration();
    Observation into;
    const WatchSet watch = everything(info->network);
    trainer.capture({watch, false, 1}, into);

    Preprocessing preprocessing(recipe);
    Minibatch batch;
    load_pictures(*toy_options().data, preprocessing, Split::Train, 0, recipe.batch_size, batch);
    // In double precision and written out, so that it is independent and precise enough for small distances.
    std::vector<torch::Tensor> p;
    for (const torch::Tensor& parameter : trainer.network().parameters())
        p.push_back(parameter.detach().to(torch::kFloat64));
    const torch::Tensor images = batch.images.to(torch::kFloat64);
    const auto loss_now = [&] {
        torch::Tensor x = torch::max_pool2d(torch::relu(torch::conv2d(images, p[0], p[1])), 4).flatten(1);
        x = torch::linear(torch::relu(torch::linear(x, p[2], p[3])), p[4], p[5]);
        return -torch::log_softmax(x, 1).gather(1, batch.labels.unsqueeze(1)).mean().item<double>();
    };
    const LayerId layers[] = {LayerId{0}, LayerId{4}, LayerId{6}};
    for (std::size_t i = 0; i < 3; ++i) {
        const TensorCapture* gradient = into.find({TensorKind::WeightGradient, layers[i]});
        REQUIRE(gradient != nullptr);
        auto* weight = p[2 * i].data_ptr<double>();
        for (std::size_t place = 0; place < gradient->values.size(); place += gradient->values.size() / 7 + 1) {
            const double original = weight[place];
            constexpr double kDistance = 1e-6;
            weight[place] = original + kDistance;
            const double above = loss_now();
            weight[place] = original - kDistance;
            const double below = loss_now();
            weight[place] = original;
            REQUIRE(gradient->values[place] == Approx((above - below) / (2.0 * kDistance)).epsilon(1e-3).margin(1e-6));
        }
    }
}

TEST_CASE("captured weights, activations and probabilities are those of the present weights for the probe") {
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, small_recipe());
    for (int i = 0; i < 3; ++i) trainer.train_iteration();
    Observation into;
    const WatchSet watch = everything(info->network);
    trainer.capture({watch, true, 3, HeldPicture{Split::Test, 11}}, into);

    Preprocessing preprocessing(small_recipe());
    Minibatch picture;
    load_pictures(*toy_options().data, preprocessing, Split::Test, 11, 1, picture);
    REQUIRE(torch::equal(as_tensor(*into.find({TensorKind::Input, kInputLayer})), picture.images[0]));
    // As one of two: a single picture is convolved by another function, whose sums may differ in their last bits.
    trainer.network().answer(picture.images.repeat({2, 1, 1, 1}), [&](LayerId id, const torch::Tensor& output) {
        REQUIRE(torch::allclose(as_tensor(*into.find({TensorKind::Activation, id})), output[0], 1e-5, 1e-6));
    });
    for (const LayerDescription& layer : info->network.layers) {
        if (!layer.has_weight()) continue;
        REQUIRE(
            torch::equal(as_tensor(*into.find({TensorKind::Weight, layer.id})), trainer.network().weight(layer.id)));
        REQUIRE(torch::equal(as_tensor(*into.find({TensorKind::WeightGradient, layer.id})),
                             trainer.network().weight(layer.id).grad()));
    }
    REQUIRE(std::is_sorted(into.captures.begin(), into.captures.end(),
                           [](const auto& a, const auto& b) { return a->key < b->key; }));
    float sum = 0.0F;
    for (const float probability : into.probe.probabilities) sum += probability;
    REQUIRE(sum == Approx(1.0));
    REQUIRE(into.probe.iteration == 3);
}

TEST_CASE("before the first iteration there are weights and activations, but no gradients and no updates") {
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, small_recipe());
    Observation into;
    trainer.capture({everything(info->network), true, 0}, into);
    REQUIRE(into.find({TensorKind::Weight, LayerId{0}}) != nullptr);
    REQUIRE(into.find({TensorKind::Activation, LayerId{7}}) != nullptr);
    REQUIRE(into.find({TensorKind::WeightGradient, LayerId{0}}) == nullptr);
    REQUIRE(into.find({TensorKind::WeightUpdate, LayerId{0}}) == nullptr);
}

TEST_CASE("sample 0 of the batch is the picture the maps are of, once there has been a batch") {
    TorchTrainer trainer(toy_options());
    Recipe recipe = small_recipe();
    recipe.shuffle = false;
    const auto info = start(trainer, recipe);
    trainer.train_iteration();
    trainer.train_iteration();
    Observation into;
    trainer.capture({everything(info->network), false, 2, BatchSample{}}, into);
    Preprocessing preprocessing(recipe);
    Minibatch picture;
    load_pictures(*toy_options().data, preprocessing, Split::Train, recipe.batch_size, 1, picture);
    REQUIRE(torch::equal(as_tensor(*into.find({TensorKind::Input, kInputLayer})), picture.images[0]));
    REQUIRE(into.probe.label == toy_options().data->label(Split::Train, recipe.batch_size));
}

TEST_CASE("a layer's statistics are those of its outputs over the first 64 test pictures, or all there are") {
    TorchTrainer trainer(toy_options());
    const auto info = start(trainer, small_recipe());
    for (int i = 0; i < 10; ++i) trainer.train_iteration();
    Observation into;
    trainer.capture({everything(info->network), true, 10}, into);

    Preprocessing preprocessing(small_recipe());
    Minibatch pictures;
    load_pictures(*toy_options().data, preprocessing, Split::Test, 0, 50, pictures);
    trainer.network().answer(pictures.images, [&](LayerId id, const torch::Tensor& output) {
        const LayerStatistics& statistics = into.layer_statistics[static_cast<std::size_t>(id.index)];
        REQUIRE(statistics.mean == Approx(output.mean().item<float>()).epsilon(1e-4).margin(1e-6));
        REQUIRE(statistics.deviation == Approx(output.std(false).item<float>()).epsilon(1e-4).margin(1e-6));
        std::int64_t dead = 0;
        for (std::int64_t channel = 0; channel < output.size(1); ++channel)
            dead += output.select(1, channel).gt(0).any().item<bool>() ? 0 : 1;
        REQUIRE(statistics.dead_fraction == Approx(static_cast<double>(dead) / static_cast<double>(output.size(1))));
        REQUIRE(statistics.iteration == 10);
    });
}

TEST_CASE("classification gives the same classes and loss whole or in slices") {
    TorchTrainer trainer(toy_options());
    start(trainer, small_recipe());
    for (int i = 0; i < 20; ++i) trainer.train_iteration();
    std::vector<int> whole(50), sliced(50);
    const double loss = trainer.classify(Split::Test, 0, whole);
    double sliced_loss = 0.0;
    for (std::int64_t first = 0; first < 50; first += 7)
        sliced_loss += trainer.classify(
            Split::Test, first,
            std::span(sliced).subspan(static_cast<std::size_t>(first), std::min<std::size_t>(7, 50 - first)));
    REQUIRE(whole == sliced);
    REQUIRE(sliced_loss == Approx(loss).epsilon(1e-5));
}

TEST_CASE("a recipe that does not fit the data or its own shapes is refused, and the run that was goes on") {
    float undisturbed = 0.0F;
    {
        TorchTrainer trainer(toy_options());
        start(trainer, small_recipe());
        trainer.train_iteration();
        undisturbed = trainer.train_iteration().loss;
    }
    TorchTrainer trainer(toy_options());
    start(trainer, small_recipe());
    trainer.train_iteration();
    Recipe colour = small_recipe();
    colour.input_channels = 3;
    const auto refused = trainer.start({RunId{2}, colour, 1});
    REQUIRE_FALSE(refused.ok());
    REQUIRE(refused.error().message.find("3x28x28") != std::string::npos);

    Recipe impossible = small_recipe();
    impossible.layers[0].kernel_size = 99;
    REQUIRE_FALSE(trainer.start({RunId{2}, impossible, 1}).ok());
    REQUIRE(trainer.train_iteration().loss == undisturbed);
}

TEST_CASE("a run may begin on other data, which later runs keep, and data that are not there leave the run as it was") {
    TorchTrainer trainer(toy_options());
    start(trainer, small_recipe());
    const auto refused = trainer.start({RunId{2}, small_recipe(), 1, "/no/such/folder"});
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, contains_text("/no/such/folder"));
    CHECK(trainer.train_iteration().labels.size() > 0);
    const auto on_drawn = trainer.start({RunId{3}, small_recipe(), 1, "drawn"});
    REQUIRE(on_drawn.ok());
    CHECK(on_drawn.value()->data.train_count == 60'000);
    CHECK(on_drawn.value()->dataset->size(Split::Train) == 60'000);
    CHECK(std::isfinite(trainer.train_iteration().loss));
    CHECK(start(trainer, small_recipe())->data.train_count == 60'000);
}

TEST_CASE(
    "another recipe reads a folder of pictures again, as its [input] has it, and what is not there leaves the run") {
    const TempFolder folder;
    for (const int label : {0, 1}) {
        const std::vector<std::uint8_t> pixels(28 * 28, static_cast<std::uint8_t>(10 + label));
        const std::span<const std::uint8_t> picture(pixels);
        const auto png = png_grid({&picture, 1}, 1, 28, 28);
        REQUIRE(png.ok());
        for (const char* name : {"1.png", "2.png"}) {
            const std::filesystem::path file = folder.path() / std::to_string(label) / name;
            std::filesystem::create_directories(file.parent_path());
            REQUIRE(write_whole_file(file, png.value().bytes).ok());
        }
    }
    Recipe recipe = small_recipe();
    recipe.class_count = recipe.layers.back().output_size = 2;
    recipe.batch_size = 1;
    TorchTrainer trainer({.data = open_dataset(folder.path().string(), 1, picture_format(recipe)).value(),
                          .threads = 1,
                          .device = "cpu"});
    const auto first = start(trainer, recipe);
    CHECK(first->dataset->image(Split::Test, 0)[0] == 10);
    CHECK(start(trainer, first->recipe)->dataset == first->dataset);
    Recipe smaller = recipe;
    smaller.input_height = smaller.input_width = 20;
    smaller.pictures.invert = InvertKind::Yes;
    const auto second = start(trainer, smaller);
    CHECK(second->data.height == 20);
    CHECK(second->dataset->image(Split::Test, 0)[0] == 245);
    std::filesystem::remove_all(folder.path() / "1");
    const auto refused = trainer.start({RunId{3}, recipe, 1});
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, contains_text(folder.path().filename().string()));
    CHECK(std::isfinite(trainer.train_iteration().loss));
}

TEST_CASE("a run on larger pictures than the run before computes what it would have computed alone") {
    Recipe recipe = small_recipe();
    recipe.input_height = recipe.input_width = 20;
    TorchTrainer after(TorchTrainerOptions{.data = make_toy_dataset(200, 50, 20), .threads = 1, .device = "cpu"});
    start(after, recipe);
    TorchTrainer alone(toy_options());
    WatchSet watch;
    watch.probe = true;
    std::vector<float> computed[2];
    std::vector<int> predicted(1);
    Observation into;
    after.classify(Split::Test, 0, predicted);
    after.train_iteration();
    after.capture({watch, true, 1}, into);
    for (TorchTrainer* trainer : {&after, &alone}) {
        REQUIRE(trainer->start({RunId{2}, small_recipe(), 1, "drawn"}).ok());
        std::vector<float>& found = computed[trainer == &alone];
        found.push_back(static_cast<float>(trainer->classify(Split::Test, 0, predicted)));
        found.push_back(trainer->train_iteration().loss);
        trainer->capture({watch, true, 1}, into);
        found.insert(found.end(), into.probe.logits.begin(), into.probe.logits.end());
    }
    CHECK(computed[0] == computed[1]);
}

TEST_CASE("the timed thread settings are among the candidates, fastest first, and within the machine's cores") {
    const NetworkDescription network = start(*std::make_unique<TorchTrainer>(toy_options()), small_recipe())->network;
    const auto timed = time_thread_settings(network, small_recipe(), torch::kCPU, /*budget_seconds=*/0.2);
    REQUIRE_FALSE(timed.empty());
    for (std::size_t i = 1; i < timed.size(); ++i) REQUIRE(timed[i - 1].seconds <= timed[i].seconds);
    for (const TimedSetting& one : timed) {
        REQUIRE(one.settings.torch_threads >= 1);
        REQUIRE(one.settings.torch_threads <= static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
    }
    REQUIRE(torch::get_num_threads() == timed.front().settings.torch_threads);
    apply(fixed_thread_settings(1));
}

TEST_CASE("candidate thread settings cover one thread and all cores, without repetition") {
    for (const int cores : {1, 2, 4, 8, 64}) {
        const auto candidates = candidate_thread_settings(cores);
        std::set<std::pair<int, int>> distinct;
        for (const ThreadSettings& one : candidates) distinct.insert({one.torch_threads, one.blas_threads});
        REQUIRE(distinct.size() == candidates.size());
        const auto with = [&](int threads) {
            return std::any_of(candidates.begin(), candidates.end(),
                               [&](const ThreadSettings& one) { return one.torch_threads == threads; });
        };
        REQUIRE(with(1));
        REQUIRE(with(cores));
    }
}

TEST_CASE("a device that is not there is refused with the remedy") {
    if (torch::cuda::is_available()) return;
    REQUIRE_THROWS_WITH(TorchTrainer({.data = toy_options().data, .threads = 1, .device = "cuda"}),
                        contains_text("--device cpu"));
}

TEST_CASE("a minibatch of one picture that batch norm cannot learn from is refused before the run, or when it comes") {
    Recipe recipe = small_recipe();
    recipe.layers.insert(recipe.layers.begin() + 6, layer("norm", LayerKind::BatchNorm));
    TorchTrainer trainer(toy_options());
    recipe.batch_size = 199;
    const auto refused = trainer.start({RunId{1}, recipe, 1});
    REQUIRE_FALSE(refused.ok());
    REQUIRE(refused.error().message.find("'norm'") != std::string::npos);
    REQUIRE(refused.error().message.find("batch_size") != std::string::npos);

    recipe.batch_size = 100;
    start(trainer, recipe);
    trainer.set_batch_size(199);
    trainer.train_iteration();
    REQUIRE_THROWS_WITH(trainer.train_iteration(), contains_text("'norm'"));

    // Of maps, one picture has many values.
    Recipe of_maps = small_recipe();
    of_maps.layers.insert(of_maps.layers.begin() + 1, layer("norm", LayerKind::BatchNorm));
    of_maps.batch_size = 199;
    start(trainer, of_maps);
    trainer.train_iteration();
    REQUIRE(trainer.train_iteration().labels.size() == 1);
}

TEST_CASE("a run that begins with given weights has them to the bit and is otherwise one of its seed") {
    const Recipe recipe = stateful_recipe(OptimizerKind::Sgd);
    TorchTrainer other(toy_options());
    start(other, recipe, /*seed=*/7);
    other.train_iteration();  // so that the running values are no longer 0 and 1
    InitialWeights given{"python.pth", {}, {}};
    const auto tensors = other.network().named_tensors();
    for (const auto& [name, tensor] : tensors) {
        if (tensor.scalar_type() != torch::kFloat32) continue;
        const torch::Tensor values = tensor.detach().contiguous();
        given.tensors.push_back(
            {name, values.sizes().vec(), {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()}});
    }

    TorchTrainer trainer(toy_options());
    const auto begin = [&](const InitialWeights& weights) {
        return trainer.start({RunId{2}, recipe, 1, {}, std::make_shared<const InitialWeights>(weights)});
    };
    const auto info = begin(given);
    REQUIRE(info.ok());
    CHECK(info.value()->weights_from == "python.pth");
    CHECK(trainer.state()->iteration == 0);
    const auto begun = trainer.network().named_parameters();
    for (std::size_t i = 0; i < begun.size(); ++i) CHECK(torch::equal(begun[i].second, tensors[i].second));
    CHECK(torch::equal(trainer.network().running_variance(LayerId{1}), other.network().running_variance(LayerId{1})));
    TorchTrainer drawn(toy_options());
    start(drawn, recipe);
    CHECK((trainer.state()->data.order == drawn.state()->data.order));
    CHECK((trainer.state()->generator == drawn.state()->generator));
    CHECK(std::isfinite(trainer.train_iteration().loss));

    // What is not the network's is refused by name, and the run that was goes on.
    const std::int64_t trained = trainer.state()->iteration;
    InitialWeights lacking = given;
    lacking.tensors.erase(lacking.tensors.begin());
    const auto refused = begin(lacking);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message == "python.pth: the tensor '" + given.tensors.front().name + "' is missing");
    InitialWeights reshaped = given;
    reshaped.tensors.front().shape = {1};
    reshaped.tensors.front().values = {0.0F};
    CHECK_THAT(begin(reshaped).error().message, contains_text("has the shape 1, but the network's is"));
    CHECK(trainer.state()->iteration == trained);
}
