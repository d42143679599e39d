#include "engine/cli/run_setup.h"

#include "engine/cli/run_recorder.h"
#include "engine/data/open_dataset.h"
#include "engine/formats/run_log.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"
#include "engine/session/training_session.h"
#include "engine/train/checkpoint.h"
#include "engine/train/device.h"
#include "engine/train/tensor_memory.h"
#include "engine/train/torch_trainer.h"

#include <utility>

namespace convscope {
namespace {

namespace fs = std::filesystem;

// The checkpoint that was written last among the runs in the user's own folder.
Result<fs::path> latest_checkpoint() {
    const Result<fs::path> example = default_run_folder("any", 0);
    if (!example.ok()) return example.error();
    const fs::path runs = example.value().parent_path();
    fs::path latest;
    fs::file_time_type latest_time{};
    std::error_code problem;
    for (const fs::directory_entry& run : fs::directory_iterator(runs, problem)) {
        const fs::path file = run.path() / kLastCheckpoint;
        const fs::file_time_type time = fs::last_write_time(file, problem);
        if (problem || (!latest.empty() && time <= latest_time)) continue;
        latest = file;
        latest_time = time;
    }
    if (latest.empty())
        return Error{ErrorCode::NotFound, "--resume latest: there is no saved run in '" + runs.string() +
                                              "'; name a file, or begin a new run"};
    return latest;
}

// With `resume` set: the recipe and the seed are the saved run's, as are, but for the epochs, all settings; and the
// data, unless --data says where they lie now.
Result<RunSetup> prepare_resumed_run(const RunOptions& options) {
    const Result<fs::path> path = options.resume == "latest" ? latest_checkpoint() : Result<fs::path>(options.resume);
    if (!path.ok()) return path.error();
    Result<Checkpoint> saved = read_checkpoint(path.value());
    if (!saved.ok()) return saved.error();
    TrainingState& state = saved.value().state;
    const std::string& option = options.data.empty() ? state.data_option : options.data;
    Result<std::shared_ptr<const Dataset>> data = open_dataset(option, state.seed, picture_format(state.recipe));
    if (!data.ok()) return data.error();
    if (const Result<void> same = check_same_data(state, *data.value()); !same.ok())
        return Error{same.error().code, path.value().string() + ": " + same.error().message};
    RunSetup setup{std::move(state.recipe), std::move(data).value(), options, path.value()};
    setup.options.seed = state.seed;
    return setup;
}

Result<RunSetup> prepare_new_run(const RunOptions& options) {
    Result<Recipe> found = find_recipe(options.recipe);
    if (!found.ok()) return found.error();
    Recipe recipe = std::move(found).value();
    if (options.epochs) recipe.epochs = *options.epochs;
    if (options.batch_size) recipe.batch_size = *options.batch_size;
    if (options.learning_rate) recipe.optimizer.learning_rate = *options.learning_rate;
    Result<Recipe> overridden = override_recipe(recipe, options.set);
    if (!overridden.ok()) return overridden.error();
    return RunSetup{std::move(overridden).value(), nullptr, options, {}};
}

}  // namespace

Result<RunSetup> prepare_run(const RunOptions& options) {
    Result<RunSetup> setup = options.resume.empty() ? prepare_new_run(options) : prepare_resumed_run(options);
    if (!setup.ok()) return setup;
    if (const Result<NetworkDescription> plan = plan_network(setup.value().recipe); !plan.ok()) return plan.error();
    if (const Result<torch::Device> device = choose_device(options.device); !device.ok()) return device.error();
    if (setup.value().data) return setup;
    Result<std::shared_ptr<const Dataset>> data =
        open_dataset(options.data, setup.value().options.seed, picture_format(setup.value().recipe));
    if (!data.ok()) return data.error();
    setup.value().data = std::move(data).value();
    return setup;
}

std::unique_ptr<Session> make_session(const RunSetup& setup, SessionSettings settings) {
    keep_tensor_memory();
    SessionOptions options;
    options.recipe = setup.recipe;
    options.seed = setup.options.seed;
    options.paused = settings.paused;
    options.iterations_per_second = settings.iterations_per_second;
    options.resume = setup.resume;
    if (settings.save_to) {
        options.save_to = std::move(settings.save_to);
        // It ends with the session's options, when nothing is added any more.
        options.log = [recorder = std::make_shared<RunRecorder>(setup.options.log_every)](RunLogEntry entry) {
            return recorder->add(std::move(entry));
        };
    }
    options.autosave_seconds = setup.options.autosave_seconds;
    options.keep_every_epochs = setup.options.keep_every_epochs;
    options.on_publish = std::move(settings.on_publish);
    TorchTrainerOptions trainer;
    trainer.data = setup.data;
    trainer.threads = setup.options.threads;
    trainer.device = setup.options.device;
    trainer.epochs = setup.resume.empty() ? 0 : setup.options.epochs.value_or(0);
    trainer.yield_to_window = settings.beside_window;
    return std::make_unique<TrainingSession>([trainer] { return std::make_unique<TorchTrainer>(trainer); },
                                             std::move(options));
}

const char* version() { return CONVSCOPE_VERSION; }

}  // namespace convscope
