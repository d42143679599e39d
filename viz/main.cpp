// Arguments, then session + window + app: the only file that knows all three.
#include "engine/cli/background_fetcher.h"
#include "engine/cli/command_line.h"
#include "engine/cli/recipe_tools.h"
#include "engine/cli/run_setup.h"
#include "engine/cli/saved_network.h"
#include "engine/cli/train_command.h"
#include "viz/app/app.h"
#include "viz/app/scene_picture.h"
#include "viz/app/workspaces.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace convscope;

int complain(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    return 1;
}

// Where LibTorch exports an LLVM of its own and Mesa's could not be named before it when the program was linked
// (viz/CMakeLists.txt), Mesa's llvmpipe would crash. softpipe is Mesa's rasteriser without LLVM: slower, but it draws.
// Called before there are threads, and before OpenGL is loaded.
void keep_two_llvms_apart() {
#ifndef CONVSCOPE_MESA_LLVM_FIRST
    if (dlsym(RTLD_DEFAULT, "LLVMParseCommandLineOptions") != nullptr)
        setenv("GALLIUM_DRIVER", "softpipe", /*overwrite=*/0);
#endif
}

int run_window(const WindowOptions& options) {
    if (!options.workspace.empty()) {
        if (const Result<int> known = find_workspace(options.workspace); !known.ok()) {
            complain(known.error());
            return 2;  // a wrong command line, as those that parse_command_line() refuses
        }
    }
    const Result<RunSetup> setup = prepare_run(options.run);
    if (!setup.ok()) return complain(setup.error());

    keep_two_llvms_apart();
    AppOptions app;
    app.width = options.width;
    app.height = options.height;
    if (!options.workspace.empty()) app.workspace = options.workspace;
    if (!options.screenshot.empty()) app.screenshot = options.screenshot;
    app.screenshot_at_iteration = options.at_iteration;
    if (!options.report.empty()) app.report = options.report;
    app.settings_file = default_settings_file();
    app.recipes = built_in_recipes();
    app.recipe_text = recipe_text;
    app.recipe_tools = {.plan = check_recipe, .save = save_recipe};
    BackgroundFetcher fetcher;
    app.fetcher = &fetcher;
    SessionSettings settings{.paused = options.paused, .beside_window = true, .on_publish = {}};
    // Without a folder of its own a window's run is kept where --resume latest looks; pictures leave no runs behind.
    if (!options.run.out.empty() || options.screenshot.empty()) settings.save_to = run_checkpoints(options.run.out);
    // The session starts before the window is open: both take their time.
    const std::unique_ptr<Session> session = make_session(setup.value(), std::move(settings));
    const Result<int> code = run_app(*session, app);
    return code.ok() ? code.value() : complain(code.error());
}

int run_render(const RenderOptions& options) {
    const Result<RunSetup> setup = prepare_run(options.run);
    if (!setup.ok()) return complain(setup.error());
    keep_two_llvms_apart();
    const std::unique_ptr<Session> session =
        make_session(setup.value(), {.paused = true, .beside_window = false, .save_to = {}, .on_publish = {}});
    const Result<void> written =
        write_scene_picture(*session, {.width = options.width,
                                       .height = options.height,
                                       .camera = options.camera,
                                       .theme = options.light ? ThemeKind::Light : ThemeKind::Dark,
                                       .at_iteration = options.at_iteration,
                                       .file = options.file});
    return written.ok() ? 0 : complain(written.error());
}

}  // namespace

int main(int argc, char** argv) {
    const std::variant<CommandLine, int> parsed = parse_command_line(argc, argv, version());
    if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
    const CommandLine& command = std::get<CommandLine>(parsed);
    if (const auto* render = std::get_if<RenderOptions>(&command)) return run_render(*render);
    if (const auto* train = std::get_if<TrainOptions>(&command)) return run_train_command(*train);
    if (const auto* evaluate = std::get_if<EvaluateOptions>(&command)) return run_evaluate_command(*evaluate);
    if (const auto* predict = std::get_if<PredictOptions>(&command)) return run_predict_command(*predict);
    if (const auto* exported = std::get_if<ExportOptions>(&command)) return run_export_command(*exported);
    if (const auto* fetch = std::get_if<FetchCommandOptions>(&command)) return run_fetch_command(*fetch);
    if (const auto* recipes = std::get_if<RecipesOptions>(&command)) return run_recipes_command(*recipes);
    return run_window(std::get<WindowOptions>(command));
}
