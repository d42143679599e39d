// Going back on a run's line, on again as it went, and off into branches: to the bit, and without anybody being told
// twice.
#include "engine/journal/weights_digest.h"
#include "tests/session/driven_run.h"
#include "tests/session/saved_runs.h"
#include "tests/support/equal_states.h"

#include <map>
#include <random>

namespace convscope {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kPerEpoch = 10;
constexpr std::int64_t kFurthest = 57;

// What a run was at a place, as whoever stands there sees it.
struct Place {
    std::shared_ptr<const TrainingState> state;
    IterationMetrics metrics;
    LiveSettings settings;
};

Recipe recipe_of_epochs(std::int64_t epochs) {
    Recipe recipe = plain_recipe();
    recipe.epochs = epochs;
    recipe.evaluate_every = 2;
    recipe.patience = 3;
    return recipe;
}

Place place_of(DrivenRun& run) {
    const DrivenRun::SnapshotPtr shown = run.latest();
    return {run.driver.state(), shown->metrics, shown->settings};
}

void require_same(const Place& a, const Place& b) {
    REQUIRE(a.state);
    REQUIRE(b.state);
    require_equal(*a.state, *b.state);
    REQUIRE(a.metrics.iteration == b.metrics.iteration);
    REQUIRE(a.metrics.epoch == b.metrics.epoch);
    REQUIRE(a.metrics.loss == b.metrics.loss);
    REQUIRE(a.metrics.accuracy == b.metrics.accuracy);
    REQUIRE(a.metrics.learning_rate == b.metrics.learning_rate);
    REQUIRE(a.settings.learning_rate == b.settings.learning_rate);
    REQUIRE(a.settings.momentum == b.settings.momentum);
    REQUIRE(a.settings.batch_size == b.settings.batch_size);
    REQUIRE(a.settings.threads == b.settings.threads);
}

// Somebody who changes settings on the way, and each place as it was.
std::map<std::int64_t, Place> play(DrivenRun& run, std::int64_t until = kFurthest) {
    std::map<std::int64_t, Place> places;
    for (std::int64_t i = 0;; ++i) {
        if (i == 0 || i == 23) run.apply(command::SetLearningRate{0.02 + 0.001 * static_cast<double>(i)});
        if (i == 31) run.apply(command::SetMomentum{0.7});
        if (i == 34) run.apply(command::SetThreads{3});
        if (i == 40) run.apply(command::SetBatchSize{5});
        places[i] = place_of(run);
        if (i == until) return places;
        run.step();
    }
}

struct TimeRun : DrivenRun {
    explicit TimeRun(SessionOptions options = {.recipe = recipe_of_epochs(4), .paused = true})
        : DrivenRun(std::move(options)) {
        script->train_count = 10 * kPerEpoch;
        script->test_count = 20;
        begin();
    }
};

}  // namespace

TEST_CASE("Any iteration is gone to in any order, and is to the bit what it was, with what was changed by hand") {
    const std::size_t budget = GENERATE(std::size_t{0}, std::size_t{1} << 20);
    TimeRun run({.recipe = recipe_of_epochs(4), .paused = true, .kept_states_bytes = budget});
    const std::map<std::int64_t, Place> places = play(run);
    std::mt19937 random(7);
    for (int i = 0; i < 200; ++i) {
        const auto target = static_cast<std::int64_t>(random() % (kFurthest + 1));
        CAPTURE(i, target);
        run.go_to(target);
        REQUIRE(run.latest()->iteration == target);
        REQUIRE(run.latest()->line.furthest == kFurthest);
        require_same(place_of(run), places.at(target));
    }
}

TEST_CASE("Whoever goes on from the past comes through the known future to the same bits, told of once") {
    TimeRun still;
    const std::map<std::int64_t, Place> places = play(still, 90);
    TimeRun run;
    play(run, 57);
    const std::size_t told = run.logged_iterations.size();
    const std::size_t measured = run.logged_evaluations.size();
    for (const std::int64_t back : {15, 0, 40, 39, 56}) {
        run.go_to(back);
        run.step(3);
        require_same(place_of(run), places.at(std::min<std::int64_t>(back + 3, 57 + 2)));
    }
    CHECK(run.logged_iterations.size() == told + (run.latest()->iteration > 57 ? 2 : 0));
    CHECK(run.logged_evaluations.size() == measured);
    run.go_to(12);
    run.apply(command::Run{});
    while (run.latest()->iteration < 90) run.work();
    run.apply(command::Pause{});
    require_same(place_of(run), places.at(90));
    CHECK(run.logged_iterations == still.logged_iterations);
    CHECK(run.logged_evaluations == still.logged_evaluations);
    const RunState end = run.driver.furthest_state();
    const RunState other = still.driver.furthest_state();
    require_equal(end.progress.history.loss, other.progress.history.loss);
    CHECK(end.progress.planned_epochs == other.progress.planned_epochs);
    CHECK(end.progress.lowest_loss == other.progress.lowest_loss);
    CHECK(end.progress.measurements_without_gain == other.progress.measurements_without_gain);
}

TEST_CASE("On the way what was left stays on the screen, and commands are answered") {
    TimeRun run({.recipe = recipe_of_epochs(4), .paused = true, .kept_states_bytes = 0});
    play(run);
    run.apply(command::Watch{watch_everything()});
    const DrivenRun::SnapshotPtr leaving = run.apply(command::GoTo{40});
    CHECK(leaving->iteration == kFurthest);
    CHECK(leaving->line.travelling_to == 40);
    for (int i = 0; i < 20; ++i) run.work();
    const DrivenRun::SnapshotPtr answered = run.apply(command::SetProbe{HeldPicture{Split::Test, 5}});
    CHECK(answered->applied_command == run.last_command());
    CHECK(answered->iteration == kFurthest);
    CHECK(answered->metrics.iteration == kFurthest);
    CHECK(answered->line.travelling_to == 40);
    run.arrive();
    CHECK(run.latest()->iteration == 40);
    CHECK_FALSE(run.latest()->line.travelling_to);
    CHECK(describe_inconsistency(*run.latest()).empty());
    REQUIRE(run.latest()->find({TensorKind::WeightGradient, LayerId{0}}) != nullptr);
    CHECK(run.latest()->find({TensorKind::WeightGradient, LayerId{0}})->iteration == 40);
}

TEST_CASE("Whoever goes to where a run is at its end finds it finished, also while it is measured once more") {
    TimeRun run({.recipe = recipe_of_epochs(2), .paused = true});
    run.apply(command::Run{});
    while (run.driver.session_state() == SessionState::Running || run.latest()->evaluating) run.work();
    REQUIRE(run.latest()->state == SessionState::Finished);
    run.apply(command::Evaluate{});
    CHECK(run.apply(command::GoTo{run.latest()->iteration})->state == SessionState::Finished);
}

TEST_CASE("A newer place takes that of one that is under way, from where it has come if that is nearer") {
    TimeRun run({.recipe = recipe_of_epochs(4), .paused = true, .kept_states_bytes = 0});
    const std::map<std::int64_t, Place> places = play(run);
    run.apply(command::GoTo{50});
    for (int i = 0; i < 20; ++i) run.work();
    run.apply(command::GoTo{22});
    const std::int64_t trained = run.script->iterations;
    run.arrive();
    CHECK(run.script->iterations - trained <= 2);
    require_same(place_of(run), places.at(22));
    run.apply(command::GoTo{50});
    run.work();
    run.apply(command::GoTo{3});
    run.arrive();
    require_same(place_of(run), places.at(3));
    run.apply(command::GoTo{1'000'000});
    run.arrive();
    require_same(place_of(run), places.at(kFurthest));
    run.apply(command::GoTo{-5});
    run.arrive();
    require_same(place_of(run), places.at(0));
}

TEST_CASE("Run and Step that come on the way go on from where it leads") {
    TimeRun run({.recipe = recipe_of_epochs(4), .paused = true, .kept_states_bytes = 0});
    const std::map<std::int64_t, Place> places = play(run);
    run.apply(command::GoTo{30});
    run.work();
    run.apply(command::Step{4});
    while (run.driver.work()) {
    }
    CHECK(run.latest()->state == SessionState::Paused);
    require_same(place_of(run), places.at(34));
}

TEST_CASE("The run's file is of the furthest place, saved in the past or at the end there, and loses nothing") {
    const auto script = std::make_shared<PlainScript>();
    SessionOptions options{.recipe = recipe_of_epochs(4), .paused = true};
    options.save_to = [](const Recipe&) { return "run/last.pt"; };
    std::map<std::int64_t, Place> places;
    const bool asked = GENERATE(false, true);
    {
        DrivenRun run(options, script);
        script->train_count = 10 * kPerEpoch;
        script->test_count = 20;
        run.begin();
        places = play(run);
        run.go_to(12);
        if (asked) run.apply(command::Save{});
        run.step(5);
        run.driver.end();
    }
    const RunState& saved = script->files.at("run/last.pt");
    CHECK(saved.progress.iteration == kFurthest);
    CHECK(saved.progress.history.iterations() == kFurthest);
    require_equal(*saved.training, *places.at(kFurthest).state);
}

TEST_CASE("An evaluation that is due is made when one comes back to it, and told then") {
    TimeRun run;
    run.script->test_count = 2000;
    run.apply(command::Step{20});
    while (run.latest()->iteration < 20) run.work();
    REQUIRE(run.latest()->evaluating);
    const std::size_t measured = run.logged_evaluations.size();
    run.go_to(7);
    CHECK_FALSE(run.latest()->evaluating);
    run.go_to(20);
    CHECK(run.latest()->evaluating);
    while (run.driver.work()) {
    }
    CHECK(run.logged_evaluations.size() == measured + 1);
    run.step(20);
    CHECK(run.latest()->iteration == 40);
    CHECK(run.logged_iterations.size() == 40);
}

TEST_CASE("A run that another has replaced while one was in its past is brought back at its furthest") {
    TimeRun still;
    still.step(35);
    const Place at_35 = place_of(still);
    TimeRun run;
    run.step(25);
    SECTION("in the past") { run.go_to(10); }
    SECTION("on the way") { run.apply(command::GoTo{10}); }
    SECTION("at its beginning") { run.go_to(0); }
    run.apply(command::Reset{.seed = 5});
    REQUIRE(run.latest()->set_aside);
    CHECK(run.latest()->set_aside->iteration == 25);
    run.step(3);
    run.apply(command::BringBack{});
    CHECK(run.latest()->iteration == 25);
    CHECK(run.latest()->line.furthest == 25);
    CHECK_FALSE(run.latest()->line.travelling_to);
    run.step(10);
    require_same(place_of(run), at_35);
}

TEST_CASE("A branch that another run has replaced is brought back as that branch") {
    TimeRun run;
    run.step(25);
    const RunId parent = run.latest()->line.lane;
    run.go_to(10);
    run.apply(command::SetLearningRate{0.5});
    run.step(5);
    const Place at_15 = place_of(run);
    run.apply(command::Reset{.seed = 5});
    run.apply(command::BringBack{});
    require_same(place_of(run), at_15);
    REQUIRE(run.latest()->run_info->branched_from);
    CHECK(run.latest()->run_info->branched_from->lane == parent);
    CHECK(run.latest()->run_info->branched_from->iteration == 10);
}

TEST_CASE("A change in the past begins a branch, the run that was changed there, and its parent is gone back to") {
    TimeRun changed;  // nobody goes back in it
    changed.step(25);
    changed.apply(command::SetLearningRate{0.5});
    const Place at_25 = place_of(changed);
    changed.step(30);
    const Place at_55 = place_of(changed);
    TimeRun still;
    still.step(60);
    const Place parent_at_60 = place_of(still);

    TimeRun run;
    run.step(52);
    const RunId parent = run.latest()->line.lane;
    run.go_to(25);
    CHECK(run.latest()->run_info->run == parent);
    run.apply(command::SetLearningRate{-1.0});  // refused, and so no branch
    run.apply(command::SetLearningRate{run.latest()->settings.learning_rate});
    CHECK(run.latest()->run_info->run == parent);
    run.apply(command::SetLearningRate{0.5});
    const DrivenRun::SnapshotPtr begun = run.latest();
    CHECK(begun->run_info->run > parent);
    REQUIRE(begun->run_info->branched_from);
    CHECK(begun->run_info->branched_from->lane == parent);
    CHECK(begun->run_info->branched_from->iteration == 25);
    CHECK(begun->iteration == 25);
    CHECK(begun->line.furthest == 25);
    REQUIRE(begun->line.lanes);
    REQUIRE(begun->line.lanes->size() == 2);
    CHECK(begun->line.lanes->front().furthest == 52);
    CHECK(begun->line.lanes->front().history->iterations() == 52);
    CHECK(begun->line.lanes->back().from == 25);
    REQUIRE(run.started.back().history);
    CHECK(run.started.back().history->iterations() == 25);
    CHECK(run.started.back().history->evaluations.total() == 1);
    require_equal(*place_of(run).state, *at_25.state);
    run.step(30);
    require_equal(*place_of(run).state, *at_55.state);
    run.go_to(10);  // what lies before the branch is its past too
    run.go_to(55);
    require_equal(*place_of(run).state, *at_55.state);

    run.apply(command::NameLane{parent, "as it was"});
    CHECK(run.latest()->line.lanes->front().name == "as it was");
    run.apply(command::GoToLane{parent});
    run.arrive();
    CHECK(run.latest()->iteration == 52);
    CHECK(run.latest()->line.lane == parent);
    CHECK(run.latest()->run_info->run > begun->run_info->run);
    CHECK(run.started.back().history->iterations() == 52);
    run.step(8);
    require_equal(*place_of(run).state, *parent_at_60.state);
    const RunId branch = begun->line.lane;
    run.apply(command::GoToLane{branch, 30});
    run.arrive();
    CHECK(run.latest()->line.lane == branch);
    CHECK(run.latest()->iteration == 30);
    CHECK(run.latest()->line.furthest == 55);
    run.apply(command::DeleteLane{branch});  // the present one
    CHECK(run.latest()->line.lanes->size() == 2);
    run.apply(command::DeleteLane{parent});
    run.apply(command::GoToLane{parent});
    CHECK(run.latest()->line.lane == branch);
}

namespace {

using Marks = std::vector<ChangeMark>;

// What the run that began last has behind it.
Marks marks_behind(const DrivenRun& run) {
    const auto& marks = run.started.back().marks;
    return marks ? marks->all() : Marks();
}

}  // namespace

TEST_CASE("What was changed in a lane is known again when one comes back to it, and what a branch has behind it too") {
    TimeRun run;
    CHECK(marks_behind(run).empty());
    run.step(10);
    run.apply(command::SetLearningRate{0.25});
    run.step(10);
    run.apply(command::SetMomentum{0.75});
    const RunId first = run.latest()->line.lane;
    const ChangeMark rate{10, "learning rate 0.01 -> 0.25"}, momentum{20, "momentum 0.5 -> 0.75"};
    run.go_to(15);
    run.apply(command::SetLearningRate{0.5});
    const RunId branch = run.latest()->line.lane;
    CHECK(marks_behind(run) == Marks{rate});
    run.apply(command::GoToLane{first});
    CHECK(marks_behind(run) == Marks{rate, momentum});
    run.apply(command::GoToLane{branch});
    const ChangeMark branched{15, "branched from iteration 15"}, own{15, "learning rate 0.25 -> 0.5"};
    CHECK(marks_behind(run) == Marks{rate, branched, own});
    for (int i = 0; i < 3; ++i) {
        run.apply(command::GoToLane{first});
        run.apply(command::GoToLane{branch});
    }
    const ChangeMark back{15, "came back to it"};
    CHECK(marks_behind(run) == Marks{rate, branched, own, back});  // said once for all the times
    const std::vector<RunLane>& lanes = *run.latest()->line.lanes;
    CHECK(lanes.front().begun_by.empty());
    CHECK(lanes.back().begun_by == own.what);
}

TEST_CASE("What was changed in a run comes back with it when another has taken its place") {
    TimeRun run;
    run.step(10);
    run.apply(command::SetLearningRate{0.25});
    run.step(5);
    run.apply(command::Reset{.seed = 5});
    CHECK(marks_behind(run).empty());
    run.step(3);
    run.apply(command::BringBack{});
    CHECK(marks_behind(run) == Marks{{10, "learning rate 0.01 -> 0.25"}});
    run.apply(command::BringBack{});
    CHECK(marks_behind(run).empty());
}

TEST_CASE("The branches of a lane that is deleted are branches of the one that has most of it behind itself") {
    TimeRun run;
    run.step(40);
    const RunId first = run.latest()->line.lane;
    const auto branch_at = [&](RunId lane, std::int64_t from, double rate) {
        run.apply(command::GoToLane{lane, from});
        run.arrive();
        run.apply(command::SetLearningRate{rate});
        run.step(5);
        return run.latest()->line.lane;
    };
    const RunId middle = branch_at(first, 20, 0.5);
    const RunId late = branch_at(middle, 24, 0.25);
    const RunId early = branch_at(middle, 10, 0.125);  // before the middle one left the first
    const auto lane = [&](RunId id) {
        for (const RunLane& one : *run.latest()->line.lanes)
            if (one.id == id) return one;
        FAIL("there is no lane " << id.value);
        return RunLane();
    };
    run.apply(command::DeleteLane{middle});
    CHECK(lane(late).parent == first);
    CHECK(lane(late).from == 20);
    CHECK(lane(early).parent == late);
    CHECK(lane(early).from == 10);
    run.apply(command::DeleteLane{first});
    CHECK(lane(late).parent == RunId{});
    CHECK(lane(early).parent == late);
    run.apply(command::DeleteLane{late});
    CHECK_FALSE(run.latest()->line.lanes);
}

TEST_CASE("Whoever deletes a lane is told where its run stays") {
    const auto script = std::make_shared<PlainScript>();
    SessionOptions options{.recipe = recipe_of_epochs(4), .paused = true};
    int files = 0;
    options.save_to = [&files](const Recipe&) { return "run-" + std::to_string(++files) + "/last.pt"; };
    std::vector<Event> events;
    {
        DrivenRun run(options, script);
        script->train_count = 10 * kPerEpoch;
        run.begin();
        run.step(10);
        const RunId first = run.latest()->line.lane;
        run.go_to(5);
        run.apply(command::SetLearningRate{0.5});
        run.step(5);
        run.driver.publisher().drain_events(events);
        events.clear();
        run.apply(command::DeleteLane{first});
        run.driver.publisher().drain_events(events);
        run.driver.end();
    }
    std::vector<std::string> told;
    for (const Event& event : events)
        if (const auto* notice = std::get_if<event::Notice>(&event)) told.push_back(notice->text);
    CHECK(told == std::vector<std::string>{"The lane that came first is deleted; its run stays in run-1/last.pt"});
    REQUIRE(script->files.count("run-1/last.pt") == 1);
    CHECK(script->files.at("run-1/last.pt").progress.iteration == 10);
}

TEST_CASE("A run that fails on its way back is whole in its file") {
    const auto script = std::make_shared<PlainScript>();
    SessionOptions options{.recipe = recipe_of_epochs(4), .paused = true, .kept_states_bytes = 0};
    options.save_to = [](const Recipe&) { return "run/last.pt"; };
    {
        DrivenRun run(options, script);
        script->train_count = 10 * kPerEpoch;
        run.begin();
        run.step(30);
        run.apply(command::GoTo{20});
        script->break_at = 11;
        try {
            while (run.driver.travelling()) run.driver.work();
            FAIL("nothing was thrown");
        } catch (const std::runtime_error& thrown) {
            run.driver.fail(thrown.what());
        }
        CHECK(run.latest()->state == SessionState::Failed);
        CHECK_FALSE(run.latest()->line.travelling_to);
        run.driver.end();
    }
    CHECK(script->files.at("run/last.pt").progress.iteration == 30);
}

TEST_CASE("States are kept four times a second of training, less often where that took more than its share") {
    const auto took = GENERATE(0ms, 20ms);
    TimeRun run;
    run.script->train_count = 1'000'000;
    run.script->on_train = [&](std::int64_t) { run.clock->advance(10ms); };
    run.apply(command::Reset{.seed = 1});
    run.script->on_state = [&] { run.clock->advance(took); };
    run.step(1000);
    const std::vector<std::int64_t>& kept = *run.latest()->line.kept;
    if (took == 0ms)
        CHECK(kept.size() == 2 + 1000 / 25 - 1);  // the first is told as itself, too; the last is the furthest
    else
        CHECK(kept.size() == 2 + 1 + (1000 - 25) / 100);
    CHECK(kept.front() == 0);
    CHECK(run.latest()->line.kept_bytes > 0);
    CHECK(run.latest()->line.budget_bytes == std::int64_t{512} << 20);
}

TEST_CASE("Whoever scrubs through a session while it trains changes nothing of its curves") {
    SessionUnderTest run({.script = ten_iterations_an_epoch()});
    const RunId id = run.step(60)->run_info->run;
    std::mt19937 random(3);
    for (int i = 0; i < 120; ++i) {
        run.post(command::GoTo{static_cast<std::int64_t>(random() % 70)});
        if (i % 3 == 0) run.post(command::Step{static_cast<std::int64_t>(1 + random() % 30)});
        if (i % 4 == 0) run.apply(command::Run{});
        if (i % 5 == 0) run.apply(command::Watch{i % 2 == 0 ? watch_everything() : WatchSet()});
    }
    const CommandId back = run.post(command::GoTo{1'000'000});
    const SnapshotPtr there = run.wait_for(
        [back](const Snapshot& s) { return s.applied_command >= back && !s.line.travelling_to && !s.evaluating; });
    CHECK(there->iteration == there->line.furthest);
    const std::int64_t end = run.step(13)->iteration;
    CHECK(end == there->iteration + 13);
    CHECK(history(run, id) == uninterrupted(end));
}

TEST_CASE("Whoever goes to where a finished run is leaves it finished, though the test set is being measured") {
    TimeRun run({.recipe = recipe_of_epochs(1), .paused = true});
    run.apply(command::Run{});
    while (run.latest()->state == SessionState::Running) run.work();
    REQUIRE(run.latest()->state == SessionState::Finished);
    run.apply(command::Evaluate{});
    run.apply(command::GoTo{kPerEpoch});
    while (run.driver.work()) {
    }
    CHECK(run.latest()->state == SessionState::Finished);
    run.go_to(3);
    CHECK(run.latest()->state == SessionState::Paused);
    run.go_to(kPerEpoch);
    CHECK(run.latest()->state == SessionState::Finished);
}

}  // namespace convscope
