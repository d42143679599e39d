// Two runs side by side behind the doors of a session: one thread drives both, and readers on another one see them.
#include "tests/session/driven_run.h"
#include "tests/session/session_under_test.h"
#include "tests/support/equal_states.h"

#include <mutex>
#include <string>
#include <vector>

namespace convscope {
namespace {

std::shared_ptr<PlainScript> short_script() {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 10 * kEpoch;
    script->test_count = 1000;
    return script;
}

Recipe three_epochs() {
    Recipe recipe = plain_recipe();
    recipe.epochs = 3;
    return recipe;
}

SnapshotPtr wait_for_twin(SessionUnderTest& run, const std::function<bool(const Snapshot&)>& holds) {
    SnapshotPtr shown;
    run.wait_for([&](const Snapshot&) {
        shown = run.session().twin()->latest();
        return shown && holds(*shown);
    });
    return shown;
}

std::vector<float> losses(const std::vector<IterationMetrics>& metrics) {
    std::vector<float> all;
    for (const IterationMetrics& one : metrics) all.push_back(one.loss);
    return all;
}

// Of a run alone.
std::vector<float> losses_alone(double learning_rate) {
    SessionUnderTest run({.script = short_script(), .recipe = three_epochs()});
    run.apply(command::SetLearningRate{learning_rate});
    run.post(command::Run{});
    run.wait_for_state(SessionState::Finished);
    return losses(run.metrics());
}

}  // namespace

TEST_CASE("A session has a door for a run beside its own, which is empty until that is begun and once it is ended") {
    SessionUnderTest run({.script = short_script(), .recipe = three_epochs()});
    Session& twin = *run.session().twin();
    CHECK(&twin == run.session().twin());
    CHECK(twin.twin() == nullptr);
    CHECK(twin.latest() == nullptr);
    const CommandId first = run.apply(command::BeginTwin{})->applied_command;
    REQUIRE(twin.latest());
    CHECK(twin.latest()->run_info->run > run.session().latest()->run_info->run);
    const CommandId second = twin.post(command::SetLearningRate{0.5});
    CHECK(second > first);
    CHECK(wait_for_twin(run, [&](const Snapshot& s) { return s.applied_command >= second; })->settings.learning_rate ==
          0.5);
    CHECK(run.session().latest()->settings.learning_rate == 0.01);
    run.apply(command::EndTwin{});
    CHECK(twin.latest() == nullptr);
    run.apply(command::BeginTwin{});
    CHECK(twin.latest() != nullptr);
}

TEST_CASE("Two runs side by side are trained on one thread, and each has the losses that it has alone") {
    auto script = short_script();
    script->another = short_script();
    SessionUnderTest run({.script = script, .recipe = three_epochs()});
    run.apply(command::BeginTwin{.difference = {command::SetLearningRate{0.05}}});
    run.post(command::Run{});
    run.wait_for_state(SessionState::Finished);
    wait_for_twin(
        run, [](const Snapshot& s) { return s.iteration == 30 && !s.evaluating && s.state == SessionState::Finished; });
    std::vector<IterationMetrics> beside;
    run.session().twin()->drain_metrics(beside);
    CHECK(losses(run.metrics()) == losses_alone(0.01));
    CHECK(losses(beside) == losses_alone(0.05));
    CHECK(script->another->made_on.load() == script->made_on.load());
    run.end();
    CHECK(script->another->destroyed_on.load() == script->made_on.load());
}

TEST_CASE("What happens first in two runs side by side is the same every time") {
    const auto play = [] {
        std::vector<std::string> order;
        auto script = short_script();
        script->another = short_script();
        for (const auto& [one, name] : {std::pair(script, "a"), std::pair(script->another, "b")}) {
            one->on_train = [&order, name = name](std::int64_t i) { order.push_back(name + std::to_string(i)); };
            one->on_classify = [&order, name = name](std::int64_t first) {
                order.push_back(name + std::string(" from ") + std::to_string(first));
            };
        }
        SessionUnderTest run({.script = script, .recipe = three_epochs()});
        run.apply(command::BeginTwin{});
        run.post(command::Run{});
        run.wait_for_state(SessionState::Finished);
        wait_for_twin(run, [](const Snapshot& s) { return s.iteration == 30 && !s.evaluating; });
        run.end();
        return order;
    };
    const std::vector<std::string> order = play();
    REQUIRE(order.size() > 60);
    CHECK(order[0] == "a1");
    CHECK(order[1] == "b1");
    CHECK(order[17] == "b9");
    CHECK(play() == order);
}

TEST_CASE("Whoever ends a session amid two runs loses nothing of the first, and neither trainer stays") {
    auto script = short_script();
    script->another = short_script();
    const std::int64_t until = GENERATE(2, 9, 10, 17);
    {
        SessionUnderTest run({.script = script, .save_to = [](const Recipe&) { return "run/last.pt"; }});
        run.apply(command::BeginTwin{});
        run.post(command::Run{});
        run.wait_for_iteration(until);
        if (until == 9) run.post(command::BeginTwin{.from_start = true});
    }
    CHECK(script->another->destroyed_on.load() == script->made_on.load());
    const RunState saved = script->files.at("run/last.pt");
    CHECK(saved.progress.iteration >= until);
    CHECK(script->files.size() == 1);
    DrivenRun alone({.recipe = plain_recipe(), .seed = 1, .paused = true});
    alone.script->train_count = 10 * kEpoch;
    alone.script->test_count = 1000;
    alone.begin();
    if (!saved.progress.evaluation_due) {
        alone.step(saved.progress.iteration);
        require_equal(*saved.training, *alone.driver.state());
    }
}

TEST_CASE("Commands to both, from two threads, while a run beside comes and goes, are all acknowledged") {
    SessionUnderTest run({.script = short_script()});
    Session& twin = *run.session().twin();
    run.post(command::Run{});
    std::thread other([&] {
        for (int i = 0; i < 300; ++i) {
            twin.post(command::SetLearningRate{0.001 * (i + 1)});
            if (i % 10 == 0) twin.post(command::Watch{watch_everything()});
        }
    });
    std::vector<IterationMetrics> metrics;
    std::vector<Event> events;
    for (int i = 0; i < 40; ++i) {
        run.apply(command::BeginTwin{});
        run.apply(command::GoTo{i});
        run.post(command::Run{});
        if (const SnapshotPtr shown = twin.latest()) CHECK(describe_inconsistency(*shown).empty());
        twin.drain_metrics(metrics);
        twin.drain_events(events);
        run.apply(command::EndTwin{});
        CHECK(twin.latest() == nullptr);
    }
    other.join();
    run.apply(command::Pause{});
}

}  // namespace convscope
