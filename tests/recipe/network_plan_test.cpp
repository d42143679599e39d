#include "engine/recipe/network_plan.h"

#include "engine/recipe/recipe_library.h"
#include "tests/recipe/small_recipe.h"
#include "tests/support/catch.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

using namespace convscope;
using namespace convscope::test;

namespace {

NetworkDescription planned(std::string_view recipe_name) {
    return plan_network(find_recipe(recipe_name).value()).value();
}

Recipe small() { return parse_recipe(kSmallRecipe, "").value(); }

// The error of a recipe that is not from a file, so that the messages have no file and no line.
std::string plan_refusal(Recipe recipe) {
    for (LayerSpec& layer : recipe.layers) layer.line = 0;
    const auto network = plan_network(recipe);
    return network ? "accepted" : network.error().message;
}

// The small recipe with one layer altered.
template <typename Change>
std::string refusal_of(std::size_t layer, Change change) {
    Recipe recipe = small();
    change(recipe.layers[layer]);
    return plan_refusal(recipe);
}

void check_shapes(const NetworkDescription& network, const std::vector<std::pair<std::string, std::string>>& expected) {
    REQUIRE(network.layers.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const LayerDescription& layer = network.layers[i];
        CHECK(layer.spec.name == expected[i].first);
        CHECK(layer.output_shape.to_string() == expected[i].second);
        CHECK(layer.id.index == static_cast<std::int32_t>(i));
        CHECK(layer.inputs == std::vector{i == 0 ? kInputLayer : network.layers[i - 1].id});
        CHECK(layer.input_shape == (i == 0 ? network.input_shape : network.layers[i - 1].output_shape));
    }
}

}  // namespace

TEST_CASE("wide-cnn has the shapes and the 1,007,590 parameters that PyTorch counts") {
    const NetworkDescription network = planned("wide-cnn");
    CHECK(network.parameter_count == 1'007'590);
    check_shapes(network, {{"conv1", "10x24x24"},
                           {"relu1", "10x24x24"},
                           {"pool1", "10x12x12"},
                           {"conv2", "20x10x10"},
                           {"relu2", "20x10x10"},
                           {"flatten", "2000"},
                           {"fc1", "500"},
                           {"relu3", "500"},
                           {"fc2", "10"}});
    CHECK(network.find("conv1")->parameter_count == 260);
    CHECK(network.find("conv2")->parameter_count == 1'820);
    CHECK(network.find("fc1")->parameter_count == 1'000'500);
    CHECK(network.find("fc2")->parameter_count == 5'010);
    CHECK(network.find("conv2")->weight_shape == Shape{20, 10, 3, 3});
    CHECK(network.find("conv2")->bias_shape == Shape{20});
    CHECK(network.find("fc1")->weight_shape == Shape{500, 2000});
    CHECK_FALSE(network.find("relu1")->has_weight());
    CHECK_FALSE(network.find("relu1")->has_bias());
}

TEST_CASE("two-block-cnn has the shapes and the 21,840 parameters that PyTorch counts") {
    const NetworkDescription network = planned("two-block-cnn");
    CHECK(network.parameter_count == 21'840);
    check_shapes(network, {{"conv1.0", "10x24x24"},
                           {"conv1.1", "10x24x24"},
                           {"conv1.2", "10x12x12"},
                           {"conv2.0", "20x8x8"},
                           {"conv2.1", "20x8x8"},
                           {"conv2.2", "20x4x4"},
                           {"flatten", "320"},
                           {"fc.0", "50"},
                           {"fc.1", "10"}});
    CHECK(network.find("conv2.0")->parameter_count == 5'020);
}

TEST_CASE("mlp has the 52,650 parameters that PyTorch counts") { CHECK(planned("mlp").parameter_count == 52'650); }

TEST_CASE("sizes that do not divide are rounded down, in both directions on their own") {
    Recipe recipe;
    recipe.input_height = 7;
    recipe.input_width = 10;
    recipe.layers = {{.name = "pool", .kind = LayerKind::AvgPool2d, .kernel_size = 2, .stride = 2},
                     {.name = "conv",
                      .kind = LayerKind::Conv2d,
                      .output_size = 2,
                      .kernel_size = 3,
                      .stride = 3,
                      .padding = 1,
                      .bias = false},
                     {.name = "flat", .kind = LayerKind::Flatten},
                     {.name = "fc", .kind = LayerKind::Linear, .output_size = 10, .bias = false}};
    const auto network = plan_network(recipe);
    REQUIRE(network);
    check_shapes(network.value(), {{"pool", "1x3x5"}, {"conv", "2x1x2"}, {"flat", "4"}, {"fc", "10"}});
    CHECK(network.value().parameter_count == 18 + 40);
    CHECK_FALSE(network.value().find("conv")->has_bias());
}

TEST_CASE("an impossible shape is refused with its layer and the remedy") {
    CHECK(refusal_of(0, [](LayerSpec& layer) { layer.kernel_size = 15; }) ==
          "layer 'conv1': its kernel of 15x15 is larger than its input of 14x14, padding included; use a smaller "
          "kernel_size or more padding, or pool less before it");
    CHECK(refusal_of(1, [](LayerSpec& layer) { layer.kernel_size = 13; }) ==
          "layer 'pool1': its kernel of 13x13 is larger than its input of 12x12; use a smaller kernel_size or more "
          "padding, or pool less before it");
    CHECK(refusal_of(1, [](LayerSpec& layer) { layer.padding = 2; }) ==
          "layer 'pool1': padding 2 is more than half of the pooling window of 2, which would pool nothing but "
          "padding; use "
          "1 or less");
    CHECK(refusal_of(2, [](LayerSpec& layer) { layer.kind = LayerKind::Tanh; }) ==
          "layer 'fc1': a linear layer takes a vector, but gets maps of 3x6x6; add a flatten layer before it");
    CHECK(refusal_of(3,
                     [](LayerSpec& layer) {
                         layer.kind = LayerKind::Conv2d;
                         layer.output_size = layer.kernel_size = 1;
                     }) ==
          "layer 'drop': a conv2d layer takes maps (channels x height x width), but gets a vector of 108; move it "
          "before the flatten layer");
    CHECK(refusal_of(4, [](LayerSpec& layer) { layer.output_size = 5; }) ==
          "layer 'fc1': the last layer gives 5 values, but [input] has 4 classes; make the last linear layer's "
          "features and "
          "the classes equal");
    Recipe recipe = small();
    recipe.layers.resize(2);
    CHECK(plan_refusal(recipe) ==
          "layer 'pool1': the last layer must give one value per class (4), but it gives maps of 3x6x6; "
          "end with a flatten and a linear layer");
}

TEST_CASE("the nll loss is refused unless the last layer gives logarithms of probabilities") {
    Recipe recipe = small();
    recipe.loss = LossKind::NegativeLogLikelihood;
    CHECK(plan_refusal(recipe) ==
          "layer 'fc1': the loss \"nll\" takes logarithms of probabilities; add a log_softmax layer at "
          "the end, or use the loss \"cross_entropy\"");
    recipe.layers.push_back({.name = "out", .kind = LayerKind::LogSoftmax});
    CHECK(plan_refusal(recipe) == "accepted");
}

TEST_CASE("a softmax over maps is refused") {
    CHECK(refusal_of(1, [](LayerSpec& layer) { layer.kind = LayerKind::Softmax; }) ==
          "layer 'pool1': a softmax layer takes a vector, but gets maps of 3x12x12; add a flatten layer before it");
}

TEST_CASE("layer names must differ and be plain") {
    const auto named = [](std::string name) { return refusal_of(4, [&](LayerSpec& layer) { layer.name = name; }); };
    CHECK(named("conv1") == "layer 'conv1': there is a layer of this name already; names must differ, rename one");
    CHECK(named("") == "layer '': the name is empty; give each layer a name of its own");
    CHECK(named("a/b") == "layer 'a/b': a layer's name has only letters, digits, '.', '_' and '-'; rename it");
    CHECK(test::refusal(changed("name = \"fc1\"", "name = \"conv1\"")) ==
          "my.toml:35: layer 'conv1': there is a layer of this name already in line 13; names must differ, rename one");
}

TEST_CASE("settings out of range are refused wherever the recipe came from") {
    CHECK(refusal_of(0, [](LayerSpec& layer) { layer.output_size = 0; }) ==
          "layer 'conv1': channels is 0; it must be 1 or more, and at most 2^31");
    CHECK(refusal_of(0, [](LayerSpec& layer) { layer.kernel_size = -3; }) ==
          "layer 'conv1': kernel_size is -3; it must be 1 or more, and at most 2^31");
    CHECK(refusal_of(0, [](LayerSpec& layer) { layer.stride = 0; }) ==
          "layer 'conv1': stride is 0; it must be 1 or more, and at most 2^31");
    CHECK(refusal_of(0, [](LayerSpec& layer) { layer.padding = -1; }) ==
          "layer 'conv1': padding is -1; it must be 0 or more, and at most 2^31");
    CHECK(refusal_of(4, [](LayerSpec& layer) { layer.output_size = 0; }) ==
          "layer 'fc1': features is 0; it must be 1 or more, and at most 2^31");
    CHECK(refusal_of(3, [](LayerSpec& layer) { layer.probability = std::nan(""); }) ==
          "layer 'drop': probability is not a finite number; write one");
    CHECK(refusal_of(2, [](LayerSpec& layer) {
              layer.kind = LayerKind::LeakyReLU;
              layer.negative_slope = std::numeric_limits<double>::infinity();
          }) == "layer 'flat': negative_slope is not a finite number; write one");

    Recipe recipe = small();
    recipe.input_width = 0;
    CHECK(plan_refusal(recipe) == "[input]: channels, height and width must be 1 or more");
    recipe = small();
    recipe.input_transposed = true;
    recipe.input_width = recipe.input_height + 1;
    CHECK(plan_refusal(recipe) ==
          "[input]: transpose is for square pictures; make height and width alike, or take it out");
    recipe = small();
    recipe.class_count = 0;
    CHECK(plan_refusal(recipe) == "[input]: classes must be 2 or more");
    recipe.layers.clear();
    CHECK(plan_refusal(recipe) == "the network has no layers; add at least one [[layer]]");
}

TEST_CASE("the recipes of the references have the parameters that PyTorch counts") {
    CHECK(planned("plain-cnn").parameter_count == 1'007'590);
    CHECK(planned("two-block-cnn").parameter_count == 21'840);
    CHECK(planned("softmax-mlp").parameter_count == 52'650);
    CHECK(planned("softmax-mlp-b").parameter_count == 55'050);
    CHECK(planned("linear-alexnet").parameter_count == 102'090);
    CHECK(planned("modern-cnn").parameter_count < 20'000);
}

TEST_CASE("a residual layer stands behind its nested layers and takes the ends of both paths") {
    const NetworkDescription network = planned("small-resnet");
    const LayerDescription* block = network.find("block2");
    REQUIRE(block != nullptr);
    CHECK(block->output_shape == Shape{32, 7, 7});
    CHECK(block->parameter_count == 0);
    REQUIRE(block->inputs.size() == 2);
    CHECK(block->inputs[0] == network.find("block2.norm2")->id);
    CHECK(block->inputs[1] == network.find("block2.shortcut_norm")->id);
    CHECK(network.find("block2.conv1")->inputs == std::vector{network.find("relu1")->id});
    CHECK(network.find("block2.shortcut")->inputs == std::vector{network.find("relu1")->id});
    // Without a shortcut of its own, the input itself.
    CHECK(network.find("block1")->inputs == std::vector{network.find("block1.norm2")->id, network.find("relu0")->id});
}

TEST_CASE("paths of a residual layer that cannot be added are refused with both shapes") {
    Recipe recipe = find_recipe("small-resnet").value();
    for (LayerSpec& layer : recipe.layers)
        if (layer.name == "block2") layer.shortcut.clear();
    CHECK_THAT(plan_refusal(recipe), contains_text("layer 'block2': its layers give maps of 32x7x7, but its "
                                                   "shortcut maps of 16x14x14"));
    recipe = find_recipe("small-resnet").value();
    recipe.layers[3].body.clear();
    CHECK_THAT(plan_refusal(recipe), contains_text("layer 'block1': a residual layer has no layers within"));
}

TEST_CASE("groups must divide the channels on both sides") {
    Recipe recipe = find_recipe("wide-cnn").value();
    recipe.layers[3].groups = 5;
    CHECK(plan_network(recipe).value().layers[3].weight_shape == Shape{20, 2, 3, 3});
    recipe.layers[3].groups = 3;
    CHECK_THAT(plan_refusal(recipe), contains_text("cannot be divided into 3 groups"));
}

TEST_CASE("a network that no memory could hold is refused before anything is allocated") {
    constexpr std::int64_t kHuge = std::int64_t{1} << 31;
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    CHECK(
        refusal_of(0, [](LayerSpec& layer) { layer.output_size = kHuge; }) ==
        "layer 'conv1': its output of 2147483648x12x12 has more than 2^31 values; use fewer channels or features, or a "
        "larger stride");
    CHECK_THAT(refusal_of(0, [](LayerSpec& layer) { layer.padding = kHuge; }), contains_text("more than 2^31 values"));
    CHECK_THAT(refusal_of(0, [](LayerSpec& layer) { layer.padding = kLargest; }), contains_text("at most 2^31"));
    CHECK(
        refusal_of(4, [](LayerSpec& layer) { layer.output_size = 100'000'000; }) ==
        "layer 'fc1': with its weights of 100000000x108 the network has more than 2^31 parameters; make it, or what it "
        "takes, smaller");
    Recipe recipe = small();
    recipe.input_channels = recipe.input_height = recipe.input_width = kLargest;
    CHECK(plan_refusal(recipe) == "[input]: channels x height x width is more than 2^31 values; make them smaller");

    recipe = small();
    recipe.layers.clear();
    for (int i = 0; i < 600; ++i)
        recipe.layers.push_back({.name = "relu" + std::to_string(i), .kind = LayerKind::ReLU});
    CHECK(plan_refusal(recipe) ==
          "layer 'relu512': the network has more than 512 layers; that is as many as can be shown, remove some");

    recipe = small();
    recipe.layers.clear();
    for (int i = 0; i < 40; ++i)
        recipe.layers.push_back({.name = "conv" + std::to_string(i),
                                 .kind = LayerKind::Conv2d,
                                 .output_size = 1,
                                 .kernel_size = 3,
                                 .stride = 1000,
                                 .padding = 1});
    CHECK_THAT(plan_refusal(recipe), contains_text("sees more than 2^31 pixels along a side"));
}
