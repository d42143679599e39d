// What is changed by hand while a run is trained: exact in time, in branches and in files, and taken back to the bit.
#include "tests/session/driven_run.h"
#include "tests/session/saved_runs.h"
#include "tests/support/equal_states.h"

#include <map>
#include <random>

namespace convscope {
namespace {

using To = command::SetChannel::To;
using With = command::FillWeights::With;

constexpr LayerId kConv{0};
constexpr LayerId kLinear{2};

struct HandRun : DrivenRun {
    explicit HandRun(SessionOptions options = {.recipe = plain_recipe(), .paused = true})
        : DrivenRun(std::move(options)) {
        script->train_count = 100;
        script->test_count = 20;
        begin();
    }
    std::shared_ptr<const TrainingState> state() { return driver.state(); }
};

Recipe present(HandRun& run) { return run.latest()->run_info->recipe; }

Recipe with_optimizer(HandRun& run, OptimizerKind kind) {
    Recipe recipe = present(run);
    recipe.optimizer = {.kind = kind, .learning_rate = 0.015, .momentum = 0.75};
    return recipe;
}

Recipe unshuffled(HandRun& run) {
    Recipe recipe = present(run);
    recipe.shuffle = false;
    recipe.input_mean = {0.5};
    return recipe;
}

// Somebody who does something of each kind on the way, and the state at each place.
std::map<std::int64_t, std::shared_ptr<const TrainingState>> play(HandRun& run, std::int64_t until) {
    std::map<std::int64_t, std::shared_ptr<const TrainingState>> places;
    for (std::int64_t i = 0;; ++i) {
        if (i == 0) run.apply(command::SetWeights{kConv, false, 3, {1.5F, -2.0F}});
        if (i == 5) run.apply(command::SetChannel{kConv, 1});
        if (i == 5) run.apply(command::SetWeights{kLinear, true, 9, {0.75F}});
        if (i == 12) run.apply(command::Freeze{{{kConv}}, true});
        if (i == 17) run.apply(command::SetChannel{kLinear, 4, To::Mean});
        if (i == 20) run.apply(command::Undo{});
        if (i == 23) run.apply(command::Freeze{{{kConv}}, false});
        if (i == 31) run.apply(command::FillWeights{kInputLayer, -1, With::Zeros});
        if (i == 31) run.apply(command::SetLearningRate{0.02});
        if (i == 36) run.apply(command::FillWeights{kConv, 0, With::FirstValues});
        if (i == 9) run.apply(command::ChangeRecipe{with_optimizer(run, OptimizerKind::Sgd)});
        if (i == 17) run.apply(command::ChangeRecipe{unshuffled(run)});
        if (i == 25) run.apply(command::ChangeRecipe{with_optimizer(run, OptimizerKind::RmsProp)});
        if (i == 25) run.apply(command::ChangeRecipe{with_optimizer(run, OptimizerKind::AdamW)});
        if (i == 27) run.apply(command::ChangeRecipe{with_optimizer(run, OptimizerKind::Sgd)});
        if (i == 27) run.apply(command::Undo{});
        if (i == 40) run.apply(command::SetChannel{kConv, 1, To::Computed});
        if (i == 3) run.apply(command::ChangeData{{.shuffled_labels = 0.5, .noise = 12.0}});
        if (i == 14) run.apply(command::ChangeData{{.times = {3, 0, 1, 1, 2, 1, 1, 1, 1, 1}, .relabelled = {{7, 9}}}});
        if (i == 26) run.apply(command::ChangeData{{.times = {1, 1, 1, 1, 1, 0, 0, 0, 0, 0}}});
        if (i == 33) run.apply(command::Undo{});
        if (i == 44) run.apply(command::ChangeData{});
        places[i] = run.state();
        if (i == until) return places;
        run.step();
    }
}

}  // namespace

TEST_CASE("Any iteration is gone to with what was done by hand up to there, to the bit") {
    const std::size_t budget = GENERATE(std::size_t{0}, std::size_t{1} << 20);
    HandRun run({.recipe = plain_recipe(), .paused = true, .kept_states_bytes = budget});
    const auto places = play(run, 50);
    std::mt19937 random(11);
    for (int i = 0; i < 120; ++i) {
        const auto target = static_cast<std::int64_t>(random() % 51);
        CAPTURE(i, target);
        run.go_to(target);
        REQUIRE(run.latest()->iteration == target);
        require_equal(*run.state(), *places.at(target));
    }
    run.go_to(0);
    run.apply(command::Run{});  // through all that is known, and back at the furthest
    while (run.latest()->iteration < 50) run.work();
    run.apply(command::Pause{});
    require_equal(*run.state(), *places.at(50));
}

TEST_CASE("Something done by hand in the past begins a branch, and the future that was known stays as it was") {
    HandRun run;
    const auto places = play(run, 30);
    const RunId lane = run.latest()->line.lane;
    run.go_to(14);
    const auto branched = run.apply(command::SetChannel{kConv, 0});
    CHECK(branched->line.lane != lane);
    CHECK(branched->run_info->branched_from->iteration == 14);
    CHECK(branched->restraints->channels.size() == 2);
    CHECK(branched->restraints->is_frozen({kConv}));
    run.step(5);
    const auto in_branch = run.state();
    run.go_to(14);
    run.go_to(19);
    require_equal(*run.state(), *in_branch);
    run.apply(command::GoToLane{lane});
    require_equal(*run.state(), *places.at(30));
    CHECK_FALSE(run.latest()->undo);  // what was done in another lane is not taken back here
    run.go_to(14);
    require_equal(*run.state(), *places.at(14));
}

TEST_CASE("What is taken back at once was never done, and what was trained in between stays trained") {
    HandRun still, run;
    still.step(6);
    run.step(6);
    run.apply(command::SetWeights{kConv, false, 0, {9.0F, 9.0F, 9.0F}});
    run.apply(command::SetChannel{kLinear, 3, To::Value, -1.5});
    run.apply(command::Freeze{{{kLinear, 2}, {kConv}}, true});
    run.apply(command::SetMomentum{0.25});
    run.apply(command::FillWeights{});
    CHECK(*run.latest()->undo == "all weights: zeros");
    for (int i = 0; i < 5; ++i) run.apply(command::Undo{});
    CHECK_FALSE(run.latest()->undo);
    require_equal(*run.state(), *still.state());
    still.step(20);
    run.step(20);
    require_equal(*run.state(), *still.state());

    run.apply(command::SetChannel{kConv, 0});
    run.step(3);
    const auto back = run.apply(command::Undo{});
    CHECK(back->iteration == 29);
    CHECK_FALSE(back->restraints);
}

TEST_CASE("Changed data that are taken back at once never were, and in the past they begin a branch") {
    HandRun still, run;
    still.step(6);
    run.step(6);
    run.apply(command::ChangeData{{.shuffled_labels = 1.0, .noise = 40.0}});
    run.apply(command::ChangeData{{.times = {5, 0, 1, 1, 1, 1, 1, 1, 1, 1}}});
    CHECK(*run.latest()->undo == "labels no longer shuffled, no noise, class '0' 5 times and 1 more");
    CHECK(run.latest()->iterations_per_epoch != still.latest()->iterations_per_epoch);
    run.apply(command::Undo{});
    CHECK(run.latest()->restraints->data == DataChanges{.shuffled_labels = 1.0, .noise = 40.0});
    run.apply(command::Undo{});
    CHECK_FALSE(run.latest()->restraints);
    CHECK(run.latest()->iterations_per_epoch == still.latest()->iterations_per_epoch);
    require_equal(*run.state(), *still.state());
    still.step(20);
    run.step(20);
    require_equal(*run.state(), *still.state());

    const RunId lane = run.latest()->line.lane;
    run.go_to(10);
    const auto branched = run.apply(command::ChangeData{{.relabelled = {{2, 1}}}});
    CHECK(branched->run_info->branched_from->iteration == 10);
    run.step(30);
    run.apply(command::GoToLane{lane});
    CHECK_FALSE(run.latest()->restraints);
    require_equal(*run.state(), *still.state());
}

TEST_CASE("The probe says what a training picture is taken for, and what the data say") {
    HandRun run;
    const int label = plain_label(Split::Train, 4);
    run.apply(command::Watch{watch_everything()});
    run.apply(command::SetProbe{HeldPicture{Split::Train, 4}});
    CHECK(run.latest()->seen.probe.label == label);
    const auto said = run.apply(command::ChangeData{{.relabelled = {{4, 9}}}});
    CHECK(said->seen.probe.label == 9);
    CHECK(said->seen.probe.data_label == label);
    CHECK(said->seen.probe.trained_on == 4);
    const auto tested = run.apply(command::SetProbe{HeldPicture{Split::Test, 4}});
    CHECK(tested->seen.probe.label == plain_label(Split::Test, 4));
    CHECK(tested->seen.probe.trained_on == -1);
    run.apply(command::SetProbe{HeldPicture{Split::Train, 0}});
    const auto found = run.apply(command::SeekClass{9, 1});  // no picture of the data has it
    CHECK(std::get<HeldPicture>(found->seen.probe.source).index == 4);
}

TEST_CASE("Another optimizer that is taken back at once has forgotten nothing, and one that was used begins anew") {
    HandRun still, run;
    still.step(6);
    run.step(6);
    const auto swapped = run.apply(command::ChangeRecipe{with_optimizer(run, OptimizerKind::Sgd)});
    CHECK(swapped->run_info->recipe.optimizer.kind == OptimizerKind::Sgd);
    CHECK(swapped->settings.momentum == 0.75);
    CHECK(*swapped->undo == "optimizer adam -> sgd");
    CHECK(run.state()->optimizer.front().tensors.front().blob.values<double>()[0] == 0.0);
    run.go_to(3);
    CHECK(run.latest()->run_info->recipe.optimizer.kind == OptimizerKind::Adam);
    run.go_to(6);
    run.apply(command::ChangeRecipe{unshuffled(run)});
    run.apply(command::Undo{});
    run.apply(command::Undo{});
    CHECK(run.latest()->settings.momentum == 0.5);
    require_equal(*run.state(), *still.state());
    still.step(20);
    run.step(20);
    require_equal(*run.state(), *still.state());

    run.apply(command::ChangeRecipe{with_optimizer(run, OptimizerKind::Sgd)});
    run.step();
    run.apply(command::Undo{});
    CHECK(run.state()->recipe.optimizer.kind == OptimizerKind::Adam);
    CHECK(run.state()->optimizer.front().tensors.front().blob.values<double>()[0] == 0.0);
}

TEST_CASE("Another recipe in the past begins a branch, and each lane has its own") {
    HandRun run;
    const auto places = play(run, 30);
    const RunId lane = run.latest()->line.lane;
    run.go_to(14);
    Recipe recipe = present(run);
    CHECK(recipe.optimizer.kind == OptimizerKind::Sgd);
    recipe.loss = LossKind::MeanSquaredError;
    const auto branched = run.apply(command::ChangeRecipe{recipe});
    CHECK(branched->run_info->branched_from->iteration == 14);
    CHECK(branched->run_info->recipe.loss == LossKind::MeanSquaredError);
    const RunId branch = branched->line.lane;
    run.step(20);
    const auto in_branch = run.state();
    run.go_to(2);
    CHECK(run.latest()->run_info->recipe.loss == LossKind::CrossEntropy);
    run.apply(command::GoToLane{lane});
    require_equal(*run.state(), *places.at(30));
    CHECK(run.latest()->run_info->recipe.optimizer.kind == OptimizerKind::AdamW);
    run.apply(command::GoToLane{branch});
    require_equal(*run.state(), *in_branch);
    CHECK(run.latest()->run_info->recipe.loss == LossKind::MeanSquaredError);
    CHECK(run.latest()->run_info->recipe.optimizer.kind == OptimizerKind::Sgd);
    run.go_to(20);
    run.go_to(34);
    require_equal(*run.state(), *in_branch);
}

TEST_CASE("Starting over begins with the recipe that the run began with") {
    HandRun run;
    run.step(3);
    run.apply(command::ChangeRecipe{unshuffled(run)});
    run.apply(command::Reset{});
    CHECK(run.latest()->run_info->recipe == plain_recipe());
    run.apply(command::BringBack{});
    CHECK_FALSE(run.latest()->run_info->recipe.shuffle);
}

TEST_CASE("Taking back goes by the place: what was done later is not yet done there") {
    HandRun run;
    run.step(4);
    run.apply(command::SetChannel{kConv, 0});
    run.step(4);
    run.apply(command::SetChannel{kConv, 1});
    run.step(4);
    run.go_to(6);
    CHECK(*run.latest()->undo == "conv channel 0 silenced");
    const auto branch = run.apply(command::Undo{});
    CHECK(branch->run_info->branched_from->iteration == 6);
    CHECK_FALSE(branch->restraints);
    CHECK_FALSE(branch->undo);
    run.go_to(2);
    CHECK_FALSE(run.latest()->undo);
}

TEST_CASE("What is done by hand is saved, though the file has the iteration already") {
    std::shared_ptr<PlainScript> script;
    std::shared_ptr<const TrainingState> state;
    {
        HandRun run({.recipe = plain_recipe(), .paused = true, .save_to = [](const Recipe&) { return "run/last.pt"; }});
        script = run.script;
        run.step(5);
        run.apply(command::Save{});
        run.apply(command::SetChannel{kConv, 1, To::Value, 2.0});
        run.apply(command::SetWeights{kConv, true, 0, {4.0F}});
        state = run.state();
        run.driver.end();
    }  // all is written then
    require_equal(*script->files.at("run/last.pt").training, *state);
}

TEST_CASE("What is looked at follows at once what is done by hand, while the run is paused") {
    HandRun run;
    run.step(2);
    WatchSet watch = watch_everything();
    watch.test_confusion = true;
    run.apply(command::Watch{watch});
    while (run.driver.work()) {
    }
    const auto before = run.latest();
    const std::int64_t captures = run.script->captures;
    const std::int64_t classified = run.script->classify_calls;
    REQUIRE(before->test_confusion);
    run.apply(command::SetChannel{kConv, 1});
    CHECK(run.script->captures == captures + 1);
    while (run.driver.work()) {
    }
    CHECK(run.script->classify_calls > classified);
    CHECK(run.latest()->test_confusion != before->test_confusion);
    CHECK(run.latest()->test_confusion->first_iteration == 2);
}

TEST_CASE("A hundred things are remembered to be taken back, and the first of more are not") {
    HandRun run;
    for (int i = 1; i <= 103; ++i) run.apply(command::SetWeights{kConv, false, 0, {static_cast<float>(i)}});
    std::vector<float> value(1);
    int taken = 0;
    for (; run.latest()->undo; ++taken) run.apply(command::Undo{});
    CHECK(taken == 100);
    CHECK(run.state()->weights[1].blob.values<double>()[0] == 3.0);
}

TEST_CASE("What takes weights back holds no more than its share of memory, and the newest of it whatever that takes") {
    UndoStack stack;
    const std::size_t count = UndoStack::kMostBytes / sizeof(float) / 3;
    const auto push = [&stack](std::int64_t iteration, std::size_t weights) {
        stack.push(iteration, std::to_string(iteration),
                   {command::SetWeights{kConv, false, 0, std::vector<float>(weights)}});
    };
    for (std::int64_t i = 1; i <= 5; ++i) push(i, count);
    for (const std::int64_t kept : {5, 4, 3}) CHECK(stack.take(9)->iteration == kept);
    CHECK_FALSE(stack.take(9));
    push(6, 1);
    push(7, 4 * count);
    CHECK(stack.take(9)->iteration == 7);
    CHECK_FALSE(stack.take(9));
}

}  // namespace convscope
