#include "viz/view/step_reading.h"

#include "tests/support/catch.h"

#include <limits>
#include <string>

using namespace convscope;

namespace {

// A parabola that is lowest at `best`.
LossSlice slice_lowest_at(double best) {
    LossSlice slice;
    for (int i = 0; i < LossSlice::kPoints; ++i) {
        const double multiple = LossSlice::multiple_of(i);
        slice.points.push_back({multiple, 1.0 + (multiple - best) * (multiple - best), 2.0});
    }
    return slice;
}

std::string said(const LossSlice& slice) { return step_in_words(slice).data(); }

}  // namespace

TEST_CASE("the best step is said as a multiple of the one that comes") {
    CHECK(said(slice_lowest_at(1.8)) == "The best step here would be 1.8 times as long.");
    CHECK(said(slice_lowest_at(0.4)) == "The best step here would be 0.4 times as long.");
    CHECK(said(slice_lowest_at(1.0)) == "The step that comes is the best one here.");
    CHECK(said(slice_lowest_at(9.0)) == "Even a step 4 times as long would lower this minibatch's loss.");
    CHECK(said(slice_lowest_at(-0.5)) == "However short, this step would raise the minibatch's loss.");
}

TEST_CASE("losses that are no numbers are neither lowest nor shown") {
    LossSlice slice = slice_lowest_at(1.8);
    slice.points[14].batch_loss = std::numeric_limits<double>::quiet_NaN();
    REQUIRE(lowest(slice));
    CHECK(lowest(slice)->multiple != 1.8);
    for (LossSlice::Point& point : slice.points)
        point.batch_loss = point.held_out_loss = std::numeric_limits<double>::infinity();
    CHECK(lowest(slice) == nullptr);
    CHECK(highest_shown(slice) == 0.0);
    CHECK(said(slice) == "The loss is no number anywhere along this step.");
}

TEST_CASE("a loss that explodes far out does not press the rest flat") {
    LossSlice slice = slice_lowest_at(0.0);
    CHECK(highest_shown(slice) == 4.0);
    slice.points.back().batch_loss = 1e6;
    CHECK(highest_shown(slice) == 4.0);
}

TEST_CASE("the point under the mouse is the nearest one") {
    const LossSlice slice = slice_lowest_at(1.0);
    CHECK(nearest(slice, 1.75)->multiple == 1.8);
    CHECK(nearest(slice, 100.0)->multiple == 4.0);
    CHECK(nearest(slice, -3.0)->multiple == -1.0);
    CHECK(nearest(LossSlice{}, 1.0) == nullptr);
}

TEST_CASE("a surface is said by where it is lowest, and coloured up to twice the loss where the weights are") {
    LossSurface surface;
    for (int row = 0; row < LossSurface::kRows; ++row)
        for (int column = 0; column < LossSurface::kColumns; ++column) {
            const double along = LossSurface::multiple_of(column) - 1.5, aside = LossSurface::aside_of(row) + 1.0;
            surface.losses.push_back(1.0 + along * along + aside * aside);
        }
    CHECK(lowest(surface) == SurfacePlace{2, 5});
    CHECK(surface_in_words(surface).data() ==
          std::string("Lowest beside the step: 1.5 times along it, 1.0 times aside."));
    ShownLosses shown = shown_losses(surface);
    CHECK(shown.lowest == 1.0);
    CHECK(shown.highest == 2.0 * (1.0 + 1.5 * 1.5 + 1.0));
    CHECK(shown.higher);

    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (int row = 0; row < 4; ++row)
        for (int column = 0; column < LossSurface::kColumns; ++column)
            surface.losses[static_cast<std::size_t>(row * LossSurface::kColumns + column)] = nan;
    CHECK(surface_in_words(surface).data() == std::string("Nowhere beside the step is it lower than along it."));
    surface.losses.assign(surface.losses.size(), nan);
    CHECK_FALSE(lowest(surface));
    CHECK_FALSE(shown_losses(surface).any);
    CHECK(surface_in_words(surface).data() == std::string("The loss is no number anywhere around this step."));
    CHECK_FALSE(lowest(LossSurface{}));
}
