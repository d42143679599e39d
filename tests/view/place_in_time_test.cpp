// Where on a run's line one is, what keys make of it, and a hand that drags along it.
#include "viz/view/place_in_time.h"

#include "engine/api/run_line.h"
#include "tests/support/catch.h"

#include <variant>
#include <vector>

using namespace convscope;

namespace {

constexpr PlaceInTime kPast{.shown = 40, .target = 40, .earliest = 0, .furthest = 100};
constexpr PlaceInTime kNewest{.shown = 100, .target = 100, .earliest = 0, .furthest = 100};
constexpr PlaceInTime kAway{.shown = 40, .target = 95, .earliest = 0, .furthest = 100};

// Where it goes; -1: nowhere.
std::int64_t gone_to(const std::optional<Command>& command) {
    return command ? std::get<command::GoTo>(*command).iteration : -1;
}
std::int64_t stepped(const std::optional<Command>& command) {
    return command ? std::get<command::Step>(*command).iterations : -1;
}

}  // namespace

TEST_CASE("back is always gone to, as far as the run's line goes") {
    CHECK(gone_to(moving_by(kNewest, -1)) == 99);
    CHECK(gone_to(moving_by(kPast, -10)) == 30);
    CHECK(gone_to(moving_by(kPast, -41)) == 0);
    PlaceInTime resumed = kPast;
    resumed.earliest = 35;
    CHECK(gone_to(moving_by(resumed, -10)) == 35);
    CHECK(gone_to(moving_by({.shown = 0, .target = 0, .furthest = 7}, -1)) == -1);
}

TEST_CASE("a single iteration on is lived through, known or not") {
    CHECK(stepped(moving_by(kPast, 1)) == 1);
    CHECK(stepped(moving_by(kNewest, 1)) == 1);
}

TEST_CASE("several on are gone to as far as they are known, and trained where they are not") {
    CHECK(gone_to(moving_by(kPast, 10)) == 50);
    CHECK(gone_to(moving_by(kPast, 61)) == 100);
    CHECK(stepped(moving_by(kNewest, 10)) == 10);
}

TEST_CASE("on the way keys move where one is going to") {
    CHECK(gone_to(moving_by(kAway, -1)) == 94);
    CHECK(gone_to(moving_by(kAway, 1)) == 96);
    CHECK(gone_to(moving_by(kAway, 10)) == 100);
    PlaceInTime there = kAway;
    there.target = 100;
    CHECK(gone_to(moving_by(there, 1)) == -1);
}

TEST_CASE("what is beyond either end is that end, and where one is or goes already is asked for no more") {
    CHECK(gone_to(going_to(kPast, PlaceInTime::kNewest)) == 100);
    CHECK(gone_to(going_to(kPast, -5)) == 0);
    CHECK(gone_to(going_to(kPast, 40)) == -1);
    CHECK(gone_to(going_to(kAway, 95)) == -1);
    CHECK(gone_to(going_to(kAway, 40)) == 40);
    CHECK(gone_to(going_to(kNewest, PlaceInTime::kNewest)) == -1);
}

TEST_CASE("a hand that drags asks for one journey at a time, and for the last place when it lets go") {
    Scrub scrub;
    PlaceInTime place = kNewest;
    CHECK(scrub.hold(60, place) == 60);
    place.target = 60;  // on the way
    CHECK_FALSE(scrub.hold(50, place));
    CHECK_FALSE(scrub.hold(30, place));
    CHECK(scrub.wanted() == 30);
    place.shown = 60;  // arrived
    CHECK(scrub.hold(20, place) == 20);
    place.target = 20;
    CHECK_FALSE(scrub.hold(10, place));
    CHECK(scrub.release(place) == 10);  // whatever is under way
    CHECK_FALSE(scrub.held());
    place.target = 10;
    CHECK_FALSE(scrub.release(place));
}

TEST_CASE("a click is one journey, and none to where one is") {
    Scrub scrub;
    CHECK(scrub.hold(60, kPast) == 60);
    PlaceInTime place = kPast;
    place.target = 60;
    CHECK_FALSE(scrub.release(place));
    CHECK_FALSE(scrub.hold(40, kPast));
    CHECK_FALSE(scrub.release(kPast));
    CHECK(scrub.hold(20, kAway) == 20);  // takes the place of the one under way
    CHECK(scrub.hold(500, kPast) == 100);
}

TEST_CASE("a place that a session does not bring one to is not asked for again and again") {
    Scrub scrub;
    CHECK(scrub.hold(60, kNewest) == 60);
    for (int frame = 0; frame < 5; ++frame) CHECK_FALSE(scrub.hold(60, kNewest));
    CHECK_FALSE(scrub.release(kNewest));
}

TEST_CASE("lanes have in common what lies before they parted, over any number of branches") {
    //  1 ------------ 100
    //    \ 2 (40) ---- 80
    //        \ 3 (60) -------- 120
    //    \ 4 (50) - 55
    const std::vector<RunLane> lanes{{.id = RunId{1}, .furthest = 100},
                                     {.id = RunId{2}, .parent = RunId{1}, .from = 40, .furthest = 80},
                                     {.id = RunId{3}, .parent = RunId{2}, .from = 60, .furthest = 120},
                                     {.id = RunId{4}, .parent = RunId{1}, .from = 50, .furthest = 55},
                                     {.id = RunId{5}, .furthest = 9}};
    const auto shared = [&](std::uint64_t one, std::uint64_t other) {
        CHECK(shared_iterations(lanes, RunId{one}, RunId{other}) == shared_iterations(lanes, RunId{other}, RunId{one}));
        return shared_iterations(lanes, RunId{one}, RunId{other});
    };
    CHECK(shared(1, 2) == 40);
    CHECK(shared(2, 3) == 60);
    CHECK(shared(1, 3) == 40);
    CHECK(shared(2, 4) == 40);
    CHECK(shared(3, 4) == 40);
    CHECK(shared(1, 4) == 50);
    CHECK(shared(1, 5) == 0);
    CHECK(shared(2, 2) == PlaceInTime::kNewest);
}
