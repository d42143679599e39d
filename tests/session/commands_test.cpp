// Run, pause, step, reset and the live settings: what they do in which state, and how they are acknowledged.
#include "tests/session/session_under_test.h"
#include "tests/support/no_numbers.h"
#include "tests/support/session_contract.h"

#include <algorithm>
#include <set>
#include <thread>

namespace convscope {
namespace {

// Ten iterations an epoch.
std::shared_ptr<PlainScript> short_epochs() {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 100;
    return script;
}

Recipe recipe_of_epochs(std::int64_t epochs) {
    Recipe recipe = plain_recipe();
    recipe.epochs = epochs;
    return recipe;
}

std::vector<float> losses_of_run(SessionUnderTest& run, RunId id, std::size_t count) {
    std::vector<float> losses;
    for (const IterationMetrics& metrics : run.metrics())
        if (metrics.run == id && losses.size() < count) losses.push_back(metrics.loss);
    REQUIRE(losses.size() == count);
    return losses;
}

}  // namespace

TEST_CASE("A session begins to learn at once, or paused on fresh weights when told to") {
    SessionUnderTest running({.paused = false});
    running.wait_for_iteration(1);

    SessionUnderTest paused({.paused = true});
    const SnapshotPtr snapshot = paused.wait_for_state(SessionState::Paused);
    CHECK(snapshot->iteration == 0);
    CHECK(snapshot->run_info->recipe.name == "plain");
    CHECK(paused.script().iterations == 0);
}

TEST_CASE("A session obeys commands as those that stand for it do") {
    SessionUnderTest run;
    run.wait_for_state(SessionState::Paused);
    require_commands_to_be_obeyed(run.session(), [&] {
        const CommandId last = run.post(command::Watch{});
        return run.wait_for([last](const Snapshot& s) {
            return s.applied_command >= last && s.state != SessionState::Running && !s.evaluating;
        });
    });
}

TEST_CASE("A step trains exactly as many iterations as it says, then pauses") {
    SessionUnderTest run;
    CHECK(run.step(1)->iteration == 1);
    const SnapshotPtr snapshot = run.step(17);
    CHECK(snapshot->iteration == 18);
    CHECK(snapshot->state == SessionState::Paused);
    CHECK(run.script().iterations == 18);
}

TEST_CASE("A step posted while running trains that many more, then pauses") {
    SessionUnderTest run({.record = true});
    run.post(command::Run{});
    run.wait_for_iteration(50);
    const CommandId id = run.post(command::Step{13});
    const SnapshotPtr end =
        run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.state == SessionState::Paused; });
    const std::vector<SnapshotPtr> all = run.recorded();
    const auto answer =
        std::find_if(all.begin(), all.end(), [id](const SnapshotPtr& s) { return s->applied_command >= id; });
    REQUIRE((*answer)->state == SessionState::Running);
    CHECK(end->iteration == (*answer)->iteration + 13);
}

TEST_CASE("A step posted before the last one is done adds to it") {
    auto script = std::make_shared<PlainScript>();
    Gate busy;
    script->on_train = [&busy](std::int64_t) { busy.wait(); };
    SessionUnderTest run({.script = script});
    run.post(command::Step{5});
    REQUIRE(busy.wait_for_arrival());
    run.post(command::Step{1});
    const CommandId id = run.post(command::Step{2});
    busy.open();
    const SnapshotPtr end =
        run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.state == SessionState::Paused; });
    CHECK(end->iteration == 8);
}

TEST_CASE("A step across the planned end is as long as it says, and the plan grows with it") {
    SessionUnderTest run({.script = short_epochs(), .recipe = recipe_of_epochs(1)});
    const SnapshotPtr snapshot = run.step(25);
    CHECK(snapshot->iteration == 25);
    CHECK(snapshot->state == SessionState::Paused);
    CHECK(snapshot->planned_iterations == 30);
    CHECK(run.marks() == std::vector<std::string>{"continued to epoch 2", "continued to epoch 3"});
}

TEST_CASE("A step that ends with the last epoch finishes the run") {
    SessionUnderTest run({.script = short_epochs(), .recipe = recipe_of_epochs(1)});
    CHECK(run.step(10)->state == SessionState::Finished);
}

TEST_CASE("A step of no iterations is refused with a notice and acknowledged") {
    SessionUnderTest run;
    const SnapshotPtr snapshot = run.apply(command::Step{0});
    CHECK(snapshot->state == SessionState::Paused);
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().severity == event::Notice::Severity::Warning);
}

TEST_CASE("Pause stops, and run goes on with the very next iteration") {
    SessionUnderTest run;
    run.post(command::Run{});
    run.wait_for_iteration(20);
    const std::int64_t at = run.apply(command::Pause{})->iteration;
    CHECK(run.script().iterations == at);
    CHECK(run.apply(command::SetSpeed{5.0})->iteration == at);
    run.apply(command::SetSpeed{0.0});
    run.post(command::Run{});
    run.wait_for_iteration(at + 5);
    const std::vector<IterationMetrics>& metrics = run.metrics();
    for (std::size_t i = 0; i < metrics.size(); ++i) REQUIRE(metrics[i].iteration == static_cast<std::int64_t>(i) + 1);
}

TEST_CASE("Run turns a step under way into running without end, and pause ends it early") {
    SessionUnderTest run({.iterations_per_second = 0.001});
    run.post(command::Step{4});
    run.wait_for_iteration(1);
    SECTION("run") {
        run.apply(command::Run{});
        run.apply(command::SetSpeed{0.0});
        run.wait_for_iteration(50);
    }
    SECTION("pause") {
        const SnapshotPtr paused = run.apply(command::Pause{});
        CHECK(paused->state == SessionState::Paused);
        CHECK(paused->iteration == 1);
    }
}

TEST_CASE("Reset while paused stays paused on the fresh weights of its seed") {
    SessionUnderTest run;
    const RunId before = run.step(7)->run_info->run;
    const SnapshotPtr snapshot = run.apply(command::Reset{.seed = 42});
    CHECK(snapshot->state == SessionState::Paused);
    CHECK(snapshot->iteration == 0);
    CHECK(snapshot->run_info->seed == 42);
    CHECK(snapshot->run_info->run > before);
    CHECK(run.script().iterations == 7);
}

TEST_CASE("Reset while running runs, and the fresh weights are published before the first iteration") {
    SessionUnderTest run({.record = true});
    run.apply(command::Run{});
    run.wait_for_iteration(10);
    const CommandId id = run.post(command::Reset{.seed = 42});
    run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.iteration >= 5; });
    const std::vector<SnapshotPtr> all = run.recorded();
    const auto answer =
        std::find_if(all.begin(), all.end(), [id](const SnapshotPtr& s) { return s->applied_command >= id; });
    CHECK((*answer)->iteration == 0);
    CHECK((*answer)->run_info->seed == 42);
    CHECK((*answer)->state == SessionState::Running);
}

TEST_CASE("Reset in the middle of a step pauses: a step is a pause with a few iterations before it") {
    SessionUnderTest run({.iterations_per_second = 0.001});
    run.post(command::Step{4});
    run.wait_for_iteration(1);
    const SnapshotPtr snapshot = run.apply(command::Reset{.seed = 3});
    CHECK(snapshot->state == SessionState::Paused);
    CHECK(snapshot->iteration == 0);
}

TEST_CASE("The same seed repeats a run to the bit, another seed does not") {
    SessionUnderTest run({.seed = 5});
    const RunId first = run.step(40)->run_info->run;
    const RunId again = run.apply(command::Reset{.seed = 5})->run_info->run;
    run.step(40);
    const RunId other = run.apply(command::Reset{.seed = 6})->run_info->run;
    run.step(40);
    CHECK(losses_of_run(run, again, 40) == losses_of_run(run, first, 40));
    CHECK(losses_of_run(run, other, 40) != losses_of_run(run, first, 40));
}

TEST_CASE("Reset with a recipe that does not fit keeps the old run and says why") {
    auto script = std::make_shared<PlainScript>();
    script->refused_recipe = "impossible";
    SessionUnderTest run({.script = script});
    const SnapshotPtr before = run.step(4);
    Recipe impossible = plain_recipe();
    impossible.name = "impossible";
    const SnapshotPtr after = run.apply(command::Reset{.seed = 9, .recipe = impossible});
    CHECK(after->run_info == before->run_info);
    CHECK(after->iteration == 4);
    CHECK(after->state == SessionState::Paused);
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().severity == event::Notice::Severity::Error);
    CHECK(run.notices().front().text.find("impossible") != std::string::npos);
    CHECK(run.step()->iteration == 5);

    run.apply(command::Run{});
    CHECK(run.apply(command::Reset{.seed = 9, .recipe = impossible})->state == SessionState::Running);
}

TEST_CASE("Reset with other data learns from them, and the next reset keeps them") {
    SessionUnderTest run;
    const std::string before = run.wait_for_state(SessionState::Paused)->run_info->data.name;
    CHECK(run.apply(command::Reset{.seed = 1, .data = "other"})->run_info->data.name == "other");
    CHECK(run.apply(command::Reset{.seed = 2})->run_info->data.name == "other");
    CHECK(before != "other");
}

TEST_CASE("Reset with a recipe trains that recipe, and the next reset keeps it") {
    SessionUnderTest run;
    Recipe recipe = plain_recipe();
    recipe.name = "other";
    recipe.batch_size = 25;
    CHECK(run.apply(command::Reset{.seed = 1, .recipe = recipe})->settings.batch_size == 25);
    CHECK(run.apply(command::Reset{.seed = 2})->run_info->recipe.name == "other");
}

TEST_CASE("Every change of a setting is shown, applied from the next iteration on, and marked where it was made") {
    SessionUnderTest run;
    run.step(3);
    CHECK(run.apply(command::SetLearningRate{0.25})->settings.learning_rate == 0.25);
    CHECK(run.apply(command::SetMomentum{0.75})->settings.momentum == 0.75);
    CHECK(run.apply(command::SetBatchSize{20})->settings.batch_size == 20);
    run.step(2);

    CHECK(run.marks() ==
          std::vector<std::string>{"learning rate 0.01 -> 0.25", "momentum 0.5 -> 0.75", "batch size 10 -> 20"});
    for (const Event& event : run.events())
        if (const auto* changed = std::get_if<event::Changed>(&event)) CHECK(changed->iteration == 3);
    const std::vector<IterationMetrics>& metrics = run.metrics();
    REQUIRE(metrics.size() == 5);
    CHECK(metrics[2].learning_rate == 0.01F);
    CHECK(metrics[3].learning_rate == 0.25F);
}

TEST_CASE("A setting that is what it was is acknowledged and not marked") {
    SessionUnderTest run;
    run.apply(command::SetLearningRate{0.01});
    run.apply(command::SetMomentum{0.5});
    run.apply(command::SetBatchSize{10});
    CHECK(run.marks().empty());
    CHECK(run.notices().empty());
}

TEST_CASE("Values out of range are refused with a notice, acknowledged, and change nothing") {
    SessionUnderTest run;
    const SnapshotPtr before = run.step(2);
    const std::vector<Command> refused = {
        command::SetLearningRate{kNan}, command::SetLearningRate{kInfinity}, command::SetLearningRate{-0.1},
        command::SetMomentum{kNan},     command::SetMomentum{1.0},           command::SetMomentum{-0.1},
        command::SetBatchSize{0},       command::SetBatchSize{-3},           command::SetBatchSize{1001},
        command::SetSpeed{kNan},        command::SetSpeed{kInfinity},        command::SetSpeed{-1.0},
    };
    for (const Command& command : refused) run.apply(command);
    const SnapshotPtr after = run.step();
    CHECK(after->settings.learning_rate == before->settings.learning_rate);
    CHECK(after->settings.momentum == before->settings.momentum);
    CHECK(after->settings.batch_size == before->settings.batch_size);
    CHECK(after->settings.iterations_per_second == before->settings.iterations_per_second);
    CHECK(run.marks().empty());
    REQUIRE(run.notices().size() == refused.size());
    for (const event::Notice& notice : run.notices()) CHECK(notice.severity == event::Notice::Severity::Warning);
    CHECK(run.notices()[8].text.find("1000") != std::string::npos);
}

TEST_CASE("A slider dragged while the trainer is busy leaves one change, and the order of different ones is kept") {
    auto script = std::make_shared<PlainScript>();
    Gate busy;
    script->on_train = [&busy](std::int64_t) { busy.wait(); };
    SessionUnderTest run({.script = script});
    run.post(command::Step{1});
    REQUIRE(busy.wait_for_arrival());
    for (const double rate : {0.1, 0.2, 0.3}) run.post(command::SetLearningRate{rate});
    for (const double momentum : {0.1, 0.2}) run.post(command::SetMomentum{momentum});
    for (const double rate : {0.4, 0.5}) run.post(command::SetLearningRate{rate});
    const CommandId last = run.post(command::SetBatchSize{30});
    busy.open();
    const SnapshotPtr snapshot = run.wait_for([last](const Snapshot& s) { return s.applied_command >= last; });
    CHECK(snapshot->applied_command == last);
    CHECK(snapshot->settings.learning_rate == 0.5);
    const std::string arrow = " -> ";
    CHECK(run.marks() == std::vector<std::string>{"learning rate 0.01" + arrow + "0.3", "momentum 0.5" + arrow + "0.2",
                                                  "learning rate 0.3" + arrow + "0.5", "batch size 10" + arrow + "30"});
}

TEST_CASE("Commands of several threads all get ids of their own and are all acknowledged") {
    SessionUnderTest run({.paused = false});
    std::vector<std::vector<CommandId>> ids(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < ids.size(); ++t)
        threads.emplace_back([&run, &mine = ids[t], t] {
            for (int i = 0; i < 200; ++i)
                mine.push_back(
                    run.post(command::SetProbe{HeldPicture{Split::Test, static_cast<std::int64_t>(t) * 50}}));
        });
    for (std::thread& thread : threads) thread.join();
    std::set<CommandId> all;
    for (const std::vector<CommandId>& mine : ids) {
        CHECK(std::is_sorted(mine.begin(), mine.end()));
        all.insert(mine.begin(), mine.end());
    }
    CHECK(all.size() == 800);
    run.wait_for([last = *all.rbegin()](const Snapshot& s) { return s.applied_command >= last; });
}

TEST_CASE("The first event is the run's beginning, and a reset's comes after all events of the run before") {
    SessionUnderTest run;
    run.apply(command::SetLearningRate{0.5});
    const SnapshotPtr reset = run.apply(command::Reset{.seed = 8});
    run.apply(command::SetLearningRate{0.125});
    const std::vector<Event>& events = run.events();
    REQUIRE(events.size() == 4);
    const auto* first = std::get_if<event::RunStarted>(&events[0]);
    const auto* changed = std::get_if<event::Changed>(&events[1]);
    const auto* second = std::get_if<event::RunStarted>(&events[2]);
    const auto* changed_again = std::get_if<event::Changed>(&events[3]);
    REQUIRE((first && changed && second && changed_again));
    CHECK(changed->run == first->info->run);
    CHECK(second->info == reset->run_info);
    CHECK(changed_again->run == second->info->run);
    CHECK(second->info->run > first->info->run);
}

TEST_CASE("After the last epoch the run is finished, and both run and step continue it") {
    SessionUnderTest run({.script = short_epochs(), .recipe = recipe_of_epochs(3)});
    run.post(command::Run{});
    const SnapshotPtr finished = run.wait_for_state(SessionState::Finished);
    CHECK(finished->iteration == 30);
    CHECK(finished->epoch == 3);
    CHECK(finished->planned_iterations == 30);
    CHECK(run.apply(command::Pause{})->state == SessionState::Finished);
    SECTION("run trains as many epochs again") {
        const CommandId id = run.post(command::Run{});
        const SnapshotPtr again = run.wait_for(
            [id](const Snapshot& s) { return s.applied_command >= id && s.state == SessionState::Finished; });
        CHECK(again->iteration == 60);
        CHECK(run.marks() == std::vector<std::string>{"continued to epoch 6"});
        CHECK(run.evaluations().size() == 6);
    }
    SECTION("step trains its iterations") {
        const SnapshotPtr stepped = run.step(2);
        CHECK(stepped->iteration == 32);
        CHECK(stepped->state == SessionState::Paused);
        CHECK(stepped->planned_iterations == 60);
    }
    SECTION("reset begins anew") {
        const CommandId id = run.post(command::Reset{.seed = 2});
        run.wait_for([id](const Snapshot& s) {
            return s.applied_command >= id && s.state == SessionState::Finished && s.iteration == 30;
        });
    }
}

TEST_CASE("The planned end stays true when the batch size changes within an epoch") {
    SessionUnderTest run({.script = short_epochs(), .recipe = recipe_of_epochs(2)});
    CHECK(run.wait_for_state(SessionState::Paused)->planned_iterations == 20);
    run.step(3);
    const SnapshotPtr changed = run.apply(command::SetBatchSize{32});
    CHECK(changed->iterations_per_epoch == 4);
    CHECK(changed->planned_iterations == 3 + 3 + 4);
    run.post(command::Run{});
    CHECK(run.wait_for_state(SessionState::Finished)->iteration == changed->planned_iterations);
}

TEST_CASE("Commands posted before there is a network wait for it") {
    auto script = std::make_shared<PlainScript>();
    Gate starting;
    script->on_start = [&starting] { starting.wait(); };
    SessionUnderTest run({.script = script});
    REQUIRE(starting.wait_for_arrival());
    const SnapshotPtr snapshot = run.wait_for_state(SessionState::Starting);
    CHECK(snapshot->run_info == nullptr);
    run.post(command::SetLearningRate{0.125});
    const CommandId id = run.post(command::Step{2});
    starting.open();
    const SnapshotPtr after =
        run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.state == SessionState::Paused; });
    CHECK(after->iteration == 2);
    CHECK(run.metrics().front().learning_rate == 0.125F);
}

}  // namespace convscope
