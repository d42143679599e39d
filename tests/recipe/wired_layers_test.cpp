// Layers that say what they take, and layers that use another one's weights.
#include "engine/recipe/network_memory.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "tests/support/catch.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

using namespace convscope;

namespace {

// An Inception block in small: four ways from one layer, joined.
constexpr std::string_view kInception = R"(name = "inception"
[input]
channels = 3
height = 16
width = 16
classes = 5
[[layer]]
name = "stem"
kind = "conv2d"
channels = 8
kernel_size = 3
padding = 1
[[layer]]
name = "a.branch1x1"
kind = "conv2d"
channels = 4
kernel_size = 1
[[layer]]
name = "a.branch5x5_1"
kind = "conv2d"
input = "stem"
channels = 3
kernel_size = 1
[[layer]]
name = "a.branch5x5_2"
kind = "conv2d"
channels = 6
kernel_size = 5
padding = 2
[[layer]]
name = "a.pool"
kind = "avg_pool2d"
input = "stem"
kernel_size = 3
stride = 1
padding = 1
[[layer]]
name = "a"
kind = "concatenate"
input = ["a.branch1x1", "a.branch5x5_2", "a.pool"]
[[layer]]
name = "mean"
kind = "adaptive_avg_pool2d"
size = 1
[[layer]]
name = "flatten"
kind = "flatten"
[[layer]]
name = "fc"
kind = "linear"
features = 5
[optimizer]
kind = "sgd"
learning_rate = 0.1
)";

Recipe inception() { return parse_recipe(kInception, "inception.toml").value(); }

LayerSpec& named(Recipe& recipe, std::string_view name) {
    for (LayerSpec& layer : recipe.layers)
        if (layer.name == name) return layer;
    throw std::logic_error("there is none");
}

// What is said of the Inception block with this done to one of its layers.
std::string refusal(std::string_view name, const std::function<void(LayerSpec&)>& change) {
    Recipe recipe = inception();
    for (LayerSpec& layer : recipe.layers) layer.line = 0;
    change(named(recipe, name));
    const auto plan = plan_network(recipe);
    return plan ? "accepted" : plan.error().message;
}

LayerSpec layer(const char* name, LayerKind kind, std::vector<std::string> inputs = {}) {
    return {.name = name, .kind = kind, .inputs = std::move(inputs)};
}

// Maps of 4x8x8, then these, then what a network ends with.
Recipe of(std::vector<LayerSpec> layers) {
    Recipe recipe;
    recipe.name = "of";
    recipe.input_channels = 4;
    recipe.input_height = recipe.input_width = 8;
    recipe.optimizer.learning_rate = 0.1;
    recipe.layers = std::move(layers);
    recipe.layers.push_back(layer("end", LayerKind::Flatten));
    recipe.layers.push_back({.name = "fc", .kind = LayerKind::Linear, .output_size = 10});
    return recipe;
}

std::string refusal(const Recipe& recipe) {
    const auto plan = plan_network(recipe);
    return plan ? "accepted" : plan.error().message;
}

LayerSpec conv(const char* name, std::int64_t channels, std::vector<std::string> inputs = {}) {
    return {.name = name,
            .kind = LayerKind::Conv2d,
            .inputs = std::move(inputs),
            .output_size = channels,
            .kernel_size = 3,
            .padding = 1};
}

}  // namespace

TEST_CASE("branches begin at the layer that they name and are joined channel by channel") {
    const NetworkDescription network = plan_network(inception()).value();
    const auto id = [&](const char* name) { return network.find(name)->id; };
    CHECK(network.find("a.branch5x5_1")->inputs == std::vector{id("stem")});
    CHECK(network.find("a.branch5x5_2")->inputs == std::vector{id("a.branch5x5_1")});
    CHECK(network.find("a.pool")->input_shape == Shape{8, 16, 16});
    const LayerDescription& join = *network.find("a");
    CHECK(join.inputs == std::vector{id("a.branch1x1"), id("a.branch5x5_2"), id("a.pool")});
    CHECK(join.output_shape == Shape{18, 16, 16});  // 4 + 6 + 8
    CHECK(join.parameter_count == 0);
    CHECK(join.receptive_field.size == 7);  // the 5x5 behind the stem's 3x3
    CHECK(join.receptive_field.offset == -3);
    // torch: sum(p.numel() for p in module.parameters())
    CHECK(network.parameter_count == 224 + 36 + 27 + 456 + 95);
}

TEST_CASE("what a layer takes and whose weights it uses are written, read back and set from the command line") {
    Recipe recipe = inception();
    named(recipe, "a.branch1x1").inputs = {"stem"};
    const auto again = parse_recipe(to_toml(recipe), "written");
    REQUIRE(again.ok());
    CHECK(to_toml(again.value()) == to_toml(recipe));
    for (std::size_t i = 0; i < recipe.layers.size(); ++i)
        CHECK(again.value().layers[i].inputs == recipe.layers[i].inputs);

    const std::vector<std::string> set{"layer.a.pool.input=a.branch1x1",
                                       "layer.a.input=[\"a.pool\", \"a.branch5x5_2\"]"};
    const Recipe changed = override_recipe(recipe, set).value();
    CHECK(changed.layers[4].inputs == std::vector<std::string>{"a.branch1x1"});
    CHECK(plan_network(changed).value().find("a")->output_shape == Shape{10, 16, 16});

    const Recipe twice = of({conv("one", 4), conv("two", 4), conv("three", 4)});
    const std::vector<std::string> share{"layer.three.weights_of=one"};
    const Recipe shared = override_recipe(twice, share).value();
    CHECK(shared.layers[2].weights_of == "one");
    CHECK(parse_recipe(to_toml(shared), "").value().layers[2].weights_of == "one");
}

TEST_CASE("an input that is not there, comes later, is the layer itself or of no use is refused in a sentence") {
    CHECK(refusal("a.pool", [](LayerSpec& one) { one.inputs = {"steam"}; }) ==
          "layer 'a.pool': input names 'steam', and there is no such layer; name one before this, or \"input\" for the "
          "picture");
    CHECK(
        refusal("a.pool", [](LayerSpec& one) { one.inputs = {"mean"}; }) ==
        "layer 'a.pool': input names 'mean', which comes later; name an earlier layer, or write that one before this");
    CHECK(refusal("a.pool", [](LayerSpec& one) { one.inputs = {"a.pool"}; }) ==
          "layer 'a.pool': input names 'a.pool', which is this layer itself; name an earlier one");
    CHECK(
        refusal("a.pool",
                [](LayerSpec& one) {
                    one.inputs = {"stem", "stem"};
                }) ==
        "layer 'a.pool': its kind, avg_pool2d, takes what one layer gives, but it names 2; join them in a concatenate "
        "or add layer before it");
    CHECK(refusal("a", [](LayerSpec& one) { one.inputs.clear(); }) ==
          "layer 'a': its kind, concatenate, joins what several layers give; name them, as in input = [\"conv1\", "
          "\"conv2\"]");
    CHECK(refusal("a", [](LayerSpec& one) { one.inputs.pop_back(); }) ==
          "layer 'a.pool': no layer takes what it gives; name it as another layer's input, or take it out");
    CHECK(refusal("a", [](LayerSpec& one) { one.inputs.assign(65, "a.pool"); }) ==
          "layer 'a': it joins 65 inputs, more than 64; join some of them in a layer before it");
    CHECK(
        refusal("a.pool", [](LayerSpec& one) { one.stride = 2; }) ==
        "layer 'a': 'a.branch1x1' gives maps of 4x16x16, but 'a.pool' maps of 8x8x8; what is joined may differ in its "
        "channels alone, so give one of them another stride, padding or scale");
    CHECK(refusal("a", [](LayerSpec& one) { one.kind = LayerKind::Add; }) ==
          "layer 'a': 'a.branch1x1' gives maps of 4x16x16, but 'a.branch5x5_2' maps of 6x16x16; what is added has to "
          "have one shape, so change one of them");
    std::string text(kInception);
    text.replace(text.find("input = \"stem\""), 14, "input = 3");
    CHECK_THAT(parse_recipe(text, "my.toml").error().message,
               contains_text("my.toml:21: layer 'a.branch5x5_1': input is a whole number; write a text in quotes, or "
                             "several in brackets"));
}

TEST_CASE("a name is looked for within the residual layer and then around it, and the picture is called input") {
    LayerSpec block = layer("block", LayerKind::Residual);
    block.body = {conv("stem", 4), conv("conv", 4, {"stem"}), layer("sum", LayerKind::Add, {"conv", "outer"})};
    const NetworkDescription network =
        plan_network(of({conv("stem", 4), conv("outer", 4, {"stem"}), block, conv("last", 4, {"block.stem"}),
                         layer("all", LayerKind::Concatenate, {"last", "block", "input"})}))
            .value();
    const auto id = [&](const char* name) { return network.find(name)->id; };
    CHECK(network.find("block.conv")->inputs == std::vector{id("block.stem")});
    CHECK(network.find("block.sum")->inputs == std::vector{id("block.conv"), id("outer")});
    CHECK(network.find("last")->inputs == std::vector{id("block.stem")});
    CHECK(network.find("all")->inputs == std::vector{id("last"), id("block"), kInputLayer});
    LayerSpec itself = layer("loop", LayerKind::Residual);
    itself.body = {conv("conv", 4, {"loop"})};
    CHECK(refusal(of({itself})) ==
          "layer 'conv': input names 'loop', which comes later; name an earlier layer, or write that one before this");
    // A residual layer that names its input: both ways begin there.
    LayerSpec far = layer("far", LayerKind::Residual, {"stem"});
    far.body = {conv("conv", 4)};
    const NetworkDescription back =
        plan_network(of({conv("stem", 4), conv("other", 4), far, layer("sum", LayerKind::Add, {"far", "other"})}))
            .value();
    CHECK(back.find("far.conv")->inputs == std::vector{back.find("stem")->id});
    CHECK(back.find("far")->inputs == std::vector{back.find("far.conv")->id, back.find("stem")->id});
}

TEST_CASE("a layer with another one's weights has the shapes, and no parameters of its own") {
    LayerSpec second = conv("second", 4), third = conv("third", 4);
    second.weights_of = "first";
    third.weights_of = "second";
    const Recipe recipe = of({conv("first", 4), second, third});
    const NetworkDescription network = plan_network(recipe).value();
    const LayerDescription& first = *network.find("first");
    CHECK(first.owns_weights());
    CHECK(first.parameter_count == 148);
    for (const char* name : {"second", "third"}) {
        const LayerDescription& one = *network.find(name);
        CHECK(one.weights_of == first.id);
        CHECK_FALSE(one.owns_weights());
        CHECK(one.weight_shape == first.weight_shape);
        CHECK(one.bias_shape == first.bias_shape);
        CHECK(one.parameter_count == 0);
    }
    CHECK(network.parameter_count == 148 + 2570);
    Recipe apart = recipe;
    for (LayerSpec& one : apart.layers) one.weights_of.clear();
    CHECK(network_memory(recipe, network, NetworkUse::Training, 1) <
          network_memory(apart, plan_network(apart).value(), NetworkUse::Training, 1));
}

TEST_CASE("weights that do not fit, are none or come later are refused in a sentence") {
    LayerSpec wide = conv("wide", 6), plain = conv("plain", 6);
    wide.weights_of = "first";
    CHECK(
        refusal(of({conv("first", 4), wide})) ==
        "layer 'wide': it uses the weights of 'first' (conv2d, weights of 4x4x3x3, biases of 4), but would need "
        "others (conv2d, weights of 6x4x3x3, biases of 6); make kind, channels and settings alike, or take weights_of "
        "out");
    plain.weights_of = "end";
    CHECK(refusal(of({plain})) ==
          "layer 'plain': weights_of names 'end', which comes later; name an earlier layer, or write that one before "
          "this");
    plain.weights_of = "nobody";
    CHECK(refusal(of({plain})) ==
          "layer 'plain': weights_of names 'nobody', and there is no such layer; name one "
          "before this");
    plain.weights_of = "relu";
    CHECK_THAT(refusal(of({layer("relu", LayerKind::ReLU), plain})),
               contains_text("it uses the weights of 'relu' (relu, no weights), but would need others"));
    LayerSpec norm = layer("norm", LayerKind::InstanceNorm);
    norm.weights_of = "first";
    CHECK(refusal(of({conv("first", 4), norm})) == "layer 'norm': it has no weights; take weights_of out");
    Recipe text = of({conv("first", 4), conv("second", 4)});
    const std::vector<std::string> set{"layer.end.weights_of=first"};
    CHECK_THAT(override_recipe(text, set).error().message,
               contains_text("there is no setting 'weights_of' in a flatten"));
}

TEST_CASE("transposed convolutions, upsampling and padded channels have PyTorch's shapes, and say what does not fit") {
    const auto planned = [](LayerSpec one) {
        one.name = "it";
        const NetworkDescription network = plan_network(of({std::move(one)})).value();
        return *network.find("it");
    };
    // nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=2)
    const LayerDescription up = planned({.kind = LayerKind::ConvTranspose2d,
                                         .output_size = 6,
                                         .kernel_size = 3,
                                         .stride = 2,
                                         .padding = 1,
                                         .output_padding = 1,
                                         .dilation = 2,
                                         .groups = 2});
    CHECK(up.output_shape == Shape{6, 18, 18});
    CHECK(up.weight_shape == Shape{4, 3, 3, 3});
    CHECK(up.bias_shape == Shape{6});
    CHECK(up.parameter_count == 114);
    CHECK(up.receptive_field.stride == 0.5);
    CHECK(up.receptive_field.size == 3);     // an output is reached from three inputs at most
    CHECK(up.receptive_field.offset == -1);  // output 0 from the input before the first on, were there one
    const LayerDescription scaled = planned({.kind = LayerKind::Upsample, .scale = 3, .bilinear = true});
    CHECK(scaled.output_shape == Shape{4, 24, 24});
    CHECK(scaled.receptive_field.size == 2);
    const LayerDescription padded = planned({.kind = LayerKind::PadChannels, .output_size = 9, .stride = 3});
    CHECK(padded.output_shape == Shape{9, 3, 3});

    CHECK(refusal(of({{.name = "it", .kind = LayerKind::PadChannels, .output_size = 3}})) ==
          "layer 'it': its 3 channels are fewer than the 4 that it gets; use as many, or more");
    LayerSpec bad{.name = "it", .kind = LayerKind::ConvTranspose2d, .output_size = 6, .kernel_size = 2, .stride = 2};
    bad.output_padding = 2;
    CHECK(refusal(of({bad})) ==
          "layer 'it': output_padding 2 is not smaller than its stride or its dilation, of which "
          "one has to be larger; use a smaller one");
    bad.output_padding = 0;
    bad.padding = 8;
    CHECK(refusal(of({bad})) ==
          "layer 'it': its padding of 8 cuts off everything that it makes of an input of 4x8x8; "
          "use a smaller padding");
    bad.padding = 0;
    bad.groups = 4;
    CHECK_THAT(refusal(of({bad})), contains_text("cannot be divided into 4 groups"));
    bad.groups = 1;
    for (std::int64_t LayerSpec::*setting : {&LayerSpec::stride, &LayerSpec::kernel_size, &LayerSpec::output_size}) {
        LayerSpec huge = bad;
        huge.*setting = std::int64_t{1} << 31;
        CHECK_THAT(refusal(of({huge})), contains_text("2^31"));
    }
    LayerSpec skips = conv("skips", 4), sees = conv("sees", 4);
    skips.stride = sees.kernel_size = sees.padding = std::int64_t{1} << 31;
    sees.dilation = 2;
    CHECK_THAT(refusal(of({skips, sees})), contains_text("it sees more than 2^31 pixels along a side"));
    LayerSpec far{.name = "it", .kind = LayerKind::Upsample, .scale = std::int64_t{1} << 31};
    CHECK_THAT(refusal(of({far})), contains_text("2^31"));
    CHECK_THAT(refusal(of({layer("flat", LayerKind::Flatten), far})),
               contains_text("an upsample layer takes maps (channels x height x width)"));
}
