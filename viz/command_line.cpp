#include "viz/command_line.h"

#include "engine/cli/option_parts.h"
#include "viz/app/workspaces.h"

#include <CLI/CLI.hpp>

#include <regex>
#include <sstream>

namespace convscope {
namespace {

// Empty, or what is wrong with it.
std::string read_size(const std::string& text, int& width, int& height) {
    static const std::regex form("([0-9]{3,5})x([0-9]{3,5})");
    std::smatch match;
    if (!std::regex_match(text, match, form)) return "write the size as 1280x800, not " + text;
    width = std::stoi(match[1]);
    height = std::stoi(match[2]);
    if (width > kMostPixelsAlong || height > kMostPixelsAlong)
        return "at most " + std::to_string(kMostPixelsAlong) + " pixels along a side, not " + text;
    if (std::int64_t{width} * height > kMostPixels)
        return text + " are more pixels than are drawn, " + std::to_string(kMostPixels) +
               " (8192x8192); ask for a smaller size";
    return {};
}

void add_render_options(CLI::App& app, RenderOptions& render, std::string& size) {
    add_checkpoint_option(app, render.run);
    app.add_option("--camera", render.camera, "what is looked at: home, LAYER, LAYER/MAP or LAYER/MAP/ROW/COLUMN")
        ->type_name("NAME")
        ->capture_default_str();
    app.add_option("--size", size, "of the picture, in pixels; 1280x800")
        ->type_name("WxH")
        ->check([&render](const std::string& text) { return read_size(text, render.width, render.height); });
    app.add_flag("--light", render.light, "the light theme");
    add_number(app, "--at-iteration", render.at_iteration, std::int64_t{0}, kMostOfAnything, "train so far first")
        ->default_str("0");
    app.add_option("--out", render.file, "the picture")->type_name("FILE.png")->required();
}

void add_window_options(CLI::App& app, WindowOptions& window, std::string& size) {
    app.add_flag("--paused", window.paused, "begin paused at iteration 0");
    app.add_option("--size", size, "of the window, in pixels")
        ->type_name("WxH")
        ->check([&window](const std::string& text) { return read_size(text, window.width, window.height); });
    std::string workspaces_named = "the arrangement of panels:";
    for (const Workspace& workspace : workspaces())
        workspaces_named += (&workspace == &workspaces().front() ? " " : ", ") + std::string(workspace.id);
    app.add_option("--workspace", window.workspace, workspaces_named)->type_name("NAME");
    CLI::Option* screenshot =
        app.add_option("--screenshot", window.screenshot, "write a frame as a PNG, then exit")->type_name("FILE.png");
    add_number(app, "--at-iteration", window.at_iteration, std::int64_t{0}, kMostOfAnything,
               "the frame that shows this iteration or a later one; default: 1, or where a paused run stands")
        ->needs(screenshot);
    add_number(app, "--keep-memory", window.run.keep_memory, std::int64_t{0}, std::int64_t{1} << 20,
               "MiB for states of the run that one can go back to; 0: going back begins at the run's start")
        ->default_str("512");
    add_number(app, "--keep-disk", window.run.keep_disk, std::int64_t{0}, std::int64_t{1} << 20,
               "MiB for such states beside the run, where they are there when it is resumed; 0: none")
        ->default_str("512");
    app.add_option("--report", window.report, "write one JSON line per change of what the window shows, for automation")
        ->type_name("FILE");
}

}  // namespace

std::variant<CommandLine, CommandLineAnswer> parse_command_line(int argc, const char* const* argv,
                                                                const std::string& version) {
    CLI::App app("ConvScope: a live microscope for convolutional networks", "convscope");
    app.set_version_flag("--version", "convscope " + version);

    WindowOptions window;
    std::string size;
    add_run_options(app, window.run);
    add_window_options(app, window, size);

    RenderOptions render;
    std::string picture_size;
    CLI::App* render_command = app.add_subcommand("render", "a picture of the network as a place, without a window");
    add_network_options(*render_command, render.run);
    add_render_options(*render_command, render, picture_size);

    const HeadlessCommands commands(app);
    app.require_subcommand(0, 1);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::ostringstream text;
        return app.exit(error, text, text) == 0 ? CommandLineAnswer{0, text.str()} : CommandLineAnswer{2, text.str()};
    }
    for (CLI::App* command : app.get_subcommands()) {
        if (app.count_all() <= 1 + command->count_all()) continue;
        const std::string name = command->get_name();
        return CommandLineAnswer{
            2, "Options of `" + name + "` come after the word " + name + ": convscope " + name + " ...\n"};
    }
    std::string idle = find_empty_name(app);
    for (const CLI::App* command : app.get_subcommands())
        if (idle.empty()) idle = find_empty_name(*command);
    if (idle.empty()) idle = commands.idle_option();
    if (idle.empty() && app.get_subcommands().empty())  // a window keeps its runs, a picture does not
        idle = find_idle_option(app, /*kept=*/!window.run.out.empty() || window.screenshot.empty());
    if (!idle.empty()) return CommandLineAnswer{2, idle + '\n'};

    const std::string program = argc > 0 ? argv[0] : "";
    const auto name_program = [&program](RunOptions& run) {
        if (!program.empty()) run.program = program;
    };
    if (std::optional<HeadlessCommand> command = commands.chosen()) {
        if (auto* train = std::get_if<TrainOptions>(&*command)) name_program(train->run);
        return CommandLine{*std::move(command)};
    }
    CLI::App& given = *render_command ? *render_command : app;
    RunOptions& run = *render_command ? render.run : window.run;
    run.of_new_runs = options_of_new_runs(given);
    name_program(run);
    return *render_command ? CommandLine{std::move(render)} : CommandLine{std::move(window)};
}

}  // namespace convscope
