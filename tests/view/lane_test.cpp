// Where a lane is on its run's line.
#include "viz/view/lane.h"

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_session.h"
#include "viz/view/place_in_time.h"

using namespace convscope;
using test::ScriptedSession;

TEST_CASE("a lane is in the past from when its session has gone there until the newest iteration is reached again") {
    ManualClock clock;
    ScriptedSession session{{.travels = true}, clock};
    Lane lane{session, clock};
    lane.begin_frame();
    CHECK(lane.shown() == nullptr);
    CHECK_FALSE(lane.in_past());
    CHECK(place_in_time(lane.link).furthest == 0);
    session.begin();
    session.advance(7);
    lane.begin_frame();
    CHECK_FALSE(lane.in_past());
    clock.advance(std::chrono::seconds(2));
    CHECK(lane.shown_age_seconds() == 2.0);

    lane.link.post(command::GoTo{3});
    PlaceInTime place = place_in_time(lane.link);  // before the session knows of it
    CHECK(place.travelling());
    CHECK(place.target == 3);
    session.apply();
    lane.begin_frame();
    place = place_in_time(lane.link);  // on the way
    CHECK(place.shown == 7);
    CHECK(place.target == 3);
    CHECK_FALSE(lane.in_past());
    session.arrive();
    lane.begin_frame();
    place = place_in_time(lane.link);
    CHECK(lane.in_past());
    CHECK_FALSE(place.travelling());
    CHECK(place.shown == 3);
    CHECK(place.furthest == 7);
    CHECK(lane.link.history().loss().size() == 7);
    session.advance(5);
    lane.begin_frame();
    CHECK_FALSE(lane.in_past());
    CHECK(lane.shown()->iteration == 8);
    CHECK(lane.link.history().loss().size() == 8);
}
