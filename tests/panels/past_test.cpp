// Every panel while its session is at a place in the past, and on the way there.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/panel_host.h"
#include "viz/app/shell.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

using namespace convscope;
using test::Stage;

namespace {

constexpr int kPlace = 40;
constexpr int kLater = 200;

// The panel's text and picture: of a session that has come to `kPlace`; of one that has gone back there from far ahead;
// and of that one at its newest iteration again.
struct Views {
    std::string then, past;
    std::vector<std::uint8_t> then_pixels, past_pixels, now_pixels;
};

void go_to(Stage& stage, std::int64_t iteration) {
    stage.send(ui::GoToIteration{iteration});
    stage.frames(4);
}

Views views_of(std::string_view panel) {
    Views views;
    Stage stage(panel, 640, 500, {.paused = true});
    stage.session.begin();
    stage.session.advance(kPlace);
    stage.frames(6);
    views.then = stage.written();
    views.then_pixels = stage.frame().pixels;
    stage.session.advance(kLater);
    stage.frames(2);
    go_to(stage, kPlace);
    views.past = stage.written();
    views.past_pixels = stage.frame().pixels;
    go_to(stage, PlaceInTime::kNewest);
    views.now_pixels = stage.frame().pixels;
    return views;
}

}  // namespace

TEST_CASE("every panel draws a place in the past, the way there, and a branch from there") {
    for (const PanelKind& kind : panel_kinds()) {
        PanelHost host(kind);
        INFO(host.id());
        Stage stage(test::ScriptedOptions{.paused = true, .travels = true}, 640, 500);
        stage.show([&](FrameContext& context) { host.draw(context, {"", 0.0F, 0.0F, 640.0F, 500.0F}); });
        stage.session.begin();
        stage.session.advance(kPlace + kLater);
        stage.frames(4);
        go_to(stage, kPlace);
        CHECK(stage.lane.shown()->iteration == kPlace + kLater);
        CHECK(stage.lane.shown()->line.travelling_to == kPlace);
        CHECK_FALSE(host.failed());
        stage.session.arrive();
        stage.frames(4);
        CHECK(stage.lane.in_past());
        CHECK(stage.lane.shown()->iteration == kPlace);
        CHECK_FALSE(host.failed());
        stage.session.advance(1);
        stage.session.post(command::SetLearningRate{0.1});
        stage.session.advance(9);
        stage.frames(4);
        CHECK_FALSE(stage.lane.in_past());
        CHECK(stage.lane.shown()->line.lanes->size() == 2);
        CHECK_FALSE(host.failed());
        stage.send(ui::StartOver{1});
        stage.frames(3);
        CHECK_FALSE(host.failed());
    }
}

TEST_CASE("what a panel shows of a network is of the place that is shown, however far the session has been",
          "[pixels]") {
    for (const std::string_view panel : {"feature-maps", "filters", "network"}) {
        INFO(panel);
        const Views views = views_of(panel);
        const bool same = views.then_pixels == views.past_pixels;
        CHECK(views.then == views.past);
        CHECK(same);
        const bool news = views.past_pixels != views.now_pixels;
        CHECK(news);
    }
}

TEST_CASE("in the past the curves are whole, but pale beyond the place, where a line stands", "[pixels]") {
    Stage stage("curves", 640, 500, {.paused = true});
    stage.session.begin();
    stage.session.advance(kPlace + kLater);
    const auto newest = stage.frames(3);
    go_to(stage, kPlace);
    const auto past = stage.frames(2);
    const AnchorRect plot = stage.anchor("curves.loss");
    const auto change = [&](int from, int to) {
        int changed = 0;
        for (int y = static_cast<int>(plot.top); y < static_cast<int>(plot.bottom); ++y)
            for (int x = from; x < to; ++x)
                if (!std::equal(newest.at(x, y), newest.at(x, y) + 3, past.at(x, y))) ++changed;
        return changed;
    };
    const float share = static_cast<float>(kPlace) / static_cast<float>(kPlace + kLater);
    const auto at = static_cast<int>(plot.left + share * (plot.right - plot.left));
    CHECK(change(static_cast<int>(plot.left), at - 3) == 0);
    CHECK(change(at - 3, at + 3) >= static_cast<int>(plot.bottom - plot.top) - 2);  // the line
    CHECK(change(at + 3, static_cast<int>(plot.right)) > 200);
    CHECK(stage.lane.link.history().loss().size() == kPlace + kLater);
}

TEST_CASE("what was left behind stays on the curves as long as its lane does, and can be read", "[pixels]") {
    Stage stage("curves", 640, 500, {.paused = true});
    stage.session.begin();
    stage.session.advance(kPlace + kLater);
    stage.frames(2);
    go_to(stage, kPlace);
    stage.session.post(command::SetLearningRate{0.1});
    stage.session.advance(20);
    stage.frames(3);
    REQUIRE(stage.lane.shown()->line.lanes);
    stage.point("curves.loss", 0.9F, 0.5F);  // far beyond the branch
    const RunId left = stage.lane.shown()->line.lanes->front().id;
    const auto with_ghost = stage.frames(2).pixels;
    stage.session.post(command::DeleteLane{left});
    CHECK(stage.frames(3).pixels != with_ghost);
    CHECK_FALSE(stage.lane.shown()->line.lanes);
}
