// An iteration that is held at one of its phases: what a lane shows then, and what the keys make of it.
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_session.h"
#include "viz/app/controller.h"
#include "viz/app/timeline_parts.h"
#include "viz/view/phase_walk.h"
#include "viz/view/place_in_time.h"

#include <array>
#include <chrono>
#include <string>
#include <variant>

using namespace convscope;
using test::ScriptedSession;

namespace {

constexpr TensorKey kGradient{TensorKind::WeightGradient, LayerId{0}};
constexpr TensorKey kWeight{TensorKind::Weight, LayerId{0}};

struct HeldDesk {
    explicit HeldDesk(bool paused = true) : session({.paused = paused}, clock) {
        session.begin();
        frame();
    }
    // What is looked at, until the session has answered it.
    const Snapshot& frame() {
        for (int i = 0; i < 2; ++i) {
            lane.begin_frame();
            lane.watch().add(kGradient);
            lane.watch().add(kWeight);
            lane.end_frame();
            session.apply();
        }
        lane.begin_frame();
        return *lane.shown();
    }
    void press(const UiCommand& command) { controller.apply(command); }

    ManualClock clock;
    ScriptedSession session;
    Lane lane{session, clock};
    Settings settings;
    SceneView scene;
    Controller controller{lane, settings, scene};
};

}  // namespace

TEST_CASE("while an iteration is held, what is shown is that phase of it, and all else as it is now") {
    HeldDesk desk;
    desk.session.advance(4);
    desk.frame();
    for (const Phase phase : kPhases) {
        CAPTURE(to_word(phase));
        desk.press(ui::HoldPhase{phase});
        const Snapshot& shown = desk.frame();
        REQUIRE(desk.lane.shows_phase());
        CHECK(shown.phase == phase);
        CHECK(shown.iteration == 3);  // the fourth is under way
        CHECK((shown.find(kGradient) != nullptr) == (phase >= Phase::Backward));
        CHECK(shown.seen.pass.loss.has_value() == (phase >= Phase::Loss));
        CHECK(shown.state == SessionState::Paused);
        CHECK(desk.lane.live()->iteration == 4);
        CHECK(desk.lane.live()->phase == Phase::None);
        CHECK_FALSE(desk.lane.in_past());
        CHECK(shown.applied_command == desk.lane.live()->applied_command);
    }
    // Back and on, without anything being asked of the session.
    const std::size_t asked = desk.session.commands().size();
    const std::int64_t watches = desk.session.watch_count();
    const std::vector<float> after = desk.lane.shown()->find(kWeight)->values;
    desk.press(ui::MovePhase{-1});
    CHECK(desk.lane.shown()->phase == Phase::Backward);
    CHECK(desk.lane.shown()->find(kWeight)->values != after);
    desk.press(ui::MovePhase{1});
    CHECK(desk.lane.shown()->find(kWeight)->values == after);
    desk.frame();
    CHECK(desk.session.commands().size() == asked);
    CHECK(desk.session.watch_count() == watches);

    desk.press(ui::HoldPhase{Phase::None});
    CHECK(desk.lane.shown() == desk.lane.live());
    desk.frame();
    CHECK_FALSE(desk.session.watched().film);
}

TEST_CASE("a phase that is held longer is no older than since it is held") {
    HeldDesk desk;
    desk.session.advance(1);
    desk.press(ui::HoldPhase{Phase::Forward});
    desk.frame();
    desk.press(ui::HoldPhase{Phase::Loss});
    desk.clock.advance(std::chrono::seconds(3));
    CHECK(desk.lane.shown_age_seconds() == 3.0);
    desk.press(ui::HoldPhase{Phase::Update});
    CHECK(desk.lane.shown_age_seconds() == 0.0);
}

TEST_CASE("a key that holds pauses a run, and the one of the same phase, Esc or Space lets go") {
    HeldDesk desk(/*paused=*/false);
    desk.session.advance(3);
    desk.frame();
    desk.press(ui::HoldPhase{Phase::Backward});
    CHECK(std::holds_alternative<command::Pause>(desk.session.commands().back()));
    CHECK(desk.frame().phase == Phase::Backward);
    desk.press(ui::HoldPhase{Phase::Backward});
    CHECK(desk.lane.held() == Phase::None);

    desk.press(ui::HoldPhase{Phase::Loss});
    desk.press(ui::TogglePage{Page::Help});
    desk.press(ui::ClosePage{});  // first what lies over it
    CHECK(desk.lane.held() == Phase::Loss);
    desk.press(ui::ClosePage{});
    CHECK(desk.lane.held() == Phase::None);

    desk.press(ui::HoldPhase{Phase::Loss});
    desk.lane.selection.select_channel(2);
    desk.press(ui::StepOut{});  // in the scene
    CHECK(desk.lane.held() == Phase::None);
    CHECK(desk.lane.selection.channel == 2);

    desk.press(ui::HoldPhase{Phase::Loss});
    desk.press(ui::RunOrPause{});
    CHECK(desk.lane.held() == Phase::None);
    CHECK(std::holds_alternative<command::Run>(desk.session.commands().back()));
    desk.press(ui::HoldPhase{Phase::Loss});
    desk.press(ui::Post{command::Run{}});  // the panel's button
    CHECK(desk.lane.held() == Phase::None);
}

TEST_CASE("from phase to phase one comes into the neighbouring iterations") {
    HeldDesk desk;
    desk.session.advance(5);
    desk.frame();
    desk.press(ui::HoldPhase{Phase::Batch});
    CHECK(desk.frame().iteration == 4);
    desk.press(ui::MovePhase{-1});
    const Snapshot& before = desk.frame();
    CHECK(desk.lane.held() == Phase::Update);
    CHECK(before.iteration == 3);
    CHECK(before.phase == Phase::Update);
    CHECK(desk.lane.in_past());
    desk.press(ui::MovePhase{1});
    CHECK(std::holds_alternative<command::Step>(desk.session.commands().back()));
    desk.session.apply();
    desk.session.advance(1);
    CHECK(desk.frame().iteration == 4);
    CHECK(desk.lane.held() == Phase::Batch);
    for (int i = 0; i < 5; ++i) desk.press(ui::MovePhase{1});
    desk.session.apply();
    desk.session.advance(1);  // the sixth is trained
    desk.frame();
    CHECK(desk.lane.live()->iteration == 6);
    CHECK(desk.lane.held() == Phase::Batch);
    CHECK(desk.lane.shows_phase());
}

TEST_CASE("before the first iteration there is no phase to be shown, and it is said why") {
    HeldDesk desk;
    desk.press(ui::HoldPhase{Phase::Forward});
    CHECK(desk.frame().iteration == 0);
    CHECK_FALSE(desk.lane.shows_phase());
    desk.press(ui::HoldPhase{Phase::Batch});
    desk.press(ui::MovePhase{-1});  // there is none before it
    CHECK(desk.lane.held() == Phase::Batch);
    std::array<char, 128> words{};
    held_sentence(Phase::Forward, 0, false, true, words);
    CHECK(std::string(words.data()) ==
          "Nothing is known before iteration 0: train one (Right arrow) to see its forward pass");
    held_sentence(Phase::Update, 1234, true, false, words);
    CHECK(std::string(words.data()) ==
          "Iteration 1,234 is held at its update: C and V go a phase back and on, Esc lets go");
    held_sentence(Phase::Update, 1234, false, false, words);
    CHECK(std::string(words.data()) == "Iteration 1,234 is trained again, to be seen at its update");
}

TEST_CASE("another run is shown as it is, whatever was held of the one before") {
    HeldDesk desk;
    desk.session.advance(5);
    desk.press(ui::HoldPhase{Phase::Backward});
    CHECK(desk.frame().phase == Phase::Backward);
    desk.press(ui::StartOver{1});
    CHECK(desk.frame().phase == Phase::None);
    CHECK(desk.frame().iteration == 0);
}

TEST_CASE("a phase on and a phase back are each other's way") {
    for (const Phase phase : kPhases)
        for (const int direction : {1, -1}) {
            const PhaseStep there = step_from(phase, direction);
            const PhaseStep back = step_from(there.phase, -direction);
            CHECK(back.phase == phase);
            CHECK(back.iterations == -there.iterations);
        }
    CHECK(step_from(Phase::None, 1).phase == Phase::Batch);
    CHECK(step_from(Phase::None, -1).phase == Phase::Update);
}
