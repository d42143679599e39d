// What is said of one unit's filter.
#include "viz/view/unit_facts.h"
#include "tests/support/catch.h"
#include "viz/view/diagnosis_evidence.h"

#include <cmath>
#include <vector>

using namespace convscope;

namespace {

LayerDescription layer(int index, LayerKind kind, std::vector<LayerId> inputs) {
    LayerDescription described;
    described.id = LayerId{index};
    described.spec.kind = kind;
    described.inputs = std::move(inputs);
    described.output_shape = {3, 4, 4};
    return described;
}

TensorCapture weights_of(std::vector<float> values, std::int64_t filters) {
    TensorCapture capture;
    const auto size = static_cast<std::int64_t>(values.size()) / filters;
    capture.shape = {filters, size / 9, 3, 3};
    capture.values = std::move(values);
    return capture;
}

TopPatches patches(std::size_t layers, float of_unit_1) {
    TopPatches found;
    found.pictures = 100;
    for (std::size_t i = 0; i < layers; ++i) {
        TopPatches::OfLayer& of = found.layers.emplace_back();
        of.counts.assign(3, 1);
        of.most.assign(3 * TopPatches::kMost, TopPatch{.picture = 0, .value = 1.0F});
        of.least = of.most;
        of.most[TopPatches::kMost].value = of_unit_1;
    }
    return found;
}

}  // namespace

TEST_CASE(
    "a unit is dead where its rectifier passes none of the test pictures on, whichever of its layers is looked at") {
    NetworkDescription network;
    network.layers = {layer(0, LayerKind::Conv2d, {kInputLayer}), layer(1, LayerKind::BatchNorm, {LayerId{0}}),
                      layer(2, LayerKind::ReLU, {LayerId{1}}), layer(3, LayerKind::Conv2d, {LayerId{2}}),
                      layer(4, LayerKind::Tanh, {LayerId{3}})};
    for (int i = 0; i < 3; ++i) {
        CHECK(is_dead(network, patches(5, 0.0F), LayerId{i}, 1));
        CHECK_FALSE(is_dead(network, patches(5, 0.001F), LayerId{i}, 1));
        CHECK_FALSE(is_dead(network, patches(5, 0.0F), LayerId{i}, 0));
    }
    CHECK_FALSE(is_dead(network, patches(5, 0.0F), LayerId{3}, 1));  // tanh is never dead
    CHECK_FALSE(is_dead(network, patches(5, 0.0F), LayerId{9}, 1));
    network.layers.push_back(layer(5, LayerKind::Conv2d, {LayerId{0}}));  // takes the first one's values too
    CHECK(rectifier_of(network, LayerId{0}) == kInputLayer);
}

TEST_CASE("a filter is its own part of the weights, where these lie by output") {
    LayerDescription conv = layer(0, LayerKind::Conv2d, {kInputLayer});
    TensorCapture capture = weights_of(std::vector<float>(27, 1.0F), 3);
    capture.values[9] = 2.0F;
    CHECK(filter_of(conv, &capture, 1).size() == 9);
    CHECK(filter_of(conv, &capture, 1)[0] == 2.0F);
    CHECK(norm_of(filter_of(conv, &capture, 0)) == 3.0);
    CHECK(filter_of(conv, &capture, 3).empty());
    CHECK(filter_of(conv, nullptr, 0).empty());
    CHECK(std::isnan(norm_of({})));
    conv.spec.kind = LayerKind::ConvTranspose2d;
    CHECK(filter_of(conv, &capture, 1).empty());
}

TEST_CASE("a double is the filter that points the same way, however long it is") {
    std::vector<float> values;
    for (int i = 0; i < 9; ++i) values.push_back(static_cast<float>(i) - 4.0F);
    for (int i = 0; i < 9; ++i) values.push_back(static_cast<float>(i % 2));
    for (int i = 0; i < 9; ++i) values.push_back(3.0F * (static_cast<float>(i) - 4.0F));
    const TensorCapture capture = weights_of(values, 3);
    CHECK(double_of(capture, 0).filter == 2);
    CHECK(double_of(capture, 0).cosine == Approx(1.0));
    CHECK(double_of(capture, 1).filter == -1);
    CHECK(double_of(capture, 3).filter == -1);
}

TEST_CASE("the strongest input is that whose kernel is longest now") {
    FilterBiography biography;
    biography.shape = {2, 1, 2};
    biography.moments = {{.weights = {9.0F, 9.0F, 0.0F, 0.0F}}, {.weights = {0.0F, 1.0F, -2.0F, 0.0F}}};
    CHECK(strongest_input(biography) == 1);
    CHECK(strongest_input({}) == 0);
}
