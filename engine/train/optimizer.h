// LibTorch's optimizers behind the recipe's words, and the step they took last.
#pragma once

#include "engine/api/recipe.h"

#include <torch/torch.h>

#include <memory>
#include <vector>

namespace convscope {

class Optimizer {
public:
    Optimizer(const OptimizerSpec& spec, std::vector<torch::Tensor> parameters);

    // Drops the gradients, so that the next backward pass hands over its own instead of adding to them. By hand,
    // because Optimizer::zero_grad's argument and default differ between LibTorch's versions.
    void zero_grad() {
        for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
    }
    void step();

    double learning_rate() const { return spec_.learning_rate; }
    double momentum() const { return spec_.momentum; }
    void set_learning_rate(double learning_rate);
    void set_momentum(double momentum);

    // What the last step() added to the parameter, computed again from the optimizer's own state, so that nothing needs
    // to be copied before a step that somebody may look at later. Equal to (weight after - weight before) up to the
    // rounding of the weight itself. Undefined before the first step.
    torch::Tensor last_update(const torch::Tensor& parameter) const;

    torch::optim::Optimizer& torch_optimizer() const { return *optimizer_; }

private:
    void apply_spec();

    std::vector<torch::Tensor> parameters_;
    OptimizerSpec spec_;       // in effect for the next step
    OptimizerSpec last_spec_;  // in effect for the last step
    bool stepped_ = false;
    std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

}  // namespace convscope
