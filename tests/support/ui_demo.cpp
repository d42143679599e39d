// The real window on the scripted session: for pictures of panels and for journeys, without LibTorch.
//   convscope_ui_demo [--screenshot FILE.png --at-iteration N] [--workspace NAME] [--theme dark|light] [--size WxH]
//                     [--font-scale X] [--paused] [--colour] [--augment] [--validation] [--schedule]
//                     [--checkpoint FILE.pt] [--report FILE] [--twin]
//                     [--state failed|starting|poisoned|broken-page]
#include "engine/core/result.h"
#include "engine/core/whole_file.h"
#include "engine/host/picture_tools.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "tests/support/scripted_session.h"
#include "viz/app/app.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

int main(int argc, char** argv) {
    using namespace convscope;
    std::map<std::string, std::string> arguments;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--paused" || name == "--colour" || name == "--augment" || name == "--validation" ||
            name == "--schedule" || name == "--twin")
            arguments[name] = "yes";
        else if (i + 1 < argc)
            arguments[name] = argv[++i];
    }
    auto given = [&](const char* name) { return arguments.count(name) > 0; };

    AppOptions options;
    if (given("--size")) std::sscanf(arguments["--size"].c_str(), "%dx%d", &options.width, &options.height);
    if (given("--workspace")) options.workspace = arguments["--workspace"];
    if (given("--theme")) options.theme = arguments["--theme"];
    if (given("--font-scale")) options.font_scale = std::strtof(arguments["--font-scale"].c_str(), nullptr);
    if (given("--screenshot")) options.screenshot = arguments["--screenshot"];
    if (given("--at-iteration")) options.screenshot_at_iteration = std::atoll(arguments["--at-iteration"].c_str());
    options.settings_file = default_settings_file();
    for (const char* name : {"wide-cnn", "two-block-cnn", "colour-cnn"}) {
        Recipe& recipe = options.recipes.emplace_back(test::wide_cnn_recipe());
        recipe.name = name;
        if (recipe.name == "colour-cnn") recipe.input_channels = 3;
    }
    options.recipe_text = to_toml;
    options.recipe_tools.plan = [](const Recipe& recipe) { return plan_network(recipe); };
    options.recipe_tools.save = [](const Recipe& recipe, const std::filesystem::path& path) {
        const std::string text = to_toml(recipe);
        if (const Result<Recipe> read = parse_recipe(text, path.string()); !read) return Result<void>(read.error());
        return write_whole_file(path, text);
    };
    options.picture_tools = picture_tools();
    if (given("--report")) options.report = arguments["--report"];

    test::ScriptedOptions script;
    script.paused = given("--paused");
    if (given("--colour")) script.channels = 3;
    script.augment = given("--augment");
    script.validation = given("--validation");
    script.schedule = given("--schedule");
    if (given("--checkpoint")) script.checkpoint = arguments["--checkpoint"];
    test::ScriptedSession session(script);
    const std::string state = given("--state") ? arguments["--state"] : "";
    if (state == "broken-page")
        options.recipe_text = [](const Recipe&) -> std::string { throw std::runtime_error("the page is broken"); };
    if (state == "starting") {
        session.publish_starting();
    } else if (state == "failed") {
        session.begin();
        session.advance(40);
        session.fail("the loss became NaN at iteration 40");
    } else {
        session.poison(state == "poisoned");
        session.run_in_background();
    }
    if (given("--twin"))
        session.post(command::BeginTwin{.from_start = false, .difference = {command::SetLearningRate{0.01}}});
    const Result<int> result = run_app(session, options);
    if (result) return result.value();
    std::cerr << "convscope_ui_demo: " << result.error().message << "\n";
    return 1;
}
