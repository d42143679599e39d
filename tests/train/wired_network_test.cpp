// Networks whose layers take what they name, share weights, or are set while they are asked; against LibTorch's own
// functions. What Python makes of whole networks of such layers: kinds_test.py.
#include "engine/train/network.h"

#include "engine/recipe/network_plan.h"
#include "engine/train/initial_weights.h"
#include "engine/train/thread_settings.h"
#include "tests/support/catch.h"
#include "tests/train/recipes.h"

#include <ATen/CPUGeneratorImpl.h>

#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace convscope;

namespace {

LayerSpec taking(LayerSpec spec, std::vector<std::string> inputs) {
    spec.inputs = std::move(inputs);
    return spec;
}

LayerSpec conv(const char* name, std::int64_t channels, std::int64_t kernel = 3, std::int64_t stride = 1) {
    LayerSpec spec = layer(name, LayerKind::Conv2d, channels, kernel, stride);
    spec.padding = kernel / 2;
    return spec;
}

// Maps of 4x12x12.
Recipe recipe_of(std::vector<LayerSpec> layers) {
    Recipe recipe = small_recipe();
    recipe.input_channels = 4;
    recipe.input_height = recipe.input_width = 12;
    recipe.layers = std::move(layers);
    recipe.layers.push_back(layer("flatten", LayerKind::Flatten));
    recipe.layers.push_back(layer("fc", LayerKind::Linear, 10));
    return recipe;
}

// With drawn weights, and its tensors by name for computing what it should give by hand.
struct Built {
    Network network;
    std::map<std::string, torch::Tensor> tensors;
    explicit Built(const Recipe& recipe) : network(plan_network(recipe).value(), torch::kCPU) {
        draw_initial_weights(network, at::make_generator<at::CPUGeneratorImpl>(7));
        for (const auto& [name, tensor] : network.named_tensors()) tensors[name] = tensor;
    }
    torch::Tensor operator[](const std::string& name) const { return tensors.at(name); }
    LayerId id(const char* name) const { return network.description().find(name)->id; }
    torch::Tensor convolved(const std::string& name, const torch::Tensor& x, std::int64_t padding = 1) const {
        return torch::conv2d(x, tensors.at(name + ".weight"), tensors.at(name + ".bias"), 1, padding);
    }
    torch::Tensor classified(const torch::Tensor& x) const {
        return torch::linear(x.flatten(1), tensors.at("fc.weight"), tensors.at("fc.bias"));
    }
};

bool close(const torch::Tensor& a, const torch::Tensor& b) { return torch::allclose(a, b, 1e-5, 1e-6); }

// Whether both outputs have the same values, and the same slopes by every parameter.
void check_same(const Network& network, const torch::Tensor& given, const torch::Tensor& wanted) {
    REQUIRE(close(given, wanted));
    const std::vector<torch::Tensor> parameters = network.parameters();
    const auto a = torch::autograd::grad({given.square().sum()}, parameters);
    const auto b = torch::autograd::grad({wanted.square().sum()}, parameters);
    for (std::size_t i = 0; i < parameters.size(); ++i) REQUIRE(close(a[i], b[i]));
}

}  // namespace

TEST_CASE(
    "joined and added branches give values and gradients as by hand, also of the picture and of one layer twice") {
    const Built built(
        recipe_of({conv("stem", 5), layer("relu", LayerKind::ReLU), conv("left", 3, 1),
                   taking(layer("pool", LayerKind::MaxPool2d, 0, 2, 2), {"relu"}), layer("up", LayerKind::Upsample),
                   taking(conv("right", 3), {"up"}), taking(layer("sum", LayerKind::Add), {"left", "right", "left"}),
                   taking(layer("all", LayerKind::Concatenate), {"sum", "input", "relu"})}));
    const torch::Tensor images = torch::randn({3, 4, 12, 12});
    const torch::Tensor relu = torch::relu(built.convolved("stem", images));
    const torch::Tensor left = built.convolved("left", relu, 0);
    const torch::Tensor up = torch::max_pool2d(relu, 2).repeat_interleave(2, 2).repeat_interleave(2, 3);
    const torch::Tensor sum = left + built.convolved("right", up) + left;
    check_same(built.network, built.network.forward(images, {}), built.classified(torch::cat({sum, images, relu}, 1)));
}

TEST_CASE(
    "transposed convolutions, both upsamplings and padded channels are LibTorch's modules, drawn in their order") {
    namespace nn = torch::nn;
    LayerSpec transposed = layer("transposed", LayerKind::ConvTranspose2d, 6, 3, 2);
    transposed.padding = transposed.output_padding = 1;
    transposed.dilation = transposed.groups = 2;
    LayerSpec mixed = layer("mixed", LayerKind::Upsample);
    mixed.scale = 3;
    mixed.bilinear = true;
    LayerSpec padded = layer("padded", LayerKind::PadChannels, 11, 0, 4);
    LayerSpec behind = layer("behind", LayerKind::PadChannels, 13);
    behind.zeros_behind = true;
    const Built built(recipe_of({conv("conv", 4), transposed, mixed, padded, behind}));
    torch::manual_seed(7);
    const nn::Conv2d conv(nn::Conv2dOptions(4, 4, 3).padding(1));
    const nn::ConvTranspose2d up(
        nn::ConvTranspose2dOptions(4, 6, 3).stride(2).padding(1).output_padding(1).groups(2).dilation(2));
    REQUIRE(torch::equal(built["conv.weight"], conv->weight));
    REQUIRE(torch::equal(built["transposed.weight"], up->weight));
    REQUIRE(torch::equal(built["transposed.bias"], up->bias));

    const torch::Tensor images = torch::randn({2, 4, 12, 12});
    torch::Tensor x = torch::conv_transpose2d(built.convolved("conv", images), built["transposed.weight"],
                                              built["transposed.bias"], 2, 1, 1, /*groups=*/2, /*dilation=*/2);
    x = nn::Upsample(
        nn::UpsampleOptions().scale_factor(std::vector<double>{3, 3}).mode(torch::kBilinear).align_corners(false))(x);
    // A CIFAR ResNet's shortcut: F.pad(x[:, :, ::4, ::4], (0, 0, 0, 0, 2, 3)).
    using torch::indexing::None;
    using torch::indexing::Slice;
    x = torch::constant_pad_nd(x.index({Slice(), Slice(), Slice(None, None, 4), Slice(None, None, 4)}),
                               {0, 0, 0, 0, 2, 3});
    x = torch::cat({x, torch::zeros({2, 2, x.size(2), x.size(3)})}, 1);
    check_same(built.network, built.network.forward(images, {}), built.classified(x));
}

TEST_CASE("weights in two places are drawn, listed and stepped once, and their gradients add up") {
    LayerSpec again = conv("again", 4), norm_again = layer("norm_again", LayerKind::BatchNorm);
    again.weights_of = "conv";
    norm_again.weights_of = "norm";
    const Recipe recipe = recipe_of(
        {conv("conv", 4), layer("norm", LayerKind::BatchNorm), layer("relu", LayerKind::ReLU), again, norm_again});
    const Built built(recipe);
    std::vector<std::string> names;
    for (const auto& [name, tensor] : built.network.named_tensors()) names.push_back(name);
    REQUIRE(names == std::vector<std::string>{"conv.weight", "conv.bias", "norm.weight", "norm.bias", "fc.weight",
                                              "fc.bias", "norm.running_mean", "norm.running_var",
                                              "norm.num_batches_tracked"});
    torch::manual_seed(7);
    const torch::nn::Conv2d conv(torch::nn::Conv2dOptions(4, 4, 3).padding(1));
    const torch::nn::Linear fc(4 * 144, 10);  // drawn right behind it: nothing was drawn for the second place
    REQUIRE(torch::equal(built["conv.weight"], conv->weight));
    REQUIRE(torch::equal(built["fc.weight"], fc->weight));
    REQUIRE(built.network.weight(built.id("again")).is_same(built["conv.weight"]));

    const torch::Tensor images = torch::randn({3, 4, 12, 12});
    const auto normed = [&](const torch::Tensor& x) {
        return torch::batch_norm(x, built["norm.weight"], built["norm.bias"], {}, {}, true, 0.1, 1e-5, false);
    };
    const torch::Tensor wanted =
        built.classified(normed(built.convolved("conv", torch::relu(normed(built.convolved("conv", images))))));
    const torch::Tensor given = built.network.forward(images, {.mode = NetworkMode::Training});
    check_same(built.network, given, wanted);
    REQUIRE(built["norm.num_batches_tracked"].item<std::int64_t>() == 2);  // as PyTorch's module, called twice

    const Network clone = built.network.clone();
    REQUIRE(clone.weight(built.id("again")).is_same(clone.weight(built.id("conv"))));
    REQUIRE_FALSE(clone.weight(built.id("conv")).is_same(built["conv.weight"]));
    REQUIRE(torch::equal(clone.answer(images), built.network.answer(images)));
}

TEST_CASE("a channel that is silenced gives what zeroed weights and biases give, and gets no gradient") {
    const Built built(
        recipe_of({conv("conv1", 6), layer("relu1", LayerKind::ReLU), layer("pool", LayerKind::MaxPool2d, 0, 2, 2),
                   conv("conv2", 5), layer("relu2", LayerKind::ReLU)}));
    const Interventions silence{{built.id("conv1"), 2}, {built.id("conv1"), 5}, {built.id("conv2"), 0}};
    const torch::Tensor images = torch::randn({3, 4, 12, 12});
    const torch::Tensor given = built.network.forward(images, {.interventions = silence});
    const Network silenced = built.network.clone();
    {
        const torch::NoGradGuard no_grad;
        for (const Intervention& one : silence) {
            silenced.weight(one.layer)[one.channel].zero_();
            silenced.bias(one.layer)[one.channel].zero_();
        }
    }
    REQUIRE(torch::equal(given, silenced.forward(images, {})));
    REQUIRE_FALSE(close(given, built.network.forward(images, {})));
    given.square().sum().backward();
    for (const Intervention& one : silence) {
        REQUIRE(built.network.weight(one.layer).grad()[one.channel].eq(0).all().item<bool>());
        REQUIRE(built.network.bias(one.layer).grad()[one.channel].eq(0).all().item<bool>());
    }
    REQUIRE(built["conv1.weight"].grad()[0].ne(0).any().item<bool>());
}

TEST_CASE(
    "what is set is what observers see and what is behind goes on from, with or without the pooling's short cut") {
    const Built built(
        recipe_of({conv("conv", 6), layer("relu", LayerKind::ReLU), layer("pool", LayerKind::MaxPool2d, 0, 2, 2)}));
    const torch::Tensor images = torch::randn({3, 4, 12, 12});
    for (const char* name : {"conv", "relu", "pool"}) {
        CAPTURE(name);
        // The later one of a channel counts; another unit of the vector at the end is set as well.
        const Interventions set{{built.id(name), 1, -3.0F}, {built.id(name), 1, 0.25F}, {built.id("fc"), 9, 7.0F}};
        std::vector<torch::Tensor> seen(built.network.description().layers.size());
        const torch::Tensor observed = built.network.answer(
            images,
            [&](LayerId layer, const torch::Tensor& output) { seen[static_cast<std::size_t>(layer.index)] = output; },
            set);
        REQUIRE(torch::equal(observed, built.network.answer(images, {}, set)));
        REQUIRE(seen[static_cast<std::size_t>(built.id(name).index)].select(1, 1).eq(0.25).all().item<bool>());
        REQUIRE(observed.select(1, 9).eq(7.0).all().item<bool>());
        torch::Tensor maps = built.convolved("conv", images);
        const auto put = [&](const char* here, torch::Tensor x) {
            if (std::string(here) == name) x.select(1, 1).fill_(0.25);
            return x;
        };
        const torch::NoGradGuard no_grad;
        maps = put("pool", torch::max_pool2d(put("relu", torch::relu(put("conv", maps.detach()))), 2));
        torch::Tensor wanted = built.classified(maps);
        wanted.select(1, 9).fill_(7.0);
        REQUIRE(close(observed, wanted));
    }
}

TEST_CASE("without interventions no bit is another one, and a not-a-number that is silenced is gone") {
    const Built built(
        recipe_of({conv("conv", 6), layer("relu", LayerKind::ReLU), layer("pool", LayerKind::MaxPool2d, 0, 2, 2)}));
    const torch::Tensor images = torch::randn({3, 4, 12, 12});
    const Interventions none;
    REQUIRE(torch::equal(built.network.answer(images), built.network.answer(images, {}, none)));
    {
        const torch::NoGradGuard no_grad;
        built["conv.bias"][3] = std::numeric_limits<float>::quiet_NaN();
    }
    REQUIRE(built.network.answer(images).isnan().all().item<bool>());
    const Interventions silence{{built.id("conv"), 3}};
    REQUIRE_FALSE(built.network.answer(images, {}, silence).isnan().any().item<bool>());
}

TEST_CASE("threads that set different channels of one network at once each get what they get alone") {
    const Built built(
        recipe_of({conv("conv", 6), layer("relu", LayerKind::ReLU), layer("pool", LayerKind::MaxPool2d, 0, 2, 2),
                   taking(layer("both", LayerKind::Concatenate), {"pool", "pool"})}));
    const torch::Tensor images = torch::randn({3, 4, 12, 12});
    struct Asked {
        Interventions set;
        torch::Tensor alone;
        bool same = true;
    };
    std::vector<Asked> asked(3);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        asked[i].set.assign(i, {built.id(i == 1 ? "relu" : "conv"), static_cast<std::int64_t>(i), 0.5F});
        asked[i].alone = built.network.answer(images, {}, asked[i].set);
    }
    REQUIRE_FALSE(torch::equal(asked[0].alone, asked[1].alone));
    std::vector<std::thread> threads;
    for (Asked& one : asked)
        threads.emplace_back([&] {
            apply(fixed_thread_settings(1));
            for (int turn = 0; turn < 50; ++turn)
                if (!torch::allclose(built.network.answer(images, {}, one.set), one.alone, 1e-6, 1e-7))
                    one.same = false;
        });
    for (std::thread& thread : threads) thread.join();
    for (const Asked& one : asked) REQUIRE(one.same);
}
