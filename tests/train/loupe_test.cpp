// The loupe against LibTorch: what the scene computes from captures is what the network computed.
#include "viz/scene/loupe.h"

#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <cmath>
#include <random>
#include <set>
#include <string>

using namespace convscope;

namespace {

LayerSpec padded(LayerSpec spec, std::int64_t padding, std::int64_t dilation = 1, std::int64_t groups = 1) {
    spec.padding = padding;
    spec.dilation = dilation;
    spec.groups = groups;
    return spec;
}

Recipe recipe_of(std::vector<LayerSpec> layers) {
    Recipe recipe = small_recipe();
    recipe.layers = std::move(layers);
    return recipe;
}

// Strides, padding, groups and dilation; batch norm of maps and of a vector; a residual layer with a projection.
Recipe deep_recipe() {
    LayerSpec block = layer("block", LayerKind::Residual);
    block.body = {padded(layer("conv1", LayerKind::Conv2d, 8, 3, 2), 1, 1, 2), layer("norm", LayerKind::BatchNorm),
                  layer("leaky", LayerKind::LeakyReLU), padded(layer("conv2", LayerKind::Conv2d, 8, 3), 2, 2, 4)};
    block.body[0].bias = false;
    block.body[2].negative_slope = 0.2;
    block.shortcut = {layer("project", LayerKind::Conv2d, 8, 1, 2)};
    return recipe_of({padded(layer("conv", LayerKind::Conv2d, 6, 5), 2), layer("norm1", LayerKind::BatchNorm),
                      layer("gelu", LayerKind::GELU), block, layer("relu", LayerKind::ReLU),
                      padded(layer("max", LayerKind::MaxPool2d, 0, 3, 2), 1),
                      padded(layer("average", LayerKind::AvgPool2d, 0, 2, 1), 1), layer("tanh", LayerKind::Tanh),
                      layer("dropout", LayerKind::Dropout), layer("adaptive", LayerKind::AdaptiveAvgPool2d, 3),
                      layer("flatten", LayerKind::Flatten), layer("norm2", LayerKind::BatchNorm),
                      layer("fc1", LayerKind::Linear, 20), layer("sigmoid", LayerKind::Sigmoid),
                      layer("fc2", LayerKind::Linear, 10), layer("log", LayerKind::LogSoftmax)});
}

// Residual layers at the very beginning and of vectors, a linear layer on flattened maps, a softmax at the end.
Recipe wide_open_recipe() {
    LayerSpec first = layer("first", LayerKind::Residual);
    first.body = {padded(layer("conv", LayerKind::Conv2d, 1, 7), 3)};
    LayerSpec vectors = layer("vectors", LayerKind::Residual);
    vectors.body = {layer("fc", LayerKind::Linear, 30), layer("relu", LayerKind::ReLU)};
    return recipe_of({first, layer("conv", LayerKind::Conv2d, 12, 5, 3),
                      layer("average", LayerKind::AvgPool2d, 0, 3, 2), layer("flatten", LayerKind::Flatten),
                      layer("fc1", LayerKind::Linear, 30), vectors, layer("gelu", LayerKind::GELU),
                      layer("dropout", LayerKind::Dropout), layer("fc2", LayerKind::Linear, 10),
                      layer("softmax", LayerKind::Softmax)});
}

// The norms that go by the one picture, of maps and of vectors, with and without weights; the activations that deep and
// wide open leave out; a largest value of windows that are not alike.
Recipe wild_recipe() {
    LayerSpec instance = layer("instance", LayerKind::InstanceNorm), slopes = layer("slopes", LayerKind::PReLU);
    instance.affine = slopes.per_channel = true;
    LayerSpec elu = layer("elu", LayerKind::ELU), softplus = layer("softplus", LayerKind::Softplus);
    elu.alpha = 0.7;
    softplus.beta = 2.0;
    return recipe_of({layer("conv1", LayerKind::Conv2d, 6, 5, 2), padded(layer("group", LayerKind::GroupNorm), 0, 1, 3),
                      slopes, layer("drop", LayerKind::Dropout2d), layer("conv2", LayerKind::Conv2d, 8, 3), instance,
                      elu, layer("plain", LayerKind::InstanceNorm), layer("maps", LayerKind::LayerNorm),
                      layer("silu", LayerKind::SiLU), layer("adaptive", LayerKind::AdaptiveMaxPool2d, 3),
                      layer("flatten", LayerKind::Flatten), layer("fc1", LayerKind::Linear, 20),
                      layer("vector", LayerKind::LayerNorm), softplus,
                      padded(layer("vectors", LayerKind::GroupNorm), 0, 1, 5), layer("slope", LayerKind::PReLU),
                      layer("fc2", LayerKind::Linear, 10)});
}

// Branches that part and meet again, maps that grow, and weights that are used in two places.
Recipe wired_recipe() {
    const auto taking = [](LayerSpec spec, std::vector<std::string> inputs) {
        spec.inputs = std::move(inputs);
        return spec;
    };
    LayerSpec nearest = layer("nearest", LayerKind::Upsample), mixed = layer("mixed", LayerKind::Upsample);
    mixed.bilinear = true;
    LayerSpec spread = padded(layer("spread", LayerKind::ConvTranspose2d, 6, 3, 2), 1, 1, 3);
    spread.output_padding = 1;
    LayerSpec dilated = padded(layer("dilated", LayerKind::ConvTranspose2d, 4, 2, 3), 2, 4);
    LayerSpec again = padded(layer("again", LayerKind::Conv2d, 6, 3), 1),
              behind = layer("behind", LayerKind::PadChannels, 5);
    again.weights_of = "conv2";
    behind.zeros_behind = true;
    return recipe_of(
        {padded(layer("conv1", LayerKind::Conv2d, 4, 3, 2), 1), layer("pad", LayerKind::PadChannels, 7, 0, 2), nearest,
         taking(layer("join", LayerKind::Concatenate), {"conv1", "nearest", "conv1"}), spread, taking(mixed, {"conv1"}),
         behind, taking(layer("both", LayerKind::Concatenate), {"spread", "behind"}),
         padded(layer("narrow", LayerKind::Conv2d, 6, 1), 0), padded(layer("conv2", LayerKind::Conv2d, 6, 3), 1), again,
         taking(layer("sum", LayerKind::Add), {"narrow", "again", "conv2"}),
         layer("average", LayerKind::AvgPool2d, 0, 4, 4), dilated, layer("flatten", LayerKind::Flatten),
         layer("fc", LayerKind::Linear, 10)});
}

// Trained for `iterations`, then captured with what the loupe asks for, and nothing else.
NetworkDescription capture_for_loupe(const Recipe& recipe, int iterations, Observation& into) {
    TorchTrainer trainer({.data = make_toy_dataset(200, 50), .threads = 1, .device = "cpu"});
    const auto started = trainer.start({RunId{1}, recipe, 7});
    REQUIRE(started.ok());
    const NetworkDescription network = started.value()->network;
    for (int i = 0; i < iterations; ++i) trainer.train_iteration();
    WatchSet watch;
    for (const LayerDescription& layer : network.layers)
        for (const TensorKey key : loupe_needs(network, layer.id)) watch.add(key);
    trainer.capture({watch, false, iterations}, into);
    REQUIRE(into.captures.size() == watch.tensors.size());
    return network;
}

}  // namespace

TEST_CASE("the loupe adds up to what LibTorch computed, for 200 random values of every kind of layer") {
    std::set<LayerKind> kinds;
    std::mt19937 random(5);
    for (const Recipe& recipe : {deep_recipe(), wide_open_recipe(), wide_recipe(), wild_recipe(), wired_recipe()}) {
        Snapshot snapshot;
        const NetworkDescription network = capture_for_loupe(recipe, 20, snapshot.seen);
        Loupe loupe;
        for (const LayerDescription& layer : network.layers) {
            kinds.insert(layer.spec.kind);
            const Shape& shape = layer.output_shape;
            std::uniform_int_distribution<std::int64_t> any(0, shape.element_count() - 1);
            for (int i = 0; i < 200; ++i) {
                const Place place = place_at(layer.id, shape, any(random));
                explain(network, snapshot, place, loupe);
                CAPTURE(layer.spec.name, place.channel, place.row, place.column, loupe.total, loupe.shown);
                REQUIRE_FALSE(loupe.problem.any());
                REQUIRE(std::abs(loupe.difference) <= std::max(1e-5F * std::abs(loupe.shown), 1e-6F));
                REQUIRE(loupe.agrees());
                REQUIRE(loupe.iteration == 20);
            }
        }
    }
    REQUIRE(kinds.size() == static_cast<std::size_t>(LayerKind::Residual) + 1);  // the last of them
}

TEST_CASE("running mean and variance are captured for batch norm alone, as they are after the iteration") {
    TorchTrainer trainer({.data = make_toy_dataset(200, 50), .threads = 1, .device = "cpu"});
    const auto started = trainer.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), 7});
    REQUIRE(started.ok());
    const NetworkDescription& network = started.value()->network;
    WatchSet watch;
    for (const LayerDescription& layer : network.layers)
        for (const TensorKind kind : {TensorKind::RunningMean, TensorKind::RunningVariance})
            watch.add({kind, layer.id});
    for (int i = 0; i < 3; ++i) trainer.train_iteration();
    Observation into;
    trainer.capture({watch, false, 3}, into);
    REQUIRE(into.captures.size() == 4);  // of two batch norms
    for (const auto& [name, buffer] : trainer.network().named_tensors()) {
        const LayerDescription* layer = network.find(name.substr(0, name.find('.')));
        const bool mean = name.find("running_mean") != std::string::npos;
        if (!mean && name.find("running_var") == std::string::npos) continue;
        const TensorCapture* capture =
            into.find({mean ? TensorKind::RunningMean : TensorKind::RunningVariance, layer->id});
        REQUIRE(capture != nullptr);
        REQUIRE(capture->iteration == 3);
        REQUIRE(torch::equal(torch::tensor(capture->values), buffer));
        REQUIRE(buffer.ne(mean ? 0.0 : 1.0).any().item<bool>());  // it has moved
    }
}
