#include "engine/train/torch_trainer.h"

#include "engine/core/clock.h"
#include "engine/core/log.h"
#include "engine/data/fingerprint.h"
#include "engine/data/held_out.h"
#include "engine/data/open_dataset.h"
#include "engine/data/pixel_statistics.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/schedule.h"
#include "engine/train/checkpoint.h"
#include "engine/train/device.h"
#include "engine/train/loss.h"
#include "engine/train/tensor_memory.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace convscope {
namespace {

constexpr double kTimingBudgetSeconds = 0.5;
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

void read_classes(const torch::Tensor& output, std::span<int> classes) {
    const torch::Tensor scores = output.detach().to(torch::kCPU).contiguous();
    const std::int64_t width = scores.size(1);
    const auto* row = scores.data_ptr<float>();
    for (int& predicted : classes) {
        predicted = static_cast<int>(std::max_element(row, row + width) - row);
        row += width;
    }
}

// oneDNN's convolutions pay for themselves on minibatches; on one small picture their set-up takes three times as long
// as LibTorch's own convolution (38 and 12 microseconds for 10 kernels of 5x5). No other thread convolves meanwhile.
class WithoutOneDnn {
public:
    WithoutOneDnn() : was_enabled_(at::globalContext().userEnabledMkldnn()) {
        at::globalContext().setUserEnabledMkldnn(false);
    }
    ~WithoutOneDnn() { at::globalContext().setUserEnabledMkldnn(was_enabled_); }
    WithoutOneDnn(const WithoutOneDnn&) = delete;
    WithoutOneDnn& operator=(const WithoutOneDnn&) = delete;

private:
    bool was_enabled_;
};

void copy_floats(const torch::Tensor& tensor, std::vector<float>& out) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
    out.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
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

Result<void> check_fit(const Recipe& recipe, const DatasetInfo& data) {
    const auto shape = [](std::int64_t c, std::int64_t h, std::int64_t w) { return Shape{c, h, w}.to_string(); };
    const std::string wanted = shape(recipe.input_channels, recipe.input_height, recipe.input_width);
    const std::string given = shape(data.channels, data.height, data.width);
    if (wanted != given)
        return Error{ErrorCode::InvalidArgument, "Recipe '" + recipe.name + "' wants pictures of " + wanted + ", but " +
                                                     data.name + " has " + given +
                                                     ": change [input] in the recipe, or choose other data"};
    if (recipe.validation_count >= data.train_count)
        return Error{ErrorCode::InvalidArgument,
                     "Recipe '" + recipe.name + "' holds out " + std::to_string(recipe.validation_count) +
                         " pictures for validation, but " + data.name + " has " + std::to_string(data.train_count) +
                         " to train on: lower [training] validation"};
    if (recipe.class_count != static_cast<std::int64_t>(data.class_names.size()))
        return Error{ErrorCode::InvalidArgument, "Recipe '" + recipe.name + "' has " +
                                                     std::to_string(recipe.class_count) + " classes, but " + data.name +
                                                     " has " + std::to_string(data.class_names.size()) +
                                                     ": change [input] classes in the recipe"};
    return {};
}

TorchTrainer::TorchTrainer(TorchTrainerOptions options)
    : options_(std::move(options)), device_(device_or_throw(options_.device)) {
    if (options_.yield_to_window) lower_priority_of_this_thread();
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

// One thread from here on, once several are of no use; a new run tries again.
void TorchTrainer::watch_threads(double seconds, IterationOutcome& outcome) {
    if (!thread_watch_ || !thread_watch_->add(seconds, static_cast<std::int64_t>(outcome.labels.size()))) return;
    thread_watch_.reset();
    thread_settings_.reset();
    run_->threads = fixed_thread_settings(1);
    apply(run_->threads);
    outcome.notice = "Other programs keep the processor busy: training goes on with one thread";
}

Result<std::shared_ptr<const RunInfo>> TorchTrainer::start(const RunRequest& request) {
    if (request.data.empty()) return begin(request, options_.data);
    Result<std::shared_ptr<const Dataset>> opened =
        open_dataset(request.data, request.seed, picture_format(request.recipe));
    if (!opened.ok()) return opened.error();
    return begin(request, std::move(opened).value());
}

Result<std::shared_ptr<const RunInfo>> TorchTrainer::begin(const RunRequest& request,
                                                           std::shared_ptr<const Dataset> source) {
    Recipe recipe = request.recipe;
    if (Result<void> fits = check_fit(recipe, source->info()); !fits.ok()) return fits.error();
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
    if (recipe.normalise_from_data) {
        PixelStatistics pixels = pixel_statistics(*data);
        recipe.input_mean = std::move(pixels.mean);
        recipe.input_deviation = std::move(pixels.deviation);
    }
    recipe.pictures = settled(recipe.pictures, *source);

    const ThreadSettings threads = find_thread_settings(plan, recipe);
    apply(threads);
    torch::manual_seed(request.seed);

    auto info = std::make_shared<RunInfo>();
    info->run = request.run;
    info->recipe = recipe;
    info->network = plan;
    info->data = data->info();
    info->dataset = data;
    if (recipe.augmentation.any())
        info->augment = [augmenter = Augmenter(recipe.augmentation, data->info(), request.seed)](
                            auto in, auto epoch, auto index, auto out) { augmenter.apply(in, epoch, index, out); };
    info->seed = request.seed;
    info->threads = threads.torch_threads;
    info->blas_threads = threads.blas_threads;
    info->device = device_.type() == torch::kCPU ? "cpu" : "cuda";

    LayeredNetwork network(plan, device_);
    Optimizer optimizer(recipe.optimizer, network.parameters());
    Preprocessing preprocessing(recipe);
    BatchSource batches(data, recipe, request.seed);
    run_.reset();
    run_.emplace(Run{info,
                     threads,
                     data,
                     std::move(preprocessing),
                     std::move(network),
                     std::move(optimizer),
                     std::move(batches),
                     {},
                     fingerprint(*source),
                     0,
                     {}});
    batch_ = {};
    release_kept_tensor_memory();
    options_.data = std::move(source);
    return std::shared_ptr<const RunInfo>(info);
}

LiveSettings TorchTrainer::settings() const {
    return {.learning_rate = run_->optimizer.learning_rate(),
            .momentum = run_->optimizer.momentum(),
            .batch_size = run_->batches.batch_size(),
            .threads = run_->threads.torch_threads,
            .blas_threads = run_->threads.blas_threads};
}

// The same forward pass, of which the first sample's outputs are kept, and their gradients once the backward pass comes
// to them. By hooks on the tensors that there are: another node in the graph could change the order in which the
// gradients of a tensor with several readers are added up, and with it their last bits. Where a layer hands on its very
// input (dropout of nothing, a flattened vector) the gradient kept is thus that of the one tensor, all its readers'.
torch::Tensor TorchTrainer::forward_kept(const torch::Tensor& images) {
    Pass& pass = run_->pass;
    pass.outputs.resize(run_->info->network.layers.size());
    pass.gradients.resize(pass.outputs.size());
    return run_->network.forward_observed(images, [&pass](LayerId layer, const torch::Tensor& output) {
        const auto index = static_cast<std::size_t>(layer.index);
        pass.outputs[index] = output.detach()[0].clone();
        if (!output.requires_grad()) return;
        output.register_hook([&pass, index](const torch::Tensor& gradient) {
            if (gradient.defined()) pass.gradients[index] = gradient.detach()[0].clone();
        });
    });
}

IterationOutcome TorchTrainer::train_iteration(PhaseObserver* observer) {
    const SteadyClock clock;
    const TimePoint begin = clock.now();
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
    run.pass = {};
    run.optimizer.set_schedule_factor(
        schedule_factor(recipe.schedule, {run.iteration, run.batches.batches_per_epoch(), recipe.epochs}));
    run.batches.next(batch_);
    // start() has seen to it, but the batch size may have been changed since.
    if (batch_.classes.size() == 1)
        if (const LayerDescription* norm = norm_of_single_values(run.info->network))
            throw std::runtime_error("The minibatch holds one picture, from which the batch norm '" + norm->spec.name +
                                     "' cannot learn: start over with another batch size");
    const torch::Tensor labels = batch_.labels.to(device_);
    run.optimizer.zero_grad();
    if (observer != nullptr) run.pass.input = batch_.images[0];
    reach(Phase::Batch);
    const torch::Tensor images = batch_.images.to(device_);
    const torch::Tensor output = observer == nullptr ? run.network.forward(images) : forward_kept(images);
    reach(Phase::Forward);
    const torch::Tensor loss = compute_loss(recipe, output, labels);
    if (observer != nullptr) run.pass.loss = loss.detach();
    reach(Phase::Loss);
    loss.backward();
    reach(Phase::Backward);
    run.optimizer.step();
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
    return outcome;
}

double TorchTrainer::classify(Split split, std::int64_t first, std::span<int> predicted) {
    Run& run = *run_;
    load_pictures(*run.data, run.preprocessing, split, first, static_cast<std::int64_t>(predicted.size()), pictures_);
    LayeredNetwork::EvaluationScope evaluating(run.network);
    const torch::Tensor output = run.network.forward(pictures_.images.to(device_));
    read_classes(output, predicted);
    return compute_loss(run.info->recipe, output, pictures_.labels.to(device_), /*sum=*/true).item<double>();
}

void TorchTrainer::capture(const CaptureRequest& request, Snapshot& into) {
    into.captures.clear();
    capture_parameters(request, into);
    capture_pass(request, into);
    capture_probe(request, into);
    std::sort(into.captures.begin(), into.captures.end(), [](const auto& a, const auto& b) { return a->key < b->key; });
    if (request.layer_statistics) measure_layers(request.iteration, into.layer_statistics);
}

void TorchTrainer::capture_parameters(const CaptureRequest& request, Snapshot& into) {
    Run& run = *run_;
    for (const TensorKey key : request.watch.tensors) {
        if (key.layer.index < 0 || key.layer.index >= static_cast<std::int32_t>(run.info->network.layers.size()))
            continue;
        const torch::Tensor& weight = run.network.weight(key.layer);
        const torch::Tensor& bias = run.network.bias(key.layer);
        torch::Tensor tensor;
        switch (key.kind) {
            case TensorKind::Weight:
                tensor = weight;
                break;
            case TensorKind::Bias:
                tensor = bias;
                break;
            case TensorKind::WeightGradient:
                if (weight.defined()) tensor = weight.grad();
                break;
            case TensorKind::BiasGradient:
                if (bias.defined()) tensor = bias.grad();
                break;
            case TensorKind::WeightUpdate:
                // Amid an iteration the optimizer's state and the gradients are of two steps.
                if (weight.defined() && (run.pass.phase == Phase::None || run.pass.phase == Phase::Update))
                    tensor = run.optimizer.last_update(weight);
                break;
            case TensorKind::RunningMean:
                tensor = run.network.buffer(key.layer, "running_mean");
                break;
            case TensorKind::RunningVariance:
                tensor = run.network.buffer(key.layer, "running_var");
                break;
            case TensorKind::Input:
            case TensorKind::Activation:
            case TensorKind::PassActivation:
            case TensorKind::PassGradient:
                break;  // the probe's, and the pass's
        }
        if (tensor.defined()) into.captures.push_back(pools_.capture(key, run.info->run, request.iteration, tensor));
    }
}

void TorchTrainer::capture_pass(const CaptureRequest& request, Snapshot& into) {
    const Pass& pass = run_->pass;
    into.pass.label = pass.phase == Phase::None ? -1 : batch_.classes.front();
    into.pass.probabilities.clear();
    into.pass.loss.reset();
    if (pass.phase >= Phase::Forward)
        copy_floats(run_->network.probabilities(pass.outputs.back().unsqueeze(0)), into.pass.probabilities);
    if (pass.phase >= Phase::Loss) into.pass.loss = pass.loss.item<float>();
    for (const TensorKey key : request.watch.tensors) {
        if (key.kind != TensorKind::PassActivation && key.kind != TensorKind::PassGradient) continue;
        const bool forward = key.kind == TensorKind::PassActivation;
        const std::vector<torch::Tensor>& kept = forward ? pass.outputs : pass.gradients;
        torch::Tensor tensor;
        if (key.layer == kInputLayer && forward)
            tensor = pass.input;
        else if (key.layer.index >= 0 && static_cast<std::size_t>(key.layer.index) < kept.size())
            tensor = kept[static_cast<std::size_t>(key.layer.index)];
        if (tensor.defined()) into.captures.push_back(pools_.capture(key, run_->info->run, request.iteration, tensor));
    }
}

void TorchTrainer::capture_probe(const CaptureRequest& request, Snapshot& into) {
    Run& run = *run_;
    const auto of_probe = [](TensorKey key) {
        return key.kind == TensorKind::Input || key.kind == TensorKind::Activation;
    };
    if (!request.watch.probe && std::none_of(request.watch.tensors.begin(), request.watch.tensors.end(), of_probe))
        return;

    torch::Tensor input;
    if (into.probe.from_batch && batch_.images.defined()) {
        input = batch_.images.narrow(0, 0, 1);
        into.probe.label = batch_.classes.front();
    } else {
        load_pictures(*run.data, run.preprocessing, into.probe.split, into.probe.index, 1, pictures_);
        input = pictures_.images;
    }
    if (request.watch.contains({TensorKind::Input, kInputLayer}))
        into.captures.push_back(
            pools_.capture({TensorKind::Input, kInputLayer}, run.info->run, request.iteration, input[0]));

    LayeredNetwork::EvaluationScope evaluating(run.network);
    const WithoutOneDnn small_convolutions;
    const torch::Tensor output =
        run.network.forward_observed(input.to(device_), [&](LayerId layer, const torch::Tensor& activation) {
            const TensorKey key{TensorKind::Activation, layer};
            if (request.watch.contains(key))
                into.captures.push_back(pools_.capture(key, run.info->run, request.iteration, activation[0]));
        });
    copy_floats(output, into.probe.logits);
    copy_floats(run.network.probabilities(output), into.probe.probabilities);
    into.probe.iteration = request.iteration;
}

void TorchTrainer::measure_layers(std::int64_t iteration, std::vector<LayerStatistics>& out) {
    Run& run = *run_;
    if (!run.statistics_pictures.defined()) {
        Minibatch pictures;
        const std::int64_t count = std::min(kStatisticsPictures, run.data->size(Split::Test));
        load_pictures(*run.data, run.preprocessing, Split::Test, 0, count, pictures);
        run.statistics_pictures = pictures.images.to(device_);
    }
    out.resize(run.info->network.layers.size());
    LayeredNetwork::EvaluationScope evaluating(run.network);
    run.network.forward_observed(run.statistics_pictures, [&](LayerId layer, const torch::Tensor& activation) {
        LayerStatistics& statistics = out[static_cast<std::size_t>(layer.index)];
        const auto [variance, mean] = torch::var_mean(activation, /*unbiased=*/false);
        // Channels (or units) first, everything else behind: dead is who is above zero nowhere.
        const torch::Tensor largest = activation.transpose(0, 1).flatten(1).amax(/*dim=*/1);
        statistics.iteration = iteration;
        statistics.mean = mean.item<float>();
        statistics.deviation = std::sqrt(variance.item<float>());
        statistics.dead_fraction = largest.le(0).to(torch::kFloat32).mean().item<float>();
    });
}

TrainingState TorchTrainer::state() const {
    const Run& run = *run_;
    TrainingState state;
    state.recipe = run.info->recipe;
    state.seed = run.info->seed;
    state.iteration = run.iteration;
    state.learning_rate = run.optimizer.learning_rate();
    state.momentum = run.optimizer.momentum();
    state.batch_size = run.batches.batch_size();
    const auto copy = [](const torch::Tensor& tensor) {
        return tensor.detach().to(torch::kCPU, tensor.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
    };
    for (const auto& [name, tensor] : run.network.named_parameters()) state.weights.emplace_back(name, copy(tensor));
    for (const auto& [name, tensor] : run.network.named_buffers()) state.weights.emplace_back(name, copy(tensor));
    state.optimizer = run.optimizer.state();
    state.default_generator_state = at::detail::getDefaultCPUGenerator().get_state();
    state.data = run.batches.position();
    state.data_name = options_.data->info().name;
    state.data_option = options_.data->info().option;
    state.data_fingerprint = run.data_fingerprint;
    return state;
}

StateWriter TorchTrainer::copy_state(RunProgress progress) const {
    auto checkpoint = std::make_shared<const Checkpoint>(Checkpoint{state(), std::move(progress)});
    return [checkpoint](const std::filesystem::path& path) { return write_checkpoint(*checkpoint, path); };
}

Result<ResumedRun> TorchTrainer::resume(const std::filesystem::path& path, RunId run) {
    Result<Checkpoint> read = read_checkpoint(path);
    if (!read.ok()) return read.error();
    Checkpoint& checkpoint = read.value();
    if (options_.epochs > 0) checkpoint.state.recipe.epochs = checkpoint.progress.planned_epochs = options_.epochs;
    std::shared_ptr<const Dataset> data = options_.data;
    if (Result<void> same = check_same_data(checkpoint.state, *data); !same.ok()) {
        const std::string& option = checkpoint.state.data_option;
        const auto own = open_dataset(option, checkpoint.state.seed, picture_format(checkpoint.state.recipe));
        if (option.empty() || !own.ok() || !check_same_data(checkpoint.state, *own.value()).ok())
            return Error{same.error().code, path.string() + ": " + same.error().message};
        data = own.value();
    }
    Result<std::shared_ptr<const RunInfo>> restored = restore(checkpoint.state, run, std::move(data));
    if (!restored.ok()) return Error{restored.error().code, path.string() + ": " + restored.error().message};
    return ResumedRun{std::move(restored).value(), std::move(checkpoint.progress)};
}

Result<void> TorchTrainer::restore(const TrainingState& state) {
    const auto restored = restore(state, run_ ? run_->info->run : RunId{}, options_.data);
    if (!restored.ok()) return restored.error();
    return {};
}

Result<std::shared_ptr<const RunInfo>> TorchTrainer::restore(const TrainingState& state, RunId run_id,
                                                             std::shared_ptr<const Dataset> data) {
    Result<std::shared_ptr<const RunInfo>> started =
        begin(RunRequest{run_id, state.recipe, state.seed}, std::move(data));
    if (!started.ok()) return started.error();
    Run& run = *run_;
    {
        torch::NoGradGuard no_grad;
        auto tensors = run.network.named_parameters();
        for (auto& buffer : run.network.named_buffers()) tensors.push_back(std::move(buffer));
        if (tensors.size() != state.weights.size())
            return Error{ErrorCode::Corrupt, "The saved state has another number of tensors than its recipe's network"};
        for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].second.copy_(state.weights[i].second);
    }
    run.optimizer.restore(state.optimizer);
    run.optimizer.set_learning_rate(state.learning_rate);
    run.optimizer.set_momentum(state.momentum);
    run.batches.set_batch_size(state.batch_size);
    run.batches.restore(state.data);
    run.iteration = state.iteration;
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    generator.set_state(state.default_generator_state);
    return started;
}

}  // namespace convscope
