#include "engine/train/looking.h"

#include "engine/train/loss.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

namespace convscope {
namespace {

void copy_floats(const torch::Tensor& tensor, std::vector<float>& out) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
    out.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
}

}  // namespace

void read_classes(const torch::Tensor& output, std::span<int> classes) {
    const torch::Tensor scores = output.detach().to(torch::kCPU).contiguous();
    const std::int64_t width = scores.size(1);
    const auto* row = scores.data_ptr<float>();
    for (int& predicted : classes) {
        predicted = likeliest({row, static_cast<std::size_t>(width)});
        row += width;
    }
}

Looking::Looking(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed, RunId run)
    : data_(std::move(data)), recipe_(recipe), run_(run), preprocessing_(recipe) {
    if (data_) training_pictures_.emplace(data_, recipe, seed);
}

const torch::Tensor& Looking::as_seen(std::span<const std::uint8_t> pictures) {
    const std::int64_t bytes = recipe_.input_channels * recipe_.input_height * recipe_.input_width;
    const std::array<std::int64_t, 4> shape{static_cast<std::int64_t>(pictures.size()) / bytes, recipe_.input_channels,
                                            recipe_.input_height, recipe_.input_width};
    if (!shown_.defined() || shown_.sizes() != torch::IntArrayRef(shape)) shown_ = torch::empty(shape, torch::kFloat32);
    for (std::int64_t i = 0; i < shape[0]; ++i)
        preprocessing_.apply(pictures.subspan(static_cast<std::size_t>(i * bytes), static_cast<std::size_t>(bytes)),
                             shown_.data_ptr<float>() + i * bytes);
    return shown_;
}

double Looking::classify(const Network& network, Split split, std::int64_t first, std::span<int> predicted,
                         std::span<const Intervention> interventions, std::span<float> probabilities) {
    load_pictures(*data_, preprocessing_, split, first, static_cast<std::int64_t>(predicted.size()), pictures_);
    const torch::Tensor output = network.answer(pictures_.images.to(network.device()), {}, interventions);
    read_classes(output, predicted);
    if (!probabilities.empty()) {
        const torch::Tensor all = network.probabilities(output).detach().to(torch::kCPU).contiguous();
        std::copy_n(all.data_ptr<float>(), probabilities.size(), probabilities.begin());
    }
    return compute_loss(recipe_, output, pictures_.labels.to(network.device()), /*sum=*/true).item<double>();
}

std::vector<float> Looking::probabilities(const Network& network, std::span<const std::uint8_t> pictures,
                                          std::span<const Intervention> interventions) {
    std::vector<float> result;
    const torch::Tensor output = network.answer(as_seen(pictures).to(network.device()), {}, interventions);
    copy_floats(network.probabilities(output), result);
    return result;
}

void Looking::look(const Network& network, const CaptureRequest& request, const DataPosition& position,
                   const Traces* traces, Observation& into, std::span<const Intervention> interventions) {
    into.captures.clear();
    capture_parameters(network, request, traces, into);
    capture_pass(network, request, traces != nullptr ? traces->pass : Pass{}, into);
    capture_probe(network, request, position, interventions, into);
    std::sort(into.captures.begin(), into.captures.end(), [](const auto& a, const auto& b) { return a->key < b->key; });
    if (request.layer_statistics && data_)
        measure_layers(network, request.iteration, interventions, into.layer_statistics);
    if (request.dead_units && data_) find_dead_units(network, interventions, into.dead_units);
}

void Looking::capture(TensorKey key, const torch::Tensor& tensor, const CaptureRequest& request, Observation& into) {
    if (tensor.defined()) into.captures.push_back(pools_.capture(key, run_, request.iteration, tensor));
}

void Looking::capture_parameters(const Network& network, const CaptureRequest& request, const Traces* traces,
                                 Observation& into) {
    // Amid an iteration the optimizer's state and the gradients are of two steps.
    const bool updates =
        traces != nullptr && (traces->pass.phase == Phase::None || traces->pass.phase == Phase::Update);
    for (const TensorKey key : request.watch.tensors) {
        if (key.layer.index < 0 || key.layer.index >= static_cast<std::int32_t>(network.description().layers.size()))
            continue;
        const torch::Tensor& weight = network.weight(key.layer);
        const torch::Tensor& bias = network.bias(key.layer);
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
                if (weight.defined() && updates) tensor = traces->optimizer.last_update(weight);
                break;
            case TensorKind::RunningMean:
                tensor = network.running_mean(key.layer);
                break;
            case TensorKind::RunningVariance:
                tensor = network.running_variance(key.layer);
                break;
            case TensorKind::Input:
            case TensorKind::Activation:
            case TensorKind::PassActivation:
            case TensorKind::PassGradient:
                break;  // the probe's, and the pass's
        }
        capture(key, tensor, request, into);
    }
}

void Looking::capture_pass(const Network& network, const CaptureRequest& request, const Pass& pass, Observation& into) {
    into.pass.label = pass.phase == Phase::None ? -1 : pass.label;
    into.pass.sample = pass.sample;
    into.pass.probabilities.clear();
    into.pass.loss.reset();
    if (pass.phase >= Phase::Forward)
        copy_floats(network.probabilities(pass.outputs.back().unsqueeze(0)), into.pass.probabilities);
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
        capture(key, tensor, request, into);
    }
}

std::span<const std::uint8_t> Looking::picture_of(const ProbeSource& source, const DataPosition& position,
                                                  ProbeState& told) {
    if (const auto* own = std::get_if<OwnPicture>(&source)) {
        told.label = told.data_label = -1;
        told.trained_on = -1;
        return *own->pixels;
    }
    if (const auto* held = std::get_if<HeldPicture>(&source)) {
        told.data_label = data_->label(held->split, held->index);
        told.trained_on = held->split == Split::Train ? held->index : -1;
        told.label = held->split == Split::Train ? training_pictures_->label(held->index) : told.data_label;
        return data_->image(held->split, held->index);
    }
    const std::int64_t index = training_pictures_->latest_index(position, std::get<BatchSample>(source).index);
    told.data_label = data_->label(Split::Train, index);
    told.trained_on = index;
    told.label = training_pictures_->label(index);
    return training_pictures_->as_trained_on(index, position.epoch);
}

std::unique_ptr<Explaining> Looking::explain(Network network, const ExplanationQuestion& question,
                                             const ProbeSource& probe, std::int64_t iteration,
                                             const DataPosition& position,
                                             std::span<const Intervention> interventions) {
    ProbeState told;
    const torch::Device device = network.device();
    torch::Tensor picture = as_seen(picture_of(probe, position, told)).clone().to(device);
    const std::vector<std::uint8_t> bytes(static_cast<std::size_t>(picture.numel()), 0);
    torch::Tensor black = as_seen(bytes).clone().to(device);
    ExplainedState state{std::move(network),
                         Interventions(interventions.begin(), interventions.end()),
                         std::move(picture),
                         std::move(black),
                         recipe_.class_count,
                         iteration,
                         probe};
    const auto capture = [pools = explained_, run = run_, iteration](const torch::Tensor& values) {
        return pools->capture({TensorKind::Input, kInputLayer}, run, iteration, values);
    };
    return std::make_unique<Explaining>(std::move(state), question, capture);
}

Result<std::unique_ptr<JobWork>> Looking::begin_job(Network network, const JobQuestion& question,
                                                    std::int64_t iteration, std::span<const std::int64_t> drawn,
                                                    std::int64_t epoch, std::span<const Intervention> interventions) {
    if (Result<void> possible = check_question(network.description(), question); !possible.ok())
        return possible.error();
    const torch::Device device = network.device();
    const Shape& input = network.description().input_shape;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(input.element_count()), 0);
    torch::Tensor black = as_seen(bytes).clone().to(device);
    std::fill(bytes.begin(), bytes.end(), std::uint8_t{255});
    torch::Tensor white = as_seen(bytes).clone().to(device);
    torch::Tensor minibatch;
    const auto* histogram = std::get_if<ActivationHistogramQuestion>(&question);
    if (histogram != nullptr && histogram->pictures == HistogramPictures::Minibatch && !drawn.empty()) {
        BatchSheet sheet;
        read_pictures(drawn, epoch, sheet);
        minibatch = as_seen(sheet.pixels).clone();
    }
    const auto capture = [pools = explained_, run = run_, iteration](const torch::Tensor& values) {
        return pools->capture({TensorKind::Input, kInputLayer}, run, iteration, values);
    };
    return begin_study({std::move(network), Interventions(interventions.begin(), interventions.end()), data_,
                        preprocessing_, std::move(black), std::move(white), std::move(minibatch), capture},
                       question);
}

std::unique_ptr<Sampling> Looking::sample(Network network, const SampleQuestion& question, std::int64_t iteration,
                                          std::span<const Intervention> interventions) const {
    return std::make_unique<Sampling>(
        SampledState{std::move(network), Interventions(interventions.begin(), interventions.end()), data_,
                     preprocessing_, iteration, run_},
        question);
}

void Looking::capture_probe(const Network& network, const CaptureRequest& request, const DataPosition& position,
                            std::span<const Intervention> interventions, Observation& into) {
    const auto of_probe = [](TensorKey key) {
        return key.kind == TensorKind::Input || key.kind == TensorKind::Activation;
    };
    if (!request.watch.probe && std::none_of(request.watch.tensors.begin(), request.watch.tensors.end(), of_probe))
        return;

    ProbeState& probe = into.probe;
    probe.source = request.probe;
    const torch::Tensor& input = as_seen(picture_of(request.probe, position, probe));
    const TensorKey input_key{TensorKind::Input, kInputLayer};
    if (request.watch.contains(input_key)) capture(input_key, input[0], request, into);

    const auto capture_activation = [&](LayerId layer, const torch::Tensor& activation) {
        const TensorKey key{TensorKind::Activation, layer};
        if (request.watch.contains(key)) capture(key, activation[0], request, into);
    };
    const torch::Tensor output = network.answer(input.to(network.device()), capture_activation, interventions);
    copy_floats(output, probe.logits);
    copy_floats(network.probabilities(output), probe.probabilities);
    probe.iteration = request.iteration;
}

void Looking::read_pictures(std::span<const std::int64_t> drawn, std::int64_t epoch, BatchSheet& into) {
    into.picture = {recipe_.input_channels, recipe_.input_height, recipe_.input_width};
    for (const std::int64_t index : drawn) {
        const std::span<const std::uint8_t> picture = training_pictures_->as_trained_on(index, epoch);
        into.indices.push_back(index);
        into.pixels.insert(into.pixels.end(), picture.begin(), picture.end());
    }
}

const torch::Tensor& Looking::statistics_pictures(const Network& network) {
    if (!statistics_pictures_.defined()) {
        Minibatch pictures;
        const std::int64_t count = std::min(kStatisticsPictures, data_->size(Split::Test));
        load_pictures(*data_, preprocessing_, Split::Test, 0, count, pictures);
        statistics_pictures_ = pictures.images.to(network.device());
    }
    return statistics_pictures_;
}

double Looking::channel_mean(const Network& network, LayerId layer, std::int64_t channel,
                             std::span<const Intervention> interventions) {
    double mean = 0.0;
    const auto measure = [&](LayerId id, const torch::Tensor& activation) {
        if (id == layer) mean = activation.select(1, channel).mean(torch::kFloat64).item<double>();
    };
    network.answer(statistics_pictures(network), measure, interventions);
    return mean;
}

void Looking::measure_layers(const Network& network, std::int64_t iteration,
                             std::span<const Intervention> interventions, std::vector<LayerStatistics>& out) {
    out.resize(network.description().layers.size());
    const auto measure = [&](LayerId layer, const torch::Tensor& activation) {
        LayerStatistics& statistics = out[static_cast<std::size_t>(layer.index)];
        const auto [variance, mean] = torch::var_mean(activation, /*unbiased=*/false);
        // Channels (or units) first, everything else behind: dead is who is above zero nowhere.
        const torch::Tensor largest = activation.transpose(0, 1).flatten(1).amax(/*dim=*/1);
        statistics.iteration = iteration;
        statistics.mean = mean.item<float>();
        statistics.deviation = std::sqrt(variance.item<float>());
        statistics.dead_fraction = largest.le(0).to(torch::kFloat32).mean().item<float>();
    };
    network.answer(statistics_pictures(network), measure, interventions);
}

// Asked after every iteration, as long as somebody waits for one to die: of each ReLU no more than its largest values.
void Looking::find_dead_units(const Network& network, std::span<const Intervention> interventions,
                              std::vector<std::vector<std::int32_t>>& out) {
    const std::vector<LayerDescription>& layers = network.description().layers;
    out.resize(layers.size());
    for (std::vector<std::int32_t>& dead : out) dead.clear();
    const auto find = [&](LayerId layer, const torch::Tensor& activation) {
        const auto index = static_cast<std::size_t>(layer.index);
        if (layers[index].spec.kind != LayerKind::ReLU) return;
        const torch::Tensor largest = (activation.dim() > 2 ? activation.flatten(2).amax({0, 2}) : activation.amax({0}))
                                          .detach()
                                          .to(torch::kCPU, torch::kFloat32)
                                          .contiguous();
        const float* values = largest.data_ptr<float>();
        for (std::int64_t channel = 0; channel < largest.numel(); ++channel)
            if (values[channel] <= 0.0F) out[index].push_back(static_cast<std::int32_t>(channel));
    };
    network.answer(statistics_pictures(network), find, interventions);
}

}  // namespace convscope
