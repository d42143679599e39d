#include "tests/support/plain_trainer.h"

#include "engine/formats/network_weights.h"
#include "engine/recipe/recipe_change.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

namespace convscope {
namespace {

constexpr int kClassCount = 10;
constexpr int kLabelledClasses = 9;

std::atomic<std::uint64_t> last_content_id{0};

// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
std::uint64_t scramble(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

bool is_of_probe(TensorKind kind) { return kind == TensorKind::Input || kind == TensorKind::Activation; }

bool is_of_pass(TensorKind kind) { return kind == TensorKind::PassActivation || kind == TensorKind::PassGradient; }

// The phase that makes the tensors of a kind; before it they are the last iteration's, or none.
Phase made_at(TensorKey key) {
    switch (key.kind) {
        case TensorKind::PassActivation:
            return key.layer == kInputLayer ? Phase::Batch : Phase::Forward;
        case TensorKind::PassGradient:
        case TensorKind::WeightGradient:
        case TensorKind::BiasGradient:
            return Phase::Backward;
        default:
            return Phase::Update;
    }
}

// Whose plain_probe_value() it is.
HeldPicture held_picture(float value) {
    const auto whole = static_cast<std::int64_t>(value);
    return {static_cast<Split>(whole % 4 / 2), whole / 4};
}

// Whether there is none before that.
bool begins_anew(TensorKind kind) {
    return is_of_pass(kind) || kind == TensorKind::WeightGradient || kind == TensorKind::BiasGradient ||
           kind == TensorKind::WeightUpdate;
}

LayerDescription layer(std::int32_t index, const LayerSpec& spec, Shape input, Shape output, Shape weight, Shape bias) {
    LayerDescription description;
    description.id = LayerId{index};
    description.spec = spec;
    description.inputs = {LayerId{index - 1}};
    description.input_shape = input;
    description.output_shape = output;
    description.weight_shape = weight;
    description.bias_shape = bias;
    description.parameter_count = weight.element_count() + bias.element_count();
    return description;
}

NetworkDescription plain_network(const Recipe& recipe) {
    NetworkDescription network;
    network.input_shape = Shape{1, 6, 6};
    network.layers = {
        layer(0, recipe.layers[0], Shape{1, 6, 6}, Shape{2, 4, 4}, Shape{2, 1, 3, 3}, Shape{2}),
        layer(1, recipe.layers[1], Shape{2, 4, 4}, Shape{32}, Shape{}, Shape{}),
        layer(2, recipe.layers[2], Shape{32}, Shape{kClassCount}, Shape{kClassCount, 32}, Shape{kClassCount}),
    };
    network.layers[0].receptive_field.size = 3;
    network.layers[1].receptive_field.whole_input = true;
    network.layers[2].receptive_field.whole_input = true;
    for (const LayerDescription& each : network.layers) network.parameter_count += each.parameter_count;
    return network;
}

// Rank 0 when the network has no such tensor.
Shape shape_of(const NetworkDescription& network, TensorKey key) {
    if (key.kind == TensorKind::Input || key == TensorKey{TensorKind::PassActivation, kInputLayer})
        return network.input_shape;
    const auto index = static_cast<std::size_t>(key.layer.index);
    if (key.layer.index < 0 || index >= network.layers.size()) return {};
    const LayerDescription& description = network.layers[index];
    switch (key.kind) {
        case TensorKind::Activation:
        case TensorKind::PassActivation:
        case TensorKind::PassGradient:
            return description.output_shape;
        case TensorKind::Bias:
        case TensorKind::BiasGradient:
            return description.bias_shape;
        default:
            return description.weight_shape;
    }
}

// That the seed is said to draw.
double first_value(std::int64_t index) { return 0.125 * static_cast<double>(index % 7); }

ValueStatistics statistics_of(std::span<const float> values) {
    ValueStatistics statistics;
    statistics.minimum = *std::min_element(values.begin(), values.end());
    statistics.maximum = *std::max_element(values.begin(), values.end());
    double sum = 0.0;
    double squares = 0.0;
    std::size_t zeros = 0;
    for (const float value : values) {
        sum += static_cast<double>(value);
        squares += static_cast<double>(value) * static_cast<double>(value);
        zeros += value == 0.0F ? 1 : 0;
    }
    const auto count = static_cast<double>(values.size());
    const double mean = sum / count;
    statistics.mean = static_cast<float>(mean);
    statistics.deviation = static_cast<float>(std::sqrt(std::max(0.0, squares / count - mean * mean)));
    statistics.zero_fraction = static_cast<float>(static_cast<double>(zeros) / count);
    return statistics;
}

std::string name_of(TensorKey key) {
    return "tensor of kind " + std::to_string(static_cast<int>(key.kind)) + " of layer " +
           std::to_string(key.layer.index);
}

std::string describe_capture(const TensorCapture& capture, const Snapshot& snapshot) {
    if (capture.run != snapshot.run_info->run) return "is of another run than the snapshot";
    if (capture.iteration > snapshot.iteration) return "is newer than the snapshot";
    if (capture.shape != shape_of(snapshot.run_info->network, capture.key)) return "has a shape that is not its own";
    if (static_cast<std::int64_t>(capture.values.size()) != capture.shape.element_count())
        return "has not as many values as its shape says";
    const bool made = snapshot.phase >= made_at(capture.key);
    if (snapshot.phase != Phase::None && begins_anew(capture.key.kind) && !made)
        return "is there before the phase that makes it";
    const std::int64_t made_by = capture.iteration + (made ? 1 : 0);
    for (std::size_t i = 0; i < capture.values.size(); ++i) {
        const bool of_picture = is_of_probe(capture.key.kind) && i % 2 == 1;
        const float wanted =
            of_picture ? plain_probe_value(snapshot.seen.probe.source) : plain_value(capture.key, made_by);
        if (capture.values[i] != wanted)
            return "says iteration " + std::to_string(capture.iteration) + " but its value " + std::to_string(i) +
                   " is " + std::to_string(capture.values[i]) + " instead of " + std::to_string(wanted);
    }
    return {};
}

}  // namespace

Recipe plain_recipe() {
    Recipe recipe;
    recipe.name = "plain";
    recipe.description = "Three layers of plain numbers";
    recipe.input_height = 6;
    recipe.input_width = 6;
    recipe.class_count = kClassCount;
    recipe.layers.resize(3);
    recipe.layers[0].name = "conv";
    recipe.layers[0].kind = LayerKind::Conv2d;
    recipe.layers[0].output_size = 2;
    recipe.layers[0].kernel_size = 3;
    recipe.layers[1].name = "flatten";
    recipe.layers[1].kind = LayerKind::Flatten;
    recipe.layers[2].name = "linear";
    recipe.layers[2].kind = LayerKind::Linear;
    recipe.layers[2].output_size = kClassCount;
    recipe.optimizer.learning_rate = 0.01;
    recipe.optimizer.momentum = 0.5;
    recipe.batch_size = 10;
    recipe.epochs = 1'000'000;
    return recipe;
}

int plain_label(Split split, std::int64_t index) {
    const std::uint64_t offset = split == Split::Test ? 0u : 1u << 30;
    return static_cast<int>(scramble(static_cast<std::uint64_t>(index) + offset) % kLabelledClasses);
}

float plain_value(TensorKey key, std::int64_t iteration) {
    const auto kind = static_cast<std::int64_t>(key.kind);
    return static_cast<float>(iteration * 64 + kind * 4 + key.layer.index + 1);
}

float plain_other_probability(std::int64_t index) { return static_cast<float>(1 + (7 * index) % 37) / 512.0F; }

float plain_probe_value(const ProbeSource& source) {
    if (const auto* held = std::get_if<HeldPicture>(&source))
        return static_cast<float>(held->index * 4 + static_cast<std::int64_t>(held->split) * 2);
    const auto* own = std::get_if<OwnPicture>(&source);
    if (own == nullptr) return static_cast<float>(1 + 2 * std::get<BatchSample>(source).index);
    float value = 0.0F;
    std::memcpy(&value, own->pixels->data(), sizeof value);
    return value;
}

OwnPicture plain_picture(const HeldPicture& held, std::uint64_t id) {
    std::vector<std::uint8_t> pixels(36);
    const float value = plain_probe_value(held);
    std::memcpy(pixels.data(), &value, sizeof value);
    return {std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels)), id};
}

std::string describe_inconsistency(const Snapshot& snapshot) {
    const std::vector<std::shared_ptr<const TensorCapture>>& captures = snapshot.seen.captures;
    for (std::size_t i = 0; i < captures.size(); ++i) {
        const TensorCapture& capture = *captures[i];
        if (i > 0 && !(captures[i - 1]->key < capture.key)) return "The captures are not sorted by key";
        if (capture.iteration != captures.front()->iteration) return "The captures are of more than one iteration";
        if (const std::string wrong = describe_capture(capture, snapshot); !wrong.empty())
            return "The " + name_of(capture.key) + " " + wrong;
    }
    const ProbeState& probe = snapshot.seen.probe;
    if (probe.iteration < 0) return {};
    if (probe.logits.size() != kClassCount) return "The probe has not one logit a class";
    const std::int64_t made_by = probe.iteration + (snapshot.phase == Phase::Update ? 1 : 0);
    if (probe.logits[0] != static_cast<float>(made_by)) return "The probe's logits are of another iteration";
    if (probe.logits[1] != plain_probe_value(probe.source)) return "The probe's logits are of another picture";
    if (!captures.empty() && captures.front()->iteration != probe.iteration)
        return "The probe's logits are of another iteration than the captures";
    return {};
}

PlainTrainer::PlainTrainer(std::shared_ptr<PlainScript> script) : script_(std::move(script)) {
    script_->made_on = std::this_thread::get_id();
}

PlainTrainer::~PlainTrainer() { script_->destroyed_on = std::this_thread::get_id(); }

std::unique_ptr<Trainer> PlainTrainer::another() const {
    auto other = std::make_unique<PlainTrainer>(script_->another ? script_->another : script_);
    other->data_ = data_;
    other->threads_ = threads_;
    return other;
}

Result<std::shared_ptr<const RunInfo>> PlainTrainer::start(const RunRequest& request) {
    if (script_->on_start) script_->on_start();
    if (!script_->start_throws.empty()) throw std::runtime_error(script_->start_throws);
    if (request.recipe.name == script_->refused_recipe)
        return Error{ErrorCode::InvalidArgument, "Recipe '" + request.recipe.name + "' does not fit the data"};
    if (!request.data.empty()) data_ = request.data;
    std::shared_ptr<RunInfo> info = describe(request.run, request.recipe, request.seed);

    learning_rate_ = request.recipe.optimizer.learning_rate;
    momentum_ = request.recipe.optimizer.momentum;
    batch_size_ = request.recipe.batch_size;
    iteration_ = 0;
    next_sample_ = {};
    latest_sample_ = 0;
    drawn_.clear();
    moving_ = false;
    random_state_ = scramble(request.seed);
    weight_ = static_cast<double>(random_state_ >> 11) * 0x1p-53;
    if (request.weights) {
        weight_ = static_cast<double>(request.weights->tensors.front().values.front());
        info->weights_from = request.weights->source;
        info->weights_key = request.weights->key;
    }
    info_ = std::move(info);
    velocity_ = 0.0;
    kernels_.clear();
    for (const LayerDescription& each : info_->network.layers)
        for (std::int64_t i = 0; i < each.parameter_count; ++i) kernels_.push_back(first_value(i));
    kernel_sum_ = 0.0;
    restraints_ = {};
    replaced_.reset();
    phase_ = Phase::None;
    pass_kept_ = false;
    ++script_->starts;
    return info_;
}

std::shared_ptr<RunInfo> PlainTrainer::describe(RunId run, const Recipe& recipe, std::uint64_t seed) const {
    auto info = std::make_shared<RunInfo>();
    info->run = run;
    info->recipe = recipe;
    info->network = plain_network(recipe);
    info->data.name = data_;
    info->data.source = "computed";
    info->data.train_count = script_->train_count;
    info->data.test_count = script_->test_count;
    info->data.height = 6;
    info->data.width = 6;
    for (int i = 0; i < kClassCount; ++i) info->data.class_names.push_back(std::to_string(i));
    info->seed = seed;
    info->threads = threads_;
    info->device = "cpu";
    return info;
}

std::shared_ptr<const TrainingState> PlainTrainer::state() {
    if (script_->on_state) script_->on_state();
    auto state = std::make_shared<TrainingState>();
    state->recipe = info_->recipe;
    state->seed = info_->seed;
    state->iteration = iteration_;
    state->learning_rate = learning_rate_;
    state->momentum = momentum_;
    state->batch_size = batch_size_;
    state->weights = {{"weight", blob_of<double>({}, {&weight_, 1})},
                      {"kernels", blob_of<double>({std::ssize(kernels_)}, kernels_)}};
    state->restraints = restraints_;
    state->replaced = replaced_;
    state->optimizer = {{.step = iteration_, .tensors = {{"velocity", blob_of<double>({}, {&velocity_, 1})}}}};
    std::int64_t random = 0;
    std::memcpy(&random, &random_state_, sizeof random);
    state->generator = blob_of<std::int64_t>({}, {&random, 1});
    state->data.next = next_sample_.next;
    state->data.next_turn = next_sample_.turn;
    state->data.latest = latest_sample_;
    state->data_name = data_;
    if (const auto before = last_state_.lock()) share_unchanged(*state, *before);
    last_state_ = state;
    return state;
}

std::shared_ptr<const RunInfo> PlainTrainer::go_on_as(RunId run) {
    auto info = std::make_shared<RunInfo>(*info_);
    info->run = run;
    info_ = std::move(info);
    return info_;
}

Result<void> PlainTrainer::restore(const TrainingState& state) {
    const auto is_scalar = [](const TensorBlob& blob) { return blob.bytes.size() == sizeof(double); };
    const bool same = info_ &&
                      (same_recipe(info_->recipe, state.recipe) || plan_change(info_->recipe, state.recipe).ok()) &&
                      info_->seed == state.seed && data_ == state.data_name;
    if (!same) return Error{ErrorCode::InvalidArgument, "The state is of another run than the present one"};
    if (state.weights.size() != 2 || !is_scalar(state.weights[0].blob) ||
        state.weights[1].blob.bytes.size() != kernels_.size() * sizeof(double) ||
        !check_restraints(info_->network, state.restraints).ok() ||
        !check_data_changes(state.restraints.data, kClassCount, script_->train_count).ok() ||
        state.optimizer.size() != 1 || state.optimizer[0].tensors.size() != 1 ||
        state.optimizer[0].tensors[0].name != "velocity" || !is_scalar(state.optimizer[0].tensors[0].blob) ||
        !is_scalar(state.generator))
        return Error{ErrorCode::Corrupt, "The state is none of plain numbers"};
    if (!same_recipe(info_->recipe, state.recipe)) become(state.recipe);
    arrive(state);
    return {};
}

void PlainTrainer::become(const Recipe& recipe) {
    auto info = std::make_shared<RunInfo>(*info_);
    info->recipe = recipe;
    info_ = std::move(info);
}

// An optimizer remembers a velocity.
Result<std::shared_ptr<const RunInfo>> PlainTrainer::change_recipe(const Recipe& recipe) {
    const Recipe& before = info_->recipe;
    if (same_recipe(before, recipe)) return info_;
    if (const Result<NetworkDescription> plan = plan_change(before, recipe); !plan.ok()) return plan.error();
    if (!same_optimizer(before, recipe)) {
        learning_rate_ = recipe.optimizer.learning_rate;
        momentum_ = recipe.optimizer.momentum;
    }
    if (before.optimizer.kind != recipe.optimizer.kind) {
        const bool again = replaced_ && replaced_->kind == recipe.optimizer.kind;
        const double remembered = again ? replaced_->states[0].tensors[0].blob.values<double>()[0] : 0.0;
        if (!replaced_)
            replaced_ =
                std::make_shared<const ReplacedOptimizer>(ReplacedOptimizer{before.optimizer.kind, state()->optimizer});
        if (again) replaced_.reset();
        velocity_ = remembered;
    }
    become(recipe);
    return info_;
}

void PlainTrainer::arrive(const TrainingState& state) {
    learning_rate_ = state.learning_rate;
    momentum_ = state.momentum;
    batch_size_ = state.batch_size;
    iteration_ = state.iteration;
    next_sample_ = {state.data.next, state.data.next_turn};
    latest_sample_ = state.data.latest;
    drawn_.clear();
    weight_ = state.weights[0].blob.values<double>()[0];
    const auto kernels = state.weights[1].blob.values<double>();
    kernels_.assign(kernels.begin(), kernels.end());
    add_up_kernels();
    restraints_ = state.restraints;
    replaced_ = state.replaced;
    velocity_ = state.optimizer[0].tensors[0].blob.values<double>()[0];
    std::memcpy(&random_state_, state.generator.bytes.data(), sizeof random_state_);
    moving_ = false;
    phase_ = Phase::None;
    pass_kept_ = false;
}

Result<ResumedRun> PlainTrainer::resume(RunState saved, RunId run) {
    data_ = saved.training->data_name;
    info_ = describe(run, saved.training->recipe, saved.training->seed);
    arrive(*saved.training);
    return ResumedRun{info_, std::move(saved.progress), script_->resume_changes};
}

std::int64_t PlainTrainer::iterations_per_epoch() const {
    std::int64_t pictures = 0;
    if (restraints_.data.times.empty())
        pictures = script_->train_count;
    else
        for (std::int64_t i = 0; i < script_->train_count; ++i) pictures += times(i);
    return (pictures + batch_size_ - 1) / batch_size_;
}

int PlainTrainer::label(Split split, std::int64_t index) const {
    if (split == Split::Test) return plain_label(split, index);
    return trained_label(restraints_.data, info_->seed, index, script_->train_count,
                         [](std::int64_t picture) { return plain_label(Split::Train, picture); });
}

bool PlainTrainer::find_next(EpochPlace& at) const {
    return convscope::find_next(at, script_->train_count, restraints_.data.most_times(),
                                [this](std::int64_t place) { return times(place); });
}

LiveSettings PlainTrainer::settings() const {
    return {.learning_rate = learning_rate_, .momentum = momentum_, .batch_size = batch_size_, .threads = threads_};
}

IterationOutcome PlainTrainer::train_iteration(PhaseObserver* observer) {
    const auto reach = [&](Phase phase) {
        if (observer == nullptr) return;
        phase_ = phase;
        if (script_->on_phase) script_->on_phase(phase);
        observer->reached(phase);
    };
    phase_ = Phase::None;
    pass_kept_ = observer != nullptr;
    if (script_->on_train) script_->on_train(iteration_ + 1);
    if (script_->throw_at == iteration_ + 1) throw std::runtime_error(PlainScript::kThrown);
    EpochPlace at = next_sample_;
    if (!find_next(at)) at = {};
    const int turns = restraints_.data.most_times();
    labels_.clear();
    drawn_.clear();
    while (std::ssize(labels_) < batch_size_ && find_next(at)) {
        const std::int64_t picture = place_of_picture(at, script_->train_count, turns);
        if (labels_.empty()) latest_sample_ = picture;
        drawn_.push_back(picture);
        labels_.push_back(label(Split::Train, picture));
        pass(at, turns);
    }
    const std::int64_t count = std::ssize(labels_);
    predicted_.resize(static_cast<std::size_t>(count));
    pass_sample_ = observer != nullptr ? observer->sample() % count : 0;
    reach(Phase::Batch);
    IterationOutcome outcome;
    for (std::int64_t i = 0; i < count; ++i) {
        random_state_ = scramble(random_state_);
        const int truth = labels_[static_cast<std::size_t>(i)];
        const int drawn = random_state_ % 4 == 0 ? (truth + 1) % kClassCount : truth;
        const int guess = script_->guess ? script_->guess(iteration_ + 1, truth) : drawn;
        predicted_[static_cast<std::size_t>(i)] = guess;
        outcome.correct += guess == truth ? 1 : 0;
    }
    const double noise = static_cast<double>(random_state_ >> 11) * 0x1p-53;
    reach(Phase::Forward);
    const double pushed = pushed_by_hand();
    outcome.loss = static_cast<float>(weight_ * weight_ + noise / static_cast<double>(count) + pushed);
    loss_ = outcome.loss;
    reach(Phase::Loss);
    reach(Phase::Backward);
    moving_ = true;
    replaced_.reset();
    if (!restraints_.is_frozen({LayerId{0}}))
        velocity_ = momentum_ * velocity_ + 2.0 * weight_ + noise / threads_ + pushed;  // as sums differ in theirs
    if (script_->break_at == iteration_ + 1) throw std::runtime_error(PlainScript::kThrown);
    if (!restraints_.is_frozen({LayerId{0}})) weight_ -= learning_rate_ * velocity_;
    next_sample_ = at;
    ++iteration_;
    ++script_->iterations;
    reach(Phase::Update);
    moving_ = false;
    phase_ = Phase::None;
    if (script_->one_thread_at == iteration_) threads_ = 1;
    const std::int64_t huge_at = script_->huge_at;
    if (huge_at > 0 && iteration_ >= huge_at) outcome.loss = 1e15F;
    const std::int64_t nan_at = script_->nan_at;
    if (nan_at > 0 && iteration_ >= nan_at) outcome.loss = std::numeric_limits<float>::quiet_NaN();
    outcome.learning_rate = learning_rate_;
    outcome.labels = labels_;
    outcome.predicted = predicted_;
    outcome.epoch_ended = !find_next(at);
    return outcome;
}

// What was done by hand shows in every loss, and in the weight.
double PlainTrainer::pushed_by_hand() const {
    double pushed = 1e-3 * kernel_sum_;
    for (const Intervention& one : restraints_.channels)
        pushed += 1e-3 * (static_cast<double>(one.value) + static_cast<double>(one.channel + 1));
    const Recipe& recipe = info_->recipe;
    pushed += 1e-3 * (static_cast<double>(recipe.loss) + recipe.input_mean[0] + (recipe.shuffle ? 0.0 : 0.5));
    pushed += 1e-4 * static_cast<double>(recipe.optimizer.kind);
    const DataChanges& data = restraints_.data;
    pushed += 1e-3 * data.shuffled_labels + 1e-5 * data.noise + 1e-4 * static_cast<double>(data.relabelled.size());
    for (const int times : data.times) pushed += 1e-5 * times;
    for (const FrozenPart& part : restraints_.frozen) pushed += 1e-4 * static_cast<double>(part.filter + 2);
    return pushed;
}

std::size_t PlainTrainer::place_of(TensorKey key) const {
    std::int64_t place = 0;
    for (const LayerDescription& each : info_->network.layers) {
        if (each.id == key.layer)
            return static_cast<std::size_t>(place +
                                            (key.kind == TensorKind::Bias ? each.weight_shape.element_count() : 0));
        place += each.parameter_count;
    }
    throw std::logic_error("the plain network has no such tensor");
}

void PlainTrainer::read_values(TensorKey key, std::int64_t first, std::span<float> values) const {
    const std::size_t place = place_of(key) + static_cast<std::size_t>(first);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(kernels_[place + i]);
}

void PlainTrainer::read_first_values(TensorKey key, std::int64_t first, std::span<float> values) const {
    const std::size_t place = place_of(key) - place_of({TensorKind::Weight, key.layer});
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(first_value(static_cast<std::int64_t>(place + i) + first));
}

// Summed up anew, so that nothing is left of what is taken back.
void PlainTrainer::write_values(TensorKey key, std::int64_t first, std::span<const float> values) {
    const std::size_t place = place_of(key) + static_cast<std::size_t>(first);
    for (std::size_t i = 0; i < values.size(); ++i) kernels_[place + i] = static_cast<double>(values[i]);
    add_up_kernels();
}

void PlainTrainer::add_up_kernels() {
    kernel_sum_ = 0.0;
    std::size_t place = 0;
    for (const LayerDescription& each : info_->network.layers)
        for (std::int64_t i = 0; i < each.parameter_count; ++i) kernel_sum_ += kernels_[place++] - first_value(i);
}

void PlainTrainer::capture(const CaptureRequest& request, Observation& into) {
    if (script_->on_capture) script_->on_capture(request.iteration);
    ++script_->captures;
    into.captures.clear();
    for (const TensorKey key : request.watch.tensors) capture_tensor(key, request, into);
    into.pass = {};
    if (phase_ != Phase::None) into.pass.label = labels_[static_cast<std::size_t>(pass_sample_)];
    into.pass.sample = pass_sample_;
    if (phase_ >= Phase::Forward) into.pass.probabilities.assign(kClassCount, 1.0F / kClassCount);
    if (phase_ >= Phase::Loss) into.pass.loss = static_cast<float>(iteration_);
    capture_probe(request, into.probe);
    if (request.dead_units) find_dead_units(into.dead_units);
    if (!request.layer_statistics) return;
    ++script_->statistics;
    into.layer_statistics.assign(
        info_->network.layers.size(),
        {.iteration = request.iteration, .mean = static_cast<float>(request.iteration), .deviation = 1.0F});
}

void PlainTrainer::read_batch(BatchSheet& into) {
    into = {};
    if (!pass_kept_ || (phase_ != Phase::None && phase_ < Phase::Loss)) return;
    into.picture = info_->network.input_shape;
    into.labels = labels_;
    into.predicted = predicted_;
    const auto middle = 0.5F * static_cast<float>(labels_.size() - 1);
    for (std::size_t i = 0; i < labels_.size(); ++i) {
        into.indices.push_back(drawn_[i]);
        into.losses.push_back(loss_ + 0.125F * (static_cast<float>(i) - middle));
        into.pixels.resize(into.pixels.size() + 36, static_cast<std::uint8_t>(into.indices.back()));
    }
}

void PlainTrainer::find_dead_units(std::vector<std::vector<std::int32_t>>& out) {
    out.assign(info_->network.layers.size(), {});
    for (const LayerDescription& layer : info_->network.layers)
        for (std::int32_t channel = 0; channel < layer.output_shape[0]; ++channel)
            if (layer.spec.kind == LayerKind::ReLU && script_->dead && script_->dead(layer.id, channel, iteration_))
                out[static_cast<std::size_t>(layer.id.index)].push_back(channel);
}

void PlainTrainer::capture_tensor(TensorKey key, const CaptureRequest& request, Observation& into) {
    const Shape shape = shape_of(info_->network, key);
    if (shape.rank() == 0) return;
    const bool made = phase_ >= made_at(key);
    if (begins_anew(key.kind) && !made && (phase_ != Phase::None || iteration_ == 0)) return;
    if (is_of_pass(key.kind) && !pass_kept_) return;
    const std::int64_t made_by = iteration_ + (made && phase_ != Phase::Update ? 1 : 0);
    std::shared_ptr<TensorCapture> capture = pools_[key].acquire();
    capture->key = key;
    capture->run = info_->run;
    capture->iteration = request.iteration;
    capture->content_id = ++last_content_id;
    capture->shape = shape;
    // Of the trainer's own iteration, not of the stamp: so a stamp that does not belong to the weights shows.
    capture->values.assign(static_cast<std::size_t>(shape.element_count()), plain_value(key, made_by));
    if (is_of_probe(key.kind))
        for (std::size_t i = 1; i < capture->values.size(); i += 2)
            capture->values[i] = plain_probe_value(request.probe);
    const auto plane = static_cast<std::size_t>(capture->plane_height() * capture->plane_width());
    capture->planes.resize(static_cast<std::size_t>(capture->plane_count()));
    for (std::size_t i = 0; i < capture->planes.size(); ++i)
        capture->planes[i] = statistics_of(std::span(capture->values).subspan(i * plane, plane));
    capture->whole = statistics_of(capture->values);
    into.captures.push_back(std::move(capture));
}

void PlainTrainer::capture_probe(const CaptureRequest& request, ProbeState& probe) {
    if (!request.watch.probe && std::none_of(request.watch.tensors.begin(), request.watch.tensors.end(),
                                             [](TensorKey key) { return is_of_probe(key.kind); }))
        return;
    HeldPicture picture{Split::Train, latest_sample_};
    if (const auto* sample = std::get_if<BatchSample>(&request.probe))
        picture.index = drawn_.empty() ? latest_sample_ + sample->index % std::max<std::int64_t>(
                                                                              1, next_sample_.next - latest_sample_)
                                       : drawn_[static_cast<std::size_t>(sample->index % std::ssize(drawn_))];
    else
        picture = held_picture(plain_probe_value(request.probe));
    const bool own = std::holds_alternative<OwnPicture>(request.probe);
    probe.source = request.probe;
    probe.label = own ? -1 : label(picture.split, picture.index);
    probe.data_label = own ? -1 : plain_label(picture.split, picture.index);
    probe.trained_on = own || picture.split == Split::Test ? -1 : picture.index;
    probe.logits.assign(kClassCount, 0.0F);
    probe.logits[0] = static_cast<float>(iteration_);
    probe.logits[1] = plain_probe_value(request.probe);
    probe.probabilities.assign(kClassCount, 0.0625F);
    probe.probabilities[static_cast<std::size_t>(predict(picture.split, picture.index, iteration_))] = 0.4375F;
    probe.iteration = request.iteration;
}

int PlainTrainer::predict(Split split, std::int64_t index, std::int64_t iteration) const {
    const int truth = plain_label(split, index);
    return split == Split::Test && script_->predict ? script_->predict(index, truth, iteration) : truth;
}

double PlainTrainer::classify(Split split, std::int64_t first, std::span<int> predicted, Weights weights,
                              std::span<float> probabilities) {
    const std::int64_t iteration = weights == Weights::Held ? held_iteration_ : iteration_;
    if (script_->on_classify) script_->on_classify(first);
    ++script_->classify_calls;
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        const std::int64_t index = first + static_cast<std::int64_t>(i);
        predicted[i] = predict(split, index, iteration);
        wrong += predicted[i] != plain_label(split, index) ? 1 : 0;
        if (probabilities.empty()) continue;
        const std::span<float> own = probabilities.subspan(10 * i, 10);
        std::fill(own.begin(), own.end(), plain_other_probability(index));
        if (predicted[i] >= 0)
            own[static_cast<std::size_t>(predicted[i])] = 1.0F - 9.0F * plain_other_probability(index);
    }
    return loss_sum(static_cast<std::int64_t>(predicted.size()), wrong, iteration);
}

std::optional<StepAhead> PlainTrainer::propose_step() {
    if (script_->on_slice) script_->on_slice();
    ++script_->proposals;
    if (script_->no_step) return std::nullopt;
    ahead_ = iteration_;
    return StepAhead{learning_rate_, batch_size_, std::min<std::int64_t>(200, script_->test_count)};
}

LossSlice::Point PlainTrainer::loss_along_step(double multiple) {
    if (ahead_ < 0) throw std::logic_error("no step is proposed");
    if (script_->on_slice) script_->on_slice();
    ++script_->slice_points;
    return point_of(multiple, ahead_);
}

double PlainTrainer::loss_beside_step(double multiple, double aside) {
    if (ahead_ < 0) throw std::logic_error("no step is proposed");
    if (script_->on_slice) script_->on_slice();
    ++script_->surface_points;
    return point_of(multiple, ahead_).batch_loss + 0.5 * aside * aside;
}

LossSlice::Point PlainTrainer::point_of(double multiple, std::int64_t iteration) {
    const double lift = 0x1p-16 * static_cast<double>(iteration);
    const auto above = [multiple](double best) { return 0.25 * (multiple - best) * (multiple - best); };
    return {multiple, 1.0 + above(2.0) + lift, 1.25 + above(1.6) + lift};
}

double PlainTrainer::loss_sum(std::int64_t pictures, std::int64_t wrong, std::int64_t iteration) {
    return 0.125 * static_cast<double>(pictures) + 2.0 * static_cast<double>(wrong) +
           0x1p-16 * static_cast<double>(iteration) * static_cast<double>(pictures);
}

}  // namespace convscope
