// The stand-in keeps the promises that the panels and the journeys build on.
#include "tests/support/scripted_session.h"

#include "tests/support/catch.h"

#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

using namespace convscope;
using test::ScriptedSession;

namespace {

Command watch(std::initializer_list<TensorKey> keys) {
    command::Watch command;
    for (TensorKey key : keys) command.set.add(key);
    command.set.probe = command.set.layer_statistics = command.set.test_confusion = true;
    return command;
}

constexpr TensorKey kMaps{TensorKind::Activation, LayerId{0}};
constexpr TensorKey kGradient{TensorKind::WeightGradient, LayerId{3}};

}  // namespace

TEST_CASE("the scripted session captures what is watched, in shape, and nothing when unwatched") {
    ScriptedSession session;
    session.begin();
    session.advance(3);
    CHECK(session.latest()->captures.empty());
    session.post(watch({kMaps, kGradient}));
    session.advance(1);
    const auto snapshot = session.latest();
    REQUIRE(snapshot->captures.size() == 3);
    const TensorCapture* maps = snapshot->find(kMaps);
    REQUIRE(maps);
    CHECK(maps->shape == Shape{10, 24, 24});
    CHECK(maps->values.size() == 5760);
    CHECK(maps->planes.size() == 10);
    CHECK(maps->iteration == 4);
    CHECK(snapshot->find(kGradient)->shape == Shape{20, 10, 3, 3});
    CHECK(snapshot->layer_statistics.size() == snapshot->run_info->network.layers.size());
    REQUIRE(snapshot->test_confusion);
    CHECK(snapshot->test_confusion->matrix.total() == 10'000);
    const auto& p = snapshot->probe.probabilities;
    CHECK(std::accumulate(p.begin(), p.end(), 0.0) == Approx(1.0));
}

TEST_CASE("two scripted sessions with one seed publish the same values, another seed others") {
    auto run = [](std::uint64_t seed) {
        ScriptedSession session({.seed = seed});
        session.begin();
        session.post(watch({kMaps}));
        session.advance(20);
        return session.latest()->find(kMaps)->values;
    };
    CHECK(run(5) == run(5));
    CHECK(run(5) != run(6));
}

TEST_CASE("watching while paused brings captures without training") {
    ScriptedSession session({.paused = true});
    session.begin();
    session.post(watch({kMaps}));
    session.apply();
    CHECK(session.latest()->iteration == 0);
    CHECK(session.latest()->find(kMaps) != nullptr);
}

TEST_CASE("the scripted session on its thread obeys and ends") {
    ScriptedSession session({.paused = true});
    session.run_in_background();
    const CommandId id = session.post(command::Step{3});
    while (!session.latest() || session.latest()->applied_command < id || session.latest()->iteration < 3)
        std::this_thread::yield();
    CHECK(session.latest()->iteration == 3);
}

TEST_CASE("the scripted session resumes what it saved, paused, with its history, and refuses what it did not save") {
    ScriptedSession session({.seed = 4});
    session.begin();
    session.advance(30);
    const std::string path = (std::filesystem::temp_directory_path() / "scripted.pt").string();
    session.post(command::Save{path});
    session.post(command::Reset{9, std::nullopt});
    session.apply();
    CHECK(session.latest()->iteration == 0);
    session.post(command::Resume{"elsewhere.pt"});
    session.apply();
    CHECK(session.latest()->run_info->seed == 9);
    std::vector<IterationMetrics> metrics;
    session.drain_metrics(metrics);
    metrics.clear();
    session.post(command::Resume{path});
    session.apply();
    CHECK(session.latest()->run_info->seed == 4);
    CHECK(session.latest()->iteration == 30);
    CHECK(session.latest()->state == SessionState::Paused);
    session.drain_metrics(metrics);
    CHECK(metrics.size() == 30);
}
