// What is done to a run's network by hand.
#include "engine/recipe/recipe_change.h"
#include "engine/train/initial_weights.h"
#include "engine/train/torch_trainer.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

const torch::Tensor& tensor_of(const Network& network, TensorKey key) {
    return key.kind == TensorKind::Bias ? network.bias(key.layer) : network.weight(key.layer);
}

// As a row of its elements, of which so many from one on are a part; on its own device.
torch::Tensor part_of(const torch::Tensor& tensor, std::int64_t first, std::size_t count) {
    return tensor.detach().view({-1}).narrow(0, first, static_cast<std::int64_t>(count));
}

// Where the two differ, of which not-a-number does not from itself.
torch::Tensor other_bits(const torch::Tensor& a, const torch::Tensor& b) {
    return a.detach().view(torch::kInt32) != b.detach().view(torch::kInt32);
}

void read(const torch::Tensor& part, std::span<float> values) {
    const torch::Tensor plain = part.to(torch::kCPU).contiguous();
    std::copy_n(plain.data_ptr<float>(), values.size(), values.begin());
}

}  // namespace

void TorchTrainer::restrain(Run& run, Restraints restraints) {
    std::vector<Optimizer::FrozenRows> rows;
    for (const FrozenPart& part : restraints.frozen)
        for (const torch::Tensor& tensor : {run.network.weight(part.layer), run.network.bias(part.layer)})
            if (tensor.defined()) rows.push_back({tensor, part.filter});
    run.optimizer.freeze(std::move(rows));
    if (!(restraints.data == run.restraints.data)) {
        run.batches.change(restraints.data);
        run.looking.change_data(restraints.data);
    }
    run.restraints = std::move(restraints);
}

Result<void> TorchTrainer::change_optimizer(Run& run, const OptimizerSpec& spec) {
    const OptimizerKind before = run.info->recipe.optimizer.kind;
    std::vector<ParameterState> states = run.optimizer.state();
    std::shared_ptr<const ReplacedOptimizer> replaced = run.replaced;
    if (spec.kind != before) {
        const bool again = replaced && replaced->kind == spec.kind;
        std::vector<ParameterState> nothing(states.size());
        if (!replaced) replaced = std::make_shared<const ReplacedOptimizer>(ReplacedOptimizer{before, states});
        states = again ? replaced->states : std::move(nothing);
        if (again) replaced.reset();
    }
    Optimizer other(spec, run.network.parameters());
    Result<Optimizer::Memory> memory = other.recall(states, spec.learning_rate, spec.momentum);
    if (!memory.ok()) return memory.error();
    other.restore(std::move(memory).value());
    run.optimizer = std::move(other);
    run.replaced = std::move(replaced);
    restrain(run, run.restraints);
    return {};
}

// Of the same tensors. The copy that was held is of the network before.
void TorchTrainer::become(Run& run, const Recipe& recipe, NetworkDescription network) {
    auto info = std::make_shared<RunInfo>(*run.info);
    info->recipe = recipe;
    info->network = network;
    run.network.describe_as(std::move(network));
    run.batches.change(recipe);
    run.looking = Looking(run.data, recipe, info->seed, info->run);
    run.looking.change_data(run.restraints.data);
    run.held.reset();
    run.info = std::move(info);
}

Result<std::shared_ptr<const RunInfo>> TorchTrainer::change_recipe(const Recipe& recipe) {
    Run& run = *run_;
    if (same_recipe(run.info->recipe, recipe)) return run.info;
    Result<NetworkDescription> plan = plan_change(run.info->recipe, recipe);
    if (!plan.ok()) return plan.error();
    if (!same_optimizer(run.info->recipe, recipe))
        if (Result<void> changed = change_optimizer(run, recipe.optimizer); !changed) return changed.error();
    become(run, recipe, std::move(plan).value());
    return run.info;
}

double TorchTrainer::channel_mean(LayerId layer, std::int64_t channel) {
    return run_->looking.channel_mean(run_->network, layer, channel, run_->restraints.channels);
}

void TorchTrainer::read_values(TensorKey key, std::int64_t first, std::span<float> values) const {
    read(part_of(tensor_of(run_->network, key), first, values.size()), values);
}

// Drawn anew: nobody keeps them for the rare case that they are asked for.
void TorchTrainer::read_first_values(TensorKey key, std::int64_t first, std::span<float> values) const {
    Network fresh(run_->info->network, torch::kCPU);
    draw_initial_weights(fresh, at::make_generator<at::CPUGeneratorImpl>(run_->info->seed));
    read(part_of(tensor_of(fresh, key), first, values.size()), values);
}

void TorchTrainer::write_values(TensorKey key, std::int64_t first, std::span<const float> values) {
    const torch::NoGradGuard no_grad;
    const torch::Tensor& tensor = tensor_of(run_->network, key);
    const std::vector<torch::Tensor> parameters = run_->network.parameters();
    const auto is_it = [&](const torch::Tensor& one) { return one.is_same(tensor); };
    const auto place =
        static_cast<std::size_t>(std::find_if(parameters.begin(), parameters.end(), is_it) - parameters.begin());
    std::vector<SetByHand>& before = run_->before_hand;
    auto own = std::find_if(before.begin(), before.end(), [&](const SetByHand& one) { return one.parameter >= place; });
    if (own == before.end() || own->parameter != place) own = before.insert(own, {place, tensor.detach().clone()});
    const torch::Tensor given =
        torch::from_blob(const_cast<float*>(values.data()), {std::ssize(values)}, torch::kFloat32);
    part_of(tensor, first, values.size()).copy_(given);
    if (!other_bits(own->before, tensor).any().item<bool>()) before.erase(own);
}

std::vector<Optimizer::Forgotten> TorchTrainer::forgotten(const Run& run) {
    std::vector<Optimizer::Forgotten> forgotten;
    if (run.before_hand.empty()) return forgotten;
    const std::vector<torch::Tensor> parameters = run.network.parameters();
    for (const SetByHand& one : run.before_hand)
        forgotten.push_back({one.parameter, other_bits(one.before, parameters[one.parameter])});
    return forgotten;
}

}  // namespace convscope
