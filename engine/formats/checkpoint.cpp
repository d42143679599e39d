#include "engine/formats/checkpoint.h"

#include "engine/core/machine_memory.h"
#include "engine/core/utf8.h"
#include "engine/core/whole_file.h"
#include "engine/formats/checkpoint_history.h"
#include "engine/formats/checkpoint_values.h"
#include "engine/formats/network_weights.h"
#include "engine/formats/torch_file.h"
#include "engine/formats/weights_file.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/state/setting_ranges.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convscope {
namespace {

// 1: with the scalars of every iteration; 3: held to something, and 4: with changed data, which programs that know of
// nothing of the kind must not pass over.
constexpr std::int64_t kVersion = 4;
constexpr std::int64_t kRestrained = 3;
constexpr std::int64_t kPlain = 2;

// The lowest that says all of it.
std::int64_t version_of(const TrainingState& state) {
    if (state.restraints.data.any() || state.data.next_turn > 0) return kVersion;
    return state.restraints.any() ? kRestrained : kPlain;
}

// ---- writing -------------------------------------------------------------------------------------------------------

PickleValue dict_of(const std::vector<NamedBlob>& blobs) {
    PickleValue::Dict dict;
    for (const NamedBlob& one : blobs) dict.push_back({one.name, {stored_tensor(one.blob)}});
    return {std::move(dict)};
}

PickleValue optimizer_value(const std::vector<ParameterState>& states) {
    PickleValue::Dict all;
    for (std::size_t i = 0; i < states.size(); ++i) {
        PickleValue::Dict one{{"step", {states[i].step}}};
        for (const NamedBlob& tensor : states[i].tensors) one.push_back({tensor.name, {stored_tensor(tensor.blob)}});
        all.push_back({std::to_string(i), {std::move(one)}});
    }
    return {std::move(all)};
}

PickleValue progress_value(const RunProgress& progress) {
    PickleValue::Dict value{{"iteration", {progress.iteration}},
                            {"epoch", {progress.epoch}},
                            {"planned_epochs", {progress.planned_epochs}},
                            {"evaluation_due", {progress.evaluation_due}},
                            {"epoch_loss", {progress.epoch_sums.loss}},
                            {"epoch_correct", {progress.epoch_sums.correct}},
                            {"epoch_samples", {progress.epoch_sums.samples}},
                            {"epoch_seconds", {progress.epoch_sums.seconds}},
                            {"lowest_loss", {progress.lowest_loss}},
                            {"measurements_without_gain", {progress.measurements_without_gain}}};
    insert_history(value, progress);
    return {std::move(value)};
}

PickleValue data_value(const TrainingState& state) {
    const std::string& option = state.data_option;
    PickleValue::Dict value{{"order", {stored_tensor(state.data.order)}},
                            {"next", {state.data.next}},
                            {"latest", {state.data.latest}},
                            {"epoch", {state.data.epoch}},
                            {"generator", {stored_tensor(state.data.generator)}},
                            {"name", {state.data_name}},
                            {"option", {is_utf8(option) ? option : readable(option)}},
                            {"fingerprint", {state.data_fingerprint}},
                            {"fingerprint_kind", {static_cast<std::int64_t>(state.fingerprint_kind)}}};
    if (state.data.next_turn > 0) value.push_back({"next_turn", {static_cast<std::int64_t>(state.data.next_turn)}});
    return {std::move(value)};
}

PickleValue data_changes_value(const DataChanges& changes) {
    PickleValue::List times, relabelled;
    for (const int one : changes.times) times.push_back({static_cast<std::int64_t>(one)});
    for (const RelabelledPicture& one : changes.relabelled)
        relabelled.push_back(
            {PickleValue::Dict{{"picture", {one.index}}, {"label", {static_cast<std::int64_t>(one.label)}}}});
    return {PickleValue::Dict{{"shuffled_labels", {changes.shuffled_labels}},
                              {"noise", {changes.noise}},
                              {"times", {std::move(times)}},
                              {"relabelled", {std::move(relabelled)}}}};
}

// By the names of layers, as whoever reads it in Python knows them.
PickleValue restraints_value(const TrainingState& state, const NetworkDescription& network) {
    const auto name = [&network](LayerId layer) -> PickleValue {
        return {network.layers[static_cast<std::size_t>(layer.index)].spec.name};
    };
    PickleValue::List channels, frozen;
    for (const Intervention& one : state.restraints.channels)
        channels.push_back({PickleValue::Dict{
            {"layer", name(one.layer)}, {"channel", {one.channel}}, {"value", {static_cast<double>(one.value)}}}});
    for (const FrozenPart& part : state.restraints.frozen)
        frozen.push_back({PickleValue::Dict{{"layer", name(part.layer)}, {"filter", {part.filter}}}});
    PickleValue::Dict value{{"channels", {std::move(channels)}}, {"frozen", {std::move(frozen)}}};
    if (state.restraints.data.any()) value.push_back({"data", data_changes_value(state.restraints.data)});
    return {std::move(value)};
}

// ---- reading -------------------------------------------------------------------------------------------------------

// Of the type of elements that is wanted, which is the file's own but for weights that somebody has changed in Python.
TensorBlob float_blob(const StoredTensor& stored) {
    if (stored.dtype == DType::Float32) return stored.blob();
    return blob_of<float>(stored.shape, stored.floats());
}

TensorBlob integer_blob(const StoredTensor& stored) {
    if (stored.dtype == DType::Int64) return stored.blob();
    const std::vector<std::int64_t> values = stored.integers();
    if (values.size() != stored.element_count()) throw Damage("a tensor of whole numbers holds something else");
    return blob_of<std::int64_t>(stored.shape, values);
}

// Of a random generator.
TensorBlob generator_blob(const PickleValue& dict, const char* key) {
    TensorBlob blob = stored(dict, key).blob();
    if (!is_generator_state(blob)) throw Damage(std::string("'") + key + "' is no state of a random generator");
    return blob;
}

// The tensors of a network as a TrainingState has them: what is learned, and behind it what belongs to that.
struct WantedState {
    std::vector<WantedTensor> parameters;
    std::vector<WantedTensor> buffers;
};
WantedState wanted_state(const NetworkDescription& network) {
    WantedState wanted;
    for (const LayerDescription& layer : network.layers) {
        const std::string& name = layer.spec.name;
        if (!layer.owns_weights()) continue;
        wanted.parameters.push_back({name + ".weight", sizes_of(layer.weight_shape)});
        if (layer.has_bias()) wanted.parameters.push_back({name + ".bias", sizes_of(layer.bias_shape)});
        if (layer.spec.kind != LayerKind::BatchNorm) continue;
        wanted.buffers.push_back({name + ".running_mean", sizes_of(layer.weight_shape)});
        wanted.buffers.push_back({name + ".running_var", sizes_of(layer.weight_shape)});
        wanted.buffers.push_back({name + ".num_batches_tracked", {}});
    }
    return wanted;
}

// Every index once.
bool is_order(const TensorBlob& order) {
    if (order.shape.size() != 1) return false;
    const auto indices = order.values<std::int64_t>();
    std::vector<bool> seen(indices.size());
    for (const std::int64_t index : indices) {
        if (index < 0 || static_cast<std::size_t>(index) >= seen.size() || seen[static_cast<std::size_t>(index)])
            return false;
        seen[static_cast<std::size_t>(index)] = true;
    }
    return true;
}

RunProgress read_progress(const PickleValue& value) {
    RunProgress progress;
    progress.iteration = number<std::int64_t>(value, "iteration");
    progress.epoch = number<std::int64_t>(value, "epoch");
    progress.planned_epochs = number<std::int64_t>(value, "planned_epochs");
    progress.evaluation_due = number<bool>(value, "evaluation_due");
    progress.epoch_sums.loss = number<double>(value, "epoch_loss");
    progress.epoch_sums.correct = number<std::int64_t>(value, "epoch_correct");
    progress.epoch_sums.samples = number<std::int64_t>(value, "epoch_samples");
    progress.epoch_sums.seconds = number<double>(value, "epoch_seconds");
    progress.lowest_loss = number<double>(value, "lowest_loss");
    progress.measurements_without_gain = number<std::int64_t>(value, "measurements_without_gain");
    constexpr std::int64_t kMost = std::int64_t{1} << 40;
    for (const std::int64_t count : {progress.iteration, progress.epoch, progress.planned_epochs})
        if (count < 0 || count > kMost) throw Damage("its progress is out of range");
    read_history(value, progress);
    return progress;
}

void read_weights(const PickleValue& model, const WantedState& wanted, TrainingState& state) {
    if (model.as<PickleValue::Dict>() == nullptr) throw Damage("'model' is no dictionary");
    const auto read = [&](const WantedTensor& one) -> const StoredTensor& {
        const StoredTensor& tensor = stored(model, one.name);
        if (tensor.shape != one.shape)
            throw Damage("'" + one.name + "' has the shape " + shape_text(tensor.shape) +
                         ", but the recipe's network " + shape_text(one.shape));
        return tensor;
    };
    for (const WantedTensor& one : wanted.parameters) state.weights.push_back({one.name, float_blob(read(one))});
    for (const WantedTensor& one : wanted.buffers)
        state.weights.push_back({one.name, one.shape.empty() ? integer_blob(read(one)) : float_blob(read(one))});
}

std::vector<ParameterState> read_optimizer(const PickleValue& optimizer, const std::vector<WantedTensor>& parameters,
                                           OptimizerKind kind) {
    std::vector<ParameterState> states;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const PickleValue& saved = member(optimizer, std::to_string(i));
        ParameterState one;
        one.step = number<std::int64_t>(saved, "step");
        for (const PickleValue::Entry& entry : *saved.as<PickleValue::Dict>()) {
            const auto* tensor = entry.value.as<StoredTensor>();
            if (tensor == nullptr) continue;
            if (tensor->shape != parameters[i].shape)
                throw Damage("the optimizer's '" + entry.key + "' of '" + parameters[i].name + "' has another shape");
            one.tensors.push_back({entry.key, float_blob(*tensor)});
        }
        for (const std::string& name : needed_tensors(kind))
            if (!one.tensors.empty() && std::none_of(one.tensors.begin(), one.tensors.end(),
                                                     [&](const NamedBlob& tensor) { return tensor.name == name; }))
                throw Damage("the optimizer's '" + name + "' of '" + parameters[i].name + "' is missing");
        states.push_back(std::move(one));
    }
    return states;
}

std::shared_ptr<const ReplacedOptimizer> read_replaced(const PickleValue& value,
                                                       const std::vector<WantedTensor>& parameters) {
    const std::string name = text(value, "kind");
    for (const OptimizerKind kind :
         {OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp})
        if (name == to_string(kind))
            return std::make_shared<const ReplacedOptimizer>(
                ReplacedOptimizer{kind, read_optimizer(member(value, "states"), parameters, kind)});
    throw Damage("it names the optimizer '" + name + "'");
}

const PickleValue::List& list_of(const PickleValue& value, const char* key) {
    const auto* list = member(value, key).as<PickleValue::List>();
    if (list == nullptr) throw Damage(std::string("'") + key + "' is no list");
    return *list;
}

int small_number(const PickleValue& value, const char* key) {
    const auto number_there = number<std::int64_t>(value, key);
    if (!std::in_range<int>(number_there)) throw Damage(std::string("'") + key + "' is out of range");
    return static_cast<int>(number_there);
}

DataChanges read_data_changes(const PickleValue& value) {
    DataChanges changes;
    changes.shuffled_labels = number<double>(value, "shuffled_labels");
    changes.noise = number<double>(value, "noise");
    for (const PickleValue& one : list_of(value, "times")) {
        const auto* times = one.as<std::int64_t>();
        if (times == nullptr || !std::in_range<int>(*times)) throw Damage("how often a class comes is no number");
        changes.times.push_back(static_cast<int>(*times));
    }
    for (const PickleValue& one : list_of(value, "relabelled"))
        changes.relabelled.push_back({number<std::int64_t>(one, "picture"), small_number(one, "label")});
    return changes;
}

Restraints read_restraints(const PickleValue& value, const NetworkDescription& network) {
    const auto each = [&](const char* key, const auto& visit) {
        for (const PickleValue& one : list_of(value, key)) {
            const LayerDescription* layer = network.find(text(one, "layer"));
            if (layer == nullptr) throw Damage("its restraints name the layer '" + text(one, "layer") + "'");
            visit(one, layer->id);
        }
    };
    Restraints restraints;
    each("channels", [&](const PickleValue& one, LayerId layer) {
        restraints.channels.push_back(
            {layer, number<std::int64_t>(one, "channel"), static_cast<float>(number<double>(one, "value"))});
    });
    each("frozen", [&](const PickleValue& one, LayerId layer) {
        restraints.frozen.push_back({layer, number<std::int64_t>(one, "filter")});
    });
    if (const PickleValue* data = value.find("data")) restraints.data = read_data_changes(*data);
    if (const Result<void> there = check_restraints(network, restraints); !there) throw Damage(there.error().message);
    if (!std::is_sorted(restraints.frozen.begin(), restraints.frozen.end()))
        throw Damage("what is frozen is in no order");
    return restraints;
}

void read_before_hand(const PickleValue& set, const std::vector<WantedTensor>& parameters, TrainingState& state) {
    const auto* tensors = set.as<PickleValue::Dict>();
    if (tensors == nullptr) throw Damage("'before_hand' is no dictionary");
    for (const WantedTensor& one : parameters)
        if (set.find(one.name.c_str()) != nullptr) {
            if (stored(set, one.name).shape != one.shape)
                throw Damage("'" + one.name + "' had another shape before it was set by hand");
            state.before_hand.push_back({one.name, float_blob(stored(set, one.name))});
        }
    if (state.before_hand.size() != tensors->size()) throw Damage("'before_hand' names what is no weight");
}

TrainingState read_state(const PickleValue& file, const Recipe& recipe) {
    TrainingState state;
    state.recipe = recipe;
    state.seed = static_cast<std::uint64_t>(number<std::int64_t>(file, "seed"));
    state.iteration = number<std::int64_t>(file, "iteration");
    state.learning_rate = number<double>(file, "learning_rate");
    state.momentum = number<double>(file, "momentum");
    state.batch_size = number<std::int64_t>(file, "batch_size");
    if (const Result<void> possible = check_settings(state); !possible) throw Damage(possible.error().message);

    const Result<NetworkDescription> plan = plan_network(recipe);
    if (!plan.ok()) throw Damage(plan.error().message);
    const WantedState wanted = wanted_state(plan.value());
    read_weights(member(file, "model"), wanted, state);
    state.optimizer = read_optimizer(member(file, "optimizer"), wanted.parameters, recipe.optimizer.kind);
    if (const PickleValue* replaced = file.find("replaced_optimizer"))
        state.replaced = read_replaced(*replaced, wanted.parameters);

    if (const PickleValue* held = file.find("restraints")) state.restraints = read_restraints(*held, plan.value());
    if (const PickleValue* set = file.find("before_hand")) read_before_hand(*set, wanted.parameters, state);

    state.generator = generator_blob(file, "generator");
    const PickleValue& data = member(file, "data");
    state.data.order = integer_blob(stored(data, "order"));
    state.data.next = number<std::int64_t>(data, "next");
    // Files of the first versions do not say: then it was a whole minibatch of the present size.
    state.data.latest = data.find("latest") != nullptr ? number<std::int64_t>(data, "latest")
                                                       : std::max<std::int64_t>(0, state.data.next - state.batch_size);
    state.data.epoch = number<std::int64_t>(data, "epoch");
    if (data.find("next_turn") != nullptr) state.data.next_turn = small_number(data, "next_turn");
    state.data.generator = generator_blob(data, "generator");
    if (data.find("fingerprint") != nullptr) {  // files of the first versions do not say
        state.data_name = text(data, "name");
        state.data_option = text(data, "option");
        state.data_fingerprint = number<std::int64_t>(data, "fingerprint");
        state.fingerprint_kind = FingerprintKind::FirstPicture;
    }
    if (data.find("fingerprint_kind") != nullptr) {
        const auto kind = number<std::int64_t>(data, "fingerprint_kind");
        if (kind != static_cast<std::int64_t>(FingerprintKind::FirstPicture) &&
            kind != static_cast<std::int64_t>(FingerprintKind::SpreadSample))
            throw Damage("its fingerprint of the data is of an unknown kind");
        state.fingerprint_kind = static_cast<FingerprintKind>(kind);
    }
    if (file.find("machine") != nullptr) state.machine = text(file, "machine");  // older files do not say
    state.class_names = class_names_of_checkpoint(file, recipe.class_count);
    const auto count = static_cast<std::int64_t>(state.data.order.element_count());
    if (!is_order(state.data.order) || state.data.next < 0 || state.data.next > count || state.data.latest < 0 ||
        state.data.latest >= count || state.data.next_turn < 0 || state.data.next_turn >= DataChanges::kMostTimes)
        throw Damage("its order of the data is none");
    if (const Result<void> possible = check_data_changes(state.restraints.data, recipe.class_count, count); !possible)
        throw Damage(possible.error().message);
    return state;
}

}  // namespace

PickleValue checkpoint_of(const RunState& run) {
    const TrainingState& state = *run.training;
    PickleValue::List class_names;
    for (const std::string& name : state.class_names) class_names.push_back({name});
    PickleValue::Dict file{{"convscope_checkpoint", {version_of(state)}},
                           {"model", dict_of(state.weights)},
                           {"optimizer", optimizer_value(state.optimizer)},
                           {"recipe", {to_toml(state.recipe)}},
                           {"machine", {readable(state.machine)}},
                           {"class_names", {std::move(class_names)}},
                           {"seed", {static_cast<std::int64_t>(state.seed)}},
                           {"iteration", {state.iteration}},
                           {"learning_rate", {state.learning_rate}},
                           {"momentum", {state.momentum}},
                           {"batch_size", {state.batch_size}},
                           {"generator", {stored_tensor(state.generator)}},
                           {"data", data_value(state)},
                           {"progress", progress_value(run.progress)}};
    if (state.replaced)
        file.push_back({"replaced_optimizer",
                        {PickleValue::Dict{{"kind", {std::string(to_string(state.replaced->kind))}},
                                           {"states", optimizer_value(state.replaced->states)}}}});
    if (!state.before_hand.empty()) file.push_back({"before_hand", dict_of(state.before_hand)});
    if (state.restraints.any()) {
        const Result<NetworkDescription> plan = plan_network(state.recipe);
        if (!plan.ok()) throw std::runtime_error(plan.error().message);
        file.push_back({"restraints", restraints_value(state, plan.value())});
    }
    return {std::move(file)};
}

Result<void> write_checkpoint(const RunState& run, const std::filesystem::path& path) {
    try {
        std::error_code problem;
        if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), problem);
        if (problem)
            return Error{ErrorCode::Io, path.parent_path().string() + ": the folder cannot be made (" +
                                            problem.message() + "); choose another one with --out"};
        return write_whole_file(path, torch_file_of(checkpoint_of(run)));
    } catch (const std::exception& error) {
        return Error{ErrorCode::Failed, path.string() + ": " + sentence_of(error)};
    }
}

RunFiles checkpoint_files() { return {.write = write_checkpoint, .read = read_checkpoint}; }

std::vector<std::string> class_names_of_checkpoint(const PickleValue& file, std::int64_t class_count) {
    const PickleValue* value = file.find("class_names");
    const auto* list = value == nullptr ? nullptr : value->as<PickleValue::List>();
    if (list == nullptr || static_cast<std::int64_t>(list->size()) != class_count) return {};
    std::vector<std::string> names;
    for (const PickleValue& one : *list) {
        const auto* name = one.as<std::string>();
        constexpr std::size_t kLongest = 1024;  // bytes; a folder's name has at most 255, each as four characters
        if (name == nullptr || name->size() > kLongest) return {};
        names.push_back(readable(*name));
    }
    return names;
}

Restraints restraints_of_checkpoint(const PickleValue& file, const NetworkDescription& network) {
    const PickleValue* held = file.find("restraints");
    if (held == nullptr) return {};
    try {
        return read_restraints(*held, network);
    } catch (const std::runtime_error&) {
        return {};
    }
}

Result<Recipe> recipe_of_checkpoint(const PickleValue& file, std::string_view name) {
    const PickleValue* text = file.find("recipe");
    const std::string* toml = text == nullptr ? nullptr : text->as<std::string>();
    if (toml == nullptr || file.find("convscope_checkpoint") == nullptr)
        return Error{ErrorCode::NotFound, std::string(name) +
                                              ": holds weights, but no run of ConvScope; open it with --checkpoint "
                                              "and name its network with --recipe"};
    Result<Recipe> recipe = parse_recipe(*toml, std::string(name) + " (recipe)");
    if (recipe.ok()) return recipe;
    return Error{
        recipe.error().code,
        recipe.error().message + "; the weights beside it can be opened with --checkpoint, and --recipe in its place"};
}

Result<RunState> run_of_checkpoint(const PickleValue& file, std::string_view name) {
    const Result<Recipe> recipe = recipe_of_checkpoint(file, name);
    if (!recipe.ok()) return recipe.error();
    try {
        const auto version = number<std::int64_t>(file, "convscope_checkpoint");
        if (version < 1 || version > kVersion)
            return Error{ErrorCode::Corrupt, std::string(name) +
                                                 ": was written by another version of ConvScope; its weights can be "
                                                 "used with --checkpoint in `convscope evaluate` and `convscope "
                                                 "predict`"};
        auto training = std::make_shared<const TrainingState>(read_state(file, recipe.value()));
        return RunState{std::move(training), read_progress(member(file, "progress"))};
    } catch (const std::bad_alloc& error) {
        return Error{ErrorCode::Failed, std::string(name) + ": " + sentence_of(error)};
    } catch (const std::exception& error) {
        return Error{ErrorCode::Corrupt, std::string(name) + ": the run in it is damaged (" + error.what() +
                                             "); resume from another file, or begin anew"};
    }
}

Result<RunState> read_checkpoint(const std::filesystem::path& path) {
    const Result<WeightsFile> read = read_weights_file(path);
    if (!read.ok()) return read.error();
    return run_of_checkpoint(read.value().content, path.string());
}

}  // namespace convscope
