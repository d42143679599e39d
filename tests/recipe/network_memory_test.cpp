// The estimates against sums that were done by hand.
#include "engine/recipe/network_memory.h"

#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_library.h"
#include "tests/support/catch.h"

using namespace convscope;

namespace {

// A vector of 64 values to `features`, then to 4 classes.
Recipe wide(std::int64_t features) {
    Recipe recipe;
    recipe.name = "wide";
    recipe.input_height = recipe.input_width = 8;
    recipe.class_count = 4;
    recipe.layers = {{.name = "flat", .kind = LayerKind::Flatten},
                     {.name = "fc1", .kind = LayerKind::Linear, .output_size = features},
                     {.name = "fc2", .kind = LayerKind::Linear, .output_size = 4}};
    recipe.optimizer.kind = OptimizerKind::Sgd;
    return recipe;
}

// The least memory with which it passes: what it is taken to need.
std::int64_t needed(const Recipe& recipe, NetworkUse use, std::int64_t pictures) {
    const NetworkDescription plan = plan_network(recipe).value();
    std::int64_t below = 0;
    std::int64_t enough = std::int64_t{1} << 62;
    while (below + 1 < enough) {
        const std::int64_t middle = below + (enough - below) / 2;
        (check_network_memory(recipe, plan, use, pictures, middle) ? enough : below) = middle;
    }
    return enough;
}

}  // namespace

TEST_CASE("a network's memory is what is kept of it, what a minibatch leaves behind, and what a step and a save need") {
    Recipe recipe = wide(100);
    const std::int64_t first = 64 * 100 + 100;
    const std::int64_t parameters = first + 100 * 4 + 4;
    // A minibatch is its pictures, the outputs of the linear layers, and once more input and output of the wider one.
    const std::int64_t batch = 64 + (100 + 4) + (64 + 100);
    // Weights and gradients; the weights' copy for a checkpoint and its bytes; a new gradient.
    CHECK(needed(recipe, NetworkUse::Training, 1) == 4 * ((2 + 2) * parameters + first + batch));
    CHECK(needed(recipe, NetworkUse::Training, 10) == 4 * ((2 + 2) * parameters + first + 10 * batch));
    CHECK(needed(recipe, NetworkUse::Answering, 10) == 4 * (parameters + 10 * (64 + 64 + 100)));
    // A window shows the wider layer's weights, and of each layer the output, three ways and four times each.
    CHECK(needed(recipe, NetworkUse::Watched, 10) ==
          needed(recipe, NetworkUse::Training, 10) + 4 * 3 * 4 * (first + 64 + 100 + 4));
    recipe.optimizer.momentum = 0.9;
    CHECK(needed(recipe, NetworkUse::Training, 1) == 4 * ((3 + 4) * parameters + first + batch));
    recipe.optimizer.kind = OptimizerKind::RmsProp;
    CHECK(needed(recipe, NetworkUse::Training, 1) == 4 * ((4 + 6) * parameters + 2 * first + batch));
    recipe.optimizer.kind = OptimizerKind::Adam;
    CHECK(needed(recipe, NetworkUse::Training, 1) == 4 * ((4 + 6) * parameters + 2 * first + batch));
    recipe.layers.insert(recipe.layers.begin() + 2, {.name = "drop", .kind = LayerKind::Dropout});
    CHECK(needed(recipe, NetworkUse::Training, 1) == 4 * ((4 + 6) * parameters + 2 * first + batch + 2 * 100));
}

TEST_CASE("a network that is too large is refused by the name of its largest layer, with the sizes") {
    const Recipe recipe = wide(30'000'000);
    const Result<void> refused = check_network_memory(recipe, plan_network(recipe).value(), NetworkUse::Training, 64,
                                                      std::int64_t{12'000'000'000});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message ==
          "recipe 'wide': layer 'fc1' (weights of 30000000x64, 64 outputs of 30000000) takes 54.4 GB, and training and "
          "saving the whole network would take 56.3 GB of memory, and 12.0 GB are free; make the layer or [training] "
          "batch_size smaller");
}

TEST_CASE("padding without end is refused too, and no size overflows") {
    Recipe recipe = wide(4);
    recipe.layers.insert(
        recipe.layers.begin(),
        {.name = "conv", .kind = LayerKind::Conv2d, .output_size = 1, .kernel_size = 3, .padding = 20'000});
    recipe.layers[1] = {.name = "pool", .kind = LayerKind::AdaptiveAvgPool2d, .output_size = 1};
    recipe.layers[2] = {.name = "flat", .kind = LayerKind::Flatten};
    const NetworkDescription plan = plan_network(recipe).value();
    CHECK_THAT(check_network_memory(recipe, plan, NetworkUse::Training, 64, std::int64_t{1} << 37).error().message,
               contains_text("layer 'conv' (weights of 1x1x3x3, 64 outputs of 1x40006x40006) takes 1.2 TB"));
    CHECK(check_network_memory(recipe, plan, NetworkUse::Training, 1'000'000, std::int64_t{1} << 62).ok());
    CHECK_FALSE(check_network_memory(recipe, plan, NetworkUse::Training, 1'000'000, std::int64_t{1} << 52).ok());
}

TEST_CASE("every built-in recipe can be trained with a gigabyte") {
    for (const EmbeddedRecipe& embedded : recipes()) {
        const Recipe recipe = find_recipe(embedded.name()).value();
        CHECK(check_network_memory(recipe, plan_network(recipe).value(), NetworkUse::Training, recipe.batch_size,
                                   1'000'000'000)
                  .ok());
    }
}
