#include "engine/train/explaining.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace convscope {
namespace {

using torch::indexing::Slice;

constexpr std::int64_t kGradientsAtOnce = 8;  // pictures; a few milliseconds, with as many threads as the run has
constexpr std::int64_t kAnswersAtOnce = 16;
constexpr std::int64_t kNoisyCopies = 32;
constexpr double kNoise = 0.15;  // deviation, of the picture's range
constexpr std::int64_t kFewestSteps = 64, kMostSteps = 512;
constexpr double kMissing = 0.005;  // of the difference of the scores, with which that many steps are enough
constexpr std::uint64_t kNoiseSeed = 13;

// Where gradients may be held back on their way: those that are off below 0.
bool is_rectifier(LayerKind kind) {
    switch (kind) {
        case LayerKind::ReLU:
        case LayerKind::LeakyReLU:
        case LayerKind::PReLU:
        case LayerKind::ELU:
        case LayerKind::GELU:
        case LayerKind::SiLU:
            return true;
        default:
            return false;
    }
}

// From 0 on, half a patch apart, the last one flush with the end.
std::vector<std::int64_t> patch_places(std::int64_t length, std::int64_t patch) {
    const std::int64_t last = std::max<std::int64_t>(0, length - patch), step = std::max<std::int64_t>(1, patch / 2);
    std::vector<std::int64_t> places;
    for (std::int64_t place = 0; place < last; place += step) places.push_back(place);
    places.push_back(last);
    return places;
}

}  // namespace

Explaining::Explaining(ExplainedState state, const ExplanationQuestion& question, CaptureMap capture)
    : state_(std::move(state)), capture_(std::move(capture)) {
    answer_->question = question;
    answer_->probe = state_.probe;
    answer_->iteration = state_.iteration;
}

Explaining::Asked Explaining::ask(const torch::Tensor& pictures, LayerId kept, bool guided) const {
    const NetworkDescription& description = state_.network.description();
    const LayerKind last = description.layers.back().spec.kind;
    const bool softmax = last == LayerKind::Softmax || last == LayerKind::LogSoftmax;
    // What goes into the last layer, where that is a softmax.
    const LayerId scored = softmax ? description.layers.back().inputs.front() : kInputLayer;
    Asked asked;
    const auto observe = [&](LayerId layer, const torch::Tensor& output) {
        if (layer == kept) asked.maps = output;
        if (softmax && layer == scored) asked.scores = output;
        if (!guided || !output.requires_grad() ||
            !is_rectifier(description.layers[static_cast<std::size_t>(layer.index)].spec.kind))
            return;
        const torch::Tensor on = output.detach() > 0;  // a hook that held the output would keep it for ever
        output.register_hook([on](const torch::Tensor& gradient) { return gradient.clamp_min(0.0) * on; });
    };
    ForwardPass pass{.mode = NetworkMode::Evaluation, .interventions = state_.interventions};
    // Who sees each layer by itself does without what computes several at once.
    if (softmax || guided || kept != kInputLayer) pass.observer = observe;
    const torch::Tensor output = state_.network.forward(pictures, pass);
    if (!softmax || scored == kInputLayer) asked.scores = softmax ? pictures.flatten(1) : output;
    return asked;
}

torch::Tensor Explaining::gradient(const torch::Tensor& pictures, bool guided) const {
    const torch::AutoGradMode with_gradients(true);
    const torch::Tensor input = pictures.detach().requires_grad_(true);
    const torch::Tensor score = ask(input, kInputLayer, guided).scores.select(1, answer_->class_index).sum();
    const torch::Tensor found =
        torch::autograd::grad({score}, {input}, {}, /*retain_graph=*/c10::nullopt, /*create_graph=*/false,
                              /*allow_unused=*/true)
            .front();
    return found.defined() ? found : torch::zeros_like(input);  // where all that depends on the picture is held
}

// The class that is asked about, and its score.
void Explaining::find_answer() {
    const torch::NoGradGuard no_gradients;
    const torch::Tensor scores = ask(state_.picture, kInputLayer, /*guided=*/false).scores.to(torch::kCPU).contiguous();
    const auto count = static_cast<std::size_t>(scores.size(1));
    const int predicted = likeliest({scores.data_ptr<float>(), count});
    answer_->class_index =
        answer_->question.class_index == ExplanationQuestion::kAnswer ? predicted : answer_->question.class_index;
    if (answer_->class_index < 0) {
        answer_->problem = "The network's output is not a number, so that there is no answer to ask about";
        return;
    }
    answer_->score = scores[0][answer_->class_index].item<double>();
    answer_->probability = torch::softmax(scores, 1)[0][answer_->class_index].item<double>();
    answer_->picture = capture_(state_.picture[0]);
}

void Explaining::begin() {
    if (Result<void> possible = check_question(state_.network.description(), state_.class_count, answer_->question);
        !possible.ok())
        answer_->problem = possible.error().message;
    else
        find_answer();
    if (!answer_->problem.empty()) {
        finished_ = true;
        return;
    }
    const torch::Tensor& picture = state_.picture;
    switch (answer_->question.method) {
        case ExplanationMethod::Saliency:
            finish(std::get<0>(gradient(picture, /*guided=*/false)[0].abs().max(/*dim=*/0)));
            break;
        case ExplanationMethod::GuidedBackprop:
            finish(gradient(picture, /*guided=*/true)[0].sum(0));
            break;
        case ExplanationMethod::GradCam:
            weigh_maps();
            break;
        case ExplanationMethod::SmoothGrad:
            sum_ = torch::zeros_like(picture[0]);
            generator_ = at::make_generator<at::CPUGeneratorImpl>(kNoiseSeed);
            deviation_ = kNoise * (picture.max() - picture.min()).item<double>();
            break;
        case ExplanationMethod::IntegratedGradients: {
            sum_ = torch::zeros_like(picture[0]);
            steps_ = kFewestSteps;
            const torch::NoGradGuard no_gradients;
            answer_->score_from_black =
                answer_->score -
                ask(state_.black, kInputLayer, /*guided=*/false).scores[0][answer_->class_index].item<double>();
            break;
        }
        case ExplanationMethod::Occlusion:
            sum_ = torch::zeros_like(picture[0][0]);
            covered_ = torch::zeros_like(sum_);
            for (const std::int64_t row : patch_places(picture.size(2), answer_->question.patch))
                for (const std::int64_t column : patch_places(picture.size(3), answer_->question.patch))
                    corners_.emplace_back(row, column);
            break;
    }
}

bool Explaining::advance() {
    if (finished_) return true;
    if (!std::exchange(begun_, true)) {
        begin();
        return finished_;
    }
    switch (answer_->question.method) {
        case ExplanationMethod::SmoothGrad:
            work_on_smooth_grad();
            break;
        case ExplanationMethod::IntegratedGradients:
            work_on_integrated_gradients();
            break;
        default:
            cover_patches();
            break;
    }
    return finished_;
}

void Explaining::work_on_smooth_grad() {
    std::vector<std::int64_t> sizes = state_.picture.sizes().vec();
    sizes[0] = kGradientsAtOnce;
    const torch::Tensor noise = torch::randn(sizes, generator_).to(state_.picture.device());
    sum_ += gradient(state_.picture + deviation_ * noise, /*guided=*/false).sum(0);
    done_ += kGradientsAtOnce;
    if (done_ >= kNoisyCopies) finish(std::get<0>((sum_ / static_cast<double>(done_)).abs().max(/*dim=*/0)));
}

// Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", 2017, along the straight line, in the middle
// of each of its steps: as many as it takes for the map to add up to what it is to.
void Explaining::work_on_integrated_gradients() {
    const torch::Tensor way = state_.picture - state_.black;
    const torch::Tensor at =
        (torch::arange(done_, done_ + kGradientsAtOnce, torch::kFloat32) + 0.5) / static_cast<double>(steps_);
    const torch::Tensor along = state_.black + at.to(way.device()).view({-1, 1, 1, 1}) * way;
    sum_ += gradient(along, /*guided=*/false).sum(0);
    done_ += kGradientsAtOnce;
    if (done_ < steps_) return;
    const torch::Tensor map = (sum_ / static_cast<double>(steps_) * way[0]).sum(0);
    const double wanted = *answer_->score_from_black, missing = std::abs(map.sum().item<double>() - wanted);
    if (missing <= kMissing * std::abs(wanted) || steps_ == kMostSteps) return finish(map);
    steps_ *= 2;
    done_ = 0;
    sum_.zero_();
}

// Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks", 2017, equations 1 and 2.
void Explaining::weigh_maps() {
    const NetworkDescription& description = state_.network.description();
    const LayerId layer =
        answer_->question.layer == kInputLayer ? explained_layer(description) : answer_->question.layer;
    const torch::AutoGradMode with_gradients(true);
    const Asked asked = ask(state_.picture.detach().requires_grad_(true), layer, /*guided=*/false);
    torch::Tensor of_maps;
    if (asked.maps.requires_grad())
        of_maps = torch::autograd::grad({asked.scores.select(1, answer_->class_index).sum()}, {asked.maps}, {},
                                        /*retain_graph=*/c10::nullopt, /*create_graph=*/false, /*allow_unused=*/true)
                      .front();
    const torch::NoGradGuard no_gradients;
    if (!of_maps.defined()) of_maps = torch::zeros_like(asked.maps);
    const torch::Tensor weighed =
        torch::relu((of_maps.mean({2, 3}, /*keepdim=*/true) * asked.maps).sum(1, /*keepdim=*/true));
    finish(at::upsample_bilinear2d(weighed, {state_.picture.size(2), state_.picture.size(3)},
                                   /*align_corners=*/false)[0][0]);
}

// Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014, section 4.2.
void Explaining::cover_patches() {
    const torch::NoGradGuard no_gradients;
    const std::int64_t count = std::min(kAnswersAtOnce, std::ssize(corners_) - done_), patch = answer_->question.patch;
    torch::Tensor pictures = state_.picture.repeat({count, 1, 1, 1});
    const auto part = [&](std::int64_t i) {
        const auto [row, column] = corners_[static_cast<std::size_t>(done_ + i)];
        return std::pair(Slice(row, row + patch), Slice(column, column + patch));
    };
    for (std::int64_t i = 0; i < count; ++i) {
        const auto [rows, columns] = part(i);
        pictures.index_put_({i, Slice(), rows, columns}, state_.black.index({0, Slice(), rows, columns}));
    }
    const torch::Tensor falls =
        (answer_->score - ask(pictures, kInputLayer, /*guided=*/false).scores.select(1, answer_->class_index))
            .to(torch::kCPU, torch::kFloat32)
            .contiguous();
    for (std::int64_t i = 0; i < count; ++i) {
        const auto [rows, columns] = part(i);
        sum_.index({rows, columns}) += falls.data_ptr<float>()[i];
        covered_.index({rows, columns}) += 1.0;
    }
    done_ += count;
    if (done_ >= std::ssize(corners_)) finish(sum_ / covered_);
}

void Explaining::finish(const torch::Tensor& map) {
    answer_->map = capture_(map.detach().unsqueeze(0));
    finished_ = true;
}

}  // namespace convscope
