// Arguments, then session + window + app: the only file that knows all three.
#include "engine/cli/network_commands.h"
#include "engine/cli/resume_command.h"
#include "engine/cli/train_command.h"
#include "engine/core/machine_memory.h"
#include "engine/core/whole_file.h"
#include "engine/host/background_fetcher.h"
#include "engine/host/interrupt.h"
#include "engine/host/picture_tools.h"
#include "engine/host/recipe_tools.h"
#include "engine/host/run_folders.h"
#include "engine/host/run_setup.h"
#include "engine/host/session_keeper.h"
#include "viz/app/app.h"
#include "viz/app/scene_picture.h"
#include "viz/app/screenshot.h"
#include "viz/app/settings_file.h"
#include "viz/app/workspaces.h"
#include "viz/command_line.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>

namespace {

using namespace convscope;

int complain(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    return 1;
}

// Whether a command may write this file, and can.
Result<void> can_be_written(const std::string& file, const RunOptions& run) {
    const Result<void> spared = spare_files(file, {run.resume, run.checkpoint, run.recipe}, run.out);
    return spared ? try_whole_file(file) : spared;
}

void ask_for_patience(int width, int height) {
    if (const std::string words = patience_for(width, height); !words.empty())
        std::fprintf(stderr, "%s\n", words.c_str());
}

// Where LibTorch exports an LLVM of its own and Mesa's could not be named before it when the program was linked
// (viz/CMakeLists.txt), Mesa's llvmpipe would crash. softpipe is Mesa's rasteriser without LLVM: slower, but it draws.
// Called before there are threads, and before OpenGL is loaded. Goes when Debian's LibTorch keeps its LLVM to itself.
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
    Result<RunSetup> setup = prepare_run(options.run);
    if (!setup.ok()) return complain(setup.error());
    for (const std::string& file : {options.screenshot, options.report})
        if (!file.empty())
            if (const Result<void> can_be = can_be_written(file, setup.value().options); !can_be)
                return complain(can_be.error());

    keep_two_llvms_apart();
    AppOptions app;
    app.width = options.width;
    app.height = options.height;
    if (!options.workspace.empty()) app.workspace = options.workspace;
    if (!options.screenshot.empty()) app.screenshot = options.screenshot;
    // A network that was opened is looked at before it is trained on.
    const bool paused = options.paused || !options.run.checkpoint.empty();
    app.screenshot_at_iteration = options.at_iteration.value_or(paused ? 0 : 1);
    if (!options.report.empty()) app.report = options.report;
    app.settings_file = default_settings_file();
    app.recipes = built_in_recipes();
    app.recipe_text = recipe_text;
    app.recipe_tools = {.plan = check_recipe, .save = save_recipe};
    app.picture_tools = picture_tools();
    ignore_broken_pipes();  // downloads are made beside the window
    const InterruptScope interrupt;
    app.told_to_end = &interrupted;
    BackgroundFetcher fetcher;
    app.fetcher = &fetcher;
    FrameBell bell;
    app.bell = &bell;
    SessionSettings settings{.paused = paused, .beside_window = true, .on_publish = [&bell] { bell.ring(); }};
    RunFolders folders;
    // Without a folder of its own a window's run is kept where --resume latest looks; pictures leave no runs behind.
    if (!options.run.out.empty() || options.screenshot.empty()) {
        auto claimed = claim_run_folders(setup.value());
        if (!claimed.ok()) return complain(claimed.error());
        folders = std::move(claimed).value();
        settings.folders = folders;
    }
    if (!options.screenshot.empty()) ask_for_patience(options.width, options.height);
    if (options.screenshot.empty()) settings.breakpoints = kept_breakpoints(app.settings_file);
    // The session starts before the window is open: both take their time.
    SessionKeeper keeper(make_session(setup.value(), std::move(settings)));
    const auto end_with = [&](const std::string& reason) {
        const std::shared_ptr<const Snapshot> last = keeper.session().latest();
        if (!last || !last->run_info || !folders.use.find) {
            keeper.end();
            std::fprintf(stderr, "%s\n", reason.c_str());
            return;
        }
        RunInfo run = *last->run_info;
        const std::filesystem::path file = run.checkpoint;
        const auto held = folders.use.hold(file.parent_path());  // beyond the session
        keeper.end();
        std::fprintf(stderr, "%s\n", reason.c_str());
        if (const Result<RunFolder> place = folders.use.find(file.parent_path());
            place.ok())  // it may have had to move
            run.checkpoint = (place.value().path / file.filename()).string();
        std::error_code unknown;
        if (std::filesystem::exists(run.checkpoint, unknown))
            std::fprintf(stderr, "The run is in %s; go on with: %s\n", run.checkpoint.c_str(),
                         resume_command("", options.run, run).c_str());
    };
    app.on_display_loss = [&](const char* sentence) {
        end_with(sentence);
        _exit(1);
    };
    const Result<int> code = run_app(keeper.session(), app);
    if (!code.ok()) {
        end_with(code.error().message);
        return 1;
    }
    if (!interrupted) return code.value();
    end_with(std::string("Ended by ") + interrupting_signal());
    return interrupted_exit_code();
}

int run_render(const RenderOptions& options) {
    if (const Result<void> can_be = can_be_written(options.file, options.run); !can_be) return complain(can_be.error());
    const Result<RunSetup> setup = prepare_run(options.run);
    if (!setup.ok()) return complain(setup.error());
    keep_two_llvms_apart();
    ask_for_patience(options.width, options.height);
    const std::unique_ptr<Session> session =
        make_session(setup.value(), {.paused = true, .beside_window = false, .on_publish = {}});
    const Result<void> written =
        write_scene_picture(*session, {.width = options.width,
                                       .height = options.height,
                                       .camera = options.camera,
                                       .theme = options.light ? ThemeKind::Light : ThemeKind::Dark,
                                       .at_iteration = options.at_iteration,
                                       .file = options.file});
    return written.ok() ? 0 : complain(written.error());
}

int run_headless(const HeadlessCommand& command) {
    if (const auto* train = std::get_if<TrainOptions>(&command)) return run_train_command(*train);
    if (const auto* replay = std::get_if<ReplayCommandOptions>(&command)) return run_replay_command(*replay);
    if (const auto* evaluate = std::get_if<EvaluateOptions>(&command)) return run_evaluate_command(*evaluate);
    if (const auto* predict = std::get_if<PredictOptions>(&command)) return run_predict_command(*predict);
    if (const auto* inspect = std::get_if<InspectOptions>(&command)) return run_inspect_command(*inspect);
    if (const auto* exported = std::get_if<ExportOptions>(&command)) return run_export_command(*exported);
    if (const auto* fetch = std::get_if<FetchCommandOptions>(&command)) return run_fetch_command(*fetch);
    return run_recipes_command(std::get<RecipesOptions>(command));
}

int run(int argc, char** argv) {
    make_size_limits_errors();
    const std::variant<CommandLine, CommandLineAnswer> parsed = parse_command_line(argc, argv, version());
    if (const auto* answer = std::get_if<CommandLineAnswer>(&parsed)) {
        std::fputs(answer->text.c_str(), answer->exit_code == 0 ? stdout : stderr);
        return answer->exit_code;
    }
    const CommandLine& command = std::get<CommandLine>(parsed);
    if (const auto* window = std::get_if<WindowOptions>(&command)) return run_window(*window);
    if (const auto* render = std::get_if<RenderOptions>(&command)) return run_render(*render);
    return run_headless(std::get<HeadlessCommand>(command));
}

// What was printed is part of what was asked for.
int checked_output(int code) {
    errno = 0;
    const bool flushed = std::fflush(stdout) == 0;
    if ((flushed && std::ferror(stdout) == 0) || code != 0) return code;
    const std::string why = errno == 0 ? "" : " (" + std::generic_category().message(errno) + ")";
    return complain({ErrorCode::Io,
                     "What was to be printed could not all be written" + why + "; lead it to a place that has room"});
}

}  // namespace

// Whatever was not expected ends in order too: on its way here sessions are saved.
int main(int argc, char** argv) {
    try {
        return checked_output(run(argc, argv));
    } catch (const std::exception& error) {
        return complain({ErrorCode::Failed, "Something unexpected happened: " + sentence_of(error)});
    }
}
