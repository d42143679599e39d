#include "engine/train/proposed_step.h"

#include "engine/train/loss.h"

#include <cmath>
#include <limits>
#include <utility>

namespace convscope {
namespace {

std::vector<torch::Tensor> copies(const std::vector<torch::Tensor>& tensors) {
    std::vector<torch::Tensor> result;
    for (const torch::Tensor& tensor : tensors) result.push_back(tensor.detach().clone());
    return result;
}

}  // namespace

ProposedStep::ProposedStep(From from)
    : recipe_(from.recipe),
      generator_(from.generator.clone()),
      interventions_(from.interventions),
      batch_(std::move(from.batch)),
      held_out_(std::move(from.held_out)),
      start_(from.network.clone()),
      moved_(from.network.clone()),
      seed_(from.seed) {
    Optimizer optimizer = from.optimizer.clone(moved_.parameters());
    batch_loss(moved_).backward();
    const std::vector<torch::Tensor> parameters = moved_.parameters();
    const std::vector<torch::Tensor> before = copies(parameters);
    optimizer.forget(from.forgotten);
    optimizer.step();
    const torch::NoGradGuard no_grad;
    step_ = copies(parameters);
    for (std::size_t i = 0; i < step_.size(); ++i) step_[i].sub_(before[i]);
    optimizer.zero_grad();
    // What the pass has moved but the step has not.
    start_.take(moved_);
    const std::vector<torch::Tensor> start = start_.parameters();
    for (std::size_t i = 0; i < start.size(); ++i) start[i].copy_(before[i]);
}

torch::Tensor ProposedStep::batch_loss(const Network& network) const {
    const torch::Tensor output = network.forward(batch_.images.to(network.device()),
                                                 {NetworkMode::Training, generator_.clone(), {}, interventions_});
    return compute_loss(recipe_, output, batch_.labels.to(network.device()));
}

void ProposedStep::move(double multiple, double aside) {
    moved_.take(start_);
    const std::vector<torch::Tensor> parameters = moved_.parameters();
    for (std::size_t i = 0; i < step_.size(); ++i) parameters[i].add_(step_[i], multiple);
    if (aside == 0.0) return;
    if (aside_.empty()) draw_aside();
    for (std::size_t i = 0; i < aside_.size(); ++i) parameters[i].add_(aside_[i], aside);
}

// On the CPU, so that it is the same on every device.
void ProposedStep::draw_aside() {
    torch::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed_);
    for (const torch::Tensor& step : step_) {
        torch::Tensor drawn = torch::randn(step.sizes(), generator, torch::kFloat64).to(step.device());
        const torch::Tensor along = step.to(torch::kFloat64);
        drawn.mul_(along != 0.0);
        const double square = along.square().sum().item<double>();
        if (square > 0.0) drawn.sub_(along, (drawn * along).sum().item<double>() / square);
        const double length = drawn.norm().item<double>();
        // What is left of a single number is rounding, and no direction.
        const bool is_one = length > 1e-9 * std::sqrt(static_cast<double>(step.numel()));
        aside_.push_back(drawn.mul_(is_one ? std::sqrt(square) / length : 0.0).to(step.scalar_type()));
    }
}

double ProposedStep::batch_loss_at(double multiple, double aside) {
    const torch::NoGradGuard no_grad;
    move(multiple, aside);
    return batch_loss(moved_).item<double>();
}

LossSlice::Point ProposedStep::at(double multiple) {
    const torch::NoGradGuard no_grad;
    move(multiple, 0.0);
    LossSlice::Point point{multiple, 0.0, std::numeric_limits<double>::quiet_NaN()};
    if (held_out_count() > 0) {  // first, as the other pass moves batch norm's running values
        const torch::Tensor output = moved_.answer(held_out_.images.to(moved_.device()), {}, interventions_);
        point.held_out_loss =
            compute_loss(recipe_, output, held_out_.labels.to(moved_.device()), /*sum=*/true).item<double>() /
            static_cast<double>(held_out_count());
    }
    point.batch_loss = batch_loss(moved_).item<double>();
    return point;
}

}  // namespace convscope
