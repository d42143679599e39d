// At what a run pauses by itself: each kind, once, where nothing was known before, and measured only where it is asked.
#include "tests/session/driven_run.h"
#include "tests/session/saved_runs.h"
#include "tests/support/equal_states.h"

#include <cmath>

namespace convscope {
namespace {

constexpr std::int64_t kBreakingEpoch = 10;

std::vector<Breakpoint> breakpoints(std::initializer_list<const char*> lines) {
    std::vector<Breakpoint> list;
    for (const char* line : lines) {
        Result<Breakpoint> read = parse_breakpoint(line);
        REQUIRE(read.ok());
        list.push_back(std::move(read).value());
    }
    return list;
}

// With a ReLU in the middle, and a measurement every second epoch.
Recipe recipe_with_relu(std::int64_t epochs = 50) {
    Recipe recipe = plain_recipe();
    recipe.layers[1].kind = LayerKind::ReLU;
    recipe.layers[1].name = "relu";
    recipe.epochs = epochs;
    recipe.evaluate_every = 2;
    return recipe;
}

struct BreakingRun : DrivenRun {
    explicit BreakingRun(std::initializer_list<const char*> lines, Recipe recipe = recipe_with_relu())
        : DrivenRun({.recipe = std::move(recipe), .paused = true, .breakpoints = breakpoints(lines)}) {
        script->train_count = 10 * kBreakingEpoch;
        script->test_count = 20;
    }
    SnapshotPtr run() {
        apply(command::Run{});
        while (driver.session_state() == SessionState::Running && latest()->iteration < 400) driver.work();
        while (latest()->evaluating) driver.work();
        return latest();
    }
    std::vector<event::Notice> notices() {
        std::vector<Event> events;
        driver.publisher().drain_events(events);
        std::vector<event::Notice> found;
        for (const Event& event : events)
            if (const auto* notice = std::get_if<event::Notice>(&event)) found.push_back(*notice);
        return found;
    }
};

}  // namespace

TEST_CASE("A run pauses where its loss comes to be below a value, says so, and goes on past it") {
    DrivenRun other({.recipe = recipe_with_relu(), .paused = true});
    other.script->train_count = 10 * kBreakingEpoch;
    other.begin();
    other.step(200);
    // The losses of the same run tell where it crosses a value, and where it does so again.
    const double value = 0.5 * static_cast<double>(other.logged_iterations.front().second);
    std::vector<std::int64_t> crossings;
    double before = std::nan("");
    for (const auto& [iteration, loss] : other.logged_iterations) {
        if (static_cast<double>(loss) < value && !(before < value)) crossings.push_back(iteration);
        before = static_cast<double>(loss);
    }
    REQUIRE_FALSE(crossings.empty());

    BreakingRun run({});
    run.begin();
    const Breakpoint breakpoint{.kind = BreakpointKind::Loss, .crossing = Crossing::Below, .value = value};
    run.apply(command::SetBreakpoints{{breakpoint}});
    run.notices();
    for (const std::int64_t crossing : crossings) {
        const auto paused = run.run();
        REQUIRE(paused->state == SessionState::Paused);
        REQUIRE(paused->iteration == crossing);
        REQUIRE(paused->paused_by);
        CHECK(paused->paused_by->breakpoint == breakpoint);
        CHECK(paused->paused_by->iteration == crossing);
        CHECK(paused->paused_by->run == paused->run_info->run);
        const auto told = run.notices();
        REQUIRE(told.size() == 1);
        CHECK(told[0].text == paused->paused_by->what);
        CHECK(told[0].severity == event::Notice::Severity::Info);
        CHECK(told[0].about == paused->run_info->run);
        CHECK_THAT(told[0].text, contains_text("Breakpoint at iteration " + std::to_string(crossing) + ": " +
                                               to_string(breakpoint) + "; it is "));
    }
    CHECK_FALSE(run.apply(command::Step{1})->paused_by);
}

TEST_CASE("A breakpoint that holds already waits until it has ceased to") {
    BreakingRun run({});
    run.begin();
    run.step(5);
    run.apply(command::SetBreakpoints{breakpoints({"loss < 1000", "gradient_norm > 0", "accuracy >= 0"})});
    CHECK(run.step(20)->iteration == 25);
    CHECK_FALSE(run.latest()->paused_by);
    run.apply(
        command::SetBreakpoints{breakpoints({"loss < 1000", "gradient_norm > 0", "accuracy >= 0", "iteration = 30"})});
    CHECK(run.step(20)->iteration == 30);
}

TEST_CASE("What is true of the first iteration already pauses a fresh run there") {
    BreakingRun run({"loss < 1000"});
    run.begin();
    CHECK(run.run()->iteration == 1);
}

TEST_CASE("A run pauses at an iteration, also within a step, which ends there") {
    BreakingRun run({"iteration = 7"});
    run.begin();
    CHECK(run.step(50)->iteration == 7);
    CHECK(run.latest()->state == SessionState::Paused);
    CHECK(run.latest()->paused_by->what == "Breakpoint at iteration 7: iteration = 7");
    CHECK(run.step(3)->iteration == 10);
}

TEST_CASE("A run pauses at the end of each epoch, behind its measurement where there is one") {
    BreakingRun run({"epoch ends"});
    run.begin();
    CHECK(run.run()->iteration == 10);
    CHECK(run.logged_evaluations.empty());
    CHECK(run.latest()->paused_by->what == "Breakpoint at iteration 10: epoch ends; epoch 1 is over");
    CHECK(run.run()->iteration == 20);
    REQUIRE(run.logged_evaluations.size() == 1);
    CHECK(run.latest()->paused_by->what == "Breakpoint at iteration 20: epoch ends; epoch 2 is over");
    CHECK(run.run()->iteration == 30);
}

TEST_CASE("A run pauses where what is measured of the test set crosses a value") {
    BreakingRun run({"test_accuracy >= 0.9", "test_loss > 1.2"});
    run.script->predict = [](std::int64_t index, int label, std::int64_t iteration) {
        return iteration < 40 && index % 2 == 0 ? label + 1 : iteration >= 60 ? label + 1 : label;
    };
    run.begin();
    CHECK(run.run()->iteration == 40);
    CHECK(run.latest()->paused_by->what == "Breakpoint at iteration 40: test_accuracy >= 0.9; it is 1");
    CHECK(run.run()->iteration == 60);
    CHECK_THAT(run.latest()->paused_by->what, contains_text("test_loss > 1.2; it is 2.1"));
    // Measured again, at the same weights, it is no news.
    run.notices();
    run.apply(command::Evaluate{});
    while (run.driver.work()) {
    }
    CHECK(run.notices().empty());
}

TEST_CASE("A measurement that somebody asks for can meet a breakpoint too") {
    BreakingRun run({"test_accuracy >= 0.9"});
    run.begin();
    run.step(3);
    run.apply(command::Run{});
    run.apply(command::Evaluate{});
    while (run.driver.session_state() == SessionState::Running) run.work();
    CHECK(run.latest()->iteration == 3);
    CHECK(run.latest()->paused_by);
}

TEST_CASE("A run pauses where the class of the picture that is looked at changes, not where the picture does") {
    BreakingRun run({"probe class changes"});
    run.script->predict = [](std::int64_t index, int, std::int64_t iteration) {
        return index == 4 && iteration >= 12 ? 8 : static_cast<int>(index % 5);
    };
    run.begin();
    run.apply(command::SetProbe{HeldPicture{Split::Test, 4}});
    CHECK(run.run()->iteration == 12);
    CHECK(run.latest()->paused_by->label == 8);
    CHECK(run.latest()->paused_by->what ==
          "Breakpoint at iteration 12: probe class changes; it was taken for 4, and is for 8 now");
    run.step(1);
    run.apply(command::SetProbe{HeldPicture{Split::Test, 3}});
    CHECK(run.step(5)->iteration == 18);
    run.apply(command::SetProbe{BatchSample{}});  // another picture each time
    CHECK(run.step(5)->iteration == 23);
}

TEST_CASE("A run pauses where a unit dies behind a ReLU, and says which") {
    BreakingRun run({"unit dies"});
    run.script->dead = [](LayerId layer, std::int32_t channel, std::int64_t iteration) {
        REQUIRE(layer.index == 1);
        return channel == 5 || (channel == 7 && iteration >= 9) || (channel == 2 && iteration >= 14);
    };
    run.begin();
    CHECK(run.run()->iteration == 9);
    REQUIRE(run.latest()->paused_by);
    CHECK(run.latest()->paused_by->layer == LayerId{1});
    CHECK(run.latest()->paused_by->unit == 7);
    CHECK(run.latest()->paused_by->what ==
          "Breakpoint at iteration 9: unit dies; unit 7 of relu answers none of the test pictures that it is asked "
          "about any more");
    CHECK(run.run()->iteration == 14);
    CHECK(run.latest()->paused_by->unit == 2);
}

TEST_CASE("A run pauses where a gradient's norm leaves its band, and names the layer") {
    const auto norm = [](std::int64_t iteration) {
        const double weights = static_cast<double>(plain_value({TensorKind::WeightGradient, LayerId{0}}, iteration));
        const double biases = static_cast<double>(plain_value({TensorKind::BiasGradient, LayerId{0}}, iteration));
        return std::sqrt(18.0 * weights * weights + 2.0 * biases * biases);
    };
    BreakingRun run({});
    run.begin();
    run.apply(command::SetBreakpoints{{{.kind = BreakpointKind::GradientNorm,
                                        .crossing = Crossing::Outside,
                                        .value = 0.5 * (norm(3) + norm(4)),
                                        .upper = 0.5 * (norm(8) + norm(9)),
                                        .of = plain_recipe().layers[0].name}}});
    CHECK(run.run()->iteration == 1);
    CHECK(run.run()->iteration == 9);
    CHECK(run.latest()->paused_by->layer == LayerId{0});
    char text[40];
    std::snprintf(text, sizeof text, "it is %.4g", norm(9));
    CHECK_THAT(run.latest()->paused_by->what, contains_text(text));

    BreakingRun all({});
    all.begin();
    all.apply(command::SetBreakpoints{
        {{.kind = BreakpointKind::GradientNorm, .crossing = Crossing::Above, .value = norm(9)}}});
    const auto paused = all.run();
    CHECK(paused->iteration < 9);  // of more weights
    CHECK_FALSE(paused->paused_by->layer);
}

TEST_CASE("A run pauses where a class is predicted for the first time") {
    BreakingRun run({"first prediction of 3", "first prediction of 4"});
    run.script->guess = [](std::int64_t iteration, int) { return iteration < 6 ? 1 : iteration < 11 ? 3 : 4; };
    run.begin();
    CHECK(run.run()->iteration == 6);
    CHECK(run.latest()->paused_by->label == 3);
    CHECK(run.latest()->paused_by->what == "Breakpoint at iteration 6: first prediction of 3");
    CHECK(run.run()->iteration == 11);
    CHECK(run.step(30)->iteration == 41);
    run.apply(command::Reset{});  // of another run
    CHECK(run.run()->iteration == 6);
}

TEST_CASE("A loss that stays no number pauses once, and not at all where that is switched off") {
    BreakingRun run({"loss is no number"});
    run.script->nan_at = 5;
    run.begin();
    CHECK(run.run()->iteration == 5);
    CHECK(run.notices().back().severity == event::Notice::Severity::Error);
    CHECK(run.step(10)->iteration == 15);
    BreakingRun other({"loss is no number (off)"});
    other.script->nan_at = 5;
    other.begin();
    CHECK(other.step(10)->iteration == 10);
}

TEST_CASE("Several breakpoints at one place are all told, and the first that was met is the one shown") {
    BreakingRun run({"epoch ends", "test_accuracy >= 0.5", "iteration = 20"});
    run.begin();
    run.step(19);
    run.notices();
    CHECK(run.step(50)->iteration == 20);
    CHECK(run.notices().size() == 3);
    CHECK(run.latest()->paused_by->breakpoint.kind == BreakpointKind::Iteration);
}

TEST_CASE("What no breakpoint asks for is not measured, nor what is asked for by one that is off") {
    BreakingRun run({"loss < 0", "test_accuracy > 1", "iteration = 999", "epoch ends (off)", "first prediction of 9",
                     "unit dies (off)", "gradient_norm > 1 (off)", "probe class changes (off)"});
    run.begin();
    run.step(25);
    CHECK(run.script->captures == 0);
    run.apply(command::SetBreakpoints{breakpoints({"gradient_norm > 1e20"})});
    run.step(5);
    CHECK(run.script->captures == 6);  // and once before
    run.apply(command::SetBreakpoints{breakpoints({"unit dies", "probe class changes"})});
    run.step(5);
    CHECK(run.script->captures == 12);  // all in one
}

TEST_CASE("In the known past no breakpoint pauses, beyond it and on a branch they do") {
    BreakingRun run({"iteration = 15", "loss < 1000"});
    run.begin();
    CHECK(run.step(100)->iteration == 1);
    CHECK(run.step(100)->iteration == 15);
    CHECK(run.step(15)->iteration == 30);
    CHECK_FALSE(run.go_to(5)->paused_by);
    run.apply(command::SetBreakpoints{breakpoints({"iteration = 15", "loss < 1000", "iteration = 33", "unit dies"})});
    const std::int64_t captures = run.script->captures;
    CHECK(run.step(20)->iteration == 25);
    CHECK(run.script->captures == captures);
    CHECK(run.step(20)->iteration == 33);

    run.go_to(8);
    run.apply(command::SetLearningRate{0.02});  // a branch, in which "loss < 1000" holds already
    CHECK(run.step(20)->iteration == 15);
}

TEST_CASE("Breakpoints stay through a reset and a resumed run, also when they were set on a run that had failed") {
    BreakingRun run({"iteration = 4"});
    run.script->throw_at = 3;
    run.begin();
    try {
        run.step(10);
        FAIL("it did not throw");
    } catch (const std::runtime_error& thrown) {
        run.driver.fail(thrown.what());
    }
    const std::vector<Breakpoint> list = breakpoints({"iteration = 6"});
    CHECK(*run.apply(command::SetBreakpoints{list})->breakpoints == list);
    CHECK(run.latest()->state == SessionState::Failed);
    run.script->throw_at = 0;
    run.apply(command::Reset{});
    CHECK(*run.latest()->breakpoints == list);
    run.apply(command::Pause{});
    CHECK(run.run()->iteration == 6);
    CHECK_FALSE(run.apply(command::Reset{})->paused_by);
}

TEST_CASE("A breakpoint for a layer or a class that this run lacks is kept and told, once") {
    BreakingRun run({});
    run.begin();
    run.notices();
    std::vector<Breakpoint> list = breakpoints({"gradient_norm(nowhere) > 1", "first prediction of 12"});
    run.apply(command::SetBreakpoints{list});
    const auto told = run.notices();
    REQUIRE(told.size() == 2);
    CHECK(told[0].severity == event::Notice::Severity::Warning);
    CHECK_THAT(told[0].text, contains_text("gradient_norm(nowhere) > 1"));
    list.push_back({.kind = BreakpointKind::EpochEnds});
    CHECK(*run.apply(command::SetBreakpoints{list})->breakpoints == list);
    CHECK(run.notices().empty());
    CHECK(run.step(5)->iteration == 5);
}

TEST_CASE("A breakpoint at the run's end is told, and the run is finished all the same") {
    BreakingRun run({"epoch ends"}, recipe_with_relu(/*epochs=*/1));
    run.begin();
    CHECK(run.run()->iteration == 10);
    CHECK(run.latest()->state == SessionState::Finished);
    CHECK(run.latest()->paused_by);
}

TEST_CASE("A run with breakpoints trains to the same bits as one without") {
    BreakingRun run({"epoch ends", "unit dies", "probe class changes", "gradient_norm > 1", "loss < 0.2"});
    run.begin();
    BreakingRun other({});
    other.begin();
    while (run.latest()->iteration < 45) run.step(45 - run.latest()->iteration);
    other.step(45);
    require_equal(*run.driver.state(), *other.driver.state());
    CHECK(run.logged_iterations == other.logged_iterations);
    CHECK(run.logged_evaluations == other.logged_evaluations);
}

}  // namespace convscope
