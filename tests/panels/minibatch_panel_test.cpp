// The minibatch under the microscope: its sheet, the phases' buttons, and what the scene and the other panels show of
// an iteration that is held.
#include "tests/panels/scene_stage.h"
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/widgets/format.h"

#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using convscope::test::SceneStage;
using convscope::test::Stage;

namespace {

bool says(Stage& stage, const std::string& words) { return stage.written().find(words) != std::string::npos; }

std::vector<std::int64_t> samples_asked_for(const Stage& stage) {
    std::vector<std::int64_t> found;
    for (const Command& command : stage.session.commands())
        if (const auto* set = std::get_if<command::SetProbe>(&command))
            if (const auto* sample = std::get_if<BatchSample>(&set->source)) found.push_back(sample->index);
    return found;
}

}  // namespace

TEST_CASE("the minibatch's panel says what is missing until an iteration is trained, then what it adds up to") {
    Stage stage("minibatch", 340, 320, {.paused = true});
    CHECK(says(stage, "being built"));
    stage.session.begin();
    stage.frames(3);
    CHECK(stage.watched().film);
    CHECK(says(stage, "No iteration is known before this one"));
    stage.session.advance(4);
    stage.frames(3);
    const Snapshot& snapshot = *stage.snapshot();
    REQUIRE(snapshot.film);
    CHECK(snapshot.film->iteration == 4);
    CHECK(says(stage, "Iteration 4: "));
    CHECK(says(stage, format_value(static_cast<double>(snapshot.metrics.loss)).c_str()));
    CHECK(stage.shows("minibatch.pictures"));
}

TEST_CASE("the worst of a minibatch stand first, or all as they were drawn, and a click follows one of them") {
    Stage stage("minibatch", 420, 420, {.paused = true});
    stage.session.begin();
    stage.session.advance(2);
    stage.frames(3);
    const auto left_of = [&](std::int64_t sample) {
        const AnchorRect rect = stage.anchor("minibatch.picture/" + std::to_string(sample));
        return rect.top * 10'000.0F + rect.left;
    };
    CHECK(left_of(3) < left_of(10));  // as bad, and drawn before it
    CHECK_FALSE(stage.shows("minibatch.picture/0"));
    stage.click("minibatch.order/0");
    stage.frames(2);
    CHECK(left_of(0) < left_of(1));
    CHECK(left_of(1) < left_of(3));
    stage.click("minibatch.picture/3");
    CHECK(samples_asked_for(stage) == std::vector<std::int64_t>{3});
    stage.frames(3);
    CHECK(stage.snapshot()->film->sample == 3);
    CHECK(stage.snapshot()->film->at(Phase::Forward).pass.label == stage.snapshot()->film->batch.labels[3]);
}

TEST_CASE("the phases' buttons hold an iteration, and its losses are not told before its Loss") {
    Stage stage("minibatch", 340, 320, {.paused = true});
    stage.session.begin();
    stage.session.advance(2);
    stage.frames(3);
    stage.click("minibatch.phase/1");
    stage.point(2.0F, 2.0F);  // or its tooltip is what is written
    stage.frames(2);
    CHECK(stage.lane.held() == Phase::Forward);
    REQUIRE(stage.lane.shows_phase());
    CHECK_FALSE(says(stage, "mean loss"));
    stage.click("minibatch.phase/2");
    stage.point(2.0F, 2.0F);
    stage.frames(2);
    CHECK(says(stage, "mean loss"));
    stage.click("minibatch.phase/2");
    CHECK(stage.lane.held() == Phase::None);
}

TEST_CASE("the minibatch's sheet allocates nothing in steady state") {
    Stage stage("minibatch", 420, 420, {.paused = true});
    stage.session.begin();
    stage.session.advance(2);
    stage.frames(6);
    CHECK(stage.allocations() == 0);
}

TEST_CASE("the scene holds an iteration at each of its phases, and a value of it is followed through") {
    SceneStage stage({.paused = true});
    stage.select(test::kConv1, 1, 5, 5);
    stage.click("scene.phase/0");
    stage.settle();
    REQUIRE(stage.lane.shows_phase());
    CHECK(stage.snapshot()->phase == Phase::Batch);
    CHECK(stage.shows("scene.followed"));
    CHECK_FALSE(stage.watched().phases);  // nobody rests for it
    CHECK(stage.snapshot()->find({TensorKind::WeightGradient, test::kConv1}) == nullptr);
    stage.click("scene.phase/4");
    stage.settle();
    CHECK(stage.snapshot()->phase == Phase::Update);
    CHECK(stage.snapshot()->find({TensorKind::WeightUpdate, test::kConv1}) != nullptr);
    CHECK(stage.shows("scene.followed"));
    stage.send(ui::StepOut{});
    stage.settle();
    CHECK(stage.snapshot()->phase == Phase::None);
    CHECK_FALSE(stage.shows("scene.followed"));
    CHECK(stage.watched().phases);
}

TEST_CASE("while an iteration is held the maps are those of its pass") {
    Stage stage("feature-maps", 420, 420, {.paused = true});
    stage.session.begin();
    stage.session.advance(2);
    stage.frames(3);
    stage.send(ui::HoldPhase{Phase::Batch});
    stage.frames(3);
    CHECK(stage.watched().contains({TensorKind::PassGradient, LayerId{0}}));
    REQUIRE(stage.lane.shows_phase());
    const std::int64_t watches = stage.session.watch_count();
    for (const Phase phase : {Phase::Forward, Phase::Loss, Phase::Backward, Phase::Update}) {
        stage.send(ui::HoldPhase{phase});
        stage.frames(2);
        CHECK(stage.snapshot()->phase == phase);
    }
    CHECK(stage.session.watch_count() == watches);  // all of them are of one film
}
