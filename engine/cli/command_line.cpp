#include "engine/cli/command_line.h"

#include "engine/api/number_limits.h"

#include <CLI/CLI.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <regex>
#include <sstream>

namespace convscope {
namespace {

// What a saved run has its own of.
constexpr std::array kOfNewRuns{"--recipe", "--seed", "--key"};

constexpr std::int64_t kMost = std::int64_t{1} << 40;  // of whatever is counted
constexpr double kSmallestPositive = std::numeric_limits<double>::min();

// All of the text as one number. CLI11 itself reads -1 as the largest unsigned number, 010 as 8, and what is too large
// as the largest there is.
template <typename Number>
bool read_number(std::string_view text, Number& number) {
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc() && end == text.data() + text.size();
}

template <typename Number>
std::string range_text(Number least, Number most) {
    if constexpr (std::is_floating_point_v<Number>) return "a number above 0, at most 1e30";
    if (most == kMost) return "a whole number, " + std::to_string(least) + " or more";
    return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

// An option that takes a number within these bounds; `out` may be optional.
template <typename Number, typename Out>
CLI::Option* add_number(CLI::App& app, const std::string& name, Out& out, Number least, Number most,
                        const std::string& description) {
    const auto read = [name, &out, least, most](const CLI::results_t& given) {
        Number number{};
        if (!read_number(given.front(), number) || !(number >= least && number <= most))
            throw CLI::ValidationError(name, "write " + range_text(least, most) + ", not " + given.front());
        out = number;
        return true;
    };
    return app.add_option(name, read, description)->type_name("N");
}

CLI::Option* add_seed_option(CLI::App& app, std::uint64_t& seed, const std::string& description) {
    return add_number(app, "--seed", seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(), description)
        ->default_str(std::to_string(seed));
}

CLI::Option* add_positive_option(CLI::App& app, const std::string& name, auto& out, const std::string& description) {
    return add_number(app, name, out, kSmallestPositive, kMostNumber, description)->type_name("X");
}

CLI::Option* add_set_option(CLI::App& app, std::vector<std::string>& set, const std::string& description) {
    return app.add_option("--set", set, description)
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)  // what follows its value is no other one: `predict --set K=V a.png b.png`
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_device_option(CLI::App& app, std::string& device) {
    app.add_option("--device", device, "auto, cpu or cuda")
        ->type_name("NAME")
        ->capture_default_str()
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
}

// What is trained, on what and how.
void add_network_options(CLI::App& app, RunOptions& run) {
    app.add_option("--recipe", run.recipe, "what is trained and how: a name from `convscope recipes`, or a TOML file")
        ->type_name("NAME|FILE")
        ->capture_default_str();
    app.add_option("--data", run.data,
                   "'drawn' for generated digits, or a folder with MNIST's four files; default: $CONVSCOPE_DATA, else "
                   "$XDG_DATA_HOME/convscope/mnist, else drawn")
        ->type_name("NAME|DIR");
    add_seed_option(app, run.seed, "of the weights, the data order and the drawn digits");
    add_number(app, "--threads", run.threads, 1, kMostThreads, "for LibTorch; default: found by timing");
    add_device_option(app, run.device);
    add_number(app, "--epochs", run.epochs, std::int64_t{1}, std::int64_t{1'000'000}, "instead of the recipe's");
    add_number(app, "--batch-size", run.batch_size, std::int64_t{1}, std::int64_t{1'000'000},
               "instead of the recipe's");
    add_positive_option(app, "--lr", run.learning_rate, "learning rate instead of the recipe's");
    add_set_option(app, run.set,
                   "any setting of the recipe, as in --set optimizer.learning_rate=0.01 --set layer.conv1.channels=16; "
                   "may be given more than once");
}

CLI::Option* add_key_option(CLI::App& app, std::string& key) {
    return app.add_option("--key", key, "which weights of the file, where it holds several: 'ema', 'nets.0.model'")
        ->type_name("NAME");
}

CLI::Option* add_checkpoint_option(CLI::App& app, RunOptions& run) {
    CLI::Option* checkpoint =
        app.add_option("--checkpoint", run.checkpoint,
                       "open a saved run, or begin with weights that PyTorch saved, whose network --recipe names")
            ->type_name("FILE");
    add_key_option(app, run.key)->needs(checkpoint);
    return checkpoint;
}

void add_run_options(CLI::App& app, RunOptions& run) {
    add_network_options(app, run);
    CLI::Option* resume =
        app.add_option("--resume", run.resume,
                       "go on with a saved run, with other settings where these are named; 'latest' is the one that "
                       "was saved last")
            ->type_name("FILE|latest");
    add_checkpoint_option(app, run)->excludes(resume);
    CLI::Option* out =
        app.add_option("--out", run.out, "the run's folder: its checkpoint and its log")->type_name("DIR");
    app.add_flag("--overwrite", run.overwrite, "a run that is in that folder already is moved to DIR/old-1")
        ->needs(out);
    add_positive_option(app, "--autosave-seconds", run.autosave_seconds,
                        "between two checkpoints that are saved unasked")
        ->default_str("60");
    add_number(app, "--keep-every-epochs", run.keep_every_epochs, std::int64_t{0}, kMost,
               "keep a checkpoint of every Nth epoch too, as epoch-0001.pt; 0: the last one only")
        ->default_str("0");
    add_number(app, "--log-every", run.log_every, std::int64_t{1}, kMost,
               "log every Nth iteration; without it every one up to 10,000, every 10th up to 100,000, every 100th up "
               "to a million, ...");
}

void add_weights_options(CLI::App& app, WeightsOptions& weights) {
    app.add_option("--checkpoint", weights.checkpoint, "a saved run, or weights of PyTorch or safetensors")
        ->type_name("FILE")
        ->required();
    add_key_option(app, weights.key);
    app.add_option("--recipe", weights.recipe, "the network, when the file holds weights alone")
        ->type_name("NAME|FILE");
    add_set_option(app, weights.set, "a setting of the recipe instead of its own");
    app.add_flag("--verbose", weights.verbose, "say what of the file was not read");
}

// Empty, or which option of a run's asks for something that nobody would do, and what can be done instead.
std::string find_idle_option(const CLI::App& app, bool kept) {
    for (const char* name : kOfNewRuns)
        if (app.count(name) > 0 && app.count("--resume") > 0)
            return std::string(name) +
                   ": a run that is resumed with --resume keeps its own; leave it out, or begin a "
                   "new run without --resume";
    for (const char* name : {"--autosave-seconds", "--keep-every-epochs", "--log-every"})
        if (app.count(name) > 0 && !kept)
            return std::string(name) + ": nothing of this run is kept; name a folder with --out";
    return {};
}

// Empty, or which option was given an empty name: of a script's variable that is not set, say.
std::string find_empty_name(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
        const std::string type = option->get_type_name();
        if (type.find("FILE") == std::string::npos && type.find("DIR") == std::string::npos) continue;
        for (const std::string& name : option->results())
            if (name.empty()) return option->get_name() + ": the name is empty; give one, or leave the option out";
    }
    return {};
}

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
    add_number(app, "--at-iteration", render.at_iteration, std::int64_t{0}, kMost, "train so far first")
        ->default_str("0");
    app.add_option("--out", render.file, "the picture")->type_name("FILE.png")->required();
}

void add_window_options(CLI::App& app, WindowOptions& window, std::string& size) {
    app.add_flag("--paused", window.paused, "begin paused at iteration 0");
    app.add_option("--size", size, "of the window, in pixels")
        ->type_name("WxH")
        ->check([&window](const std::string& text) { return read_size(text, window.width, window.height); });
    app.add_option("--workspace", window.workspace,
                   "the arrangement of panels: overview, features, training, all, data or scene")
        ->type_name("NAME");
    CLI::Option* screenshot =
        app.add_option("--screenshot", window.screenshot, "write a frame as a PNG, then exit")->type_name("FILE.png");
    add_number(app, "--at-iteration", window.at_iteration, std::int64_t{0}, kMost,
               "the frame that shows this iteration or a later one; default: 1, or where a paused run stands")
        ->needs(screenshot);
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

    TrainOptions train;
    CLI::App* train_command = app.add_subcommand("train", "train without a window");
    add_run_options(*train_command, train.run);
    add_number(*train_command, "--iterations", train.iterations, std::int64_t{1}, kMost,
               "stop after this many instead of all epochs");
    train_command->add_flag("--json", train.json, "one JSON object per line: start, epoch, end");
    train_command->add_option("--dump", train.dump, "write the last snapshot's tensors for Python's torch.load")
        ->type_name("FILE.pt");
    add_number(*train_command, "--print-every", train.print_every, std::int64_t{1}, kMost,
               "print the loss of every so many iterations");

    EvaluateOptions evaluate;
    CLI::App* evaluate_command = app.add_subcommand("evaluate", "measure a saved network on a test set");
    add_weights_options(*evaluate_command, evaluate.weights);
    evaluate_command->add_flag("--json", evaluate.weights.json, "a JSON object");
    evaluate_command->add_option("--data", evaluate.data, "as for the window")->type_name("NAME|DIR");
    add_seed_option(*evaluate_command, evaluate.seed, "of the drawn digits");

    PredictOptions predict;
    CLI::App* predict_command = app.add_subcommand("predict", "say what a saved network sees in pictures");
    add_weights_options(*predict_command, predict.weights);
    predict_command->add_flag("--json", predict.weights.json, "JSON, one object per line");
    predict_command->add_option("images", predict.images, "PNG, JPEG, WebP, GIF, TIFF or BMP files")
        ->type_name("IMAGE...")
        ->required();
    predict_command->add_option("--show", predict.show, "write what the network saw: one PNG, a grid of all pictures")
        ->type_name("FILE.png");

    ExportOptions exported;
    CLI::App* export_command = app.add_subcommand("export", "write a saved network's weights for other programs");
    add_weights_options(*export_command, exported.weights);
    export_command->add_option("--out", exported.file, "ends in .safetensors, .pth or .pt, and is written as that")
        ->type_name("FILE")
        ->required();

    ReplayCommandOptions replay;
    CLI::App* replay_command =
        app.add_subcommand("replay", "live a run again from its journal, and compare the weights");
    replay_command->add_option("journal", replay.journal, "a run's folder, or the journal.jsonl in it")
        ->type_name("FILE|DIR")
        ->required();
    add_number(*replay_command, "--until", replay.until, std::int64_t{0}, kMost,
               "stop at this iteration; default: as far as the journal goes");
    replay_command->add_option("--data", replay.data, "where the data lie now; default: where they lay then")
        ->type_name("NAME|DIR");
    add_device_option(*replay_command, replay.device);
    replay_command->add_flag("--json", replay.json, "one JSON object per line: begun, weights, end");

    FetchCommandOptions fetch;
    CLI::App* fetch_command = app.add_subcommand("fetch", "download a public data set");
    fetch_command->add_option("name", fetch.name, "mnist, fashion-mnist, kmnist or cifar10")->required();
    fetch_command->add_option("--to", fetch.folder, "default: where --data NAME looks for it")->type_name("DIR");
    fetch_command->add_option("--mirror", fetch.mirrors, "an address to fetch from instead of the known ones")
        ->type_name("URL")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    add_number(*fetch_command, "--stall-seconds", fetch.stall_seconds, 1, 3600,
               "a connection that stands still for so long is given up")
        ->default_str(std::to_string(fetch.stall_seconds));
    fetch_command->add_flag("--json", fetch.json, "one JSON object per line");

    RecipesOptions recipes;
    CLI::App* recipes_command = app.add_subcommand("recipes", "list the built-in recipes, or print one");
    CLI::Option* show =
        recipes_command->add_option("--show", recipes.show, "print this recipe's file")->type_name("NAME|FILE");
    add_set_option(*recipes_command, recipes.set, "print it with another value of a setting")->needs(show);
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
    if (argc > 0 && *argv[0] != '\0') window.run.program = render.run.program = train.run.program = argv[0];
    const auto note_what_is_new = [](const CLI::App& command, RunOptions& run) {
        for (const char* name : kOfNewRuns)
            if (command.count(name) > 0) run.of_new_runs.push_back(name);
    };
    note_what_is_new(app, window.run);
    note_what_is_new(*render_command, render.run);
    note_what_is_new(*train_command, train.run);
    std::string idle = find_empty_name(app);
    for (const CLI::App* command : app.get_subcommands())
        if (idle.empty()) idle = find_empty_name(*command);
    if (idle.empty() && *train_command)
        idle = find_idle_option(*train_command, /*kept=*/!train.run.out.empty() || !train.run.resume.empty());
    if (idle.empty() && app.get_subcommands().empty())  // a window keeps its runs, a picture does not
        idle = find_idle_option(app, /*kept=*/!window.run.out.empty() || window.screenshot.empty());
    if (!idle.empty()) return CommandLineAnswer{2, idle + '\n'};
    if (*render_command) return CommandLine{render};
    if (*train_command) return CommandLine{train};
    if (*evaluate_command) return CommandLine{evaluate};
    if (*predict_command) return CommandLine{predict};
    if (*export_command) return CommandLine{exported};
    if (*replay_command) return CommandLine{replay};
    if (*fetch_command) return CommandLine{fetch};
    if (*recipes_command) return CommandLine{recipes};
    return CommandLine{window};
}

}  // namespace convscope
