// What the screen is shown of a network: computed from the weights as they are, changing nothing.
#include "engine/train/torch_trainer.h"

#include <algorithm>

namespace convscope {
namespace {

void copy_floats(const torch::Tensor& tensor, std::vector<float>& out) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
    out.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
}

}  // namespace

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
                tensor = run.network.running_mean(key.layer);
                break;
            case TensorKind::RunningVariance:
                tensor = run.network.running_variance(key.layer);
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

    const torch::Tensor output =
        run.network.answer(input.to(device_), [&](LayerId layer, const torch::Tensor& activation) {
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
    run.network.answer(run.statistics_pictures, [&](LayerId layer, const torch::Tensor& activation) {
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

}  // namespace convscope
