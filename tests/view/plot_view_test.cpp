#include "viz/widgets/plot_view.h"

#include "tests/support/catch.h"

using namespace convscope;
using Mode = IterationView::Mode;

TEST_CASE("at first every iteration is in view, also those that come later") {
    IterationView view;
    CHECK(view.mode() == Mode::All);
    CHECK(view.range(100) == PlotRange{1.0, 100.0});
    CHECK(view.range(5000) == PlotRange{1.0, 5000.0});
}

TEST_CASE("a run of one iteration has a view with a length") {
    CHECK(IterationView().range(1).length() > 0.0);
    CHECK(IterationView().range(0).length() > 0.0);
}

TEST_CASE("zooming into the past stays there while the run goes on") {
    IterationView view;
    view.zoom(300.0, 0.25, 1000);
    CHECK(view.mode() == Mode::Free);
    const PlotRange before = view.range(1000);
    CHECK(view.range(9000) == before);
    CHECK(before.minimum < 300.0);
    CHECK(before.maximum > 300.0);
}

TEST_CASE("zooming at the newest iteration follows it") {
    IterationView view;
    view.zoom(1000.0, 0.1, 1000);
    CHECK(view.mode() == Mode::Follow);
    const PlotRange later = view.range(2000);
    CHECK(later.maximum == 2000.0);
    CHECK(later.length() == Approx(99.9));
}

TEST_CASE("zooming out far enough shows everything again") {
    IterationView view;
    view.zoom(300.0, 0.25, 1000);
    for (int i = 0; i < 20; ++i) view.zoom(300.0, 2.0, 1000);
    CHECK(view.mode() == Mode::All);
}

TEST_CASE("dragging from the newest iteration lets go of it, dragging back follows again") {
    IterationView view;
    view.follow(1000);
    view.pan(-100.0, 1000);
    CHECK(view.mode() == Mode::Free);
    CHECK(view.range(1000).maximum == Approx(900.0));
    view.pan(500.0, 1000);
    CHECK(view.mode() == Mode::Follow);
}

TEST_CASE("with everything in view there is nowhere to drag to") {
    IterationView view;
    view.pan(-100.0, 1000);
    CHECK(view.mode() == Mode::All);
}

TEST_CASE("a view of a longer run is moved inside when a new run is short") {
    IterationView view;
    view.zoom(800.0, 0.1, 1000);
    const PlotRange range = view.range(20);
    CHECK(range.minimum >= 1.0);
    CHECK(range.maximum <= 20.0);
}
