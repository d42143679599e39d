#include "engine/train/maximising.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <utility>

namespace convscope {
namespace {

constexpr std::int64_t kStepsAtOnce = 4;
constexpr std::uint64_t kSeed = 29;   // of noise and jitter, so that the same network has the same picture
constexpr double kFirstNoise = 0.05;  // deviation, of what lies between black and white
constexpr double kStep = 0.08;        // that the mean pixel takes, at first
constexpr double kSmoothness = 0.15;  // of total variation's pull, against the channel's
constexpr std::int64_t kJitter = 2;   // pixels, either way

// How much neighbours differ.
torch::Tensor total_variation(const torch::Tensor& light) {
    return (light.slice(2, 1) - light.slice(2, 0, -1)).abs().sum() +
           (light.slice(3, 1) - light.slice(3, 0, -1)).abs().sum();
}

// Of a size that does not depend on how steep it is.
torch::Tensor evened(const torch::Tensor& gradient) { return gradient / (gradient.abs().mean() + 1e-12); }

}  // namespace

Maximising::Maximising(StudiedState state, const MaximisedInputQuestion& question)
    : state_(std::move(state)), question_(question), generator_(at::make_generator<at::CPUGeneratorImpl>(kSeed)) {
    light_ =
        (0.5 + kFirstNoise * torch::randn(state_.black.sizes(), generator_)).clamp(0.0, 1.0).to(state_.black.device());
    best_ = light_;
}

torch::Tensor Maximising::as_seen(const torch::Tensor& light) const {
    return state_.black + light * (state_.white - state_.black);
}

torch::Tensor Maximising::excitement(const torch::Tensor& picture) const {
    torch::Tensor excited;
    const auto observe = [&](LayerId layer, const torch::Tensor& output) {
        if (layer != question_.layer) return;
        const torch::Tensor channel = output.select(1, question_.channel);
        excited = question_.row < 0 || channel.dim() < 3 ? channel.mean() : channel[0][question_.row][question_.column];
    };
    state_.network.forward(
        picture, {.mode = NetworkMode::Evaluation, .observer = observe, .interventions = state_.interventions});
    return excited;
}

void Maximising::climb() {
    const torch::AutoGradMode with_gradients(true);
    const torch::Tensor light = light_.detach().requires_grad_(true);
    const auto shift = [this] { return torch::randint(-kJitter, kJitter + 1, {1}, generator_).item<std::int64_t>(); };
    const std::int64_t down = shift(), right = shift();
    const torch::Tensor excited = excitement(as_seen(light).roll({down, right}, {2, 3}));
    torch::Tensor uphill;
    if (excited.requires_grad())
        uphill = torch::autograd::grad({excited}, {light}, {}, /*retain_graph=*/c10::nullopt, /*create_graph=*/false,
                                       /*allow_unused=*/true)
                     .front();
    const torch::Tensor rough = torch::autograd::grad({total_variation(light)}, {light}).front();
    const torch::NoGradGuard no_gradients;
    // Where a rectifier is off nothing leads uphill: somewhere else something may.
    if (!uphill.defined() || uphill.abs().max().item<float>() == 0.0F)
        uphill = torch::randn(light.sizes(), generator_).to(light.device());
    const double step = kStep * (1.0 - 0.9 * progress());
    light_ = (light_ + step * (evened(uphill) - kSmoothness * evened(rough))).clamp(0.0, 1.0);
}

// As it is, not shaken.
void Maximising::judge() {
    const torch::NoGradGuard no_gradients;
    const float excited = excitement(as_seen(light_)).item<float>();
    if (done_ == 0) begins_ = reached_ = excited;
    if (!(excited > reached_)) return;
    reached_ = excited;
    best_ = light_;
}

bool Maximising::advance() {
    if (done_ == 0) judge();
    for (std::int64_t i = 0; i < kStepsAtOnce; ++i) {
        climb();
        ++done_;
    }
    judge();
    return done_ >= kSteps;
}

JobResult Maximising::result() { return MaximisedInput{state_.capture(as_seen(best_)[0]), begins_, reached_, done_}; }

}  // namespace convscope
