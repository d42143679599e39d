// What a lane shows: the newest snapshot, or one that was kept.
#include "viz/view/lane.h"

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_session.h"

using namespace convscope;
using test::ScriptedSession;

namespace {

constexpr TensorKey kShownMaps{TensorKind::Activation, LayerId{0}};

struct Walk {
    void frame() {
        lane.end_frame();
        session.apply();
        lane.begin_frame();
    }

    ManualClock clock;
    ScriptedSession session{{.paused = true}, clock};
    Lane lane{session, clock};
};

}  // namespace

TEST_CASE("a lane shows what is live until it is told to show a place in the past, and again afterwards") {
    Walk walk;
    Lane& lane = walk.lane;
    lane.begin_frame();
    CHECK(lane.live() == nullptr);
    CHECK(lane.shown() == nullptr);
    walk.session.begin();
    walk.session.advance(3);
    lane.begin_frame();
    CHECK(lane.shown() == lane.live());
    const std::shared_ptr<const Snapshot> kept = lane.link.shared_live();
    walk.clock.advance(std::chrono::seconds(2));
    walk.session.advance(4);
    lane.show(kept);
    lane.begin_frame();
    CHECK(lane.in_past());
    CHECK(lane.shown()->iteration == 3);
    CHECK(lane.live()->iteration == 7);
    CHECK(lane.shown_age_seconds() == 2.0);
    lane.show(nullptr);
    CHECK_FALSE(lane.in_past());
    CHECK(lane.shown()->iteration == 7);
    CHECK(lane.shown_age_seconds() == 0.0);
}

TEST_CASE(
    "while a lane shows the past its session captures nothing for it, and the past lacks nothing that could come") {
    Walk walk;
    Lane& lane = walk.lane;
    walk.session.begin();
    const auto look = [&] {
        lane.watch().add(kShownMaps);
        lane.watch().probe = true;
    };
    lane.begin_frame();
    look();
    CHECK_FALSE(lane.answered(kShownMaps));
    CHECK_FALSE(lane.complete());
    const std::shared_ptr<const Snapshot> before = lane.link.shared_live();  // without any capture
    for (int i = 0; i < 2; ++i) {
        walk.frame();
        look();
    }
    CHECK(lane.complete());
    CHECK(walk.session.watched().contains(kShownMaps));
    lane.show(before);
    look();
    CHECK(lane.shown()->find(kShownMaps) == nullptr);
    CHECK(lane.answered(kShownMaps));
    CHECK(lane.complete());
    walk.clock.advance(std::chrono::seconds(1));  // longer than what was watched is kept
    walk.frame();
    CHECK(walk.session.watched().empty());
    lane.show(nullptr);
    for (int i = 0; i < 2; ++i) {
        look();
        walk.frame();
    }
    CHECK(walk.session.watched().contains(kShownMaps));
}
