// Why a network gives its answer, against finite differences, sums that have to come out, and pictures that are covered
// by hand.
#include "engine/train/explaining.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_library.h"
#include "engine/train/initial_weights.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <chrono>
#include <cmath>
#include <numeric>
#include <set>

using namespace convscope;
using enum ExplanationMethod;

namespace {

// A network that has learned a little, and a picture.
struct Asked {
    TorchTrainer trainer{{.data = make_toy_dataset(200, 70), .threads = 1, .device = "cpu"}};
    std::shared_ptr<const RunInfo> info;
    torch::Tensor picture, black;

    explicit Asked(const Recipe& recipe, int iterations = 20) {
        info = trainer.start({RunId{1}, recipe, 4}).value();
        for (int i = 0; i < iterations; ++i) trainer.train_iteration();
        const auto map = answer({.method = Saliency});
        picture = tensor_of(*map->picture).unsqueeze(0);
        // The preprocessing of a byte of 0.
        black = torch::empty_like(picture);
        for (std::int64_t c = 0; c < picture.size(1); ++c)
            black.select(1, c).fill_(-recipe.mean_of(c) / recipe.deviation_of(c));
    }
    static torch::Tensor tensor_of(const TensorCapture& capture) {
        std::vector<std::int64_t> sizes;
        for (int i = 0; i < capture.shape.rank(); ++i) sizes.push_back(capture.shape[i]);
        return torch::tensor(capture.values).view(sizes);
    }
    std::shared_ptr<const Explanation> answer(const ExplanationQuestion& question) {
        const std::unique_ptr<ExplanationWork> work = trainer.explain(question, HeldPicture{Split::Test, 3}, 20);
        while (!work->advance()) {
        }
        return work->answer();
    }
    torch::Tensor map(const ExplanationQuestion& question) { return tensor_of(*answer(question)->map)[0]; }
    // What goes into a last softmax.
    torch::Tensor scores(const torch::Tensor& pictures) {
        const LayerKind last = info->network.layers.back().spec.kind;
        torch::Tensor kept;
        const torch::Tensor output =
            trainer.network().answer(pictures, [&](LayerId layer, const torch::Tensor& values) {
                if (layer.index + 2 == static_cast<int>(info->network.layers.size())) kept = values;
            });
        return last == LayerKind::Softmax || last == LayerKind::LogSoftmax ? kept : output;
    }
    double score(const torch::Tensor& pictures, int of) { return scores(pictures)[0][of].item<double>(); }
};

Recipe smooth_recipe() {
    Recipe recipe = small_recipe();
    recipe.layers = {layer("conv1", LayerKind::Conv2d, 4, 5),       layer("act1", LayerKind::Softplus),
                     layer("pool1", LayerKind::AvgPool2d, 0, 4, 4), layer("flatten", LayerKind::Flatten),
                     layer("fc1", LayerKind::Linear, 10),           layer("softmax", LayerKind::Softmax)};
    return recipe;
}

}  // namespace

TEST_CASE("saliency is how the score moves with each pixel, by finite differences") {
    for (const Recipe& recipe : {smooth_recipe(), wide_recipe()}) {
        Asked run(recipe);
        const ExplanationQuestion question{.method = Saliency, .class_index = 7};
        const torch::Tensor map = run.map(question);
        const float largest = map.max().item<float>();
        REQUIRE(largest > 0.0F);
        int near = 0, tried = 0;
        for (std::int64_t row = 1; row < 28; row += 3)
            for (std::int64_t column = 2; column < 28; column += 3) {
                const double step = 0.01;
                const auto moved = [&](double by) {
                    torch::Tensor there = run.picture.clone();
                    there[0][0][row][column] += by;
                    return run.score(there, 7);
                };
                const double slope = std::abs(moved(step) - moved(-step)) / (2.0 * step);
                ++tried;
                near += std::abs(slope - map[row][column].item<double>()) < 0.02 * largest ? 1 : 0;
            }
        INFO(near << " of " << tried);
        CHECK(near >= tried - (recipe.name == "wide-cnn" ? 4 : 0));  // a kink of a ReLU or a pooling may lie between
    }
}

TEST_CASE("integrated gradients add up to the difference of the scores") {
    for (const Recipe& recipe :
         {smooth_recipe(), wide_recipe(), small_recipe(), stateful_recipe(OptimizerKind::Adam)}) {
        Asked run(recipe, 40);
        for (const int of : {0, 3, 7}) {
            const auto answer = run.answer({.method = IntegratedGradients, .class_index = of});
            const double sum = std::accumulate(answer->map->values.begin(), answer->map->values.end(), 0.0);
            const double difference = run.score(run.picture, of) - run.score(run.black, of);
            INFO(recipe.name << ", class " << of << ": " << sum << " and " << difference);
            REQUIRE(answer->score_from_black);
            CHECK(*answer->score_from_black == Approx(difference).margin(1e-4));
            CHECK(std::abs(sum - difference) < 0.01 * std::max(0.1, std::abs(difference)));
        }
    }
}

TEST_CASE("occlusion is what pictures say that are covered by hand") {
    for (const int patch : {5, 8, 40}) {
        Asked run(wide_recipe());
        const torch::Tensor map = run.map({.method = Occlusion, .class_index = 2, .patch = patch});
        const double uncovered = run.score(run.picture, 2);
        std::set<std::int64_t> places;
        const std::int64_t last = std::max(0, 28 - patch);
        for (std::int64_t at = 0; at < last; at += patch / 2) places.insert(at);
        places.insert(last);
        torch::Tensor sum = torch::zeros({28, 28}), count = torch::zeros({28, 28});
        for (const std::int64_t top : places)
            for (const std::int64_t left : places) {
                torch::Tensor covered = run.picture.clone();
                for (std::int64_t row = top; row < std::min<std::int64_t>(28, top + patch); ++row)
                    for (std::int64_t column = left; column < std::min<std::int64_t>(28, left + patch); ++column)
                        covered[0][0][row][column] = run.black[0][0][row][column];
                const double fall = uncovered - run.score(covered, 2);
                sum.slice(0, top, top + patch).slice(1, left, left + patch) += fall;
                count.slice(0, top, top + patch).slice(1, left, left + patch) += 1.0;
            }
        INFO("patch " << patch);
        CHECK((map - sum / count).abs().max().item<double>() < 1e-4);
        CHECK(map.abs().max().item<double>() > 0.01);
    }
}

TEST_CASE("SmoothGrad without chance is the same twice, and near saliency where the network is smooth") {
    Asked run(smooth_recipe());
    const torch::Tensor first = run.map({.method = SmoothGrad}), again = run.map({.method = SmoothGrad});
    CHECK(torch::equal(first, again));
    const torch::Tensor plain = run.map({.method = Saliency});
    CHECK((first - plain).norm().item<double>() < 0.5 * plain.norm().item<double>());
    CHECK_FALSE(torch::equal(first, plain));
}

TEST_CASE("guided backprop and Grad-CAM are what they are written out by hand") {
    Asked run(wide_recipe());
    const Network& network = run.trainer.network();
    const torch::Tensor input = run.picture.clone().requires_grad_(true);
    // Forward, and what the backward pass would be with one ReLU after the other.
    const auto weight = [&](const char* name) { return network.weight(network.description().find(name)->id).detach(); };
    const auto bias = [&](const char* name) { return network.bias(network.description().find(name)->id).detach(); };
    const torch::Tensor conv1 = torch::conv2d(input, weight("conv1"), bias("conv1"));
    const torch::Tensor relu1 = torch::relu(conv1);
    const torch::Tensor pool1 = torch::max_pool2d(relu1, 2);
    const torch::Tensor conv2 = torch::conv2d(pool1, weight("conv2"), bias("conv2"));
    const torch::Tensor relu2 = torch::relu(conv2);
    const torch::Tensor fc1 = torch::linear(relu2.flatten(1), weight("fc1"), bias("fc1"));
    const torch::Tensor relu3 = torch::relu(fc1);
    const torch::Tensor fc2 = torch::linear(relu3, weight("fc2"), bias("fc2"));
    const auto back = [](const torch::Tensor& from, const torch::Tensor& to, const torch::Tensor& gradient) {
        return torch::autograd::grad({from}, {to}, {gradient}, /*retain_graph=*/true).front();
    };
    const torch::Tensor of_fc2 = torch::zeros({1, 10});
    of_fc2.data_ptr<float>()[5] = 1.0F;
    const torch::Tensor of_relu3 = back(fc2, relu3, of_fc2).clamp_min(0) * (fc1 > 0);
    const torch::Tensor of_relu2 = back(fc1, relu2, of_relu3).clamp_min(0) * (conv2 > 0);
    const torch::Tensor of_relu1 = back(conv2, relu1, of_relu2).clamp_min(0) * (conv1 > 0);
    const torch::Tensor guided = back(conv1, input, of_relu1)[0].sum(0);
    const torch::Tensor map = run.map({.method = GuidedBackprop, .class_index = 5});
    CHECK(guided.abs().max().item<double>() > 0.0);
    CHECK((map - guided).abs().max().item<double>() < 1e-4 * guided.abs().max().item<double>());

    for (const auto& [name, maps] : {std::pair{"conv1", conv1}, {"relu1", relu1}, {"pool1", pool1}, {"conv2", conv2}}) {
        const torch::Tensor weights = back(fc2, maps, of_fc2).mean({2, 3}, true);
        const torch::Tensor cam = torch::relu((weights * maps).sum(1, true));
        const torch::Tensor wanted = at::upsample_bilinear2d(cam, {28, 28}, false)[0][0];
        const torch::Tensor ours =
            run.map({.method = GradCam, .class_index = 5, .layer = network.description().find(name)->id});
        INFO(name);
        CHECK((ours - wanted).abs().max().item<double>() < 1e-4 * std::max(1e-3, wanted.max().item<double>()));
    }
    CHECK(
        torch::equal(run.map({.method = GradCam, .class_index = 5}),
                     run.map({.method = GradCam, .class_index = 5, .layer = network.description().find("conv2")->id})));
}

TEST_CASE("every method answers for every built-in recipe, in the picture's size, with numbers") {
    for (const EmbeddedRecipe& one : recipes()) {
        INFO(one.name());
        const Recipe recipe = find_recipe(one.name()).value();
        Network network(plan_network(recipe).value(), torch::kCPU);
        torch::Generator generator = at::make_generator<at::CPUGeneratorImpl>(5);
        draw_initial_weights(network, generator);
        for (const ExplanationMethodRow& row : explanation_methods()) {
            INFO(row.name);
            CapturePools pools;
            const std::vector<std::int64_t> sizes{1, recipe.input_channels, recipe.input_height, recipe.input_width};
            Explaining work({.network = network.without_gradients(),
                             .interventions = {},
                             .picture = torch::rand(sizes, generator),
                             .black = torch::zeros(sizes),
                             .class_count = recipe.class_count,
                             .iteration = 0,
                             .probe = {}},
                            {.method = row.method, .class_index = 1, .patch = 12},
                            [&](const torch::Tensor& values) { return pools.capture({}, RunId{1}, 0, values); });
            while (!work.advance()) {
            }
            const auto answer = work.answer();
            if (row.method == GradCam && explained_layer(network.description()) == kInputLayer) {
                CHECK(answer->problem.find("no layer with maps") != std::string::npos);
                continue;
            }
            REQUIRE(answer->problem.empty());
            REQUIRE(answer->map->shape == Shape{1, recipe.input_height, recipe.input_width});
            CHECK(answer->map->whole.non_finite == 0);
            CHECK(answer->picture->shape == Shape{recipe.input_channels, recipe.input_height, recipe.input_width});
            if (!row.is_signed) CHECK(answer->map->whole.minimum >= 0.0F);
        }
    }
}

TEST_CASE("asking why changes no bit of what is learned") {
    for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::Adam}) {
        const Recipe recipe = stateful_recipe(kind);
        TorchTrainer asked{{.data = make_toy_dataset(200, 70), .threads = 1, .device = "cpu"}};
        TorchTrainer left_alone{{.data = make_toy_dataset(200, 70), .threads = 1, .device = "cpu"}};
        for (TorchTrainer* each : {&asked, &left_alone}) REQUIRE(each->start({RunId{1}, recipe, 4}).ok());
        std::unique_ptr<ExplanationWork> under_way;
        for (int i = 0; i < 30; ++i) {
            for (const ExplanationMethodRow& row : explanation_methods()) {
                const auto work = asked.explain({.method = row.method}, BatchSample{2}, i);
                for (int slice = 0; slice < 3 && !work->advance(); ++slice) {
                }
            }
            if (!under_way) under_way = asked.explain({.method = Occlusion}, HeldPicture{}, i);
            if (under_way->advance()) under_way.reset();
            REQUIRE(asked.train_iteration().loss == left_alone.train_iteration().loss);
        }
        require_equal(*asked.state(), *left_alone.state());
    }
}

TEST_CASE("a long answer is of the weights with which it began, and of what was held then") {
    Asked run(small_recipe());
    const auto at_once = run.answer({.method = Occlusion});
    const auto work = run.trainer.explain({.method = Occlusion}, HeldPicture{Split::Test, 3}, 20);
    while (!work->advance()) run.trainer.train_iteration();
    CHECK(work->answer()->map->values == at_once->map->values);
    Restraints restraints;
    for (std::int64_t channel = 0; channel < 4; ++channel) restraints.channels.push_back({LayerId{0}, channel, 0.0F});
    run.trainer.set_restraints(restraints);
    for (const ExplanationMethodRow& row : explanation_methods()) {
        INFO(row.name);
        const auto silenced = run.answer({.method = row.method});
        CHECK(std::abs(silenced->map->whole.maximum) < 1e-5F);  // nothing of the picture comes through
        CHECK(std::abs(silenced->map->whole.minimum) < 1e-5F);
    }
}

// Quoted in the README; [.] as times are no promise of a test.
TEST_CASE("how long an answer takes for wide-cnn", "[.times]") {
    const Recipe recipe = wide_recipe();
    Asked run(recipe);
    for (const ExplanationMethodRow& row : explanation_methods()) {
        run.answer({.method = row.method});
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < 20; ++i) run.answer({.method = row.method});
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
        WARN(row.name << ": " << taken.count() / 20.0 << " ms");
    }
}
