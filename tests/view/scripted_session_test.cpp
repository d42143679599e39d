// The stand-in keeps the promises that the panels and the journeys build on.
#include "tests/support/scripted_session.h"

#include "tests/support/catch.h"
#include "tests/support/session_contract.h"

#include <algorithm>
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

constexpr TensorKey kFirstMaps{TensorKind::Activation, LayerId{0}};
constexpr TensorKey kGradient{TensorKind::WeightGradient, LayerId{3}};

}  // namespace

TEST_CASE("the scripted session captures what is watched, in shape, and nothing when unwatched") {
    ScriptedSession session;
    session.begin();
    session.advance(3);
    CHECK(session.latest()->seen.captures.empty());
    session.post(watch({kFirstMaps, kGradient}));
    session.advance(1);
    const auto snapshot = session.latest();
    REQUIRE(snapshot->seen.captures.size() == 3);
    const TensorCapture* maps = snapshot->find(kFirstMaps);
    REQUIRE(maps);
    CHECK(maps->shape == Shape{10, 24, 24});
    CHECK(maps->values.size() == 5760);
    CHECK(maps->planes.size() == 10);
    CHECK(maps->iteration == 4);
    CHECK(snapshot->find(kGradient)->shape == Shape{20, 10, 3, 3});
    CHECK(snapshot->seen.layer_statistics.size() == snapshot->run_info->network.layers.size());
    REQUIRE(snapshot->test_confusion);
    CHECK(snapshot->test_confusion->matrix.total() == 10'000);
    const auto& p = snapshot->seen.probe.probabilities;
    CHECK(std::accumulate(p.begin(), p.end(), 0.0) == Approx(1.0));
}

TEST_CASE("two scripted sessions with one seed publish the same values, another seed others") {
    auto run = [](std::uint64_t seed) {
        ScriptedSession session({.seed = seed});
        session.begin();
        session.post(watch({kFirstMaps}));
        session.advance(20);
        return session.latest()->find(kFirstMaps)->values;
    };
    CHECK(run(5) == run(5));
    CHECK(run(5) != run(6));
}

TEST_CASE("watching while paused brings captures without training") {
    ScriptedSession session({.paused = true});
    session.begin();
    session.post(watch({kFirstMaps}));
    session.apply();
    CHECK(session.latest()->iteration == 0);
    CHECK(session.latest()->find(kFirstMaps) != nullptr);
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

TEST_CASE("the scripted session can be put into a phase, has what that phase has come to, and completes it") {
    ScriptedSession session;
    session.begin();
    session.advance(2);
    const TensorKey sample{TensorKind::PassActivation, kInputLayer};
    const TensorKey activation{TensorKind::PassActivation, LayerId{0}};
    const TensorKey logits{TensorKind::PassActivation, LayerId{8}};
    const TensorKey gradient{TensorKind::PassGradient, LayerId{0}};
    const TensorKey logit_gradient{TensorKind::PassGradient, LayerId{8}};
    const TensorKey weight{TensorKind::Weight, LayerId{0}};
    Command command = watch({sample, activation, logits, gradient, logit_gradient, weight, kGradient});
    std::get<command::Watch>(command).set.phases = true;
    session.post(command);
    session.apply();
    const std::vector<float> before = session.latest()->find(weight)->values;
    for (const Phase phase : {Phase::Batch, Phase::Forward, Phase::Loss, Phase::Backward, Phase::Update}) {
        session.show_phase(phase, 0.5);
        const auto snapshot = session.latest();
        CAPTURE(static_cast<int>(phase));
        CHECK(snapshot->phase == phase);
        CHECK(snapshot->phase_seconds == 0.5);
        CHECK(snapshot->iteration == 2);
        CHECK(snapshot->find(sample) != nullptr);
        CHECK((snapshot->find(activation) != nullptr) == (phase >= Phase::Forward));
        CHECK((snapshot->find(gradient) != nullptr) == (phase >= Phase::Backward));
        CHECK((snapshot->find(kGradient) != nullptr) == (phase >= Phase::Backward));
        CHECK((snapshot->find(weight)->values == before) == (phase < Phase::Update));
    }
    const std::vector<float> moved = session.latest()->find(weight)->values;
    const std::vector<float> shown = session.latest()->find(gradient)->values;
    session.advance(1);
    const auto whole = session.latest();
    CHECK(whole->phase == Phase::None);
    CHECK(whole->phase_seconds == 0.0);
    CHECK(whole->iteration == 3);
    CHECK(whole->find(weight)->values == moved);
    CHECK(whole->find(gradient)->values == shown);
    CHECK(whole->find(activation)->shape == Shape{10, 24, 24});
    CHECK(whole->find(sample)->shape == Shape{1, 28, 28});
    // Cross-entropy's gradient sums to nothing over the classes, and only the right class's is negative.
    const std::vector<float>& ends = whole->find(logit_gradient)->values;
    CHECK(std::accumulate(ends.begin(), ends.end(), 0.0) == Approx(0.0).margin(1e-8));
    CHECK(std::count_if(ends.begin(), ends.end(), [](float g) { return g < 0.0F; }) == 1);
    CHECK(std::any_of(shown.begin(), shown.end(), [](float g) { return g != 0.0F; }));
}

TEST_CASE("the scripted session has no passes to show when nobody has followed one") {
    ScriptedSession session;
    session.begin();
    session.post(watch({{TensorKind::PassActivation, LayerId{0}}, {TensorKind::PassGradient, LayerId{0}}}));
    session.advance(2);
    CHECK(session.latest()->find({TensorKind::PassActivation, LayerId{0}}) == nullptr);
    CHECK(session.latest()->find({TensorKind::PassGradient, LayerId{0}}) == nullptr);
}

TEST_CASE("the scripted session obeys commands as the real one does, by hand and on its thread") {
    ScriptedSession session({.paused = true});
    SECTION("by hand") {
        session.begin();
        require_commands_to_be_obeyed(session, [&] {
            session.apply();
            while (session.latest()->state == SessionState::Running) session.advance(1);
            return session.latest();
        });
    }
    SECTION("on its thread, as the window's journeys have it") {
        session.run_in_background();
        require_commands_to_be_obeyed(session, [&] {
            const CommandId last = session.post(command::Watch{});
            std::shared_ptr<const Snapshot> latest;
            do {
                std::this_thread::yield();
                latest = session.latest();
            } while (!latest || latest->applied_command < last || latest->state == SessionState::Running);
            return latest;
        });
    }
}

TEST_CASE("the scripted session obeys whoever chooses a picture, as the real one does") {
    ScriptedSession session({.paused = true});
    session.begin();
    session.post(watch({kFirstMaps}));
    session.apply();
    require_probes_to_be_obeyed([&](Command command) {
        session.post(std::move(command));
        session.apply();
        return session.latest();
    });
}

TEST_CASE("the scripted session films what it stands at, as the real one does") {
    ScriptedSession session({.paused = true});
    session.begin();
    session.advance(5);
    require_films_to_be_made([&](Command command) {
        const bool steps = std::holds_alternative<command::Step>(command);
        session.post(std::move(command));
        session.apply();
        if (steps) session.advance(1);
        return session.latest();
    });
}
