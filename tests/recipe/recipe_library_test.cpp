#include "engine/recipe/recipe_library.h"

#include "engine/recipe/network_plan.h"
#include "tests/recipe/small_recipe.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace convscope;

TEST_CASE("every built-in recipe can be built and bears its file's name") {
    REQUIRE(recipes().size() >= 12);
    for (const EmbeddedRecipe& embedded : recipes()) {
        const auto recipe = find_recipe(embedded.name());
        if (!recipe) FAIL(recipe.error().message);
        CHECK(recipe.value().name == embedded.name());
        CHECK_FALSE(recipe.value().description.empty());
        CHECK(recipe.value().description.find('\n') == std::string::npos);
    }
    CHECK(std::is_sorted(recipes().begin(), recipes().end(),
                         [](const auto& a, const auto& b) { return a.file_name < b.file_name; }));
}

TEST_CASE("the default recipe trains as the issue that asked for it says") {
    const auto found = find_recipe(kDefaultRecipe);
    REQUIRE(found);
    const Recipe& recipe = found.value();
    CHECK(recipe.optimizer.kind == OptimizerKind::Adam);
    CHECK(recipe.optimizer.learning_rate == 0.001);
    CHECK(recipe.optimizer.momentum == 0.9);
    CHECK(recipe.optimizer.beta2 == 0.999);
    CHECK(recipe.batch_size == 512);
    CHECK(recipe.epochs == 20);
    CHECK(recipe.shuffle);
    CHECK(recipe.input_mean == std::vector{0.1307});
    CHECK(recipe.input_deviation == std::vector{0.3081});
    CHECK(recipe.loss == LossKind::CrossEntropy);
}

TEST_CASE("an unknown recipe name is refused with the names that exist") {
    const auto found = find_recipe("wide");
    REQUIRE_FALSE(found);
    CHECK(found.error().code == ErrorCode::NotFound);
    CHECK(found.error().message ==
          "there is no recipe 'wide'; use one of cifar-cnn, fast, lenet-5, linear-alexnet, mlp, modern-cnn, plain-cnn, "
          "small-resnet, softmax-mlp-b, softmax-mlp, two-block-cnn, wide-cnn, or a recipe file's path ending in .toml");
}

TEST_CASE("a recipe is also found by its file") {
    const auto path = std::filesystem::temp_directory_path() / "convscope-recipe-library-test";
    std::ofstream(path) << test::kSmallRecipe;
    CHECK(find_recipe(path.string()).value().name == "small");
    std::filesystem::remove(path);
    CHECK(find_recipe("no/such/recipe.toml").error().message.starts_with("no/such/recipe.toml: there is no such file"));
    CHECK(find_recipe("absent.toml").error().message.starts_with("absent.toml: there is no such file"));
}
