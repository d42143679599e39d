#include "engine/train/torch_trainer.h"

#include "engine/core/clock.h"
#include "engine/core/log.h"
#include "engine/data/fingerprint.h"
#include "engine/data/held_out.h"
#include "engine/data/open_dataset.h"
#include "engine/data/pixel_statistics.h"
#include "engine/data/prepared_dataset.h"
#include "engine/recipe/network_memory.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/schedule.h"
#include "engine/train/data_fit.h"
#include "engine/train/device.h"
#include "engine/train/initial_weights.h"
#include "engine/train/loss.h"
#include "engine/train/machine.h"
#include "engine/train/tensor_memory.h"

#include <ATen/CPUGeneratorImpl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace convscope {
namespace {

constexpr double kTimingBudgetSeconds = 0.25;
constexpr int kBackgroundNice = 5;

torch::Device device_or_throw(const std::string& name) {
    const Result<torch::Device> device = choose_device(name);
    if (!device.ok()) throw std::runtime_error(device.error().message);
    return device.value();
}

// On Linux a thread has a niceness of its own, and threads that it starts (OpenMP's) inherit it.
void lower_priority_of_this_thread() {
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kBackgroundNice);
}

// Batch norm that gets a single value per channel from a single picture has no deviation to learn from, and LibTorch
// refuses. Null when there is none.
const LayerDescription* norm_of_single_values(const NetworkDescription& network) {
    for (const LayerDescription& layer : network.layers)
        if (layer.spec.kind == LayerKind::BatchNorm && layer.input_shape.element_count() == layer.input_shape[0])
            return &layer;
    return nullptr;
}

bool is_one_thread(const ThreadSettings& settings) { return settings.torch_threads == 1 && settings.blas_threads <= 1; }

}  // namespace

TorchTrainer::TorchTrainer(TorchTrainerOptions options)
    : options_(std::move(options)), device_(device_or_throw(options_.device)) {
    if (options_.yield_to_window) lower_priority_of_this_thread();
}

// Where another one trains on, its memory is the system's again.
TorchTrainer::~TorchTrainer() {
    run_.reset();
    release_kept_tensor_memory();
}

// Its threads are not timed: sums are to be added up as they are here.
std::unique_ptr<Trainer> TorchTrainer::another() const {
    TorchTrainerOptions options = options_;
    options.changes = {};
    if (run_) options.threads = run_->threads.torch_threads;
    return std::make_unique<TorchTrainer>(std::move(options));
}

bool TorchTrainer::cannot_learn_from_one(const NetworkDescription& network) {
    return norm_of_single_values(network) != nullptr;
}

const ThreadSettings& TorchTrainer::find_thread_settings(const NetworkDescription& network, const Recipe& recipe) {
    if (options_.threads > 0) {
        thread_settings_ = fixed_thread_settings(options_.threads);
    } else if (!thread_settings_ || timed_recipe_.layers != recipe.layers ||
               timed_recipe_.batch_size != recipe.batch_size) {
        timed_recipe_ = recipe;
        const std::vector<TimedSetting> timed = time_thread_settings(network, recipe, device_, kTimingBudgetSeconds);
        thread_settings_ = timed.front().settings;
        thread_watch_.reset();
        for (const TimedSetting& one : timed)
            if (is_one_thread(one.settings) && !is_one_thread(*thread_settings_))
                thread_watch_.emplace(one.seconds / static_cast<double>(timed_samples(recipe)));
    }
    return *thread_settings_;
}

void TorchTrainer::set_threads(int threads) {
    thread_watch_.reset();
    thread_settings_.reset();
    run_->threads = fixed_thread_settings(threads);
    apply(run_->threads);
}

// One thread from here on, once several are of no use; a new run tries again.
void TorchTrainer::watch_threads(double seconds, IterationOutcome& outcome) {
    if (!thread_watch_ || !thread_watch_->add(seconds, static_cast<std::int64_t>(outcome.labels.size()))) return;
    set_threads(1);
    outcome.notice = "Other programs keep the processor busy: training goes on with one thread";
}

// Pictures are read again for a recipe that wants them otherwise.
Result<std::shared_ptr<const Dataset>> TorchTrainer::data_for(const RunRequest& request) const {
    const PictureFormat wanted = picture_format(request.recipe);
    if (!request.data.empty()) return open_dataset(request.data, request.seed, wanted);
    // What a recipe left open is answered in its run, and pictures that are read again by the answers come out the
    // same.
    if (serves(*options_.data, wanted) || (run_ && picture_format(run_->info->recipe) == wanted)) return options_.data;
    return open_dataset(options_.data->info().option, request.seed, wanted);
}

Result<std::shared_ptr<const RunInfo>> TorchTrainer::start(const RunRequest& request) {
    Result<std::shared_ptr<const Dataset>> data = data_for(request);
    if (!data.ok()) return data.error();
    Result<Run> made = make_run(request, data.value());
    if (!made.ok()) return made.error();
    Run& run = made.value();
    // Drawn in any case: what dropout draws behind them is a matter of the seed alone.
    draw_initial_weights(run.network, run.generator);
    if (request.weights)
        if (Result<void> loaded = run.network.load(request.weights->tensors); !loaded.ok())
            return refused({loaded.error().code, request.weights->source + ": " + loaded.error().message});
    return begin(std::move(made).value(), std::move(data).value());
}

// The one before goes on as it was, with its own threads too: with others its sums would be added up otherwise.
Error TorchTrainer::refused(Error error) const {
    if (run_) apply(run_->threads);
    return error;
}

Result<void> TorchTrainer::check_room(const Recipe& recipe, const NetworkDescription& network,
                                      std::int64_t batch) const {
    if (device_.type() != torch::kCPU) return {};
    const NetworkUse use = options_.yield_to_window ? NetworkUse::Watched : NetworkUse::Training;
    return check_network_memory(recipe, network, use, batch);
}

Result<TorchTrainer::Run> TorchTrainer::make_run(const RunRequest& request,
                                                 const std::shared_ptr<const Dataset>& source,
                                                 const std::vector<std::string>& class_names) {
    Recipe recipe = request.recipe;
    if (Result<void> fits = check_fit(recipe, source->info()); !fits.ok()) return fits.error();
    if (Result<void> enough = check_trainable(recipe, source->info()); !enough.ok()) return enough.error();
    Result<NetworkDescription> planned = plan_network(recipe);
    if (!planned.ok()) return planned.error();
    const NetworkDescription& plan = planned.value();
    const std::shared_ptr<const Dataset> data =
        recipe.validation_count > 0 ? hold_out(source, recipe.validation_count, request.seed) : source;
    const LayerDescription* norm = norm_of_single_values(plan);
    if (norm != nullptr && data->size(Split::Train) % recipe.batch_size == 1 % recipe.batch_size)
        return Error{ErrorCode::InvalidArgument,
                     "Recipe '" + recipe.name + "' takes " + std::to_string(data->size(Split::Train)) +
                         " pictures in batches of " + std::to_string(recipe.batch_size) +
                         ", and one is left over, from which the batch norm '" + norm->spec.name +
                         "' cannot learn: change [training] batch_size (--batch-size)"};
    const std::int64_t batch = std::min(recipe.batch_size, data->size(Split::Train));
    if (Result<void> room = check_room(recipe, plan, batch); !room.ok()) return room.error();
    if (recipe.normalise_from_data) {
        PixelStatistics pixels = pixel_statistics(*data);
        recipe.input_mean = std::move(pixels.mean);
        recipe.input_deviation = std::move(pixels.deviation);
    }
    recipe.pictures = settled(recipe.pictures, *source);

    const ThreadSettings threads = find_thread_settings(plan, recipe);
    apply(threads);

    auto info = std::make_shared<RunInfo>();
    info->run = request.run;
    info->recipe = recipe;
    info->network = plan;
    info->data = data->info();
    if (!class_names.empty()) info->data.class_names = class_names;
    info->dataset = data;
    if (recipe.augmentation.any())
        info->augment = [augmenter = Augmenter(recipe.augmentation, data->info(), request.seed)](
                            auto in, auto epoch, auto index, auto out) { augmenter.apply(in, epoch, index, out); };
    info->seed = request.seed;
    info->threads = threads.torch_threads;
    info->blas_threads = threads.blas_threads;
    info->library = "LibTorch " + std::string(TORCH_VERSION);
    info->machine = machine_description();
    info->device = device_.is_cpu() ? "cpu" : device_.is_cuda() ? "cuda" : "mps";

    if (request.weights) {
        info->weights_from = request.weights->source;
        info->weights_key = request.weights->key;
    }

    Network network(plan, device_);
    Optimizer optimizer(recipe.optimizer, network.parameters());
    BatchSource batches(data, recipe, request.seed);
    Looking looking(data, recipe, request.seed, request.run);
    return Run{std::move(info),
               threads,
               data,
               std::move(network),
               at::make_generator<at::CPUGeneratorImpl>(request.seed),
               std::move(optimizer),
               std::move(batches),
               std::move(looking),
               fingerprint(*source),
               0,
               {}};
}

// All that may be refused or fail is behind it.
std::shared_ptr<const RunInfo> TorchTrainer::begin(Run run, std::shared_ptr<const Dataset> source) {
    run_.reset();
    run_.emplace(std::move(run));
    batch_ = {};
    release_kept_tensor_memory();
    options_.data = std::move(source);
    return run_->info;
}

LiveSettings TorchTrainer::settings() const {
    return {.learning_rate = run_->optimizer.learning_rate(),
            .momentum = run_->optimizer.momentum(),
            .batch_size = run_->batches.batch_size(),
            .threads = run_->threads.torch_threads,
            .blas_threads = run_->threads.blas_threads};
}

// The same forward pass, of which one sample's outputs are kept, and their gradients once the backward pass comes
// to them. By hooks on the tensors that there are: another node in the graph could change the order in which the
// gradients of a tensor with several readers are added up, and with it their last bits. Where a layer hands on its very
// input (dropout of nothing, a flattened vector) the gradient kept is thus that of the one tensor, all its readers'.
torch::Tensor TorchTrainer::forward_kept(const torch::Tensor& images) {
    Pass& pass = run_->pass;
    pass.outputs.resize(run_->info->network.layers.size());
    pass.gradients.resize(pass.outputs.size());
    const std::int64_t sample = pass.sample;
    const auto keep = [&pass, sample](LayerId layer, const torch::Tensor& output) {
        const auto index = static_cast<std::size_t>(layer.index);
        pass.outputs[index] = output.detach()[sample].clone();
        if (!output.requires_grad()) return;
        output.register_hook([&pass, index, sample](const torch::Tensor& gradient) {
            if (gradient.defined()) pass.gradients[index] = gradient.detach()[sample].clone();
        });
    };
    return run_->network.forward(images, {NetworkMode::Training, run_->generator, keep, run_->restraints.channels});
}

IterationOutcome TorchTrainer::train_iteration(PhaseObserver* observer) {
    Run& run = *run_;
    run.pass = {};
    run.optimizer.set_schedule_factor(schedule_factor(
        run.info->recipe.schedule, {run.iteration, run.batches.batches_per_epoch(), run.info->recipe.epochs}));
    const TimePoint begin = SteadyClock().now();
    run.batches.next(batch_);
    try {
        return learn_from_batch(begin, observer);
    } catch (...) {
        if (!run.moving) run.batches.put_back();
        throw;
    }
}

IterationOutcome TorchTrainer::learn_from_batch(TimePoint begin, PhaseObserver* observer) {
    const SteadyClock clock;
    Run& run = *run_;
    const Recipe& recipe = run.info->recipe;
    double observing_seconds = 0.0;
    const auto reach = [&](Phase phase) {
        if (observer == nullptr) return;
        const TimePoint reached = clock.now();
        run.pass.phase = phase;
        observer->reached(phase);
        observing_seconds += seconds_between(reached, clock.now());
    };
    // start() has seen to it, but the batch size may have been changed since.
    if (batch_.classes.size() == 1)
        if (const LayerDescription* norm = norm_of_single_values(run.info->network))
            throw std::runtime_error("The minibatch holds one picture, from which the batch norm '" + norm->spec.name +
                                     "' cannot learn: start over with another batch size");
    const torch::Tensor labels = batch_.labels.to(device_);
    run.optimizer.zero_grad();
    if (observer != nullptr) {
        run.pass.sample = observer->sample() % static_cast<std::int64_t>(batch_.classes.size());
        run.pass.label = batch_.classes[static_cast<std::size_t>(run.pass.sample)];
        run.pass.input = batch_.images[run.pass.sample];
    }
    reach(Phase::Batch);
    const torch::Tensor images = batch_.images.to(device_);
    const torch::Tensor output =
        observer == nullptr
            ? run.network.forward(images, {NetworkMode::Training, run.generator, {}, run.restraints.channels})
            : forward_kept(images);
    if (observer != nullptr) run.pass.output = output.detach();
    reach(Phase::Forward);
    const torch::Tensor loss = compute_loss(recipe, output, labels);
    if (observer != nullptr) run.pass.loss = loss.detach();
    reach(Phase::Loss);
    loss.backward();
    reach(Phase::Backward);
    run.moving = true;
    if (!run.before_hand.empty()) run.optimizer.forget(forgotten(run));
    run.before_hand.clear();
    run.optimizer.step();
    run.replaced.reset();
    ++run.iteration;
    reach(Phase::Update);
    run.pass.phase = Phase::None;

    IterationOutcome outcome;
    outcome.loss = loss.item<float>();
    outcome.learning_rate = run.optimizer.effective_learning_rate();
    predicted_.resize(batch_.classes.size());
    read_classes(output, predicted_);
    for (std::size_t i = 0; i < predicted_.size(); ++i) outcome.correct += predicted_[i] == batch_.classes[i] ? 1 : 0;
    outcome.labels = batch_.classes;
    outcome.predicted = predicted_;
    outcome.epoch_ended = run.batches.at_epoch_end();
    watch_threads(seconds_between(begin, clock.now()) - observing_seconds, outcome);
    run.moving = false;
    return outcome;
}

void TorchTrainer::capture(const CaptureRequest& request, Observation& into) {
    Run& run = *run_;
    const Traces traces{run.pass, run.optimizer};
    run.looking.look(run.network, request, run.batches.place(), &traces, into, run.restraints.channels);
}

void TorchTrainer::read_batch(BatchSheet& into) {
    const Run& run = *run_;
    into = {};
    if (!run.pass.loss.defined()) return;
    into.labels = batch_.classes;
    run_->looking.read_pictures(run.batches.drawn(), run.batches.place().epoch, into);
    const torch::NoGradGuard no_graph;
    const torch::Tensor losses = sample_losses(run.info->recipe, run.pass.output, batch_.labels.to(device_))
                                     .to(torch::kCPU, torch::kFloat32)
                                     .contiguous();
    into.losses.assign(losses.data_ptr<float>(), losses.data_ptr<float>() + losses.numel());
    into.predicted.resize(into.labels.size());
    read_classes(run.pass.output, into.predicted);
}

int TorchTrainer::label(Split split, std::int64_t index) const {
    if (split == Split::Test) return run_->data->label(split, index);
    return trained_label(run_->restraints.data, *run_->data, run_->info->seed, index);
}

std::unique_ptr<ExplanationWork> TorchTrainer::explain(const ExplanationQuestion& question, const ProbeSource& probe,
                                                       std::int64_t iteration) {
    Run& run = *run_;
    // What one pass answers is answered before the weights move on.
    Network network =
        row_of(question.method).one_pass ? run.network.without_gradients() : run.network.clone().without_gradients();
    return run.looking.explain(std::move(network), question, probe, iteration, run.batches.place(),
                               run.restraints.channels);
}

Result<std::unique_ptr<JobWork>> TorchTrainer::begin_job(const JobQuestion& question, std::int64_t iteration) {
    Run& run = *run_;
    return run.looking.begin_job(run.network.clone().without_gradients(), question, iteration, run.batches.drawn(),
                                 run.batches.place().epoch, run.restraints.channels);
}

std::unique_ptr<SampleWork> TorchTrainer::sample(const SampleQuestion& question, std::int64_t iteration) {
    Run& run = *run_;
    return run.looking.sample(run.network.clone().without_gradients(), question, iteration, run.restraints.channels);
}

void TorchTrainer::hold_weights() {
    run_->held_channels = run_->restraints.channels;
    if (run_->held)
        run_->held->take(run_->network);
    else
        run_->held = run_->network.clone();
}

double TorchTrainer::classify(Split split, std::int64_t first, std::span<int> predicted, Weights weights,
                              std::span<float> probabilities) {
    if (weights == Weights::Present)
        return run_->looking.classify(run_->network, split, first, predicted, run_->restraints.channels, probabilities);
    return run_->looking.classify(run_->held.value(), split, first, predicted, run_->held_channels, probabilities);
}

}  // namespace convscope
