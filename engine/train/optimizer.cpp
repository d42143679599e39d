#include "engine/train/optimizer.h"

#include "engine/train/blobs.h"
#include "engine/train/cpu_functions.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
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

// Calls visit(Options, State) with null pointers of the classes that LibTorch has for the kind.
template <typename Visit>
auto with_classes_of(OptimizerKind kind, Visit visit) {
    switch (kind) {
        case OptimizerKind::Sgd:
            return visit(static_cast<optim::SGDOptions*>(nullptr), static_cast<optim::SGDParamState*>(nullptr));
        case OptimizerKind::AdamW:
            return visit(static_cast<optim::AdamWOptions*>(nullptr), static_cast<optim::AdamWParamState*>(nullptr));
        case OptimizerKind::RmsProp:
            return visit(static_cast<optim::RMSpropOptions*>(nullptr), static_cast<optim::RMSpropParamState*>(nullptr));
        case OptimizerKind::Adam:
            break;
    }
    return visit(static_cast<optim::AdamOptions*>(nullptr), static_cast<optim::AdamParamState*>(nullptr));
}

// Calls visit(name, tensor) for each tensor of a state, by PyTorch's names.
void visit_tensors(optim::SGDParamState& state, const auto& visit) {
    visit("momentum_buffer", state.momentum_buffer());
}
void visit_tensors(optim::AdamParamState& state, const auto& visit) {
    visit("exp_avg", state.exp_avg());
    visit("exp_avg_sq", state.exp_avg_sq());
}
void visit_tensors(optim::AdamWParamState& state, const auto& visit) {
    visit("exp_avg", state.exp_avg());
    visit("exp_avg_sq", state.exp_avg_sq());
}
void visit_tensors(optim::RMSpropParamState& state, const auto& visit) {
    visit("square_avg", state.square_avg());
    visit("momentum_buffer", state.momentum_buffer());
}

// LibTorch's RMSprop makes them at the first step only, and needs them in every one with momentum.
template <typename States>
void make_momentum_buffers(States& states) {
    for (const auto& [key, state] : states) {
        auto& own = static_cast<optim::RMSpropParamState&>(*state);
        if (!own.momentum_buffer().defined()) own.momentum_buffer(torch::zeros_like(own.square_avg()));
    }
}

// Adam's and AdamW's step without the decay: Kingma and Ba, "Adam", 2015, algorithm 1, in the order of operations that
// LibTorch uses.
template <typename State>
torch::Tensor adam_step(const State& state, const OptimizerSpec& spec) {
    const auto step = static_cast<double>(state.step());
    const double correction1 = 1.0 - std::pow(spec.momentum, step);
    const double correction2 = 1.0 - std::pow(spec.beta2, step);
    const torch::Tensor denominator = (state.exp_avg_sq().sqrt() / std::sqrt(correction2)).add_(spec.epsilon);
    return state.exp_avg().div(denominator).mul_(-spec.learning_rate / correction1);
}

bool is_plain(const torch::Tensor& tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == torch::kFloat32 && tensor.layout() == torch::kStrided &&
           tensor.is_contiguous();
}

// Whether take_step() can take the place of LibTorch's own, whose first one makes what an optimizer remembers: null
// till then.
bool can_take_step(const optim::OptimizerParamState* state, const torch::Tensor& parameter, const OptimizerSpec& spec) {
    if (!is_plain(parameter) || !is_plain(parameter.grad())) return false;
    switch (spec.kind) {
        case OptimizerKind::Sgd:
            return spec.momentum == 0.0 ||
                   (state != nullptr && static_cast<const optim::SGDParamState*>(state)->momentum_buffer().defined());
        case OptimizerKind::Adam:
        case OptimizerKind::AdamW:
            return state != nullptr;
        case OptimizerKind::RmsProp:
            break;
    }
    return false;
}

template <typename State>
void take_adam_step(State& state, const torch::Tensor& parameter, const OptimizerSpec& spec) {
    state.step(state.step() + 1);
    const auto steps = static_cast<double>(state.step());
    const bool decoupled = spec.kind == OptimizerKind::AdamW;
    convscope::take_adam_step(parameter, parameter.grad(), state.exp_avg(), state.exp_avg_sq(),
                              {.rate = spec.learning_rate,
                               .beta1 = spec.momentum,
                               .beta2 = spec.beta2,
                               .epsilon = spec.epsilon,
                               .correction1 = 1.0 - std::pow(spec.momentum, steps),
                               .correction2 = 1.0 - std::pow(spec.beta2, steps),
                               .weight_decay = decoupled ? 0.0 : spec.weight_decay,
                               .shrink = decoupled ? spec.learning_rate * spec.weight_decay : 0.0});
}

// `spec` has the schedule's factor in its rate.
void take_step(optim::OptimizerParamState* state, const torch::Tensor& parameter, const OptimizerSpec& spec) {
    if (spec.kind == OptimizerKind::Adam)
        return take_adam_step(static_cast<optim::AdamParamState&>(*state), parameter, spec);
    if (spec.kind == OptimizerKind::AdamW)
        return take_adam_step(static_cast<optim::AdamWParamState&>(*state), parameter, spec);
    const torch::Tensor none;
    take_sgd_step(parameter, parameter.grad(),
                  spec.momentum == 0.0 ? none : static_cast<optim::SGDParamState&>(*state).momentum_buffer(),
                  {spec.learning_rate, spec.momentum, spec.weight_decay, spec.nesterov});
}

std::unique_ptr<optim::Optimizer> make_optimizer(const OptimizerSpec& spec, std::vector<torch::Tensor> parameters) {
    const double rate = spec.learning_rate;
    switch (spec.kind) {
        case OptimizerKind::Sgd:
            return std::make_unique<optim::SGD>(parameters, optim::SGDOptions(rate)
                                                                .momentum(spec.momentum)
                                                                .nesterov(spec.nesterov)
                                                                .weight_decay(spec.weight_decay));
        case OptimizerKind::AdamW:
            return std::make_unique<optim::AdamW>(parameters, optim::AdamWOptions(rate)
                                                                  .betas({spec.momentum, spec.beta2})
                                                                  .eps(spec.epsilon)
                                                                  .weight_decay(spec.weight_decay));
        case OptimizerKind::RmsProp:
            return std::make_unique<optim::RMSprop>(parameters, optim::RMSpropOptions(rate)
                                                                    .alpha(spec.smoothing)
                                                                    .momentum(spec.momentum)
                                                                    .eps(spec.epsilon)
                                                                    .weight_decay(spec.weight_decay));
        case OptimizerKind::Adam:
            break;
    }
    return std::make_unique<optim::Adam>(
        parameters,
        optim::AdamOptions(rate).betas({spec.momentum, spec.beta2}).eps(spec.epsilon).weight_decay(spec.weight_decay));
}

}  // namespace

Optimizer::Optimizer(const OptimizerSpec& spec, std::vector<torch::Tensor> parameters)
    : parameters_(std::move(parameters)),
      spec_(spec),
      last_spec_(spec),
      optimizer_(make_optimizer(spec, parameters_)),
      states_(parameters_.size()) {}

Optimizer Optimizer::clone(std::vector<torch::Tensor> parameters) const {
    Optimizer copy(spec_, std::move(parameters));
    copy.restore(copy.recall(state(), spec_.learning_rate, spec_.momentum).value());
    copy.set_schedule_factor(factor_);
    for (FrozenRows one : frozen_) {
        const auto place = std::find_if(parameters_.begin(), parameters_.end(),
                                        [&](const torch::Tensor& each) { return each.is_same(one.parameter); });
        one.parameter = copy.parameters_[static_cast<std::size_t>(place - parameters_.begin())];
        copy.frozen_.push_back(std::move(one));
    }
    return copy;
}

void Optimizer::freeze(std::vector<FrozenRows> rows) { frozen_ = std::move(rows); }

void Optimizer::forget(const std::vector<Forgotten>& momentum) {
    const torch::NoGradGuard no_grad;
    with_classes_of(spec_.kind, [&](auto*, auto* state_class) {
        using State = std::remove_pointer_t<decltype(state_class)>;
        for (const Forgotten& one : momentum)
            if (optim::OptimizerParamState* state = states_[one.parameter])
                visit_tensors(static_cast<State&>(*state), [&](std::string_view name, torch::Tensor& tensor) {
                    if (tensor.defined() && (name == "exp_avg" || name == "momentum_buffer"))
                        tensor.masked_fill_(one.where, 0.0);
                });
    });
}

// What there is by now of the parameter's shape.
std::vector<torch::Tensor> Optimizer::remembered(const torch::Tensor& parameter) const {
    std::vector<torch::Tensor> tensors;
    with_classes_of(spec_.kind, [&](auto*, auto* state_class) {
        using State = std::remove_pointer_t<decltype(state_class)>;
        if (const State* state = state_of<State>(parameter); state != nullptr)
            visit_tensors(const_cast<State&>(*state), [&](const char*, const torch::Tensor& tensor) {
                if (tensor.defined()) tensors.push_back(tensor);
            });
    });
    return tensors;
}

// Parameters are kept from it by having no gradient meanwhile, as in PyTorch; rows are put back.
void Optimizer::step() {
    last_spec_ = spec_;
    last_spec_.learning_rate = effective_learning_rate();
    last_frozen_ = frozen_;
    if (frozen_.empty()) return step_all();

    const torch::NoGradGuard no_grad;
    struct Row {
        const FrozenRows& frozen;
        std::vector<torch::Tensor> before;
    };
    // The parameter itself, and what is remembered of it, which may be more behind the first step.
    const auto tensors_of = [this](const FrozenRows& one) {
        std::vector<torch::Tensor> tensors = remembered(one.parameter);
        tensors.insert(tensors.begin(), one.parameter);
        return tensors;
    };
    std::vector<std::pair<torch::Tensor, torch::Tensor>> gradients;
    std::vector<Row> rows;
    for (const FrozenRows& one : frozen_) {
        torch::Tensor parameter = one.parameter;
        if (one.row < 0) {
            gradients.emplace_back(parameter, parameter.grad());
            parameter.mutable_grad().reset();
            continue;
        }
        Row& row = rows.emplace_back(Row{one, {}});
        for (const torch::Tensor& tensor : tensors_of(one)) row.before.push_back(tensor[one.row].clone());
    }
    step_all();
    for (const Row& row : rows) {
        const std::vector<torch::Tensor> now = tensors_of(row.frozen);
        for (std::size_t i = 0; i < now.size(); ++i) {
            torch::Tensor place = now[i][row.frozen.row];
            if (i < row.before.size())
                place.copy_(row.before[i]);
            else
                place.zero_();
        }
    }
    for (auto& [parameter, gradient] : gradients) parameter.mutable_grad() = gradient;
}

void Optimizer::step_all() {
    const auto has_gradient = [&](std::size_t i) { return parameters_[i].grad().defined(); };
    bool ours = true;
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        ours = ours && (!has_gradient(i) || can_take_step(states_[i], parameters_[i], spec_));
    if (ours) {
        for (std::size_t i = 0; i < parameters_.size(); ++i)
            if (has_gradient(i)) take_step(states_[i], parameters_[i], last_spec_);
    } else {
        optimizer_->step();
        find_states();
    }
    stepped_ = true;
}

void Optimizer::find_states() {
    const auto& states = optimizer_->state();
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const auto found = states.find(state_key<typename std::decay_t<decltype(states)>::key_type>(parameters_[i]));
        states_[i] = found == states.end() ? nullptr : found->second.get();
    }
}

// Null where LibTorch has none yet.
template <typename State>
const State* Optimizer::state_of(const torch::Tensor& parameter) const {
    const auto place = std::find_if(parameters_.begin(), parameters_.end(),
                                    [&](const torch::Tensor& one) { return one.is_same(parameter); });
    return place == parameters_.end()
               ? nullptr
               : static_cast<const State*>(states_[static_cast<std::size_t>(place - parameters_.begin())]);
}

void Optimizer::set_learning_rate(double learning_rate) {
    spec_.learning_rate = learning_rate;
    apply_spec();
}

void Optimizer::set_momentum(double momentum) {
    spec_.momentum = momentum;
    apply_spec();
}

void Optimizer::set_schedule_factor(double factor) {
    if (factor == factor_) return;
    factor_ = factor;
    apply_spec();
}

void Optimizer::apply_spec() {
    with_classes_of(spec_.kind, [&](auto* options_class, auto*) {
        for (optim::OptimizerParamGroup& group : optimizer_->param_groups()) {
            auto& options = static_cast<std::remove_pointer_t<decltype(options_class)>&>(group.options());
            options.lr(effective_learning_rate());
            if constexpr (requires { options.betas(); })
                options.betas({spec_.momentum, spec_.beta2});
            else
                options.momentum(spec_.momentum);
        }
    });
    if (spec_.kind == OptimizerKind::RmsProp && spec_.momentum > 0.0) make_momentum_buffers(optimizer_->state());
}

torch::Tensor Optimizer::last_update(const torch::Tensor& parameter) const {
    if (!stepped_ || !parameter.grad().defined()) return {};
    const torch::NoGradGuard no_grad;
    const auto is_this = [&](const FrozenRows& one) { return one.parameter.is_same(parameter); };
    if (std::none_of(last_frozen_.begin(), last_frozen_.end(), is_this)) return last_step(parameter);
    for (const FrozenRows& one : last_frozen_)
        if (is_this(one) && one.row < 0) return torch::zeros_like(parameter);
    torch::Tensor step = last_step(parameter).clone();
    for (const FrozenRows& one : last_frozen_)
        if (is_this(one)) step[one.row].zero_();
    return step;
}

torch::Tensor Optimizer::last_step(const torch::Tensor& parameter) const {
    const OptimizerSpec& spec = last_spec_;
    const double rate = spec.learning_rate;
    const torch::Tensor& gradient = parameter.grad();
    // Where the decay is part of the step, the weight before it is needed, and only the one after it is at hand:
    // w' = w * (1 - shrink) + step, so w = (w' - step) / (1 - shrink).
    const auto change = [&](const torch::Tensor& step, const auto& shrink) {
        return parameter - (parameter - step) / (1.0 - shrink);
    };
    switch (spec.kind) {
        case OptimizerKind::Adam: {
            const auto* state = state_of<optim::AdamParamState>(parameter);
            return state == nullptr ? torch::Tensor() : adam_step(*state, spec);
        }
        case OptimizerKind::AdamW: {
            const auto* state = state_of<optim::AdamWParamState>(parameter);
            if (state == nullptr) return {};
            const torch::Tensor step = adam_step(*state, spec);
            return spec.weight_decay == 0.0 ? step : change(step, rate * spec.weight_decay);
        }
        case OptimizerKind::RmsProp: {
            const auto* state = state_of<optim::RMSpropParamState>(parameter);
            if (state == nullptr) return {};
            if (spec.momentum != 0.0) return state->momentum_buffer().mul(-rate);
            const torch::Tensor scale = state->square_avg().sqrt().add_(spec.epsilon).reciprocal_().mul_(rate);
            const torch::Tensor step = gradient.mul(scale).neg_();
            return spec.weight_decay == 0.0 ? step : change(step, scale * spec.weight_decay);
        }
        case OptimizerKind::Sgd:
            break;
    }
    torch::Tensor step = gradient.mul(-rate);
    if (spec.momentum != 0.0) {
        const auto* state = state_of<optim::SGDParamState>(parameter);
        if (state != nullptr && state->momentum_buffer().defined()) {
            if (!spec.nesterov) return state->momentum_buffer().mul(-rate);
            step.sub_(state->momentum_buffer(), rate * spec.momentum);
        }
    }
    return spec.weight_decay == 0.0 ? step : change(step, rate * spec.weight_decay);
}

std::vector<ParameterState> Optimizer::state() const {
    std::vector<ParameterState> states(parameters_.size());
    with_classes_of(spec_.kind, [&](auto*, auto* state_class) {
        using State = std::remove_pointer_t<decltype(state_class)>;
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            if (states_[i] == nullptr) continue;
            State own = static_cast<const State&>(*states_[i]);
            if constexpr (requires { own.step(); }) states[i].step = own.step();
            visit_tensors(own, [&](const char* name, const torch::Tensor& tensor) {
                if (tensor.defined()) states[i].tensors.push_back({name, blob_of(tensor)});
            });
        }
    });
    return states;
}

Result<Optimizer::Memory> Optimizer::recall(const std::vector<ParameterState>& states, double learning_rate,
                                            double momentum) const {
    const auto wrong = [](std::size_t parameter, const std::string& what) {
        return Error{ErrorCode::Corrupt,
                     "the optimizer's state of parameter " + std::to_string(parameter) + " is not this one's: " + what};
    };
    if (states.size() != parameters_.size())
        return wrong(states.size(), "there are " + std::to_string(parameters_.size()));
    Memory memory{{}, learning_rate, momentum};
    std::optional<Error> problem;
    with_classes_of(spec_.kind, [&](auto*, auto* state_class) {
        using State = std::remove_pointer_t<decltype(state_class)>;
        using Key = typename decltype(memory.states)::key_type;
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            if (states[i].tensors.empty()) continue;
            auto own = std::make_unique<State>();
            if constexpr (requires { own->step(); }) own->step(states[i].step);
            std::size_t known = 0;
            visit_tensors(*own, [&](const std::string& name, torch::Tensor& place) {
                for (const NamedBlob& saved : states[i].tensors) {
                    if (saved.name != name) continue;
                    ++known;
                    if (fits(saved.blob, parameters_[i]))
                        place =
                            view_of(saved.blob).to(parameters_[i].device(), parameters_[i].scalar_type(), false, true);
                    else
                        problem = wrong(i, "'" + name + "' has another shape");
                }
            });
            if (known != states[i].tensors.size()) problem = wrong(i, "it is of another kind");
            for (const std::string& name : needed_tensors(spec_.kind))
                if (std::none_of(states[i].tensors.begin(), states[i].tensors.end(),
                                 [&](const NamedBlob& one) { return one.name == name; }))
                    problem = wrong(i, "'" + name + "' is missing");
            memory.states[state_key<Key>(parameters_[i])] = std::move(own);
        }
    });
    if (problem) return *std::move(problem);
    if (spec_.kind == OptimizerKind::RmsProp && momentum > 0.0) make_momentum_buffers(memory.states);
    return memory;
}

void Optimizer::restore(Memory memory) {
    zero_grad();
    stepped_ = false;
    optimizer_->state().swap(memory.states);
    find_states();
    spec_.learning_rate = memory.learning_rate;
    spec_.momentum = memory.momentum;
    apply_spec();
}

}  // namespace convscope
