#include "engine/cli/option_parts.h"

#include "engine/api/number_limits.h"

#include <array>
#include <limits>

namespace convscope {
namespace {

// What a saved run has its own of.
constexpr std::array kOfNewRuns{"--recipe", "--seed", "--key"};

constexpr double kSmallestPositive = std::numeric_limits<double>::min();

CLI::Option* add_positive_option(CLI::App& app, const std::string& name, auto& out, const std::string& description) {
    return add_number(app, name, out, kSmallestPositive, kMostNumber, description)->type_name("X");
}

}  // namespace

CLI::Option* add_seed_option(CLI::App& app, std::uint64_t& seed, const std::string& description) {
    return add_number(app, "--seed", seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(), description)
        ->default_str(std::to_string(seed));
}

CLI::Option* add_set_option(CLI::App& app, std::vector<std::string>& set, const std::string& description) {
    return app.add_option("--set", set, description)
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)  // what follows its value is no other one: `predict --set K=V a.png b.png`
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_break_option(CLI::App& app, std::vector<Breakpoint>& breakpoints) {
    const auto read = [&breakpoints](const CLI::results_t& given) {
        breakpoints.clear();
        for (const std::string& text : given) {
            Result<Breakpoint> one = parse_breakpoint(text);
            if (!one) throw CLI::ValidationError("--break-when", one.error().message);
            breakpoints.push_back(std::move(one).value());
        }
        return true;
    };
    app.add_option("--break-when", read,
                   "stop there, as in --break-when 'test_accuracy >= 0.98' --break-when 'unit dies'; may be given more "
                   "than once, and the run can be resumed")
        ->type_name("CONDITION")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_device_option(CLI::App& app, std::string& device) {
    app.add_option("--device", device, "auto, cpu, cuda or mps")
        ->type_name("NAME")
        ->capture_default_str()
        ->check(CLI::IsMember({"auto", "cpu", "cuda", "mps"}));
}

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
    add_number(app, "--keep-every-epochs", run.keep_every_epochs, std::int64_t{0}, kMostOfAnything,
               "keep a checkpoint of every Nth epoch too, as epoch-0001.pt; 0: the last one only")
        ->default_str("0");
    add_number(app, "--log-every", run.log_every, std::int64_t{1}, kMostOfAnything,
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

std::string find_empty_name(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
        const std::string type = option->get_type_name();
        if (type.find("FILE") == std::string::npos && type.find("DIR") == std::string::npos) continue;
        for (const std::string& name : option->results())
            if (name.empty()) return option->get_name() + ": the name is empty; give one, or leave the option out";
    }
    return {};
}

std::vector<std::string> options_of_new_runs(const CLI::App& app) {
    std::vector<std::string> given;
    for (const char* name : kOfNewRuns)
        if (app.count(name) > 0) given.emplace_back(name);
    return given;
}

}  // namespace convscope
