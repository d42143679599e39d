// Runs that begin with the weights of a file instead of drawn ones.
#include "engine/formats/network_weights.h"
#include "tests/session/session_under_test.h"
#include "tests/support/catch.h"

#include <string>
#include <vector>

namespace convscope {
namespace {

std::shared_ptr<const InitialWeights> weights_of(float value) {
    return std::make_shared<const InitialWeights>(
        InitialWeights{"/from/python/mnist.pth", "ema", {{.name = "conv.weight", .shape = {1}, .values = {value}}}});
}

// What the plain trainer's only weight decides.
float first_loss(SessionUnderTest& run) { return run.step()->metrics.loss; }

}  // namespace

TEST_CASE("A run begins with the weights that it was given, says so, and marks it at iteration 0") {
    SessionUnderTest drawn;
    SessionUnderTest given({.weights = weights_of(3.0F)});
    const SnapshotPtr begun = given.wait_for_state(SessionState::Paused);
    CHECK(begun->iteration == 0);
    CHECK(begun->run_info->weights_from == "/from/python/mnist.pth");
    CHECK(given.marks() == std::vector<std::string>{"weights from mnist.pth"});
    CHECK(drawn.wait_for_state(SessionState::Paused)->run_info->weights_from.empty());
    CHECK(first_loss(given) != first_loss(drawn));
}

TEST_CASE("Starting over begins with the given weights again, with another recipe with drawn ones") {
    SessionUnderTest run({.weights = weights_of(3.0F)});
    const float first = first_loss(run);
    CHECK(run.apply(command::Reset{1})->run_info->weights_from == "/from/python/mnist.pth");
    CHECK(first_loss(run) == first);
    CHECK(run.apply(command::Reset{2})->run_info->weights_from == "/from/python/mnist.pth");
    CHECK(run.apply(command::Reset{1, plain_recipe()})->run_info->weights_from.empty());
    CHECK(first_loss(run) != first);
    CHECK(run.apply(command::Reset{1})->run_info->weights_from.empty());  // as that run did
}

TEST_CASE("A saved run that takes the place of one with given weights starts over with drawn ones") {
    SessionUnderTest run({.weights = weights_of(3.0F)});
    run.step();
    run.apply(command::Save{"kept.pt"});
    run.wait_for_saves(1);
    CHECK(run.apply(command::Resume{"kept.pt"})->run_info->weights_from.empty());
    CHECK(run.apply(command::Reset{1})->run_info->weights_from.empty());
}

}  // namespace convscope
