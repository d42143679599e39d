#include "engine/train/checkpoint.h"

#include "engine/core/machine_memory.h"
#include "engine/core/utf8.h"
#include "engine/core/whole_file.h"
#include "engine/data/fingerprint.h"
#include "engine/formats/weights_file.h"
#include "engine/io/torch_pickle.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/train/checkpoint_history.h"
#include "engine/train/checkpoint_values.h"
#include "engine/train/network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {
namespace {

constexpr std::int64_t kVersion = 2;  // 1: with the scalars of every iteration

// ---- writing -------------------------------------------------------------------------------------------------------

c10::IValue optimizer_value(const std::vector<ParameterState>& states) {
    auto all = dictionary();
    for (std::size_t i = 0; i < states.size(); ++i) {
        auto one = dictionary();
        one.insert("step", states[i].step);
        for (const auto& [name, tensor] : states[i].tensors) one.insert(name, tensor);
        all.insert(std::to_string(i), one);
    }
    return all;
}

c10::IValue progress_value(const RunProgress& progress) {
    auto value = dictionary();
    value.insert("iteration", progress.iteration);
    value.insert("epoch", progress.epoch);
    value.insert("planned_epochs", progress.planned_epochs);
    value.insert("evaluation_due", progress.evaluation_due);
    value.insert("epoch_loss", progress.epoch_sums.loss);
    value.insert("epoch_correct", progress.epoch_sums.correct);
    value.insert("epoch_samples", progress.epoch_sums.samples);
    value.insert("epoch_seconds", progress.epoch_sums.seconds);
    value.insert("lowest_loss", progress.lowest_loss);
    value.insert("measurements_without_gain", progress.measurements_without_gain);
    insert_history(value, progress);
    return value;
}

c10::IValue checkpoint_value(const Checkpoint& checkpoint) {
    const TrainingState& state = checkpoint.state;
    auto model = dictionary();
    for (const auto& [name, tensor] : state.weights) model.insert(name, tensor);
    auto data = dictionary();
    data.insert("order", state.data.order);
    data.insert("next", state.data.next);
    data.insert("epoch", state.data.epoch);
    data.insert("generator", state.data.generator_state);
    data.insert("name", state.data_name);
    data.insert("option", is_utf8(state.data_option) ? state.data_option : readable(state.data_option));
    data.insert("fingerprint", state.data_fingerprint);
    data.insert("fingerprint_kind", static_cast<std::int64_t>(state.fingerprint_kind));

    c10::impl::GenericList class_names(c10::AnyType::get());
    for (const std::string& name : state.class_names) class_names.push_back(name);

    auto file = dictionary();
    file.insert("convscope_checkpoint", kVersion);
    file.insert("model", model);
    file.insert("optimizer", optimizer_value(state.optimizer));
    file.insert("recipe", to_toml(state.recipe));
    file.insert("class_names", class_names);
    file.insert("seed", static_cast<std::int64_t>(state.seed));
    file.insert("iteration", state.iteration);
    file.insert("learning_rate", state.learning_rate);
    file.insert("momentum", state.momentum);
    file.insert("batch_size", state.batch_size);
    file.insert("generator", state.generator_state);
    file.insert("data", data);
    file.insert("progress", progress_value(checkpoint.progress));
    return file;
}

// ---- reading -------------------------------------------------------------------------------------------------------

torch::Tensor float_tensor(const StoredTensor& stored) {
    const std::vector<float> values = stored.floats();
    const torch::Tensor tensor = torch::empty(stored.shape, torch::kFloat32);
    std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
    return tensor;
}

torch::Tensor integer_tensor(const StoredTensor& stored, torch::ScalarType type) {
    const std::vector<std::int64_t> values = stored.integers();
    if (values.size() != stored.element_count()) throw Damage("a tensor of whole numbers holds something else");
    const torch::Tensor tensor = torch::empty(stored.shape, torch::kInt64);
    std::copy(values.begin(), values.end(), tensor.data_ptr<std::int64_t>());
    return tensor.to(type);
}

// Of a random generator; tried out, as LibTorch alone knows what is one.
torch::Tensor generator_state(const PickleValue& dict, const char* key) {
    const torch::Tensor state = integer_tensor(stored(dict, key), torch::kByte);
    try {
        at::make_generator<at::CPUGeneratorImpl>().set_state(state);
    } catch (const c10::Error&) {
        throw Damage(std::string("'") + key + "' is no state of a random generator");
    }
    return state;
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

TrainingState read_state(const PickleValue& file, const Recipe& recipe) {
    TrainingState state;
    state.recipe = recipe;
    state.seed = static_cast<std::uint64_t>(number<std::int64_t>(file, "seed"));
    state.iteration = number<std::int64_t>(file, "iteration");
    state.learning_rate = number<double>(file, "learning_rate");
    state.momentum = number<double>(file, "momentum");
    state.batch_size = number<std::int64_t>(file, "batch_size");
    if (!std::isfinite(state.learning_rate) || !(state.momentum >= 0.0 && state.momentum < 1.0) ||
        state.batch_size < 1 || state.iteration < 0)
        throw Damage("its settings are out of range");

    // Before a network is made: a recipe of a few bytes can ask for one of gigabytes, weights that are there cannot.
    const PickleValue& model = member(file, "model");
    const auto* tensors = model.as<PickleValue::Dict>();
    if (tensors == nullptr) throw Damage("'model' is no dictionary");
    std::size_t elements = 0;
    for (const PickleValue::Entry& entry : *tensors)
        if (const auto* tensor = entry.value.as<StoredTensor>()) elements += tensor->element_count();
    NetworkDescription plan = plan_network(recipe).value();
    if (elements < static_cast<std::size_t>(plan.parameter_count))
        throw Damage("it has fewer weights than the recipe's network");
    const Network network(std::move(plan), torch::kCPU);
    for (const auto& [name, wanted] : network.named_tensors()) {
        const StoredTensor& tensor = stored(model, name);
        if (tensor.shape != wanted.sizes().vec())
            throw Damage("'" + name + "' has the shape " + shape_text(tensor.shape) + ", but the recipe's network " +
                         shape_text(wanted.sizes().vec()));
        state.weights.emplace_back(
            name, wanted.scalar_type() == torch::kInt64 ? integer_tensor(tensor, torch::kInt64) : float_tensor(tensor));
    }

    const auto parameters = network.named_parameters();
    const PickleValue& optimizer = member(file, "optimizer");
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const PickleValue& saved = member(optimizer, std::to_string(i).c_str());
        ParameterState one;
        one.step = number<std::int64_t>(saved, "step");
        for (const PickleValue::Entry& entry : *saved.as<PickleValue::Dict>()) {
            const auto* tensor = entry.value.as<StoredTensor>();
            if (tensor == nullptr) continue;
            if (tensor->shape != parameters[i].second.sizes().vec())
                throw Damage("the optimizer's '" + entry.key + "' of '" + parameters[i].first + "' has another shape");
            one.tensors.emplace_back(entry.key, float_tensor(*tensor));
        }
        for (const std::string& name : needed_tensors(recipe.optimizer.kind))
            if (!one.tensors.empty() && saved.find(name) == nullptr)
                throw Damage("the optimizer's '" + name + "' of '" + parameters[i].first + "' is missing");
        state.optimizer.push_back(std::move(one));
    }

    state.generator_state = generator_state(file, "generator");
    const PickleValue& data = member(file, "data");
    state.data.order = integer_tensor(stored(data, "order"), torch::kInt64);
    state.data.next = number<std::int64_t>(data, "next");
    state.data.epoch = number<std::int64_t>(data, "epoch");
    state.data.generator_state = generator_state(data, "generator");
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
    state.class_names = class_names_of_checkpoint(file, recipe.class_count);
    const std::int64_t count = state.data.order.numel();
    if (state.data.order.dim() != 1 || state.data.next < 0 || state.data.next > count ||
        !torch::equal(std::get<0>(state.data.order.sort()), torch::arange(count, torch::kInt64)))
        throw Damage("its order of the data is none");
    return state;
}

}  // namespace

Result<void> write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path) {
    try {
        std::error_code problem;
        if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), problem);
        if (problem)
            return Error{ErrorCode::Io, path.parent_path().string() + ": the folder cannot be made (" +
                                            problem.message() + "); choose another one with --out"};
        return write_whole_file(path, torch_pickle(checkpoint_value(checkpoint)));
    } catch (const std::exception& error) {
        return Error{ErrorCode::Failed, path.string() + ": " + sentence_of(error)};
    }
}

Result<void> check_same_data(const TrainingState& saved, const Dataset& data) {
    const std::int64_t wanted = saved.data.order.numel() + saved.recipe.validation_count;
    const std::int64_t given = data.size(Split::Train);
    const bool same = saved.data_fingerprint < 0 || saved.data_fingerprint == fingerprint(data, saved.fingerprint_kind);
    if (wanted == given && same) return {};
    const auto described = [](const std::string& name, std::int64_t count, const std::string& option) {
        return " (" + (name.empty() ? "" : name + ", ") + std::to_string(count) +
               (option.empty() ? "" : ", --data " + option) + ")";
    };
    return Error{ErrorCode::InvalidArgument, "was trained on other pictures" +
                                                 described(saved.data_name, wanted, saved.data_option) + " than these" +
                                                 described(data.info().name, given, data.info().option) +
                                                 "; name the same data with --data"};
}

std::vector<std::string> class_names_of_checkpoint(const PickleValue& file, std::int64_t class_count) {
    const PickleValue* value = file.find("class_names");
    const auto* list = value == nullptr ? nullptr : value->as<PickleValue::List>();
    if (list == nullptr || static_cast<std::int64_t>(list->size()) != class_count) return {};
    std::vector<std::string> names;
    for (const PickleValue& one : *list) {
        const auto* name = one.as<std::string>();
        if (name == nullptr) return {};
        names.push_back(readable(*name));
    }
    return names;
}

Result<Recipe> recipe_of_checkpoint(const PickleValue& file, std::string_view name) {
    const PickleValue* text = file.find("recipe");
    const std::string* toml = text == nullptr ? nullptr : text->as<std::string>();
    if (toml == nullptr || file.find("convscope_checkpoint") == nullptr)
        return Error{ErrorCode::NotFound, std::string(name) +
                                              ": holds weights, but no run of ConvScope; open it with --checkpoint "
                                              "and name its network with --recipe"};
    return parse_recipe(*toml, std::string(name) + " (recipe)");
}

Result<Checkpoint> read_checkpoint(const std::filesystem::path& path) {
    const std::string name = path.string();
    const Result<WeightsFile> read = read_weights_file(path);
    if (!read.ok()) return read.error();
    const PickleValue& file = read.value().content;
    const Result<Recipe> recipe = recipe_of_checkpoint(file, name);
    if (!recipe.ok()) return recipe.error();
    try {
        const auto version = number<std::int64_t>(file, "convscope_checkpoint");
        if (version < 1 || version > kVersion)
            return Error{ErrorCode::Corrupt,
                         name +
                             ": was written by another version of ConvScope; its weights can be "
                             "used with --checkpoint in `convscope evaluate` and `convscope predict`"};
        return Checkpoint{read_state(file, recipe.value()), read_progress(member(file, "progress"))};
    } catch (const std::bad_alloc& error) {
        return Error{ErrorCode::Failed, name + ": " + sentence_of(error)};
    } catch (const std::exception& error) {
        return Error{ErrorCode::Corrupt, name + ": the run in it is damaged (" + error.what() +
                                             "); resume from another file, or begin anew"};
    }
}

}  // namespace convscope
