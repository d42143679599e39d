#include "viz/scene/loupe.h"

#include "engine/api/layer_kinds.h"

#include "tests/scene/captured_network.h"
#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"
#include "tests/support/no_numbers.h"

#include <cmath>
#include <numeric>

using namespace convscope;
using test::CapturedNetwork;
using test::layer;

namespace {

Loupe explained(const CapturedNetwork& net, const Place& place) {
    Loupe loupe;
    explain(net.network, net.snapshot, place, loupe);
    CAPTURE(to_sentence(loupe.problem, net.network));
    REQUIRE_FALSE(loupe.problem.any());
    return loupe;
}

TensorKey activation(LayerId layer) { return {TensorKind::Activation, layer}; }
constexpr TensorKey kInput{TensorKind::Input, kInputLayer};

// One layer on an input of the given values; its total at `place`.
Loupe of_one_layer(LayerSpec spec, Shape shape, std::vector<float> input, Place place = {}) {
    CapturedNetwork net(shape, {std::move(spec)});
    net.put_random(1);
    net.put(kInput, std::move(input));
    return explained(net, place);
}

}  // namespace

TEST_CASE("a convolution's terms, channel sums and bias add up to what scattering its input gives") {
    for (const LayerSpec& spec : test::various_convolutions()) {
        CapturedNetwork net({4, 9, 8}, {spec});
        net.put_random(3);
        const LayerDescription& conv = net["conv"];
        const std::vector<float> input = net.values(kInput);
        const std::vector<double> expected =
            test::scatter_convolution(conv, input, net.values({TensorKind::Weight, conv.id}));
        for (std::int64_t i = 0; i < conv.output_shape.element_count(); ++i) {
            const Place place = place_at(conv.id, conv.output_shape, i);
            const Loupe loupe = explained(net, place);
            CAPTURE(spec.stride, spec.padding, spec.dilation, spec.groups, i);
            const float bias = net.values({TensorKind::Bias, conv.id})[static_cast<std::size_t>(place.channel)];
            REQUIRE(loupe.arithmetic == Arithmetic::WeightedSum);
            REQUIRE(loupe.has_bias);
            REQUIRE(loupe.bias == bias);
            REQUIRE(loupe.sum == Approx(expected[static_cast<std::size_t>(i)]).margin(1e-6));
            REQUIRE(loupe.total ==
                    Approx(expected[static_cast<std::size_t>(i)] + static_cast<double>(bias)).margin(1e-6));
            REQUIRE(loupe.shown == net.values(activation(conv.id))[static_cast<std::size_t>(i)]);
            REQUIRE(loupe.difference == loupe.shown - loupe.total);

            REQUIRE(static_cast<std::int64_t>(loupe.terms.size()) ==
                    conv.weight_shape[1] * spec.kernel_size * spec.kernel_size);
            REQUIRE(loupe.window_rows == spec.kernel_size);
            REQUIRE(static_cast<std::int64_t>(loupe.channels.size()) == conv.weight_shape[1]);
            double of_channels = 0.0;
            for (const ChannelSum& channel : loupe.channels) {
                double of_terms = 0.0;
                for (std::int64_t t = channel.first_term; t < channel.first_term + channel.term_count; ++t) {
                    const LoupeTerm& term = loupe.terms[static_cast<std::size_t>(t)];
                    REQUIRE(term.place.layer == kInputLayer);
                    REQUIRE(term.place.channel == channel.channel);
                    const bool inside =
                        term.place.row >= 0 && term.place.row < 9 && term.place.column >= 0 && term.place.column < 8;
                    REQUIRE(term.padding == !inside);
                    const auto at =
                        static_cast<std::size_t>((term.place.channel * 9 + term.place.row) * 8 + term.place.column);
                    REQUIRE(term.input == (inside ? input[at] : 0.0F));
                    of_terms += static_cast<double>(term.product);
                }
                REQUIRE(channel.sum == Approx(of_terms).margin(1e-6));
                of_channels += static_cast<double>(channel.sum);
            }
            REQUIRE(loupe.sum == Approx(of_channels).margin(1e-6));
        }
    }
}

TEST_CASE("the cell in the row above the first one is padding, not a whole map") {
    const Loupe loupe = of_one_layer(layer("conv", LayerKind::Conv2d, 1, 3, 1, 1), {1, 2, 2}, {1, 2, 3, 4});
    REQUIRE(loupe.terms.size() == 9);
    CHECK(loupe.terms[0].place == Place{kInputLayer, 0, -1, -1});
    CHECK(loupe.terms[0].padding);
    CHECK(loupe.terms[3].padding);
    CHECK_FALSE(loupe.terms[4].padding);
    CHECK(loupe.terms[4].input == 1.0F);
    CHECK(loupe.terms[8].input == 4.0F);
    for (std::size_t i = 0; i < loupe.largest_count; ++i)
        CHECK_FALSE(loupe.terms[static_cast<std::size_t>(loupe.largest[i])].padding);
    CHECK(loupe.largest_count == 4);
}

TEST_CASE("a layer without a bias has none in its loupe") {
    LayerSpec conv = layer("conv", LayerKind::Conv2d, 2, 2);
    conv.bias = false;
    const Loupe loupe = of_one_layer(conv, {1, 3, 3}, std::vector<float>(9, 1.0F));
    CHECK_FALSE(loupe.has_bias);
    CHECK(loupe.bias == 0.0F);
    CHECK(loupe.total == loupe.sum);
}

TEST_CASE("a linear layer on flattened maps sums up by map, and knows its largest products in order") {
    CapturedNetwork net({3, 4, 5}, {layer("relu", LayerKind::ReLU), layer("dropout", LayerKind::Dropout),
                                    layer("flatten", LayerKind::Flatten), layer("fc", LayerKind::Linear, 7)});
    net.put_random(9);
    const LayerId fc = net.id("fc");
    const std::vector<float> input = net.values(activation(net.id("flatten")));
    const std::vector<float> weight = net.values({TensorKind::Weight, fc});
    for (std::int64_t unit = 0; unit < 7; ++unit) {
        const Loupe loupe = explained(net, {fc, unit});
        const double dot = std::inner_product(input.begin(), input.end(), weight.begin() + unit * 60, 0.0);
        REQUIRE(loupe.terms.size() == 60);
        REQUIRE(loupe.sum == Approx(dot).margin(1e-6));
        REQUIRE(loupe.channels.size() == 3);
        REQUIRE(loupe.channels[1].sum ==
                Approx(std::inner_product(input.begin() + 20, input.begin() + 40, weight.begin() + unit * 60 + 20, 0.0))
                    .margin(1e-6));
        REQUIRE(loupe.terms[33].place == Place{net.id("flatten"), 33});
        // 33 = (1 * 4 + 2) * 5 + 3, C,H,W; relu is where the number came from, before flatten and dropout.
        REQUIRE(origin_of(net.network, loupe.terms[33].place) == Place{net.id("relu"), 1, 2, 3});

        std::vector<float> sizes;
        for (const LoupeTerm& term : loupe.terms) sizes.push_back(std::abs(term.product));
        std::sort(sizes.rbegin(), sizes.rend());
        REQUIRE(loupe.largest_count == Loupe::kLargest);
        for (std::size_t i = 0; i < loupe.largest_count; ++i)
            REQUIRE(std::abs(loupe.terms[static_cast<std::size_t>(loupe.largest[i])].product) == sizes[i]);
    }
}

TEST_CASE(
    "a linear layer behind another one has no maps to sum up by, and a product that is not a number comes first") {
    CapturedNetwork net({1, 1, 4}, {layer("flatten", LayerKind::Flatten), layer("fc1", LayerKind::Linear, 5),
                                    layer("fc2", LayerKind::Linear, 3)});
    net.put_random(9);
    net.put(activation(net.id("fc1")), {1, 2, 3, kNan, 4});
    std::vector<float> weight(15, 0.0F);
    std::fill_n(weight.begin() + 5, 5, 1.0F);
    weight[5] = kInfinity;
    net.put({TensorKind::Weight, net.id("fc2")}, weight);
    const Loupe loupe = explained(net, {net.id("fc2"), 1});
    CHECK(loupe.channels.empty());
    REQUIRE(loupe.largest_count == 5);
    CHECK(std::vector(loupe.largest.begin(), loupe.largest.begin() + 5) == std::vector<std::int64_t>{3, 0, 4, 2, 1});
    CHECK(std::isnan(loupe.total));
    CHECK_FALSE(loupe.agrees());  // what is shown is a number
}

TEST_CASE("the largest of a window wins, the first of equals, and padding never") {
    const auto winner = [](std::vector<float> input) {
        return of_one_layer(layer("pool", LayerKind::MaxPool2d, 0, 3, 1, 1), {1, 2, 2}, std::move(input));
    };
    const Loupe negative = winner({-4, -3, -3, -9});
    CHECK(negative.total == -3.0F);
    CHECK(negative.terms.size() == 9);
    CHECK(negative.terms[static_cast<std::size_t>(negative.chosen)].place == Place{kInputLayer, 0, 0, 1});
    CHECK(negative.terms[static_cast<std::size_t>(negative.chosen)].product == -3.0F);
    CHECK(winner({-kInfinity, -kInfinity, -kInfinity, -kInfinity}).total == -kInfinity);
    CHECK(std::isnan(winner({1, kNan, 3, 4}).total));
    CHECK(winner({1, 2, kInfinity, 4}).total == kInfinity);
}

TEST_CASE("an average counts the padding as zeros, and an adaptive one divides as PyTorch does") {
    const Loupe corner = of_one_layer(layer("pool", LayerKind::AvgPool2d, 0, 2, 1, 1), {1, 2, 2}, {3, 5, 7, 9});
    CHECK(corner.total == 0.75F);  // one pixel of four cells
    CHECK(corner.terms[3].weight == 0.25F);

    // 7 rows to 3: rows 0 to 2, 2 to 4, 4 to 6; 5 columns to 3: columns 0 to 1, 1 to 3, 3 to 4.
    std::vector<float> input(35);
    std::iota(input.begin(), input.end(), 0.0F);
    const LayerSpec adaptive = layer("pool", LayerKind::AdaptiveAvgPool2d, 3);
    const Loupe middle = of_one_layer(adaptive, {1, 7, 5}, input, {LayerId{0}, 0, 1, 1});
    CHECK(middle.window_rows == 3);
    CHECK(middle.window_columns == 3);
    CHECK(middle.total == Approx(17.0F));  // the mean of rows 2 to 4 (10, 15, 20), columns 1 to 3
    const Loupe last = of_one_layer(adaptive, {1, 7, 5}, input, {LayerId{0}, 0, 2, 2});
    CHECK(last.window_columns == 2);
    CHECK(last.total == Approx(28.5F));
}

TEST_CASE("batch norm takes the running values of its own channel, on maps and on vectors") {
    const bool flat = GENERATE(false, true);
    LayerSpec norm = layer("norm", LayerKind::BatchNorm);
    norm.epsilon = 0.25;
    std::vector<LayerSpec> layers = {norm};
    if (flat) layers = {layer("flatten", LayerKind::Flatten), norm, layer("fc", LayerKind::Linear, 2)};
    CapturedNetwork net({2, 1, 1}, layers, !flat);
    net.put_random(1);
    const LayerId id = net.id("norm");
    net.put(flat ? activation(net.id("flatten")) : kInput, {100, 7});
    net.put({TensorKind::RunningMean, id}, {0, 4});
    net.put({TensorKind::RunningVariance, id}, {1, 2});
    net.put({TensorKind::Weight, id}, {1, 10});
    net.put({TensorKind::Bias, id}, {0, 0.5F});
    net.put(activation(id), {0, 20.5F});
    const Loupe loupe = explained(net, {id, 1});
    CHECK(loupe.normalisation.mean == 4.0F);
    CHECK(loupe.normalisation.variance == 2.0F);
    CHECK(loupe.normalisation.epsilon == 0.25F);
    CHECK(loupe.normalisation.normalised == 2.0F);  // 3 / 1.5
    CHECK(loupe.normalisation.weight == 10.0F);
    CHECK(loupe.sum == 20.0F);
    CHECK(loupe.total == 20.5F);
    CHECK(loupe.difference == 0.0F);
    CHECK(loupe.agrees());
}

TEST_CASE("activations are those of textbooks, GELU is the exact one") {
    const auto at = [](LayerKind kind, float x) {
        LayerSpec spec = layer("act", kind);
        spec.negative_slope = 0.25;
        return of_one_layer(spec, {1, 1, 1}, {x}).total;
    };
    CHECK(at(LayerKind::ReLU, -2.0F) == 0.0F);
    CHECK(at(LayerKind::ReLU, 2.0F) == 2.0F);
    CHECK(at(LayerKind::LeakyReLU, -2.0F) == -0.5F);
    CHECK(at(LayerKind::LeakyReLU, 2.0F) == 2.0F);
    CHECK(at(LayerKind::GELU, 1.0F) == Approx(0.8413447461).epsilon(1e-6));  // tanh's approximation: 0.8411920
    CHECK(at(LayerKind::GELU, -1.0F) == Approx(-0.1586552539).epsilon(1e-6));
    CHECK(at(LayerKind::Sigmoid, 2.0F) == Approx(0.8807970780).epsilon(1e-6));
    CHECK(at(LayerKind::Tanh, 1.0F) == Approx(0.7615941560).epsilon(1e-6));
    CHECK(at(LayerKind::ELU, -1.0F) == Approx(-0.6321205588).epsilon(1e-6));
    CHECK(at(LayerKind::ELU, 2.0F) == 2.0F);
    CHECK(at(LayerKind::SiLU, 1.0F) == Approx(0.7310585786).epsilon(1e-6));
    CHECK(at(LayerKind::Softplus, 0.0F) == Approx(0.6931471806).epsilon(1e-6));
    CHECK(at(LayerKind::Softplus, 100.0F) == 100.0F);
    for (const LayerKindRow& row : layer_kinds())
        if (row.role == LayerRole::Activates || row.role == LayerRole::HandsOn) {
            INFO(row.name);
            CHECK(std::isnan(at(row.kind, kNan)));
        }
}

TEST_CASE("a softmax shares out 1, however large its inputs, and its logarithm is one") {
    const LayerKind kind = GENERATE(LayerKind::Softmax, LayerKind::LogSoftmax);
    CapturedNetwork net({2, 1, 1}, {layer("flatten", LayerKind::Flatten), layer("soft", kind)}, false);
    net.put_random(1);
    net.put(activation(LayerId{0}), {1001, 1000});
    const Loupe loupe = explained(net, {net.id("soft"), 1});
    const double share = 1.0 / (1.0 + std::exp(1.0));
    CHECK(loupe.total == Approx(kind == LayerKind::Softmax ? share : std::log(share)).epsilon(1e-6));
    CHECK(loupe.largest_input == 1001.0F);
    CHECK(loupe.sum == Approx(1.0 + std::exp(-1.0)).epsilon(1e-6));
    CHECK(loupe.chosen == 1);
    CHECK(loupe.terms[0].product == 1.0F);
    net.put(activation(LayerId{0}), {kInfinity, 0});
    CHECK(std::isnan(explained(net, {net.id("soft"), 0}).total));  // as in PyTorch: infinity over infinity
}

TEST_CASE("flatten and dropout hand a value on, a residual layer adds two") {
    LayerSpec residual = layer("residual", LayerKind::Residual);
    residual.body = {layer("tanh", LayerKind::Tanh)};
    CapturedNetwork net({2, 2, 2},
                        {layer("dropout", LayerKind::Dropout), residual, layer("flatten", LayerKind::Flatten),
                         layer("fc", LayerKind::Linear, 2)},
                        false);
    net.put_random(4);
    const Loupe dropped = explained(net, {net.id("dropout"), 1, 1, 0});
    CHECK(dropped.total == net.values(kInput)[6]);
    CHECK(dropped.arithmetic == Arithmetic::Copy);
    const Loupe added = explained(net, {net.id("residual"), 1, 0, 1});
    REQUIRE(added.terms.size() == 2);
    CHECK(added.terms[0].place == Place{net.id("residual.tanh"), 1, 0, 1});
    CHECK(added.terms[1].place == Place{net.id("dropout"), 1, 0, 1});
    CHECK(added.total ==
          Approx(net.values(activation(net.id("residual.tanh")))[5] + net.values(activation(net.id("dropout")))[5]));
    const Loupe flat = explained(net, {net.id("flatten"), 6});
    CHECK(flat.terms[0].place == Place{net.id("residual"), 1, 1, 0});
    CHECK(flat.total == net.values(activation(net.id("residual")))[6]);
}

TEST_CASE("without one of the tensors that it needs the loupe names that one, and with them alone it explains") {
    LayerSpec residual = layer("residual", LayerKind::Residual);
    residual.body = {layer("conv", LayerKind::Conv2d, 2, 3, 1, 1), layer("norm", LayerKind::BatchNorm)};
    CapturedNetwork all({2, 4, 4}, {residual, layer("pool", LayerKind::MaxPool2d, 0, 2, 2)});
    all.put_random(2);
    const Snapshot everything = all.snapshot;
    Loupe loupe;
    for (const LayerDescription& layer : all.network.layers) {
        const LoupeNeeds needs = loupe_needs(all.network, layer.id);
        CAPTURE(layer.spec.name);
        all.snapshot = everything;
        std::erase_if(all.snapshot.seen.captures, [&](const auto& capture) {
            return std::find(needs.begin(), needs.end(), capture->key) == needs.end();
        });
        REQUIRE(all.snapshot.seen.captures.size() == needs.size());
        explained(all, {layer.id});
        for (const TensorKey key : needs) {
            all.snapshot = everything;
            all.remove(key);
            explain(all.network, all.snapshot, {layer.id}, loupe);
            REQUIRE(loupe.problem.kind == CaptureProblem::Kind::Missing);
            REQUIRE(loupe.problem.key == key);
            REQUIRE(loupe.terms.empty());
        }
    }
    CHECK(loupe_needs(all.network, all.id("residual.norm")).size() == 6);
    CHECK(loupe_needs(all.network, LayerId{99}).size() == 0);
}

TEST_CASE("nothing is computed from tensors of different iterations, runs or networks") {
    CapturedNetwork net({1, 4, 4}, {layer("conv", LayerKind::Conv2d, 2, 3)});
    net.put_random(2);
    const TensorKey weight{TensorKind::Weight, LayerId{0}};
    const std::vector<float> weights = net.values(weight);
    Loupe loupe;
    const auto problem = [&] {
        explain(net.network, net.snapshot, {LayerId{0}}, loupe);
        CHECK(loupe.terms.empty());
        CHECK(loupe.problem.key == weight);
        return loupe.problem;
    };
    net.put(weight, weights, 4);
    CHECK(problem().kind == CaptureProblem::Kind::OtherIteration);
    CHECK(to_sentence(problem(), net.network) == "The weight of conv is of iteration 4, the rest of 5");
    net.put(weight, weights).run = RunId{2};
    CHECK(problem().kind == CaptureProblem::Kind::OtherIteration);
    CHECK(to_sentence(problem(), net.network) == "The weight of conv is of another run");
    net.put(weight, weights).shape = Shape{2, 1, 9};
    CHECK(problem().kind == CaptureProblem::Kind::OtherShape);
    net.put(weight, weights).values.pop_back();
    CHECK(problem().kind == CaptureProblem::Kind::OtherShape);
    net.put(weight, weights);
    explained(net, {LayerId{0}});
}

TEST_CASE("a place that the network does not have is refused") {
    CapturedNetwork net({1, 4, 4}, {layer("conv", LayerKind::Conv2d, 2, 3)});
    net.put_random(2);
    Loupe loupe;
    for (const Place& place : {Place{kInputLayer}, Place{LayerId{-7}}, Place{LayerId{99}}, Place{LayerId{0}, 2},
                               Place{LayerId{0}, -1}, Place{LayerId{0}, 0, 2, 0}, Place{LayerId{0}, 0, 0, 2},
                               Place{LayerId{0}, 0, -1, -1}, Place{net.id("end.fc"), 0, 0, 1}}) {
        explain(net.network, net.snapshot, place, loupe);
        CAPTURE(place.layer.index, place.channel, place.row, place.column);
        CHECK(loupe.problem.kind == CaptureProblem::Kind::NoSuchPlace);
    }
}

TEST_CASE("values that are no numbers agree with their like and with nothing else") {
    CapturedNetwork net({1, 1, 1}, {layer("relu", LayerKind::ReLU)});
    net.put_random(2);
    const auto agrees = [&](float input, float shown) {
        net.put(kInput, {input});
        net.put(activation(LayerId{0}), {shown});
        return explained(net, {LayerId{0}}).agrees();
    };
    CHECK(agrees(kNan, kNan));
    CHECK_FALSE(agrees(kNan, 0.0F));
    CHECK_FALSE(agrees(1.0F, kNan));
    CHECK(agrees(kInfinity, kInfinity));
    CHECK_FALSE(agrees(kInfinity, -kInfinity));
    CHECK_FALSE(agrees(kInfinity, 1.0F));
    CHECK(agrees(3.0F, std::nextafter(3.0F, 4.0F)));
    CHECK_FALSE(agrees(3.0F, 3.001F));
}

TEST_CASE("explaining one value after the other allocates nothing") {
    CapturedNetwork net({3, 8, 8}, {layer("conv", LayerKind::Conv2d, 4, 3, 1, 1), layer("relu", LayerKind::ReLU),
                                    layer("pool", LayerKind::MaxPool2d, 0, 2, 2)});
    net.put_random(2);
    Loupe loupe;
    const auto explain_all = [&] {
        for (const LayerDescription& layer : net.network.layers) explain(net.network, net.snapshot, {layer.id}, loupe);
    };
    explain_all();
    const std::int64_t before = test::allocations_of_this_thread();
    explain_all();
    REQUIRE(test::allocations_of_this_thread() == before);
    REQUIRE_FALSE(loupe.problem.any());
}

TEST_CASE("a layer goes on with the one layer that works on its values place by place") {
    LayerSpec residual = layer("residual", LayerKind::Residual);
    residual.body = {layer("inner", LayerKind::ReLU)};
    CapturedNetwork net({1, 4, 4}, {layer("conv", LayerKind::Conv2d, 2, 3), layer("norm", LayerKind::BatchNorm),
                                    layer("relu", LayerKind::ReLU), residual});
    CHECK(continuation_of(net.network, net.id("conv")) == net.id("norm"));
    CHECK(continuation_of(net.network, net.id("norm")) == net.id("relu"));
    CHECK(continuation_of(net.network, net.id("relu")) == kInputLayer);  // two layers take it
    CHECK(continuation_of(net.network, net.id("residual")) == kInputLayer);
}
