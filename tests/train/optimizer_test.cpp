#include "engine/train/optimizer.h"

#include "tests/support/catch.h"

using namespace convscope;

namespace {

OptimizerSpec spec(OptimizerKind kind, double momentum, double weight_decay) {
    OptimizerSpec result;
    result.kind = kind;
    result.learning_rate = 0.05;
    result.momentum = momentum;
    result.weight_decay = weight_decay;
    return result;
}

OptimizerSpec nesterov(double weight_decay) {
    OptimizerSpec result = spec(OptimizerKind::Sgd, 0.9, weight_decay);
    result.nesterov = true;
    return result;
}

const std::vector<OptimizerSpec>& every_kind() {
    static const std::vector<OptimizerSpec> all = {spec(OptimizerKind::Sgd, 0.0, 0.0),
                                                   spec(OptimizerKind::Sgd, 0.0, 0.01),
                                                   spec(OptimizerKind::Sgd, 0.9, 0.0),
                                                   spec(OptimizerKind::Sgd, 0.5, 0.01),
                                                   nesterov(0.0),
                                                   nesterov(0.01),
                                                   spec(OptimizerKind::Adam, 0.9, 0.0),
                                                   spec(OptimizerKind::Adam, 0.7, 0.01),
                                                   spec(OptimizerKind::AdamW, 0.9, 0.0),
                                                   spec(OptimizerKind::AdamW, 0.7, 0.01),
                                                   spec(OptimizerKind::RmsProp, 0.0, 0.0),
                                                   spec(OptimizerKind::RmsProp, 0.0, 0.01),
                                                   spec(OptimizerKind::RmsProp, 0.9, 0.0),
                                                   spec(OptimizerKind::RmsProp, 0.9, 0.01)};
    return all;
}

std::string describe(const OptimizerSpec& one) {
    return std::string(to_string(one.kind)) + (one.nesterov ? " nesterov" : "") + " momentum " +
           std::to_string(one.momentum) + " decay " + std::to_string(one.weight_decay);
}

torch::Tensor some_weight() {
    torch::manual_seed(1);
    return torch::rand({30}, torch::kFloat64).set_requires_grad(true);
}

torch::Tensor loss_of(const torch::Tensor& weight) {
    return (weight * weight * torch::linspace(-1, 2, 30, torch::kFloat64)).sum();
}

// One step.
void train(Optimizer& optimizer, const torch::Tensor& weight) {
    optimizer.zero_grad();
    loss_of(weight).backward();
    optimizer.step();
}

}  // namespace

TEST_CASE("a step in one pass is LibTorch's own, which takes those of other types, however the settings change") {
    for (const std::int64_t size : {1, 30, 100'003})
        for (const OptimizerSpec& one : every_kind()) {
            if (one.kind == OptimizerKind::RmsProp) continue;  // LibTorch's own in any case
            torch::manual_seed(1);
            const torch::Tensor start = torch::rand({size}), slopes = torch::linspace(-1, 2, size, torch::kFloat64);
            const torch::Tensor ours = start.clone().requires_grad_();
            const torch::Tensor theirs = start.to(torch::kFloat64).requires_grad_();
            Optimizer in_one_pass(one, {ours}), in_many(one, {theirs});
            for (int step = 0; step < 8; ++step) {
                for (Optimizer* optimizer : {&in_one_pass, &in_many}) {
                    if (step == 3) optimizer->set_learning_rate(0.01);
                    if (step == 4) optimizer->set_schedule_factor(0.5);
                    if (step == 5) optimizer->set_momentum(0.8);
                    if (step == 7) optimizer->set_momentum(0.0);
                    optimizer->zero_grad();
                }
                (ours * ours * slopes.to(torch::kFloat32)).sum().backward();
                (theirs * theirs * slopes).sum().backward();
                in_one_pass.step();
                in_many.step();
                INFO(describe(one) << ", " << size << " weights, step " << step);
                REQUIRE(torch::allclose(ours.detach().to(torch::kFloat64), theirs.detach(), 1e-5, 1e-6));
                REQUIRE(in_one_pass.state()[0].step == in_many.state()[0].step);
            }
        }
}

TEST_CASE("the last update is the weight after the step minus the weight before it") {
    for (const OptimizerSpec& one : every_kind()) {
        torch::Tensor weight = some_weight();
        Optimizer optimizer(one, {weight});
        REQUIRE_FALSE(optimizer.last_update(weight).defined());
        for (int step = 0; step < 6; ++step) {
            if (step == 2) optimizer.set_learning_rate(0.01);
            if (step == 3) optimizer.set_schedule_factor(0.5);
            if (step == 4) optimizer.set_momentum(0.8);
            if (step == 5) optimizer.set_momentum(0.0);
            const torch::Tensor before = weight.detach().clone();
            train(optimizer, weight);
            INFO(describe(one) << " step " << step);
            REQUIRE(torch::allclose(optimizer.last_update(weight), weight.detach() - before, 1e-9, 1e-14));
        }
    }
}

TEST_CASE("each kind takes the steps of LibTorch's own optimizer") {
    namespace optim = torch::optim;
    for (const OptimizerSpec& one : every_kind()) {
        INFO(describe(one));
        torch::Tensor ours = some_weight();
        torch::Tensor theirs = ours.detach().clone().set_requires_grad(true);
        Optimizer optimizer(one, {ours});
        std::unique_ptr<optim::Optimizer> reference;
        switch (one.kind) {
            case OptimizerKind::Sgd:
                reference = std::make_unique<optim::SGD>(std::vector{theirs}, optim::SGDOptions(0.05)
                                                                                  .momentum(one.momentum)
                                                                                  .nesterov(one.nesterov)
                                                                                  .weight_decay(one.weight_decay));
                break;
            case OptimizerKind::Adam:
                reference = std::make_unique<optim::Adam>(
                    std::vector{theirs},
                    optim::AdamOptions(0.05).betas({one.momentum, 0.999}).weight_decay(one.weight_decay));
                break;
            case OptimizerKind::AdamW:
                reference = std::make_unique<optim::AdamW>(
                    std::vector{theirs},
                    optim::AdamWOptions(0.05).betas({one.momentum, 0.999}).weight_decay(one.weight_decay));
                break;
            case OptimizerKind::RmsProp:
                reference = std::make_unique<optim::RMSprop>(
                    std::vector{theirs},
                    optim::RMSpropOptions(0.05).alpha(0.99).momentum(one.momentum).weight_decay(one.weight_decay));
                break;
        }
        for (int step = 0; step < 5; ++step) {
            train(optimizer, ours);
            theirs.mutable_grad().reset();
            loss_of(theirs).backward();
            reference->step();
        }
        REQUIRE(torch::equal(ours, theirs));
    }
}

TEST_CASE("an optimizer that is given another one's state goes on as that one, bit for bit") {
    for (const OptimizerSpec& one : every_kind()) {
        for (const int before : {0, 1, 3}) {
            INFO(describe(one) << " after " << before << " steps");
            torch::Tensor weight = some_weight();
            Optimizer optimizer(one, {weight});
            for (int step = 0; step < before; ++step) train(optimizer, weight);
            const std::vector<ParameterState> saved = optimizer.state();
            REQUIRE(saved.size() == 1);
            torch::Tensor copy = weight.detach().clone().set_requires_grad(true);
            for (int step = 0; step < 4; ++step) train(optimizer, weight);

            Optimizer fresh(one, {copy});
            fresh.restore(fresh.recall(saved, one.learning_rate, one.momentum).value());
            for (int step = 0; step < 4; ++step) train(fresh, copy);
            REQUIRE(torch::equal(copy, weight));
        }
    }
}

TEST_CASE("a state of before the first step takes back what an optimizer has gathered since") {
    for (const OptimizerSpec& one : every_kind()) {
        INFO(describe(one));
        torch::Tensor weight = some_weight();
        const torch::Tensor begin = weight.detach().clone();
        Optimizer optimizer(one, {weight});
        const std::vector<ParameterState> nothing = optimizer.state();
        for (int step = 0; step < 3; ++step) train(optimizer, weight);
        const torch::Tensor end = weight.detach().clone();
        optimizer.restore(optimizer.recall(nothing, one.learning_rate, one.momentum).value());
        {
            torch::NoGradGuard no_grad;
            weight.copy_(begin);
        }
        for (int step = 0; step < 3; ++step) train(optimizer, weight);
        REQUIRE(torch::equal(weight.detach(), end));
    }
}

TEST_CASE("a captured state does not change when the optimizer goes on") {
    torch::Tensor weight = some_weight();
    Optimizer optimizer(spec(OptimizerKind::Adam, 0.9, 0.0), {weight});
    train(optimizer, weight);
    const std::vector<ParameterState> saved = optimizer.state();
    const std::string average(saved[0].tensors[0].blob.bytes.view());
    train(optimizer, weight);
    REQUIRE(saved[0].tensors[0].blob.bytes.view() == average);
    REQUIRE(saved[0].step == 1);
}

TEST_CASE("momentum may be given to an optimizer that has begun without") {
    for (const OptimizerKind kind : {OptimizerKind::Sgd, OptimizerKind::RmsProp}) {
        INFO(to_string(kind));
        torch::Tensor weight = some_weight();
        Optimizer optimizer(spec(kind, 0.0, 0.0), {weight});
        train(optimizer, weight);
        optimizer.set_momentum(0.9);
        torch::Tensor before;
        for (int step = 0; step < 3; ++step) {
            before = weight.detach().clone();
            REQUIRE_NOTHROW(train(optimizer, weight));
        }
        REQUIRE(torch::allclose(optimizer.last_update(weight), weight.detach() - before, 1e-9, 1e-14));
        torch::Tensor copy = weight.detach().clone().set_requires_grad(true);
        Optimizer other(spec(kind, 0.0, 0.0), {copy});  // as a resumed run makes it: by the recipe, then by hand
        other.restore(other.recall(optimizer.state(), optimizer.learning_rate(), 0.9).value());
        train(optimizer, weight);
        train(other, copy);
        REQUIRE(torch::equal(copy, weight));
    }
}

TEST_CASE("a learning rate or momentum changed after a step does not rewrite what that step was") {
    torch::Tensor weight = torch::ones({3}).set_requires_grad(true);
    Optimizer optimizer(spec(OptimizerKind::Sgd, 0.0, 0.0), {weight});
    weight.sum().backward();
    optimizer.step();
    const torch::Tensor update = optimizer.last_update(weight).clone();
    optimizer.set_learning_rate(100.0);
    REQUIRE(torch::equal(optimizer.last_update(weight), update));
}

TEST_CASE("a new learning rate holds from the next step on") {
    torch::Tensor weight = torch::ones({1}).set_requires_grad(true);
    Optimizer optimizer(spec(OptimizerKind::Sgd, 0.0, 0.0), {weight});
    optimizer.set_learning_rate(0.25);
    weight.sum().backward();
    optimizer.step();
    REQUIRE(weight.item<float>() == Approx(0.75));
}

TEST_CASE("gradients do not add up over iterations") {
    torch::Tensor weight = torch::ones({1}).set_requires_grad(true);
    Optimizer optimizer(spec(OptimizerKind::Adam, 0.9, 0.0), {weight});
    for (int i = 0; i < 3; ++i) {
        optimizer.zero_grad();
        (weight * 2).sum().backward();
        REQUIRE(weight.grad().item<float>() == 2.0F);
    }
}
