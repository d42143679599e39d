#include "engine/train/optimizer.h"

#include <cmath>
#include <sstream>
#include <string>
#include <type_traits>

namespace convscope {
namespace {

namespace optim = torch::optim;

// LibTorch keys an optimizer's state by the tensor's address: as text up to 2.0, as a pointer since.
template <typename Key>
Key state_key(const torch::Tensor& parameter) {
    if constexpr (std::is_same_v<Key, std::string>) {
        std::ostringstream text;
        text << parameter.unsafeGetTensorImpl();
        return text.str();
    } else {
        return parameter.unsafeGetTensorImpl();
    }
}

template <typename State>
const State* state_of(const optim::Optimizer& optimizer, const torch::Tensor& parameter) {
    const auto& states = optimizer.state();
    const auto found = states.find(state_key<typename std::decay_t<decltype(states)>::key_type>(parameter));
    return found == states.end() ? nullptr : static_cast<const State*>(found->second.get());
}

}  // namespace

Optimizer::Optimizer(const OptimizerSpec& spec, std::vector<torch::Tensor> parameters)
    : parameters_(std::move(parameters)), spec_(spec), last_spec_(spec) {
    if (spec.kind == OptimizerKind::Sgd) {
        optimizer_ = std::make_unique<optim::SGD>(
            parameters_, optim::SGDOptions(spec.learning_rate).momentum(spec.momentum).weight_decay(spec.weight_decay));
    } else {
        optimizer_ = std::make_unique<optim::Adam>(parameters_, optim::AdamOptions(spec.learning_rate)
                                                                    .betas({spec.momentum, spec.beta2})
                                                                    .eps(spec.epsilon)
                                                                    .weight_decay(spec.weight_decay));
    }
}

void Optimizer::step() {
    optimizer_->step();
    last_spec_ = spec_;
    stepped_ = true;
}

void Optimizer::set_learning_rate(double learning_rate) {
    spec_.learning_rate = learning_rate;
    apply_spec();
}

void Optimizer::set_momentum(double momentum) {
    spec_.momentum = momentum;
    apply_spec();
}

void Optimizer::apply_spec() {
    for (optim::OptimizerParamGroup& group : optimizer_->param_groups()) {
        if (spec_.kind == OptimizerKind::Sgd) {
            auto& options = static_cast<optim::SGDOptions&>(group.options());
            options.lr(spec_.learning_rate);
            options.momentum(spec_.momentum);
        } else {
            auto& options = static_cast<optim::AdamOptions&>(group.options());
            options.lr(spec_.learning_rate);
            options.betas({spec_.momentum, spec_.beta2});
        }
    }
}

torch::Tensor Optimizer::last_update(const torch::Tensor& parameter) const {
    if (!stepped_ || !parameter.grad().defined()) return {};
    torch::NoGradGuard no_grad;
    const OptimizerSpec& spec = last_spec_;
    if (spec.kind == OptimizerKind::Adam) {
        // Kingma and Ba, "Adam", 2015, algorithm 1, in the order of operations that LibTorch uses.
        const auto* state = state_of<optim::AdamParamState>(*optimizer_, parameter);
        if (state == nullptr) return {};
        const auto step = static_cast<double>(state->step());
        const double correction1 = 1.0 - std::pow(spec.momentum, step);
        const double correction2 = 1.0 - std::pow(spec.beta2, step);
        const torch::Tensor denominator = (state->exp_avg_sq().sqrt() / std::sqrt(correction2)).add_(spec.epsilon);
        return state->exp_avg().div(denominator).mul_(-spec.learning_rate / correction1);
    }
    if (spec.momentum != 0.0) {
        const auto* state = state_of<optim::SGDParamState>(*optimizer_, parameter);
        if (state != nullptr && state->momentum_buffer().defined())
            return state->momentum_buffer().mul(-spec.learning_rate);
    }
    // Plain SGD: w' = w - rate * (g + decay * w), and only w' is at hand.
    const double rate = spec.learning_rate;
    if (spec.weight_decay == 0.0) return parameter.grad().mul(-rate);
    const torch::Tensor before = (parameter + parameter.grad() * rate) / (1.0 - rate * spec.weight_decay);
    return parameter - before;
}

}  // namespace convscope
