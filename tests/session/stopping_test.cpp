// What a recipe says about when a run is measured and when it ends.
#include "tests/session/session_under_test.h"

namespace convscope {
namespace {

constexpr std::int64_t kTestCount = 1000;  // so that one wrong picture is 0.1 %

// A run that gets `wrong(epoch)` test pictures wrong at the end of each epoch.
std::shared_ptr<PlainScript> wrong_by_epoch(std::function<std::int64_t(std::int64_t epoch)> wrong) {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 100;
    script->test_count = kTestCount;
    script->predict = [wrong = std::move(wrong)](std::int64_t index, int label, std::int64_t iteration) {
        return index < wrong(iteration / kEpoch) ? 9 : label;
    };
    return script;
}

Recipe recipe_of(std::int64_t epochs) {
    Recipe recipe = plain_recipe();
    recipe.epochs = epochs;
    return recipe;
}

std::vector<std::int64_t> measured_epochs(SessionUnderTest& run) {
    std::vector<std::int64_t> epochs;
    for (const EvaluationMetrics& each : run.evaluations()) epochs.push_back(each.epoch);
    return epochs;
}

}  // namespace

TEST_CASE("A recipe that is measured every third epoch is measured then, and at its end") {
    Recipe recipe = recipe_of(7);
    recipe.evaluate_every = 3;
    SessionUnderTest run({.script = wrong_by_epoch([](std::int64_t) { return 0; }), .recipe = recipe, .paused = false});
    const SnapshotPtr end = run.wait_for_state(SessionState::Finished);
    CHECK(end->iteration == 7 * kEpoch);
    CHECK(end->epoch == 7);
    CHECK(measured_epochs(run) == std::vector<std::int64_t>{3, 6, 7});
    // Each of its own epoch's training samples alone.
    double loss = 0.0;
    for (std::size_t i = 20; i < 30; ++i) loss += static_cast<double>(run.metrics()[i].loss) / 10.0;
    CHECK(run.evaluations().front().train_loss == Approx(loss));
}

TEST_CASE("A run ends at the first measurement that reaches the recipe's accuracy, and says so") {
    Recipe recipe = recipe_of(50);
    recipe.stop_at_accuracy = 0.95;
    SessionUnderTest run({.script = wrong_by_epoch([](std::int64_t epoch) { return epoch < 4 ? 51 : 50; }),
                          .recipe = recipe,
                          .paused = false});
    const SnapshotPtr end = run.wait_for_state(SessionState::Finished);
    CHECK(end->iteration == 4 * kEpoch);
    CHECK(end->planned_iterations == 4 * kEpoch);
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().severity == event::Notice::Severity::Info);
    CHECK(run.notices().front().text == "The accuracy of 95.00 % has reached the recipe's target of 95.00 %");
}

TEST_CASE("A target that is never reached ends with the last epoch, without a word") {
    Recipe recipe = recipe_of(3);
    recipe.stop_at_accuracy = 0.99;
    SessionUnderTest run(
        {.script = wrong_by_epoch([](std::int64_t) { return 20; }), .recipe = recipe, .paused = false});
    CHECK(run.wait_for_state(SessionState::Finished)->iteration == 3 * kEpoch);
    CHECK(run.notices().empty());
}

TEST_CASE("A measurement that was asked for within an epoch does not end a run") {
    Recipe recipe = recipe_of(50);
    recipe.stop_at_accuracy = 0.5;
    SessionUnderTest run({.script = wrong_by_epoch([](std::int64_t) { return 0; }), .recipe = recipe});
    run.step(4);
    run.post(command::Evaluate{});
    const SnapshotPtr after = run.wait_for([](const Snapshot& s) { return s.test_confusion && !s.evaluating; });
    CHECK(after->state == SessionState::Paused);
    CHECK(run.notices().empty());
}

TEST_CASE("A run without gain for as long as the recipe's patience ends early, and says so") {
    Recipe recipe = recipe_of(50);
    recipe.patience = 3;
    // Losses fall until epoch 4, stay until 6, fall once more at 7, and never again.
    const auto wrong = [](std::int64_t epoch) -> std::int64_t {
        return epoch < 5 ? 100 - 10 * epoch : epoch < 7 ? 60 : 20;
    };
    SessionUnderTest run({.script = wrong_by_epoch(wrong), .recipe = recipe, .paused = false});
    CHECK(run.wait_for_state(SessionState::Finished)->iteration == 10 * kEpoch);
    REQUIRE(run.notices().size() == 1);
    CHECK_THAT(run.notices().front().text, contains_text("Stopped early") && contains_text("in 3 measurements"));
}

TEST_CASE("Patience is counted in measurements, not epochs") {
    Recipe recipe = recipe_of(50);
    recipe.patience = 2;
    recipe.evaluate_every = 4;
    SessionUnderTest run(
        {.script = wrong_by_epoch([](std::int64_t) { return 10; }), .recipe = recipe, .paused = false});
    CHECK(run.wait_for_state(SessionState::Finished)->iteration == 12 * kEpoch);
}

TEST_CASE("A resumed run has the patience that was left") {
    auto script = wrong_by_epoch([](std::int64_t) { return 10; });
    Recipe recipe = recipe_of(50);
    recipe.patience = 4;
    {
        auto fourth = std::make_shared<Gate>();
        script->on_train = [fourth](std::int64_t iteration) {
            if (iteration == 3 * kEpoch + 2) fourth->wait();
        };
        SessionUnderTest run({.script = script, .recipe = recipe, .paused = false});
        REQUIRE(fourth->wait_for_arrival());
        run.post(command::Pause{});
        run.post(command::Save{"a.pt"});
        fourth->open();
        run.wait_for_saves(1);
    }
    SessionUnderTest again({.script = script, .paused = false, .resume = "a.pt"});
    CHECK(again.wait_for_state(SessionState::Finished)->iteration == 5 * kEpoch);
}

TEST_CASE("Epochs that were stepped through count towards patience too, and never end the step") {
    Recipe recipe = recipe_of(50);
    recipe.patience = 2;
    SessionUnderTest run({.script = wrong_by_epoch([](std::int64_t) { return 10; }), .recipe = recipe});
    CHECK(run.step(4 * kEpoch + 5)->iteration == 4 * kEpoch + 5);
    run.apply(command::Run{});
    CHECK(run.wait_for_state(SessionState::Finished)->iteration == 5 * kEpoch);
}

TEST_CASE("A run that ended early goes on when told to") {
    Recipe recipe = recipe_of(5);
    recipe.stop_at_accuracy = 0.9;
    SessionUnderTest run({.script = wrong_by_epoch([](std::int64_t) { return 0; }), .recipe = recipe, .paused = false});
    REQUIRE(run.wait_for_state(SessionState::Finished)->iteration == kEpoch);
    const CommandId id = run.post(command::Run{});
    const SnapshotPtr end =
        run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.state == SessionState::Finished; });
    CHECK(end->iteration > kEpoch);
}

}  // namespace convscope
