#include "viz/view/named_places.h"

#include "tests/support/catch.h"

using namespace convscope;

TEST_CASE("the named places are those of the lane where the run is") {
    RunLine line{.lane = RunId{2}};
    CHECK(named_places(line).empty());
    line.lanes = std::make_shared<const std::vector<RunLane>>(std::vector<RunLane>{
        {.id = RunId{1}, .places = {{7, "one"}}}, {.id = RunId{2}, .places = {{3, "a"}, {9, "b"}}}});
    REQUIRE(named_places(line).size() == 2);
    CHECK(named_places(line)[1].name == "b");
    line.lane = RunId{3};
    CHECK(named_places(line).empty());
}

TEST_CASE("who points near a named place means that, the nearest of several") {
    const std::vector<NamedPlace> places{{10, "a"}, {14, "b"}};
    CHECK(place_near(places, 11, 3.0)->name == "a");
    CHECK(place_near(places, 13, 3.0)->name == "b");
    CHECK(place_near(places, 18, 3.0) == nullptr);
    CHECK(place_near(places, 14, 0.0)->name == "b");
    CHECK(place_near({}, 14, 100.0) == nullptr);
}
