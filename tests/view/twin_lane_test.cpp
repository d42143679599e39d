// A run and the one beside it: what is looked at of either, what is selected in both, and what the one has less what
// the other has.
#include "viz/view/twin_lane.h"

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_session.h"
#include "viz/app/controller.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <variant>

using namespace convscope;
using test::ScriptedSession;

namespace {

constexpr TensorKey kWeights{TensorKind::Weight, LayerId{0}};
constexpr TensorKey kMaps{TensorKind::Activation, LayerId{0}};
constexpr TensorKey kPicture{TensorKind::Input, kInputLayer};

const command::BeginTwin kFaster{.from_start = false, .difference = {command::SetLearningRate{0.01}}};

struct TwinDesk {
    TwinDesk() : session({.paused = true}, clock), twin(*session.twin(), clock) {
        session.begin();
        session.advance(30);
        begin_frames();
    }
    void begin_frames() {
        lane.begin_frame();
        twin.begin_frame(lane, settings.twin_view);
    }
    // What the session answered to the last one is there in this one.
    void frame(bool of_both = true) {
        if (of_both)
            for (const TensorKey key : {kWeights, kMaps, kPicture}) twin.difference_watch().add(key);
        twin.share_watch(lane);
        twin.end_frame();
        lane.end_frame();
        session.apply();
        begin_frames();
    }
    void begin(const command::BeginTwin& begin) {
        controller.apply(ui::Post{begin});
        frame();
        frame();
    }

    ManualClock clock;
    ScriptedSession session;
    Lane lane{session, clock};
    TwinLane twin;
    Settings settings;
    SceneView scene;
    Controller controller{lane, settings, scene, &twin};
};

}  // namespace

TEST_CASE("there is nothing beside a run until a twin is begun, and nothing again when it has ended") {
    TwinDesk desk;
    CHECK_FALSE(desk.twin.there());
    desk.begin(kFaster);
    REQUIRE(desk.twin.there());
    CHECK(desk.twin.lane.shown()->iteration == 30);
    CHECK(desk.twin.place()->difference == "learning rate 0.001 -> 0.01");
    desk.controller.apply(ui::Post{command::EndTwin{}});
    desk.frame();
    CHECK_FALSE(desk.twin.there());
}

TEST_CASE("without a twin nothing is watched in it, and nothing of a difference in the run") {
    TwinDesk desk;
    desk.frame(/*of_both=*/false);
    CHECK(desk.session.watch_count() == 0);
    CHECK(desk.session.scripted_twin().watch_count() == 0);
}

TEST_CASE("the difference is the twin's value less the run's, of the same iteration") {
    TwinDesk desk;
    desk.settings.twin_view = TwinView::Difference;
    desk.begin(kFaster);
    desk.session.advance(5);
    desk.frame();
    desk.frame();
    const Snapshot& run = *desk.lane.shown();
    const Snapshot& twin = *desk.twin.lane.shown();
    const Snapshot& difference = *desk.twin.difference.shown();
    REQUIRE(run.iteration == twin.iteration);
    CHECK(difference.iteration == 35);
    for (const TensorKey key : {kWeights, kMaps}) {
        const TensorCapture* made = difference.find(key);
        REQUIRE(made);
        const auto& a = run.find(key)->values;
        const auto& b = twin.find(key)->values;
        bool differs = false;
        for (std::size_t i = 0; i < a.size(); ++i) {
            CHECK(made->values[i] == b[i] - a[i]);
            differs = differs || a[i] != b[i];
        }
        CHECK(differs);
        const auto [low, high] = std::minmax_element(made->values.begin(), made->values.end());
        CHECK(made->whole.minimum == *low);
        CHECK(made->whole.maximum == *high);
        CHECK(made->content_id != run.find(key)->content_id);
        CHECK(made->content_id != twin.find(key)->content_id);
    }
}

TEST_CASE("a twin without a difference has none, and the picture that both look at stays a picture") {
    TwinDesk desk;
    desk.settings.twin_view = TwinView::Difference;
    desk.begin({});
    const Snapshot& difference = *desk.twin.difference.shown();
    const TensorCapture* weights = difference.find(kWeights);
    REQUIRE(weights);
    CHECK(weights->whole.minimum == 0.0F);
    CHECK(weights->whole.maximum == 0.0F);
    REQUIRE(difference.find(kPicture));
    CHECK(difference.find(kPicture)->whole.maximum > 0.0F);
}

TEST_CASE("a difference of two iterations is never shown") {
    Snapshot run, twin;
    run.run_info = twin.run_info = std::make_shared<RunInfo>();
    run.iteration = 4;
    twin.iteration = 5;
    CHECK_FALSE(is_same_moment(run, twin));
    twin.iteration = 4;
    CHECK(is_same_moment(run, twin));
    twin.phase = Phase::Loss;
    CHECK_FALSE(is_same_moment(run, twin));

    // Of tensors that are older than their snapshots, likewise.
    auto old = std::make_shared<TensorCapture>();
    auto newer = std::make_shared<TensorCapture>();
    old->key = newer->key = kPicture;
    old->key.kind = newer->key.kind = TensorKind::PassActivation;
    old->iteration = 3;
    newer->iteration = 4;
    old->shape = newer->shape = {2};
    old->values = newer->values = {1.0F, 2.0F};
    twin.phase = Phase::None;
    run.seen.captures = {old};
    twin.seen.captures = {newer};
    SnapshotDifference difference;
    CHECK(difference.of(run, twin).seen.captures.empty());
}

TEST_CASE("of matrices and probabilities the difference is by how much the twin has more, each sweep as it is") {
    TwinDesk desk;
    desk.settings.twin_view = TwinView::Difference;
    desk.begin(kFaster);
    desk.twin.difference_watch().test_confusion = desk.twin.difference_watch().probe = true;
    desk.frame();
    desk.session.advance(500);
    desk.twin.difference_watch().test_confusion = desk.twin.difference_watch().probe = true;
    desk.frame();
    const Snapshot& run = *desk.lane.shown();
    const Snapshot& twin = *desk.twin.lane.shown();
    const Snapshot& difference = *desk.twin.difference.shown();
    REQUIRE(run.test_confusion);
    REQUIRE(twin.test_confusion);
    REQUIRE(difference.test_confusion);
    const ConfusionMatrix& matrix = difference.test_confusion->matrix;
    std::int64_t moved = 0;
    for (int t = 0; t < matrix.class_count(); ++t)
        for (int p = 0; p < matrix.class_count(); ++p) {
            CHECK(matrix.at(t, p) == twin.test_confusion->matrix.at(t, p) - run.test_confusion->matrix.at(t, p));
            moved += std::abs(matrix.at(t, p));
        }
    CHECK(moved > 0);
    CHECK(matrix.total() == 0);
    CHECK(difference.test_confusion->first_iteration == run.test_confusion->last_iteration);
    CHECK(difference.test_confusion->last_iteration == twin.test_confusion->last_iteration);
    const std::vector<float>& probabilities = difference.seen.probe.probabilities;
    REQUIRE(probabilities.size() == 10);
    for (std::size_t i = 0; i < 10; ++i)
        CHECK(probabilities[i] == twin.seen.probe.probabilities[i] - run.seen.probe.probabilities[i]);
}

TEST_CASE("layers are told by their names: what the other network lacks has no difference") {
    NetworkDescription plain = test::wide_cnn_description();
    NetworkDescription normed = plain;
    LayerDescription norm = normed.layers[0];
    norm.spec.name = "conv1-norm";
    normed.layers.insert(normed.layers.begin() + 1, norm);
    for (std::size_t i = 0; i < normed.layers.size(); ++i) normed.layers[i].id = LayerId{static_cast<std::int32_t>(i)};
    CHECK(layer_like(plain, LayerId{0}, normed) == LayerId{0});
    CHECK(layer_like(plain, LayerId{3}, normed) == LayerId{4});
    CHECK(layer_like(normed, LayerId{4}, plain) == LayerId{3});
    CHECK_FALSE(layer_like(normed, LayerId{1}, plain));
    CHECK(layer_like(plain, kInputLayer, normed) == kInputLayer);
    normed.layers[0].output_shape = {11, 24, 24};
    CHECK_FALSE(layer_like(plain, LayerId{0}, normed));
}

TEST_CASE("what is selected in one is selected in the other") {
    TwinDesk desk;
    desk.begin(kFaster);
    desk.lane.selection.select_layer(LayerId{3});
    desk.lane.selection.select_channel(2);
    desk.frame();
    CHECK(desk.twin.lane.selection == desk.lane.selection);
    Selection other = desk.twin.lane.selection;
    other.select_layer(LayerId{5});
    desk.controller.apply_in_twin(ui::Select{other});
    CHECK(desk.lane.selection.layer == LayerId{5});
    desk.frame();
    CHECK(desk.twin.lane.selection.layer == LayerId{5});
}

TEST_CASE("an iteration that is held is held in both, and let go in both") {
    TwinDesk desk;
    desk.begin(kFaster);
    desk.controller.apply(ui::HoldPhase{Phase::Backward});
    desk.frame();
    CHECK(desk.twin.lane.held() == Phase::Backward);
    desk.frame();
    CHECK(desk.twin.lane.shows_phase());
    desk.controller.apply(ui::HoldPhase{Phase::None});
    desk.frame();
    CHECK(desk.twin.lane.held() == Phase::None);
}

TEST_CASE("a panel of the twin changes the twin alone, and what is not about learning is for both") {
    TwinDesk desk;
    desk.begin(kFaster);
    const std::size_t before = desk.session.commands().size();
    desk.controller.apply_in_twin(ui::Post{command::SetLearningRate{0.02}});
    desk.controller.apply_in_twin(ui::Post{command::Undo{}});
    CHECK(desk.session.commands().size() == before);
    CHECK(desk.session.scripted_twin().commands().size() == 2);
    desk.controller.apply_in_twin(ui::Post{command::SetProbe{HeldPicture{Split::Test, 4}}});
    CHECK(desk.session.commands().size() == before + 1);
    CHECK(desk.session.scripted_twin().commands().size() == 2);
}

TEST_CASE("keys that change something by hand mean the run, unless the twin alone is looked at") {
    TwinDesk desk;
    desk.begin(kFaster);
    desk.lane.selection.select_channel(1);
    desk.frame();
    desk.controller.apply(ui::DoByHand{HandAction::Silence});
    CHECK(std::holds_alternative<command::SetChannel>(desk.session.commands().back()));
    CHECK(desk.session.scripted_twin().commands().empty());
    desk.settings.twin_view = TwinView::Twin;
    desk.controller.apply(ui::DoByHand{HandAction::Silence});
    REQUIRE(desk.session.scripted_twin().commands().size() == 1);
    desk.controller.apply(ui::TakeBack{});
    CHECK(std::holds_alternative<command::Undo>(desk.session.scripted_twin().commands().back()));
}

TEST_CASE("G opens the page of twins, and goes through the ways to look at one once there is one") {
    TwinDesk desk;
    desk.controller.apply(ui::NextTwinView{});
    CHECK(desk.controller.page() == Page::Twin);
    desk.controller.apply(ui::ClosePage{});
    desk.settings.twin_view = TwinView::Run;  // as it was left
    desk.begin(kFaster);
    CHECK(desk.settings.twin_view == TwinView::Beside);
    for (const TwinView next : {TwinView::Twin, TwinView::Difference, TwinView::Run, TwinView::Beside}) {
        desk.controller.apply(ui::NextTwinView{});
        CHECK(desk.settings.twin_view == next);
    }
    CHECK(desk.controller.page() == Page::None);
}

TEST_CASE("while the two publish one after the other, the difference is of the last iteration that both have") {
    TwinDesk desk;
    desk.settings.twin_view = TwinView::Difference;
    desk.begin(kFaster);
    desk.session.advance(1);
    desk.frame();
    CHECK(desk.twin.difference.shown()->iteration == 31);
    CHECK(desk.twin.difference.shown()->find(kWeights));
}

TEST_CASE("a difference allocates nothing while the two train on") {
    TwinDesk desk;
    desk.settings.twin_view = TwinView::Difference;
    desk.begin(kFaster);
    const auto next = [&] {
        desk.session.advance(1);
        desk.frame();
        desk.lane.begin_frame();
        const std::int64_t before = test::allocations_of_this_thread();
        desk.twin.begin_frame(desk.lane, desk.settings.twin_view);
        return test::allocations_of_this_thread() - before;
    };
    for (int i = 0; i < 8; ++i) next();
    std::int64_t most = 0;
    for (int i = 0; i < 8; ++i) most = std::max(most, next());
    CHECK(most == 0);
}

TEST_CASE("two halves are side by side where both have room, else one above the other") {
    const Halves wide = halves_of(1000.0F, 400.0F, 16.0F, 300.0F, /*above=*/false);
    CHECK(wide.beside);
    CHECK(wide.width == 492.0F);
    CHECK(wide.height == 400.0F);
    const Halves narrow = halves_of(600.0F, 400.0F, 16.0F, 300.0F, /*above=*/false);
    CHECK_FALSE(narrow.beside);
    CHECK(narrow.height == 192.0F);
    CHECK_FALSE(halves_of(1000.0F, 400.0F, 0.0F, 300.0F, /*above=*/true).beside);
}
