// LibTorch's optimizers behind the recipe's words, and the step they took last.
#pragma once

#include "engine/api/recipe.h"

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

// What an optimizer remembers of one parameter, by PyTorch's names ("exp_avg"); empty before the first step.
struct ParameterState {
    std::int64_t step = 0;
    std::vector<std::pair<std::string, torch::Tensor>> tensors;
};

// The tensors that an optimizer of this kind cannot go on without once it has taken a step.
std::vector<std::string> needed_tensors(OptimizerKind kind);

class Optimizer {
public:
    Optimizer(const OptimizerSpec& spec, std::vector<torch::Tensor> parameters);

    // Drops the gradients, so that the next backward pass hands over its own instead of adding to them. By hand,
    // because Optimizer::zero_grad's argument and default differ between LibTorch's versions.
    void zero_grad() {
        for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
    }
    void step();

    // Before a schedule's factor; and with it, as the next step will use it.
    double learning_rate() const { return spec_.learning_rate; }
    double effective_learning_rate() const { return spec_.learning_rate * factor_; }
    double momentum() const { return spec_.momentum; }
    void set_learning_rate(double learning_rate);
    void set_momentum(double momentum);
    void set_schedule_factor(double factor);

    // What the last step() added to the parameter, computed again from the optimizer's own state, so that nothing needs
    // to be copied before a step that somebody may look at later. Equal to (weight after - weight before) up to the
    // rounding of the weight itself. Undefined before the first step.
    torch::Tensor last_update(const torch::Tensor& parameter) const;

    // Copies, one per parameter; and back. What is restored must come from an optimizer of the same kind and parameters
    // of the same shapes; tensors that are missing count as not there yet.
    std::vector<ParameterState> state() const;
    void restore(const std::vector<ParameterState>& states);

private:
    void apply_spec();
    void make_momentum_buffers();

    std::vector<torch::Tensor> parameters_;
    OptimizerSpec spec_;       // in effect for the next step
    OptimizerSpec last_spec_;  // in effect for the last step, the factor included
    double factor_ = 1.0;
    bool stepped_ = false;
    std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

}  // namespace convscope
