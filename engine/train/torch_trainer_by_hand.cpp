// What is done to a run's network by hand.
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
    run.restraints = std::move(restraints);
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
    const torch::Tensor given =
        torch::from_blob(const_cast<float*>(values.data()), {std::ssize(values)}, torch::kFloat32);
    part_of(tensor_of(run_->network, key), first, values.size()).copy_(given);
}

}  // namespace convscope
