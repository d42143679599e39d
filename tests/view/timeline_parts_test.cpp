// What the timeline decides: which iteration is where, how high losses are, and what is said of a place.
#include "viz/app/timeline_parts.h"

#include "tests/support/catch.h"

#include <array>
#include <limits>
#include <string>

using namespace convscope;

namespace {

std::string sentence(const PlaceInTime& place, bool running = false) {
    std::array<char, 128> text{};
    place_sentence(place, running, text);
    return text.data();
}

}  // namespace

TEST_CASE("every iteration has its pixel, and every pixel the known iteration nearest to it") {
    const PlaceInTime place{.shown = 10, .target = 10, .earliest = 4, .furthest = 104};
    const PlotScale time = time_scale(place, 200.0F, 700.0F);
    CHECK(iteration_at(time, place, 200.0F) == 4);
    CHECK(iteration_at(time, place, 700.0F) == 104);
    CHECK(iteration_at(time, place, 202.0F) == 4);
    CHECK(iteration_at(time, place, 203.0F) == 5);
    for (const float outside : {-1e9F, 0.0F, 199.0F}) CHECK(iteration_at(time, place, outside) == 4);
    for (const float outside : {701.0F, 1e9F}) CHECK(iteration_at(time, place, outside) == 104);
    for (std::int64_t iteration = 4; iteration <= 104; ++iteration)
        CHECK(iteration_at(time, place, time.pixel(static_cast<double>(iteration))) == iteration);
}

TEST_CASE("a line without an iteration has one place, and one of very many has its ends") {
    const PlaceInTime fresh{};
    CHECK(iteration_at(time_scale(fresh, 0.0F, 100.0F), fresh, 50.0F) == 0);
    const PlaceInTime longest{.shown = 1, .target = 1, .furthest = std::int64_t{1} << 40};
    const PlotScale time = time_scale(longest, 0.0F, 100.0F);
    CHECK(iteration_at(time, longest, 0.0F) == 0);
    CHECK(iteration_at(time, longest, 100.0F) == longest.furthest);
}

TEST_CASE("the lowest loss is low, the highest at the top, and what is no loss counts for neither") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::array<SeriesBin, 5> bins{SeriesBin{.mean = 2.0F, .count = 1}, SeriesBin{.mean = 0.02F, .count = 1},
                                        SeriesBin{.mean = nan, .count = 1}, SeriesBin{.mean = 0.0F, .count = 3},
                                        SeriesBin{.mean = 9.0F, .count = 0}};
    const PlotScale loss = loss_scale(bins, 100.0F, 0.0F);
    CHECK(loss.pixel(2.0) == Approx(0.0).margin(1e-3));
    CHECK(loss.pixel(0.02) == Approx(85.0));
    CHECK(loss.pixel(0.2) == Approx(42.5));  // half way, as a logarithm
    CHECK(loss.pixel(0.0) == Approx(85.0));
    const std::array<SeriesBin, 1> flat{SeriesBin{.mean = 0.5F, .count = 8}};
    CHECK(loss_scale(flat, 100.0F, 0.0F).pixel(0.5) == Approx(42.5));
    CHECK(std::isfinite(loss_scale({}, 100.0F, 0.0F).pixel(1.0)));
}

TEST_CASE("the newest iteration is a number, the past says of how many, the way says where it leads") {
    const PlaceInTime newest{.shown = 1870, .target = 1870, .furthest = 1870};
    CHECK(std::string(place_words(newest).c_str()) == "1,870");
    CHECK(sentence(newest).empty());
    const PlaceInTime past{.shown = 412, .target = 412, .furthest = 1870};
    CHECK(std::string(place_words(past).c_str()) == "412 of 1,870");
    CHECK(sentence(past) == "Iteration 412 of 1,870: in the past; Space follows what is known");
    CHECK(sentence(past, true) == "Iteration 412 of 1,870: in the past, following what is known");
    const PlaceInTime away{.shown = 1870, .target = 412, .furthest = 1870};
    CHECK(std::string(place_words(away).c_str()) == "going to 412");
    CHECK(sentence(away) == "Going to iteration 412");
}
