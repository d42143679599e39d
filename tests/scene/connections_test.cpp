#include "viz/scene/connections.h"
#include "viz/scene/loupe.h"

#include "tests/scene/captured_network.h"
#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"

#include <cmath>
#include <limits>
#include <map>

using namespace convscope;
using test::CapturedNetwork;
using test::layer;

namespace {

constexpr std::size_t kAll = 1'000'000;

std::vector<Connection> connections(const CapturedNetwork& net, const Place& of, Direction direction,
                                    std::size_t limit = kAll) {
    std::vector<Connection> into;
    const CaptureProblem problem = strongest_connections(net.network, net.snapshot, of, direction, limit, into);
    CAPTURE(to_sentence(problem, net.network));
    REQUIRE_FALSE(problem.any());
    return into;
}

std::map<Place, double> by_place(const std::vector<Connection>& list) {
    std::map<Place, double> map;
    for (const Connection& connection : list) {
        REQUIRE(map.count(connection.place) == 0);
        map[connection.place] = static_cast<double>(connection.strength);
    }
    return map;
}

Place map_of(LayerId layer, std::int64_t channel) { return {layer, channel, Place::kWholeMap, Place::kWholeMap}; }

void check_near(const std::map<Place, double>& given, const std::map<Place, double>& expected) {
    REQUIRE(given.size() == expected.size());
    for (const auto& [place, strength] : expected) {
        CAPTURE(place.layer.index, place.channel, place.row, place.column);
        REQUIRE(given.count(place) == 1);
        REQUIRE(given.at(place) == Approx(strength).margin(1e-6));
    }
}

// What the total of a window's mean or largest of 0 and 1s says about who is in it: each input value in turn is 1.
std::map<Place, std::map<Place, double>> slopes_of_pooling(const LayerDescription& pool) {
    std::map<Place, std::map<Place, double>> slopes;  // by input, by output
    const Shape& in = pool.input_shape;
    const Shape& out = pool.output_shape;
    const bool adaptive = pool.spec.kind == LayerKind::AdaptiveAvgPool2d;
    const auto range = [&](std::int64_t i, std::int64_t in_size, std::int64_t out_size) {
        if (!adaptive) {
            const std::int64_t first = i * pool.spec.stride - pool.spec.padding;
            return std::pair(first, first + pool.spec.kernel_size);
        }
        const double share = static_cast<double>(in_size) / static_cast<double>(out_size);
        return std::pair(static_cast<std::int64_t>(std::floor(static_cast<double>(i) * share + 1e-9)),
                         static_cast<std::int64_t>(std::ceil(static_cast<double>(i + 1) * share - 1e-9)));
    };
    for (std::int64_t c = 0; c < in[0]; ++c)
        for (std::int64_t row = 0; row < out[1]; ++row)
            for (std::int64_t column = 0; column < out[2]; ++column) {
                const auto [top, bottom] = range(row, in[1], out[1]);
                const auto [left, right] = range(column, in[2], out[2]);
                const double slope = pool.spec.kind == LayerKind::MaxPool2d
                                         ? 1.0
                                         : 1.0 / static_cast<double>((bottom - top) * (right - left));
                for (std::int64_t y = std::max<std::int64_t>(top, 0); y < std::min(bottom, in[1]); ++y)
                    for (std::int64_t x = std::max<std::int64_t>(left, 0); x < std::min(right, in[2]); ++x)
                        slopes[{kInputLayer, c, y, x}][{pool.id, c, row, column}] = slope;
            }
    return slopes;
}

}  // namespace

TEST_CASE("a value's connections through a convolution are what an impulse at each pixel reaches") {
    for (const LayerSpec& spec : test::various_convolutions()) {
        CAPTURE(spec.stride, spec.padding, spec.dilation, spec.groups);
        CapturedNetwork net({4, 9, 8}, {spec});
        net.put_random(3);
        const LayerDescription& conv = net["conv"];
        const std::vector<float> weight = net.values({TensorKind::Weight, conv.id});
        std::map<Place, std::map<Place, double>> of_outputs;
        for (std::int64_t i = 0; i < 4 * 9 * 8; ++i) {
            std::vector<float> impulse(4 * 9 * 8, 0.0F);
            impulse[static_cast<std::size_t>(i)] = 1.0F;
            const std::vector<double> response = test::scatter_convolution(conv, impulse, weight);
            const Place pixel = place_at(kInputLayer, net.network.input_shape, i);
            std::map<Place, double> reached;
            for (std::int64_t o = 0; o < conv.output_shape.element_count(); ++o)
                if (const double slope = response[static_cast<std::size_t>(o)]; slope != 0.0) {
                    const Place output = place_at(conv.id, conv.output_shape, o);
                    reached[output] = of_outputs[output][pixel] = slope;
                }
            check_near(by_place(connections(net, pixel, Direction::Downstream)), reached);
        }
        for (std::int64_t o = 0; o < conv.output_shape.element_count(); ++o) {
            const Place output = place_at(conv.id, conv.output_shape, o);
            check_near(by_place(connections(net, output, Direction::Upstream)), of_outputs[output]);
        }
    }
}

TEST_CASE("a value's connections through a pooling are the windows it is in") {
    for (const LayerSpec& spec :
         {layer("pool", LayerKind::MaxPool2d, 0, 3, 2, 1), layer("pool", LayerKind::AvgPool2d, 0, 3, 2, 1),
          layer("pool", LayerKind::AvgPool2d, 0, 2, 3), layer("pool", LayerKind::AdaptiveAvgPool2d, 4)}) {
        CapturedNetwork net({2, 7, 10}, {spec});
        const LayerDescription& pool = net["pool"];
        const auto slopes = slopes_of_pooling(pool);
        std::map<Place, std::map<Place, double>> of_outputs;
        for (std::int64_t i = 0; i < 2 * 7 * 10; ++i) {
            const Place pixel = place_at(kInputLayer, net.network.input_shape, i);
            const auto reached = slopes.count(pixel) ? slopes.at(pixel) : std::map<Place, double>{};
            check_near(by_place(connections(net, pixel, Direction::Downstream)), reached);
            for (const auto& [output, slope] : reached) of_outputs[output][pixel] = slope;
        }
        for (const auto& [output, from] : of_outputs)
            check_near(by_place(connections(net, output, Direction::Upstream)), from);
        check_near(by_place(connections(net, map_of(pool.id, 1), Direction::Upstream)),
                   {{map_of(kInputLayer, 1), 1.0}});
        check_near(by_place(connections(net, map_of(kInputLayer, 1), Direction::Downstream)),
                   {{map_of(pool.id, 1), 1.0}});
    }
}

TEST_CASE("connections of layers that spread, mix, pad, join or add values are the slopes of what the loupe adds up") {
    const auto with = [](LayerSpec spec, auto change) {
        change(spec);
        return spec;
    };
    const auto spread = [&](std::int64_t kernel, std::int64_t stride, std::int64_t padding, std::int64_t more,
                            std::int64_t dilation, std::int64_t groups) {
        return with(layer("it", LayerKind::ConvTranspose2d, 6, kernel, stride, padding, dilation, groups),
                    [&](LayerSpec& spec) {
                        spec.output_padding = more;
                        spec.bias = false;
                    });
    };
    const auto joint = [&](LayerKind kind, std::vector<std::string> inputs) {
        return with(layer("it", kind), [&](LayerSpec& spec) { spec.inputs = std::move(inputs); });
    };
    for (const LayerSpec& spec :
         {spread(3, 2, 1, 1, 1, 1), spread(2, 3, 0, 2, 1, 2), spread(3, 2, 2, 0, 3, 1), spread(1, 2, 0, 0, 1, 2),
          layer("it", LayerKind::Upsample),
          with(layer("it", LayerKind::Upsample), [](LayerSpec& one) { one.scale = 3; }),
          with(layer("it", LayerKind::Upsample), [](LayerSpec& one) { one.bilinear = true; }),
          layer("it", LayerKind::PadChannels, 7, 0, 2),
          with(layer("it", LayerKind::PadChannels, 5), [](LayerSpec& one) { one.zeros_behind = true; }),
          joint(LayerKind::Concatenate, {"input", "input"}), joint(LayerKind::Add, {"input", "input", "input"})}) {
        CAPTURE(to_string(spec.kind), spec.kernel_size, spec.stride, spec.groups, spec.bilinear);
        CapturedNetwork net({4, 4, 3}, {spec});
        net.put_random(3);
        const LayerDescription& it = net["it"];
        std::map<Place, std::map<Place, double>> of_outputs;
        Loupe loupe;
        for (std::int64_t i = 0; i < 4 * 4 * 3; ++i) {
            std::vector<float> impulse(4 * 4 * 3, 0.0F);
            impulse[static_cast<std::size_t>(i)] = 1.0F;
            net.put({TensorKind::Input, kInputLayer}, impulse);
            const Place pixel = place_at(kInputLayer, net.network.input_shape, i);
            std::map<Place, double> reached;
            for (std::int64_t o = 0; o < it.output_shape.element_count(); ++o) {
                const Place output = place_at(it.id, it.output_shape, o);
                explain(net.network, net.snapshot, output, loupe);
                if (loupe.total != 0.0F) reached[output] = of_outputs[output][pixel] = static_cast<double>(loupe.total);
            }
            check_near(by_place(connections(net, pixel, Direction::Downstream)), reached);
        }
        for (std::int64_t o = 0; o < it.output_shape.element_count(); ++o) {
            const Place output = place_at(it.id, it.output_shape, o);
            check_near(by_place(connections(net, output, Direction::Upstream)), of_outputs[output]);
        }
    }
}

TEST_CASE("whole maps lead through joints and padded channels to the map that they become") {
    LayerSpec join = layer("join", LayerKind::Concatenate), pad = layer("pad", LayerKind::PadChannels, 6, 0, 2);
    LayerSpec small = layer("small", LayerKind::MaxPool2d, 0, 2, 2);
    LayerSpec again = layer("again", LayerKind::Upsample);
    join.inputs = {"small", "pad"};
    pad.inputs = {"input"};
    const CapturedNetwork net({2, 4, 4}, {small, pad, join, again});
    check_near(by_place(connections(net, map_of(net.id("pad"), 3), Direction::Downstream)),
               {{map_of(net.id("join"), 5), 1.0}});
    check_near(by_place(connections(net, map_of(net.id("join"), 4), Direction::Upstream)),
               {{map_of(net.id("pad"), 2), 1.0}});
    check_near(by_place(connections(net, map_of(net.id("pad"), 3), Direction::Upstream)),
               {{map_of(kInputLayer, 1), 1.0}});
    check_near(by_place(connections(net, map_of(net.id("pad"), 0), Direction::Upstream)), {});  // of zeros
    check_near(by_place(connections(net, map_of(net.id("again"), 7), Direction::Upstream)),
               {{map_of(net.id("join"), 7), 1.0}});
}

TEST_CASE("whole maps are connected by the norm of their kernel with the sign of its sum, within their group") {
    CapturedNetwork net({4, 5, 5}, {layer("conv", LayerKind::Conv2d, 2, 2, 1, 0, 1, 2)});
    // Two kernels of 2x2 for each output: 0 sees channels 0 and 1, 1 sees 2 and 3.
    net.put({TensorKind::Weight, LayerId{0}}, {1, 1, -3, 0, /**/ 4, -4, 2, 0, /**/ 0, 0, 0, 2, /**/ -1, 1, 0, 0});
    check_near(by_place(connections(net, map_of(LayerId{0}, 0), Direction::Upstream)),
               {{map_of(kInputLayer, 0), -std::sqrt(11.0)}, {map_of(kInputLayer, 1), 6.0}});
    check_near(by_place(connections(net, map_of(kInputLayer, 3), Direction::Downstream)),
               {{map_of(LayerId{0}, 1), std::sqrt(2.0)}});
}

TEST_CASE("a linear unit is connected to the values that were flattened into it, or to their whole maps") {
    CapturedNetwork net({2, 2, 2},
                        {layer("relu", LayerKind::ReLU), layer("dropout", LayerKind::Dropout),
                         layer("flatten", LayerKind::Flatten), layer("fc", LayerKind::Linear, 2)},
                        false);
    const LayerId relu = net.id("relu");
    const LayerId fc = net.id("fc");
    net.put({TensorKind::Weight, fc}, {1, 2, 3, 4, 5, 6, 7, 8, /**/ 0, 3, 0, -4, 0, 0, 0, -1});
    const std::vector<Connection> values = connections(net, {fc, 0}, Direction::Upstream, 3);
    REQUIRE(values.size() == 3);
    CHECK(values[0].place == Place{relu, 1, 1, 1});
    CHECK(values[0].strength == 8.0F);
    CHECK(values[1].place == Place{relu, 1, 1, 0});
    CHECK(values[2].place == Place{relu, 1, 0, 1});
    check_near(by_place(connections(net, map_of(fc, 1), Direction::Upstream)),
               {{map_of(relu, 0), -5.0}, {map_of(relu, 1), -1.0}});
    check_near(by_place(connections(net, map_of(relu, 1), Direction::Downstream)),
               {{{fc, 0}, std::sqrt(174.0)}, {{fc, 1}, -1.0}});
    check_near(by_place(connections(net, {relu, 0, 1, 1}, Direction::Downstream)), {{{fc, 0}, 4.0}, {{fc, 1}, -4.0}});
    check_near(by_place(connections(net, map_of(kInputLayer, 0), Direction::Downstream)),
               {{{fc, 0}, std::sqrt(30.0)}, {{fc, 1}, -5.0}});
}

TEST_CASE("downstream goes through batch norm, whose slope may turn the sign, and activations to the layer behind") {
    LayerSpec norm = layer("norm", LayerKind::BatchNorm);
    norm.epsilon = 0.25;
    CapturedNetwork net({2, 3, 3}, {layer("relu", LayerKind::ReLU), norm, layer("gelu", LayerKind::GELU),
                                    layer("conv", LayerKind::Conv2d, 1, 1)});
    const LayerId id = net.id("norm");
    net.put({TensorKind::Weight, id}, {1, -3});
    net.put({TensorKind::RunningVariance, id}, {1, 2});
    net.put({TensorKind::Weight, net.id("conv")}, {7, 5});
    check_near(by_place(connections(net, {net.id("relu"), 1, 2, 0}, Direction::Downstream)),
               {{{net.id("conv"), 0, 2, 0}, -10.0}});
    check_near(by_place(connections(net, map_of(net.id("relu"), 1), Direction::Downstream)),
               {{map_of(net.id("conv"), 0), -10.0}});
    check_near(by_place(connections(net, {id, 1, 2, 0}, Direction::Upstream)), {{{net.id("relu"), 1, 2, 0}, -2.0}});
    check_near(by_place(connections(net, {net.id("gelu"), 1, 2, 0}, Direction::Upstream)), {{{id, 1, 2, 0}, 1.0}});
}

TEST_CASE("a flattened map ends at the units of a batch norm, and the network's last layer is an end") {
    CapturedNetwork net({2, 1, 2},
                        {layer("flatten", LayerKind::Flatten), layer("norm", LayerKind::BatchNorm),
                         layer("fc", LayerKind::Linear, 2), layer("relu", LayerKind::ReLU)},
                        false);
    net.put_random(3);
    const LayerId norm = net.id("norm");
    net.put({TensorKind::Weight, norm}, {1, 2, 3, 4});
    net.put({TensorKind::RunningVariance, norm}, {1, 1, 1, 1});
    check_near(by_place(connections(net, map_of(kInputLayer, 1), Direction::Downstream)),
               {{{norm, 2}, 3.0 / std::sqrt(1.00001)}, {{norm, 3}, 4.0 / std::sqrt(1.00001)}});
    check_near(by_place(connections(net, {net.id("fc"), 1}, Direction::Downstream)), {{{net.id("relu"), 1}, 1.0}});
    CHECK(connections(net, {net.id("relu"), 1}, Direction::Downstream).empty());
    CHECK(connections(net, {kInputLayer, 1}, Direction::Upstream).empty());
}

TEST_CASE("a norm of one picture's own values has a slope by each group's variance and each value's weight") {
    CapturedNetwork net(
        {2, 1, 2},
        {layer("flatten", LayerKind::Flatten), layer("norm", LayerKind::GroupNorm, 0, 0, 1, 0, 1, /*groups=*/2),
         layer("fc", LayerKind::Linear, 2)},
        false);
    net.put_random(3);
    const LayerId norm = net.id("norm");
    net.put({TensorKind::Weight, norm}, {1, 2, 3, 4});
    net.put({TensorKind::Activation, net.id("flatten")}, {1, 3, 10, 14});  // variances 1 and 4
    check_near(by_place(connections(net, map_of(kInputLayer, 0), Direction::Downstream)),
               {{{norm, 0}, 1.0 / std::sqrt(1.00001)}, {{norm, 1}, 2.0 / std::sqrt(1.00001)}});
    check_near(by_place(connections(net, map_of(kInputLayer, 1), Direction::Downstream)),
               {{{norm, 2}, 3.0 / std::sqrt(4.00001)}, {{norm, 3}, 4.0 / std::sqrt(4.00001)}});
    check_near(by_place(connections(net, {norm, 3}, Direction::Upstream)),
               {{{kInputLayer, 1, 0, 1}, 4.0 / std::sqrt(4.00001)}});
}

TEST_CASE("both paths of a residual layer lead to it, and both begin where it does") {
    LayerSpec residual = layer("residual", LayerKind::Residual);
    residual.body = {layer("conv", LayerKind::Conv2d, 2, 3, 1, 1), layer("relu", LayerKind::ReLU)};
    CapturedNetwork net({2, 4, 4}, {layer("first", LayerKind::Tanh), residual});
    net.put_random(1);
    const LayerId id = net.id("residual");
    check_near(by_place(connections(net, map_of(id, 1), Direction::Upstream)),
               {{map_of(net.id("residual.relu"), 1), 1.0}, {map_of(net.id("first"), 1), 1.0}});
    check_near(by_place(connections(net, {net.id("residual.conv"), 1, 2, 3}, Direction::Downstream)),
               {{{id, 1, 2, 3}, 1.0}});
    const auto from_first = by_place(connections(net, map_of(net.id("first"), 1), Direction::Downstream));
    CHECK(from_first.size() == 3);  // the convolution's two maps, and the sum
    CHECK(from_first.at(map_of(id, 1)) == 1.0);
    CHECK(from_first.count(map_of(net.id("residual.conv"), 0)) == 1);
}

TEST_CASE("a softmax's connections are its slopes, by finite differences") {
    const LayerKind kind = GENERATE(LayerKind::Softmax, LayerKind::LogSoftmax);
    CapturedNetwork net({2, 1, 1},
                        {layer("flatten", LayerKind::Flatten), layer("fc", LayerKind::Linear, 2), layer("soft", kind)},
                        false);
    const auto soft = [&](double a, double b) {
        const double p = std::exp(a) / (std::exp(a) + std::exp(b));
        return kind == LayerKind::Softmax ? p : std::log(p);
    };
    const LayerId fc = net.id("fc");
    const LayerId id = net.id("soft");
    net.put({TensorKind::Activation, id}, {static_cast<float>(soft(0.3, 1.1)), static_cast<float>(soft(1.1, 0.3))});
    constexpr double kStep = 1e-5;
    const double by_own = (soft(0.3 + kStep, 1.1) - soft(0.3 - kStep, 1.1)) / (2.0 * kStep);
    const double by_other = (soft(0.3, 1.1 + kStep) - soft(0.3, 1.1 - kStep)) / (2.0 * kStep);
    check_near(by_place(connections(net, {id, 0}, Direction::Upstream)), {{{fc, 0}, by_own}, {{fc, 1}, by_other}});
    const auto down = by_place(connections(net, {fc, 1}, Direction::Downstream));
    CHECK(down.at({id, 0}) == Approx(by_other).margin(1e-6));
}

TEST_CASE("the strongest come first whatever their sign, not-a-number before all, and no more than asked for") {
    CapturedNetwork net({1, 1, 6}, {layer("flatten", LayerKind::Flatten), layer("fc", LayerKind::Linear, 2)}, false);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    net.put({TensorKind::Weight, net.id("fc")}, {1, -5, nan, 5, -infinity, 0, /**/ 0, 0, 0, 0, 0, 0});
    std::vector<std::int64_t> columns;
    for (const Connection& connection : connections(net, {net.id("fc"), 0}, Direction::Upstream))
        columns.push_back(connection.place.column);
    CHECK(columns == std::vector<std::int64_t>{2, 4, 1, 3, 0, 5});  // of equals, the first
    for (const std::size_t limit : {0U, 1U, 3U, 6U, 7U}) {
        const auto some = connections(net, {net.id("fc"), 0}, Direction::Upstream, limit);
        REQUIRE(some.size() == std::min<std::size_t>(limit, 6));
        for (std::size_t i = 0; i < some.size(); ++i) CHECK(some[i].place.column == columns[i]);
    }
}

TEST_CASE("connections need what is watched for them and nothing else, of one iteration") {
    LayerSpec residual = layer("residual", LayerKind::Residual);
    residual.body = {layer("conv", LayerKind::Conv2d, 2, 3, 1, 1), layer("norm", LayerKind::BatchNorm)};
    CapturedNetwork all(
        {2, 4, 4},
        {layer("pool", LayerKind::MaxPool2d, 0, 2, 2), residual, layer("norm", LayerKind::BatchNorm),
         layer("flatten", LayerKind::Flatten), layer("fc", LayerKind::Linear, 2), layer("softmax", LayerKind::Softmax)},
        false);
    all.put_random(2);
    const Snapshot everything = all.snapshot;
    std::vector<Connection> into;
    std::vector<LayerId> layers = {kInputLayer};
    for (const LayerDescription& layer : all.network.layers) layers.push_back(layer.id);
    for (const LayerId layer : layers)
        for (const Direction direction : {Direction::Upstream, Direction::Downstream}) {
            CAPTURE(layer.index, static_cast<int>(direction));
            WatchSet watch;
            watch_connections(all.network, layer, direction, watch);
            all.snapshot = everything;
            std::erase_if(all.snapshot.seen.captures,
                          [&](const auto& capture) { return !watch.contains(capture->key); });
            connections(all, {layer}, direction);
            if (output_shape(all.network, layer).rank() == 3) connections(all, map_of(layer, 0), direction);
            for (const TensorKey key : watch.tensors) {
                all.snapshot = everything;
                all.remove(key);
                CaptureProblem problem =
                    strongest_connections(all.network, all.snapshot, {layer}, direction, kAll, into);
                REQUIRE(problem.kind == CaptureProblem::Kind::Missing);
                REQUIRE(problem.key == key);
                REQUIRE(into.empty());
                if (watch.tensors.size() == 1) continue;
                all.put(key, everything.find(key)->values, 4);
                problem = strongest_connections(all.network, all.snapshot, {layer}, direction, kAll, into);
                REQUIRE(problem.kind == CaptureProblem::Kind::OtherIteration);
                REQUIRE(into.empty());
            }
        }
}

TEST_CASE("connections of a place that the network does not have are refused") {
    CapturedNetwork net({1, 4, 4}, {layer("conv", LayerKind::Conv2d, 2, 3)});
    net.put_random(1);
    std::vector<Connection> into;
    for (const Place& place : {Place{LayerId{-2}}, Place{LayerId{99}}, Place{LayerId{0}, 2}, map_of(LayerId{0}, 2),
                               map_of(LayerId{0}, -1), Place{LayerId{0}, 0, 2, 0}, Place{kInputLayer, 1}})
        for (const Direction direction : {Direction::Upstream, Direction::Downstream})
            CHECK(strongest_connections(net.network, net.snapshot, place, direction, 5, into).kind ==
                  CaptureProblem::Kind::NoSuchPlace);
}

TEST_CASE("finding connections again allocates nothing") {
    CapturedNetwork net({3, 8, 8}, {layer("conv", LayerKind::Conv2d, 4, 3, 1, 1), layer("relu", LayerKind::ReLU),
                                    layer("pool", LayerKind::MaxPool2d, 0, 2, 2)});
    net.put_random(2);
    std::vector<Connection> into;
    const auto find_all = [&] {
        for (const LayerDescription& layer : net.network.layers)
            for (const Direction direction : {Direction::Upstream, Direction::Downstream})
                for (const Place& place : {Place{layer.id}, map_of(layer.id, 0)})
                    strongest_connections(net.network, net.snapshot, place, direction, 12, into);
    };
    find_all();
    const std::int64_t before = test::allocations_of_this_thread();
    find_all();
    REQUIRE(test::allocations_of_this_thread() == before);
}
