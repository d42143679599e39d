// What a run does next that follows another one.
#include "engine/session/lockstep.h"
#include "tests/support/catch.h"

#include <optional>
#include <random>

namespace convscope {
namespace {

constexpr FollowerMove kStay{};
constexpr FollowerMove kFinish{FollowerMove::Kind::Finish};
constexpr FollowerMove kTrain{FollowerMove::Kind::Train};
constexpr FollowerMove going_to(std::int64_t iteration) { return {FollowerMove::Kind::GoTo, iteration}; }

}  // namespace

TEST_CASE("A follower trains an iteration when its leader has, and rests where he is") {
    CHECK(next_move({.iteration = 7}, {.iteration = 7, .furthest = 7}) == kStay);
    CHECK(next_move({.iteration = 8}, {.iteration = 7, .furthest = 7}) == kTrain);
    CHECK(next_move({.iteration = 30}, {.iteration = 7, .furthest = 7}) == kTrain);
    CHECK(next_move({.iteration = 8}, {.iteration = 7, .furthest = 20}) == kTrain);  // as it went
}

TEST_CASE("A follower measures to its end what it measures before it trains on") {
    CHECK(next_move({.iteration = 7}, {.iteration = 7, .furthest = 7, .evaluating = true}) == kFinish);
    CHECK(next_move({.iteration = 8}, {.iteration = 7, .furthest = 7, .evaluating = true}) == kFinish);
    CHECK(next_move({.iteration = 3}, {.iteration = 7, .furthest = 7, .evaluating = true}) == going_to(3));
}

TEST_CASE("A follower goes where its leader went, as far as its line is known") {
    CHECK(next_move({.iteration = 3}, {.iteration = 7, .furthest = 7}) == going_to(3));
    CHECK(next_move({.iteration = 3}, {.first = 5, .iteration = 7, .furthest = 7}) == going_to(5));
    CHECK(next_move({.iteration = 3}, {.first = 5, .iteration = 5, .furthest = 7}) == kStay);
    CHECK(next_move({.iteration = 9}, {.iteration = 2, .furthest = 20}) == going_to(9));
    CHECK(next_move({.iteration = 30}, {.iteration = 2, .furthest = 20}) == going_to(20));
    CHECK(next_move({.iteration = 9}, {.iteration = 2, .furthest = 20, .travelling_to = 9}) == kFinish);
    CHECK(next_move({.iteration = 30}, {.iteration = 2, .furthest = 20, .travelling_to = 20}) == kFinish);
    CHECK(next_move({.iteration = 4}, {.iteration = 2, .furthest = 20, .travelling_to = 9}) == going_to(4));
}

TEST_CASE("Nobody follows a leader that is on its way, or has failed, nor does a follower that has") {
    CHECK(next_move({.iteration = 3, .travelling = true}, {.iteration = 7, .furthest = 7}) == kStay);
    CHECK(next_move({.iteration = 9, .failed = true}, {.iteration = 7, .furthest = 7}) == kStay);
    CHECK(next_move({.iteration = 9, .failed = true}, {.iteration = 7, .furthest = 7, .evaluating = true}) == kFinish);
    CHECK(next_move({.iteration = 9}, {.iteration = 7, .furthest = 7, .evaluating = true, .failed = true}) == kStay);
}

TEST_CASE("Whatever its leader does, a follower is with him after a few moves") {
    std::mt19937 random(3);
    FollowerPlace follower{.first = 4, .iteration = 4, .furthest = 4};
    for (int turn = 0; turn < 2000; ++turn) {
        const LedPlace leader{.iteration = static_cast<std::int64_t>(random() % 40)};
        FollowerMove move = next_move(leader, follower);
        int moves = 0;
        for (; move.kind != FollowerMove::Kind::Stay; move = next_move(leader, follower)) {
            REQUIRE(++moves < 100);
            if (move.kind == FollowerMove::Kind::GoTo) {
                REQUIRE(move.iteration >= follower.first);
                REQUIRE(move.iteration <= follower.furthest);
                follower.travelling_to = move.iteration;
            } else if (move.kind == FollowerMove::Kind::Train) {
                follower.iteration += 1;
                follower.furthest = std::max(follower.furthest, follower.iteration);
                follower.evaluating = follower.iteration % 5 == 0;
            } else if (follower.evaluating) {
                follower.evaluating = false;
            } else {
                follower.iteration = *follower.travelling_to;
                follower.travelling_to.reset();
            }
        }
        REQUIRE(follower.iteration == wanted_place(leader, follower));
    }
}

}  // namespace convscope
