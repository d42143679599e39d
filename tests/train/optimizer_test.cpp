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

}  // namespace

TEST_CASE("the last update is the weight after the step minus the weight before it") {
    for (const OptimizerSpec& one : {spec(OptimizerKind::Sgd, 0.0, 0.0), spec(OptimizerKind::Sgd, 0.0, 0.01),
                                     spec(OptimizerKind::Sgd, 0.9, 0.0), spec(OptimizerKind::Sgd, 0.5, 0.01),
                                     spec(OptimizerKind::Adam, 0.9, 0.0), spec(OptimizerKind::Adam, 0.7, 0.01)}) {
        torch::manual_seed(1);
        torch::Tensor weight = torch::rand({30}, torch::kFloat64).set_requires_grad(true);
        Optimizer optimizer(one, {weight});
        REQUIRE_FALSE(optimizer.last_update(weight).defined());
        for (int step = 0; step < 4; ++step) {
            optimizer.zero_grad();
            (weight * weight * torch::linspace(-1, 2, 30, torch::kFloat64)).sum().backward();
            if (step == 2) optimizer.set_learning_rate(0.01);
            const torch::Tensor before = weight.detach().clone();
            optimizer.step();
            INFO(to_string(one.kind) << " momentum " << one.momentum << " decay " << one.weight_decay << " step "
                                     << step);
            REQUIRE(torch::allclose(optimizer.last_update(weight), weight.detach() - before, 1e-9, 1e-14));
        }
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
