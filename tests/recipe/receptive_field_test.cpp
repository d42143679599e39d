// The formula's receptive fields against what really depends on what: one pixel at a time is marked and the mark sent
// through the windows. Kernels are square, so one dimension tells all.
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_library.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace convscope;

namespace {

using Marks = std::vector<bool>;

Marks through(const LayerDescription& layer, const Marks& input) {
    const LayerSpec& spec = layer.spec;
    Marks output(static_cast<std::size_t>(layer.output_shape[2]), false);
    const auto size = static_cast<std::int64_t>(input.size());
    const auto outputs = static_cast<std::int64_t>(output.size());
    for (std::int64_t o = 0; o < outputs; ++o) {
        const auto look_at = [&](std::int64_t i) {
            if (i >= 0 && i < size && input[static_cast<std::size_t>(i)]) output[static_cast<std::size_t>(o)] = true;
        };
        if (spec.kind == LayerKind::AdaptiveAvgPool2d)
            for (std::int64_t i = o * size / outputs; i * outputs < (o + 1) * size; ++i) look_at(i);
        else if (spec.kernel_size == 0)
            look_at(o);
        for (std::int64_t k = 0; k < spec.kernel_size; ++k) look_at(o * spec.stride - spec.padding + k * spec.dilation);
    }
    return output;
}

// First and last pixel that each output of layer `depth` depends on.
struct Span {
    std::int64_t first = INT64_MAX;
    std::int64_t last = -1;
};
std::vector<Span> spans_at(const NetworkDescription& network, std::size_t depth) {
    std::vector<Span> spans(static_cast<std::size_t>(network.layers[depth].output_shape[2]));
    for (std::int64_t pixel = 0; pixel < network.input_shape[2]; ++pixel) {
        Marks marks(static_cast<std::size_t>(network.input_shape[2]), false);
        marks[static_cast<std::size_t>(pixel)] = true;
        std::vector<Marks> outputs;  // of each layer; a residual layer takes two
        for (std::size_t i = 0; i <= depth; ++i) {
            Marks reached(static_cast<std::size_t>(network.layers[i].output_shape[2]), false);
            for (const LayerId input : network.layers[i].inputs) {
                const Marks one = through(
                    network.layers[i], input == kInputLayer ? marks : outputs[static_cast<std::size_t>(input.index)]);
                for (std::size_t o = 0; o < one.size(); ++o) reached[o] = reached[o] || one[o];
            }
            outputs.push_back(std::move(reached));
        }
        marks = outputs.back();
        for (std::size_t o = 0; o < marks.size(); ++o)
            if (marks[o]) spans[o] = {std::min(spans[o].first, pixel), std::max(spans[o].last, pixel)};
    }
    return spans;
}

void check_against_marks(const NetworkDescription& network) {
    for (std::size_t depth = 0; depth < network.layers.size() && network.layers[depth].has_maps(); ++depth) {
        const ReceptiveField& field = network.layers[depth].receptive_field;
        CHECK_FALSE(field.whole_input);
        const std::vector<Span> spans = spans_at(network, depth);
        std::int64_t inside = 0;  // outputs whose field lies within the image, where the formula must be exact
        for (std::size_t o = 0; o < spans.size(); ++o) {
            const std::int64_t first = field.offset + static_cast<std::int64_t>(o) * field.stride;
            const std::int64_t last = first + field.size - 1;
            INFO("layer " << network.layers[depth].spec.name << ", output " << o);
            CHECK(spans[o].first >= first);
            CHECK(spans[o].last <= last);
            if (first < 0 || last >= network.input_shape[2]) continue;
            ++inside;
            CHECK(spans[o].first == first);
            CHECK(spans[o].last == last);
        }
        if (field.size <= network.input_shape[2] / 2) CHECK(inside > 0);
    }
}

}  // namespace

TEST_CASE("receptive fields of the built-in recipes are those that marked pixels show") {
    for (const EmbeddedRecipe& recipe : recipes())
        check_against_marks(plan_network(find_recipe(recipe.name()).value()).value());
}

TEST_CASE("receptive fields with strides, paddings and gaps are those that marked pixels show") {
    Recipe recipe;
    recipe.input_height = recipe.input_width = 160;
    recipe.layers = {
        {.name = "conv1", .kind = LayerKind::Conv2d, .output_size = 2, .kernel_size = 5, .stride = 2, .padding = 2},
        {.name = "pool1", .kind = LayerKind::MaxPool2d, .kernel_size = 3, .stride = 2, .padding = 1},
        {.name = "conv2", .kind = LayerKind::Conv2d, .output_size = 2, .kernel_size = 1, .stride = 3},
        {.name = "relu", .kind = LayerKind::ReLU},
        {.name = "conv3", .kind = LayerKind::Conv2d, .output_size = 2, .kernel_size = 4, .padding = 3},
        {.name = "pool2", .kind = LayerKind::AvgPool2d, .kernel_size = 2, .stride = 1},
        {.name = "flat", .kind = LayerKind::Flatten},
        {.name = "fc", .kind = LayerKind::Linear, .output_size = 10}};
    const auto network = plan_network(recipe);
    if (!network) FAIL(network.error().message);
    check_against_marks(network.value());
}

TEST_CASE("behind a linear layer every value sees the whole input, behind a flatten only what its map saw") {
    const NetworkDescription network = plan_network(find_recipe("wide-cnn").value()).value();
    CHECK(network.find("flatten")->receptive_field.size == network.find("relu2")->receptive_field.size);
    CHECK_FALSE(network.find("flatten")->receptive_field.whole_input);
    for (const char* name : {"fc1", "relu3", "fc2"}) CHECK(network.find(name)->receptive_field.whole_input);
    CHECK(network.find("fc1")->receptive_field.size == 28);
}
