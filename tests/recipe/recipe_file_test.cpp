#include "engine/recipe/recipe_file.h"

#include "engine/recipe/recipe_library.h"
#include "tests/recipe/small_recipe.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>

using namespace convscope;
using namespace convscope::test;

TEST_CASE("a recipe file says what is trained and how") {
    const auto parsed = parse_recipe(kSmallRecipe, "my.toml");
    REQUIRE(parsed);
    const Recipe& recipe = parsed.value();
    CHECK(recipe.name == "small");
    CHECK(recipe.description == "one of everything");
    CHECK(recipe.input_height == 12);
    CHECK(recipe.class_count == 4);
    CHECK(recipe.input_mean == std::vector{0.5});
    CHECK(recipe.input_deviation == std::vector{0.25});
    CHECK(recipe.loss == LossKind::CrossEntropy);
    CHECK(recipe.batch_size == 16);
    CHECK(recipe.epochs == 2);
    CHECK_FALSE(recipe.shuffle);
    CHECK(recipe.optimizer.kind == OptimizerKind::Sgd);
    CHECK(recipe.optimizer.learning_rate == 0.1);
    CHECK(recipe.optimizer.momentum == 0.9);
    REQUIRE(recipe.layers.size() == 5);
    CHECK(recipe.layers[0] == LayerSpec{.name = "conv1",
                                        .kind = LayerKind::Conv2d,
                                        .output_size = 3,
                                        .kernel_size = 3,
                                        .stride = 1,
                                        .padding = 1,
                                        .line = 13});
    CHECK(recipe.layers[3].probability == 0.2);
}

TEST_CASE("what a recipe leaves out has the defaults that its reference promises") {
    const auto parsed = parse_recipe(R"(
name = "short"
[[layer]]
name = "flat"
kind = "flatten"
[[layer]]
name = "fc"
kind = "linear"
features = 10
[optimizer]
kind = "adam"
learning_rate = 1
)",
                                     "short.toml");
    REQUIRE(parsed);
    Recipe expected;
    expected.name = "short";
    expected.layers = {{.name = "flat", .kind = LayerKind::Flatten, .line = 4},
                       {.name = "fc", .kind = LayerKind::Linear, .output_size = 10, .line = 7}};
    expected.optimizer = {.kind = OptimizerKind::Adam, .learning_rate = 1.0, .momentum = 0.9};
    CHECK(parsed.value() == expected);
}

TEST_CASE("a pooling window moves by its own size unless a stride is given") {
    CHECK(parse_recipe(kSmallRecipe, "").value().layers[1].stride == 2);
    const std::string strided = changed("kernel_size = 2", "kernel_size = 2\nstride = 1");
    CHECK(parse_recipe(strided, "").value().layers[1].stride == 1);
}

namespace {

void forget_lines(std::vector<LayerSpec>& layers) {
    for (LayerSpec& layer : layers) {
        layer.line = 0;
        forget_lines(layer.body);
        forget_lines(layer.shortcut);
    }
}

Recipe without_lines(Recipe recipe) {
    forget_lines(recipe.layers);
    return recipe;
}

}  // namespace

TEST_CASE("a recipe written as TOML reads back as the same recipe") {
    SECTION("the built-in ones and the small one") {
        std::vector<std::string_view> texts{kSmallRecipe};
        for (const EmbeddedRecipe& embedded : recipes()) texts.push_back(embedded.toml);
        for (std::string_view text : texts) {
            const Recipe recipe = parse_recipe(text, "").value();
            const auto again = parse_recipe(to_toml(recipe), "written");
            REQUIRE(again);
            CHECK(without_lines(again.value()) == without_lines(recipe));
        }
    }
    SECTION("every kind, awkward numbers and awkward text") {
        Recipe recipe;
        recipe.name = "A-1_b.c";
        recipe.description = "quotes \" ' backslash \\ tab \t newline \n bell \a umlaut \xC3\xBC";
        recipe.input_mean = {1.0 / 3.0};
        recipe.input_deviation = {1e-300};
        recipe.class_count = 3;
        recipe.input_channels = 2;
        recipe.input_mean = {0.25, 1.0 / 3.0};
        recipe.normalise_from_data = true;
        recipe.input_transposed = true;
        recipe.pictures = {InvertKind::ToDark, ResizeKind::Crop, CentreKind::Yes, true};
        recipe.augmentation = {.shift = 1.5, .rotate = 12.0, .scale = 0.2, .noise = 0.05};
        recipe.validation_count = 7;
        recipe.evaluate_every = 3;
        recipe.stop_at_accuracy = 0.99;
        recipe.patience = 4;
        recipe.schedule = {.kind = ScheduleKind::Step, .warm_up_epochs = 0.5, .step_epochs = 2, .factor = 0.3};
        recipe.layers = {
            {.name = "block",
             .kind = LayerKind::Residual,
             .body = {{.name = "conv",
                       .kind = LayerKind::Conv2d,
                       .output_size = 2,
                       .kernel_size = 3,
                       .padding = 2,
                       .dilation = 2,
                       .groups = 2},
                      {.name = "inner",
                       .kind = LayerKind::Residual,
                       .body = {{.name = "norm", .kind = LayerKind::BatchNorm, .running_share = 0.2, .epsilon = 1e-3}},
                       .shortcut = {{.name = "tanh", .kind = LayerKind::Tanh}}}}},
            {.name = "a", .kind = LayerKind::Conv2d, .output_size = 2, .kernel_size = 3, .stride = 2, .bias = false},
            {.name = "b", .kind = LayerKind::LeakyReLU, .negative_slope = 0.1},
            {.name = "c", .kind = LayerKind::AvgPool2d, .kernel_size = 3, .stride = 2, .padding = 1},
            {.name = "d", .kind = LayerKind::GELU},
            {.name = "e", .kind = LayerKind::MaxPool2d, .kernel_size = 2, .stride = 1},
            {.name = "f", .kind = LayerKind::Sigmoid},
            {.name = "g", .kind = LayerKind::Tanh},
            {.name = "h", .kind = LayerKind::ReLU},
            {.name = "h2", .kind = LayerKind::AdaptiveAvgPool2d, .output_size = 2},
            {.name = "i", .kind = LayerKind::Flatten},
            {.name = "j", .kind = LayerKind::Dropout, .probability = 0.7},
            {.name = "k", .kind = LayerKind::Linear, .output_size = 3, .bias = false},
            {.name = "l", .kind = LayerKind::Softmax},
            {.name = "m", .kind = LayerKind::LogSoftmax}};
        recipe.loss = LossKind::NegativeLogLikelihood;
        recipe.optimizer = {.kind = OptimizerKind::Adam,
                            .learning_rate = 3e-4,
                            .momentum = 0.85,
                            .beta2 = 0.95,
                            .epsilon = 1e-7,
                            .weight_decay = 0.01};
        recipe.shuffle = false;
        const auto again = parse_recipe(to_toml(recipe), "written");
        if (!again) FAIL(again.error().message);
        CHECK(without_lines(again.value()) == recipe);
    }
}

TEST_CASE("each optimizer and each schedule is written with its own settings and read back") {
    for (const OptimizerSpec& optimizer :
         {OptimizerSpec{.kind = OptimizerKind::Sgd, .momentum = 0.9, .weight_decay = 5e-4, .nesterov = true},
          OptimizerSpec{.kind = OptimizerKind::AdamW, .momentum = 0.8, .beta2 = 0.99, .epsilon = 1e-6},
          OptimizerSpec{.kind = OptimizerKind::RmsProp, .momentum = 0.1, .smoothing = 0.9, .epsilon = 1e-5}})
        for (const ScheduleSpec& schedule :
             {ScheduleSpec{}, ScheduleSpec{.kind = ScheduleKind::Cosine, .warm_up_epochs = 1.0, .final_factor = 0.01},
              ScheduleSpec{.kind = ScheduleKind::OneCycle,
              .rising_share = 0.2,
              .start_divisor = 10.0,
              .final_divisor = 100.0}}) {
            Recipe recipe = parse_recipe(kSmallRecipe, "").value();
            recipe.optimizer = optimizer;
            recipe.schedule = schedule;
            const auto again = parse_recipe(to_toml(recipe), "written");
            if (!again) FAIL(again.error().message);
            CHECK(without_lines(again.value()) == without_lines(recipe));
        }
}

TEST_CASE("any setting can be replaced with --set, a nested layer's too") {
    const Recipe recipe = find_recipe("small-resnet").value();
    const auto with = [&](const std::vector<std::string>& assignments) {
        auto overridden = override_recipe(recipe, assignments);
        if (!overridden) FAIL(overridden.error().message);
        return std::move(overridden).value();
    };
    CHECK(with({"training.epochs=3"}).epochs == 3);
    CHECK(with({"optimizer.learning_rate=1e-2", "optimizer.learning_rate=0.5"}).optimizer.learning_rate == 0.5);
    CHECK(with({"optimizer.learning_rate=.5"}).optimizer.learning_rate == 0.5);
    CHECK(with({"optimizer.learning_rate=+5."}).optimizer.learning_rate == 5.0);
    CHECK(with({"training.epochs=010"}).epochs == 10);
    CHECK(with({"name=mine"}).name == "mine");
    CHECK(with({"name=3rd"}).name == "3rd");
    CHECK(with({"input.mean=[0.5]"}).input_mean == std::vector{0.5});
    CHECK(with({"augmentation.shift=2"}).augmentation.shift == 2.0);
    CHECK(with({"layer.relu0.kind=leaky_relu", "layer.relu0.negative_slope=0.2"}).layers[2].negative_slope == 0.2);
    CHECK(with({"layer.block1.norm2.momentum=0.5"}).layers[3].body[4].running_share == 0.5);
    const OptimizerSpec adam = with({"optimizer.kind=adam"}).optimizer;  // without SGD's nesterov, which Adam has not
    CHECK(adam.kind == OptimizerKind::Adam);
    CHECK(adam.momentum == 0.9);
    CHECK(adam.learning_rate == recipe.optimizer.learning_rate);
}

TEST_CASE("what --set cannot set is refused with what was written and the remedy") {
    const Recipe recipe = find_recipe("wide-cnn").value();
    const auto refusal_of = [&](const std::string& assignment) {
        const auto overridden = override_recipe(recipe, std::vector{assignment});
        return overridden ? std::string("accepted") : overridden.error().message;
    };
    CHECK(refusal_of("training.epochs") ==
          "--set training.epochs: write SECTION.KEY=VALUE, as in optimizer.learning_rate=0.01 or "
          "layer.conv1.channels=16");
    CHECK(refusal_of("layer.conv9.channels=1") == "--set layer.conv9.channels=1: the recipe has no layer 'conv9'");
    CHECK_THAT(refusal_of("training.epochs=1\n[optimizer]\nlearning_rate = 5"),
               contains_text("is more than one line; give each setting a --set of its own"));
    for (const char* setting : {"optimizer.learning_rate=1e39", "input.mean=-1e31"})
        CHECK_THAT(refusal_of(setting), contains_text("is out of range; no setting is larger than 1e30"));
    CHECK_THAT(refusal_of("training.epoch=1"), Catch::Matchers::StartsWith("--set training.epoch=1"));
    CHECK_THAT(refusal_of("training.epoch=1"), contains_text("there is no setting 'epoch' in this section"));
    CHECK_THAT(refusal_of("name.x=1"), contains_text("'name' is no section"));
    CHECK_THAT(refusal_of("layer.fc2.features=11"), contains_text("layer 'fc2'"));
    CHECK(
        refusal_of("layer.fc1.features=99999999999") ==
        "--set layer.fc1.features=99999999999: layer 'fc1': features is 99999999999; it must be 1 or more, and at most "
        "2^31");
    CHECK_THAT(refusal_of("optimizer.learning_rate=nan"), contains_text("learning_rate is not a finite number"));
    for (const char* number : {"1e400", "-1e400", "18446744073709551616"})
        CHECK(refusal_of("optimizer.learning_rate=" + std::string(number)) ==
              "--set optimizer.learning_rate=" + std::string(number) +
                  ": this number is too large to be held, or too close to 0; write another one");
    for (const char* key : {"input.channels", "training.batch_size", "training.epochs", "layer.fc2.features"})
        CHECK_THAT(refusal_of(std::string(key) + "=-1"), contains_text(" is -1; it must be "));
}

TEST_CASE("text that is not TOML is refused with its line") {
    CHECK_THAT(refusal("name = \"x\"\nkind = = 3\n"), Catch::Matchers::StartsWith("my.toml:2: this is not TOML: "));
    CHECK_THAT(refusal(std::string("\x01\0\x02", 3)), Catch::Matchers::StartsWith("my.toml:1: this is not TOML: "));
}

TEST_CASE("letters outside of ASCII are welcome in comments and double quotes, and refused elsewhere") {
    constexpr std::string_view kLetters = "\xC3\xA4 \xE2\x82\xAC \xF0\x9D\x84\x9E";
    const std::string accepted = changed("one of everything", kLetters) + "# " + std::string(kLetters);
    CHECK(parse_recipe(accepted, "").value().description == kLetters);
    CHECK(parse_recipe("\xEF\xBB\xBF" + accepted, "").value().description == kLetters);
    for (const char* stray : {"\n\n\xCC\xAA", "\nn\xEF\xB5\xBF\n=", "\n\nname = 3\x01$o.0n\":\xD1\x8A%  "})
        CHECK_THAT(refusal(stray), contains_text("this is not TOML"));
}

TEST_CASE("text that is not UTF-8 is refused with its line") {
    const auto damaged = [](std::string_view bytes) { return refusal("# " + std::string(bytes)); };
    const std::string refused = "my.toml:1: this is not UTF-8 text; save the file as UTF-8";
    CHECK(refusal("name = \"x\"\n\n# caf\xE9") == "my.toml:3: this is not UTF-8 text; save the file as UTF-8");
    CHECK(damaged("\xFF\xFE") == refused);
    CHECK(damaged("\x80") == refused);
    CHECK(damaged("\xC0\x80") == refused);          // not the shortest form
    CHECK(damaged("\xE0\x80\x80") == refused);      // likewise
    CHECK(damaged("\xED\xA0\x80") == refused);      // a surrogate
    CHECK(damaged("\xF4\x90\x80\x80") == refused);  // beyond the last character
    CHECK(damaged("\xE2\x82") == refused);          // cut off
}

TEST_CASE("an unknown key is refused with its line and the nearest key that exists") {
    CHECK(refusal(changed("channels = 3\nkernel_size", "channels = 3\nkernel")) ==
          "my.toml:16: layer 'conv1': there is no setting 'kernel' in a conv2d layer; did you mean 'kernel_size'?");
    CHECK(refusal(changed("features", "featrues")) ==
          "my.toml:37: layer 'fc1': there is no setting 'featrues' in a linear layer; did you mean 'features'?");
    CHECK(refusal(changed("epochs", "epoch")) ==
          "my.toml:42: [training]: there is no setting 'epoch' in this section; did you mean 'epochs'?");
    CHECK(refusal(changed("[training]", "[trainig]")) ==
          "my.toml:39: there is no setting 'trainig' in a recipe; did you mean 'training'?");
    CHECK(refusal(changed("mean = 0.5", "meen = 0.5")) ==
          "my.toml:9: [input]: there is no setting 'meen' in this section; did you mean 'mean'?");
    CHECK(refusal(changed("momentum", "beta2")) ==
          "my.toml:48: [optimizer]: there is no setting 'beta2' in the optimizer sgd; known are kind, learning_rate, "
          "momentum, nesterov, weight_decay");
    CHECK(refusal(changed("kind = \"flatten\"", "kind = \"flatten\"\nstride = 2")) ==
          "my.toml:28: layer 'flat': there is no setting 'stride' in a flatten layer; known are input, name, kind");
    CHECK_THAT(refusal(changed("mean", "\"\\u001b[31m\"")), contains_text("'?[31m'"));
}

TEST_CASE("a value of the wrong type is refused with what to write instead") {
    CHECK(refusal(changed("epochs = 2", "epochs = \"2\"")) ==
          "my.toml:42: [training]: epochs is a text; write a whole number, without quotes");
    CHECK(refusal(changed("epochs = 2", "epochs = 2.5")) ==
          "my.toml:42: [training]: epochs is a number with a decimal point; write a whole number, without quotes");
    CHECK(refusal(changed("shuffle = false", "shuffle = 0")) ==
          "my.toml:43: [training]: shuffle is a whole number; write true or false, without quotes");
    CHECK(refusal(changed("learning_rate = 0.1", "learning_rate = [0.1]")) ==
          "my.toml:47: [optimizer]: learning_rate is a list; write a number, without quotes");
    CHECK(refusal(changed("name = \"flat\"", "name = 7")) ==
          "my.toml:26: layer 3 of the file: name is a whole number; write a text in quotes");
    CHECK(refusal(changed("[training]\n", "[[training]]\n")) ==
          "my.toml:39: training is a list; write it as a section [training]");
    CHECK(refusal("name = \"x\"\n[layer]\nname = \"a\"\n") ==
          "my.toml:2: a layer is written with two brackets: [[layer]]");
}

TEST_CASE("a number out of its range is refused with the range") {
    CHECK(refusal(changed("learning_rate = 0.1", "learning_rate = nan")) ==
          "my.toml:47: [optimizer]: learning_rate is not a finite number; write one");
    CHECK(refusal(changed("learning_rate = 0.1", "learning_rate = inf")) ==
          "my.toml:47: [optimizer]: learning_rate is not a finite number; write one");
    CHECK(refusal(changed("learning_rate = 0.1", "learning_rate = 0")) ==
          "my.toml:47: [optimizer]: learning_rate is out of range; it must be above 0");
    CHECK(refusal(changed("learning_rate = 0.1", "learning_rate = -0.1")) ==
          "my.toml:47: [optimizer]: learning_rate is out of range; it must be above 0");
    CHECK(refusal(changed("momentum = 0.9", "momentum = 1.0")) ==
          "my.toml:48: [optimizer]: momentum is out of range; it must be 0 or more and below 1");
    CHECK(refusal(changed("momentum = 0.9", "weight_decay = -1")) ==
          "my.toml:48: [optimizer]: weight_decay is out of range; it must be 0 or more");
    CHECK(refusal(changed("deviation = 0.25", "deviation = 0.0")) ==
          "my.toml:10: [input]: deviation is out of range; it must be above 0");
    CHECK(refusal(changed("probability = 0.2", "probability = 1.0")) ==
          "my.toml:32: layer 'drop': probability is out of range; it must be 0 or more and below 1");
    CHECK(refusal(changed("batch_size = 16", "batch_size = 0")) ==
          "my.toml:41: [training]: batch_size is 0; it must be from 1 to 1000000");
    CHECK(refusal(changed("epochs = 2", "epochs = -1")) ==
          "my.toml:42: [training]: epochs is -1; it must be from 1 to 1000000");
    CHECK(refusal(changed("classes = 4", "classes = 1")) ==
          "my.toml:8: [input]: classes is 1; it must be from 2 to 1000");
    CHECK(refusal(changed("height = 12", "height = 0")) ==
          "my.toml:6: [input]: height is 0; it must be from 1 to 2147483648");
    CHECK(refusal(changed("kind = \"sgd\"\nlearning_rate = 0.1\nmomentum = 0.9",
                          "kind = \"adam\"\nlearning_rate = 0.1\nbeta1 = 1.5")) ==
          "my.toml:48: [optimizer]: beta1 is out of range; it must be 0 or more and below 1");
    CHECK(refusal(changed("kind = \"sgd\"\nlearning_rate = 0.1\nmomentum = 0.9",
                          "kind = \"adam\"\nlearning_rate = 0.1\nepsilon = 0.0")) ==
          "my.toml:48: [optimizer]: epsilon is out of range; it must be above 0");
}

TEST_CASE("a name that does not exist is refused with those that do") {
    CHECK(refusal(changed("kind = \"conv2d\"", "kind = \"conv3d\"")) ==
          "my.toml:14: layer 'conv1': there is no kind 'conv3d'; known are conv2d, conv_transpose2d, linear, relu, "
          "leaky_relu, "
          "prelu, elu, gelu, silu, softplus, sigmoid, tanh, max_pool2d, avg_pool2d, adaptive_avg_pool2d, "
          "adaptive_max_pool2d, upsample, pad_channels, batch_norm, group_norm, layer_norm, instance_norm, dropout, "
          "dropout2d, flatten, "
          "softmax, log_softmax, concatenate, add, residual");
    CHECK(refusal(changed("loss = \"cross_entropy\"", "loss = \"hinge\"")) ==
          "my.toml:40: [training]: there is no loss 'hinge'; known are cross_entropy, nll, cross_entropy_one_hot, mse");
    CHECK(refusal(changed("kind = \"sgd\"", "kind = \"lion\"")) ==
          "my.toml:46: [optimizer]: there is no kind 'lion'; known are sgd, adam, adamw, rmsprop");
}

TEST_CASE("what a recipe cannot do without is refused when missing") {
    CHECK(refusal(changed("name = \"small\"\n", "")) == "my.toml:1: name is missing; add name = \"<text>\"");
    CHECK(refusal(changed("name = \"small\"", "name = \"a b\"")) ==
          "my.toml:1: name is 'a b'; use letters, digits, '.', '_' and '-', as in \"my-cnn\"");
    CHECK(refusal(changed("name = \"drop\"\n", "")) ==
          "my.toml:29: layer 4 of the file: name is missing; add name = \"<text>\"");
    CHECK(refusal(changed("features = 4\n", "")) ==
          "my.toml:34: layer 'fc1': features is missing; add features = <whole number>");
    CHECK(refusal(changed("learning_rate = 0.1\n", "")) ==
          "my.toml:45: [optimizer]: learning_rate is missing; add learning_rate = <number>");
    CHECK(refusal(changed("[optimizer]\nkind = \"sgd\"\nlearning_rate = 0.1\nmomentum = 0.9\n", "")) ==
          "my.toml:1: optimizer is missing; add a section [optimizer]");
    CHECK(refusal("name = \"x\"\n") ==
          "my.toml: there are no layers; add at least one [[layer]] with a name and a kind");
}

TEST_CASE("an impossible network in a file is refused with file, line and layer") {
    CHECK(refusal(changed("kind = \"flatten\"", "kind = \"relu\"")) ==
          "my.toml:35: layer 'fc1': a linear layer takes a vector, but gets maps of 3x6x6; add a flatten layer before "
          "it");
}

TEST_CASE("a recipe file that cannot be read is refused with its path") {
    const auto folder = std::filesystem::temp_directory_path() / "convscope-recipe-test";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);

    const auto missing = load_recipe_file(folder / "none.toml");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::NotFound);
    CHECK_THAT(missing.error().message, Catch::Matchers::StartsWith((folder / "none.toml").string() + ": "));

    const auto directory = load_recipe_file(folder);
    REQUIRE_FALSE(directory);
    CHECK_THAT(directory.error().message, contains_text("this is a folder"));

    const auto large = folder / "large.toml";
    std::ofstream(large) << std::string((1 << 20) + 1, '#');
    CHECK_THAT(load_recipe_file(large).error().message, contains_text("large.toml: larger than"));

    const auto good = folder / "good.toml";
    std::ofstream(good) << kSmallRecipe;
    CHECK(load_recipe_file(good).value() == parse_recipe(kSmallRecipe, "").value());
    std::filesystem::remove_all(folder);
}

TEST_CASE("a recipe, or a value of --set, that nests without end is refused before it is parsed") {
    std::string dots = "a";
    while (dots.size() < 460'000) dots += ".a";
    CHECK_THAT(refusal(dots + " = 1\n"), contains_text("my.toml:1: sections and lists lie more than 64 deep"));
    CHECK_THAT(refusal(std::string(kSmallRecipe) + "[" + dots + "]\n"), contains_text("lie more than 64 deep"));
    CHECK_THAT(refusal(std::string(2'000'000, 'a')), contains_text("my.toml: larger than the 1048576 bytes"));
    CHECK_THAT(refusal(changed("one of everything", std::string(500'000, '\t'))),
               contains_text("my.toml: its names and its description are longer than can be kept with a run"));

    const Recipe recipe = parse_recipe(kSmallRecipe, "").value();
    const auto set = [&](const std::string& assignment) {
        const auto refused = override_recipe(recipe, std::vector<std::string>{assignment});
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.error().message.size() < 300);
        return refused.error().message;
    };
    CHECK_THAT(set("training.epochs=" + std::string(100'000, '[')), contains_text("lie more than 64 deep"));
    CHECK_THAT(set("training.epochs={" + dots + "=1}"), contains_text("lie more than 64 deep"));
    CHECK_THAT(set(dots + "=1"), contains_text("there is no setting") && contains_text("known are"));
    CHECK_THAT(set("description=\xFF"), contains_text("UTF-8"));
    CHECK_FALSE(override_recipe(recipe, std::vector<std::string>{"layer=[1]", "layer.a.features=2"}).ok());
}
