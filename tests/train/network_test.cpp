#include "engine/train/network.h"

#include "engine/recipe/network_plan.h"
#include "engine/train/initial_weights.h"
#include "engine/train/thread_settings.h"
#include "tests/support/catch.h"
#include "tests/train/recipes.h"

#include <ATen/CPUGeneratorImpl.h>

#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace convscope;

namespace {

torch::Generator generator_of(std::uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

Network drawn(const Recipe& recipe, std::uint64_t seed = 1) {
    Network network(plan_network(recipe).value(), torch::kCPU);
    draw_initial_weights(network, generator_of(seed));
    return network;
}

ForwardPass training(std::uint64_t seed = 1) { return {NetworkMode::Training, generator_of(seed)}; }

}  // namespace

TEST_CASE("the same seed gives the weights that LibTorch's own modules draw, bit for bit") {
    const Network ours = drawn(wide_recipe(), 11);
    torch::manual_seed(11);
    torch::nn::Conv2d conv1(torch::nn::Conv2dOptions(1, 10, 5));
    torch::nn::Conv2d conv2(torch::nn::Conv2dOptions(10, 20, 3));
    torch::nn::Linear fc1(2000, 500), fc2(500, 10);

    REQUIRE(torch::equal(ours.weight(LayerId{0}), conv1->weight));
    REQUIRE(torch::equal(ours.bias(LayerId{0}), conv1->bias));
    REQUIRE(torch::equal(ours.weight(LayerId{3}), conv2->weight));
    REQUIRE(torch::equal(ours.weight(LayerId{6}), fc1->weight));
    REQUIRE(torch::equal(ours.weight(LayerId{8}), fc2->weight));

    const torch::Tensor images = torch::rand({3, 1, 28, 28});
    const torch::Tensor expected =
        fc2(torch::relu(fc1(torch::relu(conv2(torch::max_pool2d(torch::relu(conv1(images)), 2))).flatten(1))));
    REQUIRE(torch::allclose(ours.forward(images, {}), expected, 1e-6, 1e-6));
}

TEST_CASE("a ReLU that changes places with the pooling behind it changes no bit of outputs and gradients") {
    Recipe recipe = small_recipe();
    recipe.layers = {layer("conv1", LayerKind::Conv2d, 4, 3),
                     layer("relu1", LayerKind::ReLU),
                     layer("pool1", LayerKind::MaxPool2d, 0, 3, 2),
                     layer("conv2", LayerKind::Conv2d, 6, 3),
                     layer("relu2", LayerKind::ReLU),
                     layer("pool2", LayerKind::MaxPool2d, 0, 2, 2),
                     layer("flatten", LayerKind::Flatten),
                     layer("fc", LayerKind::Linear, 10)};
    recipe.layers[2].padding = 1;
    const Network network = drawn(recipe);
    // Few different values, many of them equal or below zero: every tie there can be.
    const torch::Tensor images = torch::randint(-1, 2, {8, 1, 28, 28}).to(torch::kFloat32);
    const auto gradients = [&](const torch::Tensor& output) {
        for (const torch::Tensor& parameter : network.parameters()) parameter.mutable_grad() = torch::Tensor();
        output.square().sum().backward();
        std::vector<torch::Tensor> all;
        for (const torch::Tensor& parameter : network.parameters()) all.push_back(parameter.grad().clone());
        return all;
    };
    const torch::Tensor swapped = network.forward(images, {});
    const std::vector<torch::Tensor> of_swapped = gradients(swapped);
    const torch::Tensor in_order = network.forward(images, {.observer = [](LayerId, const torch::Tensor&) {}});
    const std::vector<torch::Tensor> of_in_order = gradients(in_order);
    REQUIRE(torch::equal(swapped, in_order));
    for (std::size_t i = 0; i < of_swapped.size(); ++i) REQUIRE(torch::equal(of_swapped[i], of_in_order[i]));
}

TEST_CASE("parameters carry PyTorch's names in forward order") {
    const Network network = drawn(wide_recipe());
    std::vector<std::string> names;
    for (const auto& [name, tensor] : network.named_parameters()) names.push_back(name);
    REQUIRE(names == std::vector<std::string>{"conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight",
                                              "fc1.bias", "fc2.weight", "fc2.bias"});
}

TEST_CASE("every observed output has the shape the plan promised, whatever the layer's kind") {
    Recipe recipe = small_recipe();
    recipe.layers = {layer("conv", LayerKind::Conv2d, 3, 3, 2),
                     layer("leaky", LayerKind::LeakyReLU),
                     layer("average", LayerKind::AvgPool2d, 0, 3, 2),
                     layer("gelu", LayerKind::GELU),
                     layer("tanh", LayerKind::Tanh),
                     layer("sigmoid", LayerKind::Sigmoid),
                     layer("max", LayerKind::MaxPool2d, 0, 2, 2),
                     layer("flatten", LayerKind::Flatten),
                     layer("dropout", LayerKind::Dropout),
                     layer("fc", LayerKind::Linear, 10),
                     layer("softmax", LayerKind::Softmax),
                     layer("log", LayerKind::LogSoftmax)};
    recipe.layers[0].padding = 1;
    const NetworkDescription plan = plan_network(recipe).value();
    const Network network = drawn(recipe);
    int observed = 0;
    network.answer(torch::rand({2, 1, 28, 28}), [&](LayerId id, const torch::Tensor& output) {
        const Shape& shape = plan.layers[static_cast<std::size_t>(id.index)].output_shape;
        INFO(plan.layers[static_cast<std::size_t>(id.index)].spec.name);
        REQUIRE(output.dim() == shape.rank() + 1);
        for (int i = 0; i < shape.rank(); ++i) REQUIRE(output.size(i + 1) == shape[i]);
        ++observed;
    });
    REQUIRE(observed == 12);
}

TEST_CASE("norms and activations begin as LibTorch's modules do, and give what they give") {
    namespace nn = torch::nn;
    Recipe recipe = small_recipe();
    recipe.layers = {layer("conv", LayerKind::Conv2d, 6, 3, 3),
                     layer("group", LayerKind::GroupNorm),
                     layer("prelu", LayerKind::PReLU),
                     layer("instance", LayerKind::InstanceNorm),
                     layer("elu", LayerKind::ELU),
                     layer("plain", LayerKind::InstanceNorm),
                     layer("layer", LayerKind::LayerNorm),
                     layer("silu", LayerKind::SiLU),
                     layer("softplus", LayerKind::Softplus),
                     layer("max", LayerKind::AdaptiveMaxPool2d, 4),
                     layer("flatten", LayerKind::Flatten),
                     layer("fc", LayerKind::Linear, 10)};
    recipe.layers[1].groups = 3;
    recipe.layers[2].per_channel = true;
    recipe.layers[3].affine = true;
    recipe.layers[4].alpha = 0.6;
    recipe.layers[8].beta = 3.0;
    const Network ours = drawn(recipe, 11);
    torch::manual_seed(11);
    nn::Conv2d conv(nn::Conv2dOptions(1, 6, 3).stride(3));  // draws, as the last one does, in this order
    nn::Linear fc(96, 10);
    nn::Sequential theirs(
        conv, nn::GroupNorm(nn::GroupNormOptions(3, 6)), nn::PReLU(nn::PReLUOptions().num_parameters(6)),
        nn::InstanceNorm2d(nn::InstanceNorm2dOptions(6).affine(true)), nn::ELU(nn::ELUOptions().alpha(0.6)),
        nn::InstanceNorm2d(nn::InstanceNorm2dOptions(6)), nn::LayerNorm(nn::LayerNormOptions({6, 9, 9})), nn::SiLU(),
        nn::Softplus(nn::SoftplusOptions().beta(3.0)), nn::AdaptiveMaxPool2d(nn::AdaptiveMaxPool2dOptions(4)),
        nn::Flatten(), fc);
    const torch::Tensor images = torch::randn({4, 1, 28, 28});
    const torch::Tensor given = ours.forward(images, training());
    const torch::Tensor wanted = theirs->forward(images);
    REQUIRE(torch::allclose(given, wanted, 1e-5, 1e-6));  // linear layers add up in another order
    given.square().sum().backward();
    wanted.square().sum().backward();
    const std::vector<torch::Tensor> a = ours.parameters(), b = theirs->parameters();
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        REQUIRE(torch::equal(a[i], b[i]));
        REQUIRE(torch::allclose(a[i].grad(), b[i].grad(), 1e-5, 1e-6));
    }
}

TEST_CASE("dropout2d drops the maps that LibTorch's own drops with the same seed, bit for bit") {
    Recipe recipe = small_recipe();
    recipe.layers = {layer("conv", LayerKind::Conv2d, 6, 3, 3), layer("drop", LayerKind::Dropout2d),
                     layer("flatten", LayerKind::Flatten), layer("fc", LayerKind::Linear, 10)};
    const Network network = drawn(recipe);
    const torch::Tensor images = torch::randn({5, 1, 28, 28});
    const torch::Tensor given = network.forward(images, training(/*seed=*/8));
    torch::manual_seed(8);
    const torch::Tensor maps = torch::conv2d(images, network.weight(LayerId{0}), network.bias(LayerId{0}), 3);
    const torch::Tensor wanted = torch::linear(torch::feature_dropout(maps, 0.5, /*train=*/true).flatten(1),
                                               network.weight(LayerId{3}), network.bias(LayerId{3}));
    REQUIRE(torch::equal(given, wanted));
}

TEST_CASE("dropout drops in training alone, and who asks for an answer keeps no graph of it") {
    const Network network = drawn(small_recipe());
    const torch::Tensor images = torch::rand({4, 1, 28, 28});
    const torch::Tensor answer = network.answer(images);
    REQUIRE(torch::equal(answer, network.answer(images)));
    REQUIRE(torch::equal(answer, network.forward(images, {})));
    REQUIRE_FALSE(answer.requires_grad());
    REQUIRE(network.forward(images, {}).requires_grad());

    const ForwardPass pass = training();
    const torch::Tensor once = network.forward(images, pass);
    REQUIRE_FALSE(torch::equal(once, network.forward(images, pass)));  // its generator has moved
    REQUIRE(torch::equal(once, network.forward(images, training())));
    REQUIRE_THROWS_AS(network.forward(images, {.mode = NetworkMode::Training}), std::logic_error);
}

TEST_CASE("dropout drops what LibTorch's own drops with the same seed, bit for bit, gradients too") {
    Recipe recipe = small_recipe();
    recipe.layers = {layer("flatten", LayerKind::Flatten), layer("dropout", LayerKind::Dropout),
                     layer("fc", LayerKind::Linear, 10)};
    recipe.layers[1].probability = 0.3;
    const Network network = drawn(recipe);
    const torch::Tensor images = torch::randn({5, 1, 28, 28}).requires_grad_();
    const torch::Tensor given = network.forward(images, training(/*seed=*/8));
    torch::manual_seed(8);
    const torch::Tensor wanted = torch::linear(torch::dropout(images.flatten(1), 0.3, /*train=*/true),
                                               network.weight(LayerId{2}), network.bias(LayerId{2}));
    REQUIRE(torch::equal(given, wanted));
    const auto slope = [&](const torch::Tensor& output) {
        return torch::autograd::grad({output.square().sum()}, {images}).front();
    };
    REQUIRE(torch::equal(slope(given), slope(wanted)));
}

TEST_CASE("a clone has the same values, buffers too, in memory of its own") {
    Network network = drawn(stateful_recipe(OptimizerKind::Sgd));
    const torch::Tensor images = torch::rand({6, 1, 28, 28});
    network.forward(images, training());  // moves the running values
    const torch::Tensor before = network.answer(images);
    const Network clone = network.clone();
    REQUIRE(torch::equal(clone.answer(images), before));
    const auto ours = network.named_tensors(), theirs = clone.named_tensors();
    REQUIRE(ours.size() == theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
        REQUIRE(theirs[i].first == ours[i].first);
        REQUIRE(torch::equal(theirs[i].second, ours[i].second));
        REQUIRE(theirs[i].second.requires_grad() == ours[i].second.requires_grad());
    }
    clone.forward(images, training()).sum().backward();
    {
        const torch::NoGradGuard no_grad;
        for (torch::Tensor& parameter : clone.parameters()) parameter.sub_(parameter.grad());
    }
    REQUIRE_FALSE(torch::equal(clone.answer(images), before));
    REQUIRE(torch::equal(network.answer(images), before));
    for (const torch::Tensor& parameter : network.parameters()) REQUIRE_FALSE(parameter.grad().defined());
}

TEST_CASE("threads that ask one network at once each see its layers and answer as if alone") {
    LayerSpec block = layer("block", LayerKind::Residual);
    block.body = {layer("inner", LayerKind::Linear, 20), layer("relu", LayerKind::ReLU)};
    Recipe recipe = stateful_recipe(OptimizerKind::Sgd);
    recipe.layers.insert(recipe.layers.end() - 1, block);
    const Network network = drawn(recipe);
    constexpr int kThreads = 3;
    struct Asked {
        torch::Tensor images, sum;
        void ask(const Network& of) {
            apply(fixed_thread_settings(1));
            sum = torch::zeros({});
            const torch::Tensor answer =
                of.answer(images, [this](LayerId, const torch::Tensor& output) { sum = sum + output.sum(); });
            sum = sum + answer.sum();
        }
    };
    std::vector<Asked> alone(kThreads);
    for (int i = 0; i < kThreads; ++i) {
        alone[static_cast<std::size_t>(i)].images = torch::rand({2 + i, 1, 28, 28});
        alone[static_cast<std::size_t>(i)].ask(network);
    }
    std::vector<char> same(kThreads, 1);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < alone.size(); ++i)
        threads.emplace_back([&, i] {
            Asked beside = alone[i];
            for (int turn = 0; turn < 30; ++turn) {
                beside.ask(network);
                if (!torch::equal(beside.sum, alone[i].sum)) same[i] = 0;
            }
        });
    for (std::thread& thread : threads) thread.join();
    REQUIRE(same == std::vector<char>(kThreads, 1));
}

TEST_CASE("probabilities sum to one whether the last layer is a softmax, its logarithm, or neither") {
    for (const LayerKind last : {LayerKind::Softmax, LayerKind::LogSoftmax, LayerKind::Linear}) {
        Recipe recipe = small_recipe();
        if (last != LayerKind::Linear) recipe.layers.push_back(layer("last", last));
        const Network network = drawn(recipe);
        const torch::Tensor probabilities = network.probabilities(network.answer(torch::rand({5, 1, 28, 28})));
        REQUIRE(torch::allclose(probabilities.sum(1), torch::ones({5})));
        REQUIRE(probabilities.min().item<float>() >= 0.0F);
    }
}

namespace {

// A network and its tensors by name, for computing what it should give by hand.
struct Built {
    Network network;
    std::map<std::string, torch::Tensor> tensors;
    explicit Built(const Recipe& recipe) : network(drawn(recipe)) {
        for (const auto& [name, tensor] : network.named_tensors()) tensors[name] = tensor;
    }
    torch::Tensor operator[](const std::string& name) const { return tensors.at(name); }
};

Recipe recipe_of(std::vector<LayerSpec> layers, std::int64_t channels = 1, std::int64_t side = 12) {
    Recipe recipe = small_recipe();
    recipe.input_channels = channels;
    recipe.input_height = recipe.input_width = side;
    recipe.layers = std::move(layers);
    return recipe;
}

bool close(const torch::Tensor& a, const torch::Tensor& b) { return torch::allclose(a, b, 1e-5, 1e-6); }

}  // namespace

TEST_CASE("batch norm normalises by the minibatch in training and by its running values in evaluation") {
    const bool of_maps = GENERATE(true, false);
    CAPTURE(of_maps);
    LayerSpec norm = layer("norm", LayerKind::BatchNorm);
    norm.running_share = 0.25;
    norm.epsilon = 1e-3;
    std::vector<LayerSpec> layers = {norm, layer("flatten", LayerKind::Flatten), layer("fc", LayerKind::Linear, 10)};
    if (!of_maps) std::swap(layers[0], layers[1]);
    Built built(recipe_of(layers, 3, 4));
    const std::vector<std::int64_t> over = of_maps ? std::vector<std::int64_t>{0, 2, 3} : std::vector<std::int64_t>{0};
    const auto of_channels = [&](const torch::Tensor& values) {
        return of_maps ? values.view({1, 3, 1, 1}) : values.view({1, 48});
    };
    REQUIRE(built["norm.running_mean"].numel() == (of_maps ? 3 : 48));
    {
        torch::NoGradGuard no_grad;
        built["norm.weight"].uniform_(0.5, 2.0);
        built["norm.bias"].uniform_(-1.0, 1.0);
    }
    const torch::Tensor images = torch::rand({6, 3, 4, 4}) * 3 + 1;
    const torch::Tensor x = of_maps ? images : images.flatten(1);
    const auto normed = [&](const torch::Tensor& mean, const torch::Tensor& variance) {
        const torch::Tensor y =
            (x - of_channels(mean)) / (of_channels(variance) + 1e-3).sqrt() * of_channels(built["norm.weight"]) +
            of_channels(built["norm.bias"]);
        return torch::nn::functional::linear(y.flatten(1), built["fc.weight"], built["fc.bias"]);
    };
    REQUIRE(close(built.network.forward(images, training()), normed(x.mean(over), x.var(over, /*unbiased=*/false))));
    REQUIRE(close(built["norm.running_mean"], 0.25 * x.mean(over)));
    REQUIRE(close(built["norm.running_var"], 0.75 + 0.25 * x.var(over, /*unbiased=*/true)));
    REQUIRE(built["norm.num_batches_tracked"].item<std::int64_t>() == 1);

    const torch::Tensor mean = built["norm.running_mean"].clone();
    REQUIRE(close(built.network.forward(images, {}), normed(mean, built["norm.running_var"])));
    REQUIRE(torch::equal(built["norm.running_mean"], mean));
    REQUIRE(built["norm.num_batches_tracked"].item<std::int64_t>() == 1);
}

TEST_CASE("groups and dilation reach the convolution, adaptive pooling averages to the size asked for") {
    LayerSpec conv = layer("conv", LayerKind::Conv2d, 8, 3, 2);
    conv.padding = 2;
    conv.dilation = 2;
    conv.groups = 4;
    conv.bias = false;
    Built built(recipe_of({conv, layer("pool", LayerKind::AdaptiveAvgPool2d, 2), layer("flatten", LayerKind::Flatten),
                           layer("fc", LayerKind::Linear, 10)},
                          4, 13));
    const torch::Tensor images = torch::rand({3, 4, 13, 13});
    const torch::Tensor maps =
        torch::conv2d(images, built["conv.weight"], {}, /*stride=*/2, /*padding=*/2, /*dilation=*/2, /*groups=*/4);
    REQUIRE(maps.size(2) == 7);
    REQUIRE(built.tensors.count("conv.bias") == 0);
    const torch::Tensor pooled = torch::adaptive_avg_pool2d(maps, {2, 2});
    const torch::Tensor expected =
        torch::nn::functional::linear(pooled.flatten(1), built["fc.weight"], built["fc.bias"]);
    REQUIRE(close(built.network.forward(images, {}), expected));
}

TEST_CASE("a residual layer adds its body to its input, or to its shortcut, whatever stands around and within it") {
    const auto conv = [](const char* name, std::int64_t channels, std::int64_t kernel, std::int64_t stride = 1) {
        LayerSpec spec = layer(name, LayerKind::Conv2d, channels, kernel, stride);
        spec.padding = kernel / 2;
        return spec;
    };
    LayerSpec inner = layer("inner", LayerKind::Residual);
    inner.body = {conv("conv", 5, 3)};
    LayerSpec outer = layer("outer", LayerKind::Residual);
    outer.body = {conv("conv", 5, 3, 2), inner, layer("relu", LayerKind::ReLU)};
    outer.shortcut = {conv("conv_short", 5, 1, 2)};
    LayerSpec first = layer("first", LayerKind::Residual);  // takes the network's own input
    first.body = {conv("conv", 3, 3)};
    Built built(recipe_of({first, layer("relu", LayerKind::ReLU), outer, layer("flatten", LayerKind::Flatten),
                           layer("fc", LayerKind::Linear, 10)},
                          3, 8));
    const auto convolved = [&](const std::string& name, const torch::Tensor& x, std::int64_t stride,
                               std::int64_t padding) {
        return torch::conv2d(x, built[name + ".weight"], built[name + ".bias"], stride, padding);
    };
    const torch::Tensor images = torch::rand({2, 3, 8, 8});
    const torch::Tensor x = torch::relu(images + convolved("first.conv", images, 1, 1));
    const torch::Tensor body = convolved("outer.conv", x, 2, 1);
    const torch::Tensor sum =
        torch::relu(body + convolved("outer.inner.conv", body, 1, 1)) + convolved("outer.conv_short", x, 2, 0);
    const torch::Tensor expected = torch::nn::functional::linear(sum.flatten(1), built["fc.weight"], built["fc.bias"]);
    const torch::Tensor given = built.network.forward(images, {});
    REQUIRE(close(given, expected));

    // Gradients take both ways.
    const torch::Tensor weight = built["first.conv.weight"];
    const torch::Tensor wanted = torch::autograd::grad({expected.sum()}, {weight}).front();
    REQUIRE(close(torch::autograd::grad({given.sum()}, {weight}).front(), wanted));
}

TEST_CASE("layers in groups, without biases or without chance begin as LibTorch's own modules do, bit for bit") {
    LayerSpec grouped = layer("grouped", LayerKind::Conv2d, 8, 3);
    LayerSpec last = layer("fc", LayerKind::Linear, 10);
    grouped.groups = 4;
    grouped.bias = last.bias = false;
    const Recipe recipe = recipe_of(
        {grouped, layer("norm", LayerKind::BatchNorm), layer("flatten", LayerKind::Flatten), last}, /*channels=*/4);
    Network ours(plan_network(recipe).value(), torch::kCPU);
    const torch::Generator generator = generator_of(5);
    draw_initial_weights(ours, generator);

    torch::manual_seed(5);
    const torch::nn::Conv2d conv(torch::nn::Conv2dOptions(4, 8, 3).groups(4).bias(false));
    const torch::nn::BatchNorm2d norm(8);
    const torch::nn::Linear fc(torch::nn::LinearOptions(800, 10).bias(false));
    const std::pair<std::string, torch::Tensor> wanted[] = {{"grouped.weight", conv->weight},
                                                            {"norm.weight", norm->weight},
                                                            {"norm.bias", norm->bias},
                                                            {"fc.weight", fc->weight},
                                                            {"norm.running_mean", norm->running_mean},
                                                            {"norm.running_var", norm->running_var},
                                                            {"norm.num_batches_tracked", norm->num_batches_tracked}};
    const auto given = ours.named_tensors();
    REQUIRE(given.size() == std::size(wanted));
    for (std::size_t i = 0; i < given.size(); ++i) {
        REQUIRE(given[i].first == wanted[i].first);
        REQUIRE(given[i].second.dtype() == wanted[i].second.dtype());
        REQUIRE(torch::equal(given[i].second, wanted[i].second));
    }
    REQUIRE(torch::equal(generator.get_state(), at::globalContext().defaultGenerator(torch::kCPU).get_state()));
}
