// Every panel while a kept snapshot is shown and its session goes on.
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

constexpr int kKept = 40;
constexpr int kLater = 200;

// The panel's text and picture: of a session that stands at `kept`; of one that shows it and is far ahead; and of that
// one when it is live again.
struct Views {
    std::string then, past, now;
    std::vector<std::uint8_t> then_pixels, past_pixels;
};

Views views_of(std::string_view panel) {
    Views views;
    Stage stage(panel, 640, 500);
    stage.session.begin();
    stage.session.advance(kKept);
    stage.frames(6);
    const std::shared_ptr<const Snapshot> kept = stage.lane.link.shared_live();
    views.then = stage.written();
    views.then_pixels = stage.frame().pixels;
    stage.session.advance(kLater);
    stage.lane.show(kept);
    stage.frames(4);
    views.past = stage.written();
    views.past_pixels = stage.frame().pixels;
    stage.lane.show(nullptr);
    stage.frames(4);
    views.now = stage.written();
    return views;
}

}  // namespace

TEST_CASE("every panel draws a place in the past, of its own run and of one before, while its session goes on") {
    for (const PanelKind& kind : panel_kinds()) {
        PanelHost host(kind.make());
        INFO(host.id());
        Stage stage(test::ScriptedOptions{}, 640, 500);
        stage.show([&](FrameContext& context) { host.draw(context, {"", 0.0F, 0.0F, 640.0F, 500.0F}); });
        stage.session.begin();
        stage.session.advance(kKept);
        stage.frames(4);
        const std::shared_ptr<const Snapshot> kept = stage.lane.link.shared_live();
        stage.lane.show(kept);
        for (int i = 0; i < 3; ++i) {
            stage.session.advance(50);
            stage.frames(2);
            CHECK_FALSE(host.failed());
            CHECK(stage.lane.shown() == kept.get());
            CHECK(stage.lane.live()->iteration == kKept + 50 * (i + 1));
        }
        stage.send(ui::StartOver{1});
        stage.frames(3);
        CHECK(stage.lane.live()->run_info->run != kept->run_info->run);
        CHECK_FALSE(host.failed());
        stage.lane.show(nullptr);
        stage.frames(3);
        CHECK_FALSE(host.failed());
    }
}

TEST_CASE("what a panel shows of a network is of the place that is shown, however far the session has gone",
          "[pixels]") {
    for (const std::string_view panel : {"feature-maps", "filters", "confusion", "network"}) {
        INFO(panel);
        const Views views = views_of(panel);
        const bool same = views.then_pixels == views.past_pixels;
        CHECK(views.then == views.past);
        CHECK(same);
    }
    const Views probe = views_of("probe");  // its history goes on
    CHECK(probe.then != probe.now);
}

TEST_CASE("in the past the top bar says what the session does and which iteration is shown") {
    Stage stage;
    Shell shell;
    const Notices notices;
    stage.show([&](FrameContext& context) { shell.draw(context, {.notices = notices}); });
    stage.settings.workspace = 2;
    stage.session.begin();
    stage.session.advance(kKept);
    stage.frames(3);
    const std::shared_ptr<const Snapshot> kept = stage.lane.link.shared_live();
    stage.session.post(command::Pause{});
    stage.session.advance(kLater);
    stage.lane.show(kept);
    const auto past = stage.frames(4).pixels;
    CHECK(kept->state == SessionState::Running);
    CHECK(stage.lane.live()->state == SessionState::Paused);
    stage.lane.show(nullptr);
    CHECK(stage.frames(2).pixels != past);
}

TEST_CASE(
    "transport in the past is the session's: Space pauses what runs, and moving the probe moves from where it is") {
    Stage stage(test::ScriptedOptions{}, 320, 240);
    stage.session.begin();
    stage.session.advance(kKept);
    stage.frames(2);
    const std::shared_ptr<const Snapshot> kept = stage.lane.link.shared_live();
    stage.lane.show(kept);
    stage.session.post(command::SetProbe{HeldPicture{Split::Test, 17}});
    stage.session.post(command::Pause{});
    stage.session.apply();
    stage.frame();
    stage.send(ui::RunOrPause{});
    CHECK(std::holds_alternative<command::Run>(stage.session.commands().back()));
    stage.send(ui::MoveProbe{1});
    const auto& moved = std::get<command::SetProbe>(stage.session.commands().back());
    CHECK(std::get<HeldPicture>(moved.source).index == 18);
}

TEST_CASE("the curves go on while the past is shown, and a line stands where it is", "[pixels]") {
    Stage stage("curves", 640, 500);
    stage.session.begin();
    stage.session.advance(kKept);
    stage.frames(3);
    const std::shared_ptr<const Snapshot> kept = stage.lane.link.shared_live();
    stage.session.advance(kLater);
    const auto live = stage.frames(3);
    stage.lane.show(kept);
    const auto past = stage.frames(2);
    const AnchorRect plot = stage.anchor("curves.loss");
    const auto row = static_cast<int>(plot.top + 3.0F);
    std::vector<float> changed;  // shares of the width
    for (int x = static_cast<int>(plot.left); x < static_cast<int>(plot.right); ++x)
        if (!std::equal(live.at(x, row), live.at(x, row) + 3, past.at(x, row)))
            changed.push_back((static_cast<float>(x) - plot.left) / (plot.right - plot.left));
    REQUIRE_FALSE(changed.empty());
    CHECK(changed.size() <= 2);  // a line is smoothed
    for (const float share : changed)
        CHECK(std::abs(share - static_cast<float>(kKept) / static_cast<float>(kKept + kLater)) < 0.02F);
    CHECK(stage.lane.link.history().loss().size() == kKept + kLater);
}
