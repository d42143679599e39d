// LibTorch's optimizers behind the recipe's words, and the step they took last.
#pragma once

#include "engine/api/recipe.h"
#include "engine/core/result.h"
#include "engine/state/training_state.h"

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace convscope {

class Optimizer {
public:
    Optimizer(const OptimizerSpec& spec, std::vector<torch::Tensor> parameters);

    // Another one with all that this one remembers, in memory of its own, of other parameters of the same shapes in the
    // same order; held to the same.
    Optimizer clone(std::vector<torch::Tensor> parameters) const;

    // Drops the gradients, so that the next backward pass hands over its own instead of adding to them. By hand,
    // because Optimizer::zero_grad's argument and default differ between LibTorch's versions.
    void zero_grad() {
        for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
    }
    void step();

    // What step() leaves as it is, with all that is remembered of it: a parameter, or a row of one. Its gradient is
    // what it is. Replaces what was frozen before.
    struct FrozenRows {
        torch::Tensor parameter;
        std::int64_t row = -1;  // of the first dimension; -1: all of it
    };
    void freeze(std::vector<FrozenRows> rows);

    // Of one of the parameters, by its place: where the mask says so, no momentum is left of the steps so far. What is
    // known of the size of its gradients stays.
    struct Forgotten {
        std::size_t parameter = 0;
        torch::Tensor where;  // bool, of its shape
    };
    void forget(const std::vector<Forgotten>& momentum);

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

    // Copies, one per parameter.
    std::vector<ParameterState> state() const;
    // And back, in two steps. What an optimizer remembers, as LibTorch has it, is made apart; the error says what is
    // not that of an optimizer of this kind with these parameters. Then it takes the place of what is remembered now,
    // which cannot fail. What was the last step is not known any more, and gradients are dropped.
    struct Memory {
        std::decay_t<decltype(std::declval<torch::optim::Optimizer&>().state())> states;
        double learning_rate = 0.0;
        double momentum = 0.0;
    };
    Result<Memory> recall(const std::vector<ParameterState>& states, double learning_rate, double momentum) const;
    void restore(Memory memory);

private:
    void apply_spec();
    std::vector<torch::Tensor> remembered(const torch::Tensor& parameter) const;
    void step_all();
    torch::Tensor last_step(const torch::Tensor& parameter) const;
    void find_states();
    template <typename State>
    const State* state_of(const torch::Tensor& parameter) const;

    std::vector<torch::Tensor> parameters_;
    OptimizerSpec spec_;       // in effect for the next step
    OptimizerSpec last_spec_;  // in effect for the last step, the factor included
    double factor_ = 1.0;
    bool stepped_ = false;
    std::unique_ptr<torch::optim::Optimizer> optimizer_;
    // What it remembers of each parameter, null while that is nothing: asked for once, as LibTorch looks it up by a
    // text that it makes of the tensor's address.
    std::vector<torch::optim::OptimizerParamState*> states_;
    std::vector<FrozenRows> frozen_;
    std::vector<FrozenRows> last_frozen_;  // in the last step
};

}  // namespace convscope
