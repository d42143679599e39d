#include "engine/host/run_setup.h"

#include "engine/api/number_limits.h"
#include "engine/core/log.h"
#include "engine/core/machine_memory.h"
#include "engine/core/plain_file.h"
#include "engine/data/fingerprint.h"
#include "engine/data/open_dataset.h"
#include "engine/formats/checkpoint.h"
#include "engine/formats/lanes_file.h"
#include "engine/formats/past_file.h"
#include "engine/formats/run_log.h"
#include "engine/formats/weights_file.h"
#include "engine/host/run_data.h"
#include "engine/host/saved_network.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/recipe/recipe_library.h"
#include "engine/session/training_session.h"
#include "engine/train/device.h"
#include "engine/train/resume_changes.h"
#include "engine/train/tensor_memory.h"
#include "engine/train/torch_trainer.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace convscope {
namespace {

constexpr std::int64_t kMegabyte = 1'000'000;  // as the timeline counts it

namespace fs = std::filesystem;

// The checkpoints of the runs in the user's own folder, the one that was written last first.
Result<std::vector<fs::path>> latest_checkpoints() {
    const Result<fs::path> example = default_run_folder("any", 0);
    if (!example.ok()) return example.error();
    const fs::path runs = example.value().parent_path();
    std::vector<std::pair<fs::file_time_type, fs::path>> found;
    std::error_code problem;
    for (fs::directory_iterator run(runs, problem), end; !problem && run != end; run.increment(problem)) {
        const fs::path file = run->path() / kLastCheckpoint;
        std::error_code none;
        const fs::file_time_type time = fs::last_write_time(file, none);
        if (!none)
            found.emplace_back(time, file);
        else if (const std::optional<Error> hidden = out_of_reach(run->path()))
            log::write(log::Level::Warning, "--resume latest passes over a folder: " + hidden->message);
    }
    if (problem && problem != std::errc::no_such_file_or_directory) return file_problem(runs, "read", problem.value());
    if (found.empty())
        return Error{ErrorCode::NotFound, "--resume latest: there is no saved run in '" + runs.string() +
                                              "'; name a file, or begin a new run"};
    std::sort(found.begin(), found.end(), std::greater<>());
    std::vector<fs::path> files;
    for (auto& [time, file] : found) files.push_back(std::move(file));
    return files;
}

struct SavedRun {
    fs::path path;
    RunState run;
};

// A file that a crash of the machine has left broken is passed over with a word: the run before it is better than none.
Result<SavedRun> read_latest() {
    const Result<std::vector<fs::path>> files = latest_checkpoints();
    if (!files.ok()) return files.error();
    std::string broken;
    for (const fs::path& file : files.value()) {
        Result<RunState> saved = read_checkpoint(file);
        if (saved.ok()) return SavedRun{file, std::move(saved).value()};
        log::write(log::Level::Warning, "--resume latest passes over a file: " + saved.error().message);
        if (broken.empty()) broken = saved.error().message;
    }
    return Error{ErrorCode::Corrupt, "--resume latest: no saved run can be read; the newest is " + broken};
}

Result<SavedRun> read_saved_run(const std::string& resume) {
    if (resume == "latest") return read_latest();
    Result<RunState> saved = read_checkpoint(resume);
    if (!saved.ok()) return saved.error();
    return SavedRun{resume, std::move(saved).value()};
}

ResumeChanges changes_of(const RunOptions& options) {
    return {.epochs = options.epochs,
            .batch_size = options.batch_size,
            .learning_rate = options.learning_rate,
            .set = options.set};
}

// The data that a run learned from are not where they were. What to use instead of them is no remedy: it goes on with
// no others.
Error data_are_gone(const std::string& what, const std::string& name, const std::string& option, const Error& why) {
    if (option.empty()) return why;
    const std::string begin = what + ": learned from " + (name.empty() ? "data" : name) + " in " + option;
    const std::string remedy = "; say where the same data are now with --data";
    if (why.code == ErrorCode::NotFound && fs::path(option).is_absolute())  // a named set can be fetched again
        return Error{why.code, begin + ", where there is no data set any more" + remedy};
    return Error{why.code, begin + ", which cannot be opened: " + why.message + remedy};
}

// The recipe and the seed are the saved run's, as are the settings that are not changed; and the
// data, unless --data says where they lie now.
Result<RunSetup> prepare_resumed_run(const RunOptions& options, SavedRun saved) {
    if (const auto changed = change_resumed_run(saved.run, changes_of(options)); !changed.ok()) return changed.error();
    const fs::path& path = saved.path;
    const TrainingState& state = *saved.run.training;
    const std::string& option = options.data.empty() ? state.data_option : options.data;
    Result<std::shared_ptr<const Dataset>> data = open_dataset(option, state.seed, picture_format(state.recipe));
    if (!data.ok())
        return options.data.empty() ? data_are_gone(path.string(), state.data_name, option, data.error())
                                    : data.error();
    if (const Result<void> same = check_same_data(state, *data.value()); !same.ok())
        return Error{same.error().code, path.string() + ": " + same.error().message};
    RunSetup setup{state.recipe, std::move(data).value(), options, path};
    setup.options.seed = state.seed;
    setup.options.resume = path;
    return setup;
}

Result<RunSetup> prepare_saved_run(const RunOptions& options, const std::string& file) {
    Result<SavedRun> saved = read_saved_run(file);
    return saved.ok() ? prepare_resumed_run(options, std::move(saved).value()) : saved.error();
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

// With `checkpoint` set: a saved run goes on where it was saved, weights alone are what a new run begins with.
Result<RunSetup> prepare_opened_run(const RunOptions& options) {
    const Result<WeightsFile> file = read_weights_file(options.checkpoint);
    if (!file.ok()) return file.error();
    const Result<Recipe> own = recipe_of_checkpoint(file.value().content, options.checkpoint);
    if (own.ok()) {
        std::string given;
        for (const std::string& name : options.of_new_runs) given += (given.empty() ? "" : ", ") + name;
        if (given.empty()) return prepare_saved_run(options, options.checkpoint);
        return Error{ErrorCode::InvalidArgument,
                     options.checkpoint +
                         ": is a saved run, which goes on with its own recipe, seed and settings; "
                         "leave out " +
                         given};
    }
    if (options.of_new_runs.empty() || options.of_new_runs.front() != "--recipe") return own.error();
    Result<RunSetup> setup = prepare_new_run(options);
    if (!setup.ok()) return setup;
    const Result<NetworkDescription> plan = plan_network(setup.value().recipe);
    if (!plan.ok()) return plan.error();
    Result<std::vector<NamedTensor>> weights =
        weights_for(plan.value(), file.value(), options.checkpoint, options.key, /*verbose=*/false);
    if (!weights.ok()) return weights.error();
    setup.value().weights = std::make_shared<const InitialWeights>(
        InitialWeights{options.checkpoint, options.key, std::move(weights).value()});
    return setup;
}

// The folder of the run whose last checkpoint this is; empty where it is another file, or one in a folder that cannot
// be written to.
fs::path own_folder(const fs::path& checkpoint) {
    const fs::path folder = checkpoint.has_parent_path() ? checkpoint.parent_path() : fs::path(".");
    const bool own = checkpoint.filename() == kLastCheckpoint && ::access(folder.c_str(), W_OK) == 0;
    return own ? folder : fs::path();
}

Result<RunSetup> prepare_any_run(const RunOptions& options) {
    if (!options.checkpoint.empty()) return prepare_opened_run(options);
    if (options.resume.empty()) return prepare_new_run(options);
    Result<RunSetup> setup = prepare_saved_run(options, options.resume);
    if (setup && options.out.empty()) setup.value().options.out = own_folder(setup.value().resume);
    return setup;
}

Result<RunSetup> with_room(Result<RunSetup> setup) {
    if (const Result<void> room = check_address_space(); !room.ok()) return room.error();
    return setup;
}

}  // namespace

Result<RunSetup> prepare_run(const RunOptions& options) {
    Result<RunSetup> setup = prepare_any_run(options);
    if (!setup.ok()) return setup;
    if (const Result<NetworkDescription> plan = plan_network(setup.value().recipe); !plan.ok()) return plan.error();
    if (const Result<torch::Device> device = choose_device(options.device); !device.ok()) return device.error();
    if (setup.value().data) return with_room(std::move(setup));
    Result<std::shared_ptr<const Dataset>> data =
        open_run_data(options.data, setup.value().options.seed, picture_format(setup.value().recipe),
                      {.say = [](const std::string& words) { std::fprintf(stderr, "%s\n", words.c_str()); }});
    if (!data.ok()) return data.error();
    setup.value().data = std::move(data).value();
    return with_room(std::move(setup));
}

Result<RunFolders> claim_run_folders(RunSetup& setup) {
    Result<RunFolders> folders =
        open_run_folders({.out = setup.options.out, .resume = setup.resume, .overwrite = setup.options.overwrite});
    if (!folders.ok()) return folders.error();
    if (!folders.value().notice.empty()) std::fprintf(stderr, "%s\n", folders.value().notice.c_str());
    setup.resume = folders.value().resume;
    return folders;
}

std::unique_ptr<Session> make_session(const RunSetup& setup, SessionSettings settings) {
    keep_tensor_memory();
    SessionOptions options;
    options.recipe = setup.recipe;
    options.seed = setup.options.seed;
    options.program = build_description();
    options.paused = settings.paused;
    options.iterations_per_second = settings.iterations_per_second;
    options.resume = setup.resume;
    options.files = checkpoint_files();
    if (settings.beside_window) {  // nobody else goes back, or from lane to lane
        options.files.families = lanes_files();
        options.files.past = past_files();
        options.disk_states_bytes = setup.options.keep_disk * kMegabyte;
    }
    options.weights = setup.weights;
    options.extend_finished = settings.extend_finished;
    options.breakpoints = std::move(settings.breakpoints);
    if (settings.folders.checkpoint) {
        options.save_to = std::move(settings.folders.checkpoint);
        options.folders = settings.folders.use;
        // Where nobody else keeps it, it ends with the session's options, when nothing is added any more.
        std::shared_ptr<RunRecorder> recorder = std::move(settings.recorder);
        if (!recorder)
            recorder = std::make_shared<RunRecorder>(setup.options.log_every, RunRecorder::kMostRows,
                                                     std::move(settings.folders.use));
        options.log = [recorder](RunLogEntry entry) { return recorder->add(std::move(entry)); };
        options.settle_log = [recorder] { return recorder->settle(); };
    }
    options.autosave_seconds = setup.options.autosave_seconds;
    options.keep_every_epochs = setup.options.keep_every_epochs;
    // Nobody goes back where there is no window.
    options.kept_states_bytes =
        settings.beside_window ? static_cast<std::size_t>(setup.options.keep_memory * kMegabyte) : 0;
    options.on_publish = std::move(settings.on_publish);
    TorchTrainerOptions trainer;
    trainer.data = setup.data;
    trainer.threads = setup.options.threads;
    trainer.device = setup.options.device;
    if (!setup.resume.empty()) trainer.changes = changes_of(setup.options);
    trainer.yield_to_window = settings.beside_window;
    return std::make_unique<TrainingSession>([trainer] { return std::make_unique<TorchTrainer>(trainer); },
                                             std::move(options));
}

Result<ReplayOptions> prepare_replay(const journal::Begun& begun, const ReplaySources& sources) {
    const std::string& option = sources.data.empty() ? begun.data_option : sources.data;
    if (option.empty())
        return Error{ErrorCode::InvalidArgument,
                     "the journal does not say where its data lie (" + begun.data_name + "); name them with --data"};
    Result<std::shared_ptr<const Dataset>> data = open_dataset(option, begun.seed, picture_format(begun.recipe));
    if (!data.ok())
        return sources.data.empty() ? data_are_gone("the journal", begun.data_name, option, data.error())
                                    : data.error();
    if (const Result<void> room = check_address_space(); !room.ok()) return room.error();
    if (begun.data_fingerprint >= 0 && begun.data_fingerprint != fingerprint(*data.value(), begun.fingerprint_kind))
        return Error{ErrorCode::InvalidArgument, "the run learned from other pictures (" + begun.data_name +
                                                     ") than those of --data " + option +
                                                     "; name the same data with --data"};
    if (const Result<torch::Device> device = choose_device(sources.device); !device.ok()) return device.error();
    ReplayOptions options;
    options.files = checkpoint_files();
    if (begun.resumed_from.empty() && !begun.weights_from.empty()) {
        const Result<WeightsFile> file = read_weights_file(begun.weights_from);
        if (!file.ok()) return file.error();
        const Result<NetworkDescription> plan = plan_network(begun.recipe);
        if (!plan.ok()) return plan.error();
        Result<std::vector<NamedTensor>> weights =
            weights_for(plan.value(), file.value(), begun.weights_from, begun.weights_key, /*verbose=*/false);
        if (!weights.ok()) return weights.error();
        options.weights = std::make_shared<const InitialWeights>(
            InitialWeights{begun.weights_from, begun.weights_key, std::move(weights).value()});
    }
    TorchTrainerOptions trainer;
    trainer.data = std::move(data).value();
    trainer.threads = std::clamp(begun.threads, 1, kMostThreads);
    trainer.device = sources.device;
    options.make_trainer = [trainer] { return std::make_unique<TorchTrainer>(trainer); };
    return options;
}

const char* version() { return CONVSCOPE_VERSION; }

std::string build_description() {
#ifdef __clang__
    return std::string("ConvScope ") + version() + ", Clang " + __clang_version__;
#else
    return std::string("ConvScope ") + version() + ", GCC " + __VERSION__;
#endif
}

}  // namespace convscope
