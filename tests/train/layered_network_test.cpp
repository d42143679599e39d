#include "engine/train/layered_network.h"

#include "engine/recipe/network_plan.h"
#include "tests/support/catch.h"
#include "tests/train/recipes.h"

using namespace convscope;

TEST_CASE("the same seed gives the weights that LibTorch's own modules draw, bit for bit") {
    torch::manual_seed(11);
    LayeredNetwork ours(plan_network(wide_recipe()).value(), torch::kCPU);
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
    REQUIRE(torch::allclose(ours.forward(images), expected, 1e-6, 1e-6));
}

TEST_CASE("parameters carry PyTorch's names in forward order") {
    LayeredNetwork network(plan_network(wide_recipe()).value(), torch::kCPU);
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
    LayeredNetwork network(plan, torch::kCPU);
    int observed = 0;
    network.forward_observed(torch::rand({2, 1, 28, 28}), [&](LayerId id, const torch::Tensor& output) {
        const Shape& shape = plan.layers[static_cast<std::size_t>(id.index)].output_shape;
        INFO(plan.layers[static_cast<std::size_t>(id.index)].spec.name);
        REQUIRE(output.dim() == shape.rank() + 1);
        for (int i = 0; i < shape.rank(); ++i) REQUIRE(output.size(i + 1) == shape[i]);
        ++observed;
    });
    REQUIRE(observed == 12);
}

TEST_CASE("an evaluation scope switches dropout off and puts every module's mode back") {
    LayeredNetwork network(plan_network(small_recipe()).value(), torch::kCPU);
    const torch::Tensor images = torch::rand({4, 1, 28, 28});
    {
        LayeredNetwork::EvaluationScope evaluating(network);
        const torch::Tensor output = network.forward(images);
        REQUIRE(torch::equal(output, network.forward(images)));
        REQUIRE_FALSE(output.requires_grad());
    }
    REQUIRE_FALSE(torch::equal(network.forward(images), network.forward(images)));
    REQUIRE(network.forward(images).requires_grad());
}

TEST_CASE("probabilities sum to one whether the last layer is a softmax, its logarithm, or neither") {
    for (const LayerKind last : {LayerKind::Softmax, LayerKind::LogSoftmax, LayerKind::Linear}) {
        Recipe recipe = small_recipe();
        if (last != LayerKind::Linear) recipe.layers.push_back(layer("last", last));
        LayeredNetwork network(plan_network(recipe).value(), torch::kCPU);
        LayeredNetwork::EvaluationScope evaluating(network);
        const torch::Tensor probabilities = network.probabilities(network.forward(torch::rand({5, 1, 28, 28})));
        REQUIRE(torch::allclose(probabilities.sum(1), torch::ones({5})));
        REQUIRE(probabilities.min().item<float>() >= 0.0F);
    }
}
