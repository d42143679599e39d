#include "engine/cli/run_setup.h"

#include "engine/data/open_dataset.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"
#include "engine/session/training_session.h"
#include "engine/train/device.h"
#include "engine/train/torch_trainer.h"

namespace convscope {

Result<RunSetup> prepare_run(const RunOptions& options) {
    Result<Recipe> found = find_recipe(options.recipe);
    if (!found.ok()) return found.error();
    Recipe recipe = std::move(found).value();
    if (options.epochs) recipe.epochs = *options.epochs;
    if (options.batch_size) recipe.batch_size = *options.batch_size;
    if (options.learning_rate) recipe.optimizer.learning_rate = *options.learning_rate;
    Result<Recipe> overridden = override_recipe(recipe, options.set);
    if (!overridden.ok()) return overridden.error();
    recipe = std::move(overridden).value();

    if (const Result<NetworkDescription> plan = plan_network(recipe); !plan.ok()) return plan.error();
    if (const Result<torch::Device> device = choose_device(options.device); !device.ok()) return device.error();
    Result<std::shared_ptr<const Dataset>> data = open_dataset(options.data, options.seed);
    if (!data.ok()) return data.error();
    return RunSetup{std::move(recipe), std::move(data).value(), options};
}

std::unique_ptr<Session> make_session(const RunSetup& setup, SessionSettings settings) {
    SessionOptions options;
    options.recipe = setup.recipe;
    options.seed = setup.options.seed;
    options.paused = settings.paused;
    options.iterations_per_second = settings.iterations_per_second;
    options.on_publish = std::move(settings.on_publish);
    TorchTrainerOptions trainer;
    trainer.data = setup.data;
    trainer.threads = setup.options.threads;
    trainer.device = setup.options.device;
    trainer.yield_to_window = settings.beside_window;
    return std::make_unique<TrainingSession>([trainer] { return std::make_unique<TorchTrainer>(trainer); },
                                             std::move(options));
}

const char* version() { return CONVSCOPE_VERSION; }

}  // namespace convscope
