// A run and the one beside it in the window: every panel in halves, as a difference, the strip that says who is ahead,
// and the page that begins one.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/panel_host.h"
#include "viz/app/shell.h"
#include "viz/app/twin_page.h"
#include "viz/app/twin_strip.h"
#include "viz/app/workspaces.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using namespace convscope;
using test::Stage;

namespace {

const command::BeginTwin kFasterTwin{.from_start = false, .difference = {command::SetLearningRate{0.01}}};

// With a run that has got somewhere, and one beside it that has gone on from there otherwise.
void race(Stage& stage, std::int64_t iterations = 30, const command::BeginTwin& begin = kFasterTwin) {
    stage.session.begin();
    stage.session.advance(20);
    stage.session.post(begin);
    stage.session.apply();
    stage.session.advance(iterations);
}

struct RaceWindow {
    explicit RaceWindow(Stage& stage) {
        stage.show([this, &stage](FrameContext& context) {
            shell.draw(context, {.notices = notices, .page = stage.controller().page()});
        });
    }
    Shell shell;
    Notices notices;
};

const PanelKind& kind_of(std::string_view id) {
    const auto kinds = panel_kinds();
    return *std::find_if(kinds.begin(), kinds.end(), [&](const PanelKind& kind) { return kind.make()->id() == id; });
}

int workspace_of(std::string_view id) { return find_workspace(id).value(); }

struct TwinState {
    const char* name;
    void (*prepare)(Stage&);
};

const TwinState kTwinStates[] = {
    {"just begun", [](Stage& stage) { race(stage, 0); }},
    {"running", [](Stage& stage) { race(stage, 130); }},
    {"without a difference", [](Stage& stage) { race(stage, 30, {}); }},
    {"from the start, with a channel silenced",
     [](Stage& stage) {
         race(stage, 30, {.from_start = true, .difference = {command::SetChannel{LayerId{0}, 1}}});
     }},
    {"in the past, before the twin's beginning",
     [](Stage& stage) {
         race(stage, 30);
         stage.session.post(command::GoTo{5});
         stage.session.apply();
     }},
    {"the twin has failed",
     [](Stage& stage) {
         race(stage, 30);
         stage.session.scripted_twin().fail("the loss is not a number");
     }},
    {"the run has failed",
     [](Stage& stage) {
         race(stage, 30);
         stage.session.fail("the loss is not a number");
     }},
    {"held at a phase",
     [](Stage& stage) {
         race(stage, 30);
         stage.send(ui::HoldPhase{Phase::Backward});
     }},
};

}  // namespace

TEST_CASE("every panel draws a run and the one beside it, in every state and in every way to look at both") {
    for (const TwinState& state : kTwinStates) {
        DYNAMIC_SECTION(state.name) {
            Stage stage(test::ScriptedOptions{}, 720, 420);
            state.prepare(stage);
            for (const TwinView view : {TwinView::Run, TwinView::Beside, TwinView::Twin, TwinView::Difference}) {
                stage.settings.twin_view = view;
                for (const PanelKind& kind : panel_kinds()) {
                    PanelHost host(kind);
                    INFO("panel " << std::string(host.id()) << ", view " << static_cast<int>(view));
                    stage.show([&](FrameContext& context) { host.draw(context, {"", 0.0F, 0.0F, 720.0F, 420.0F}); });
                    stage.frames(3);
                    CHECK_FALSE(host.failed());
                }
            }
        }
    }
}

TEST_CASE("a panel shows both side by side, each under its name, where there is room, else one above the other") {
    Stage stage(test::ScriptedOptions{}, 900, 420);
    race(stage);
    PanelHost host(kind_of("feature-maps"));
    float width = 900.0F;
    stage.show([&](FrameContext& context) { host.draw(context, {"", 0.0F, 0.0F, width, 420.0F}); });
    stage.frames(4);
    CHECK(stage.shows("feature-maps.run-name"));
    CHECK(stage.shows("feature-maps.twin.name"));
    CHECK(stage.anchor("feature-maps.maps").right <= stage.anchor("feature-maps.twin.maps").left);
    width = 520.0F;
    stage.frames(4);
    CHECK(stage.anchor("feature-maps.run-name").bottom < stage.anchor("feature-maps.twin.name").top);
    CHECK(stage.anchor("feature-maps.twin").left == Approx(stage.anchor("feature-maps.run-name").left).margin(2.0));
}

TEST_CASE("a panel that is about both, or about neither, is there once") {
    Stage stage(test::ScriptedOptions{}, 1920, 2600);  // none behind another
    race(stage);
    RaceWindow window(stage);
    stage.settings.workspace = workspace_of("all");
    stage.frames(4);
    for (const char* one : {"control", "curves", "data", "performance"}) {
        INFO(one);
        CHECK(stage.shows(one));
        CHECK_FALSE(stage.shows(std::string(one) + ".twin"));
    }
    for (const char* both : {"network", "filters", "probe", "confusion", "diagnosis", "minibatch"}) {
        INFO(both);
        CHECK(stage.shows(std::string(both) + ".twin"));
    }
}

TEST_CASE("the run alone, the twin alone and the difference have all of the place") {
    Stage stage;
    race(stage);
    RaceWindow window(stage);
    stage.settings.workspace = workspace_of("features");
    stage.settings.twin_view = TwinView::Run;
    stage.frames(4);
    CHECK_FALSE(stage.shows("feature-maps.twin"));
    CHECK(stage.session.scripted_twin().watched().empty());
    stage.settings.twin_view = TwinView::Twin;
    stage.frames(4);
    CHECK(stage.shows("feature-maps.twin.maps"));
    CHECK_FALSE(stage.shows("feature-maps.maps"));
    stage.settings.twin_view = TwinView::Difference;
    stage.frames(4);
    CHECK(stage.shows("feature-maps.difference.maps"));
    CHECK(stage.shows("filters.difference.kernels/0"));
    CHECK(stage.shows("feature-maps.difference.maps"));
    stage.settings.workspace = workspace_of("overview");
    stage.frames(4);
    CHECK(stage.shows("control.run"));
    CHECK(stage.shows("probe.difference.difference/0"));
    stage.settings.twin_view = TwinView::Twin;
    stage.frames(4);
    CHECK_FALSE(stage.shows("control.run"));
    CHECK(stage.shows("control.twin.learning rate"));
    stage.settings.twin_view = TwinView::Difference;
    stage.settings.workspace = workspace_of("features");
    stage.frames(4);
    // What has no difference that is worth a picture is there for both.
    CHECK(stage.shows("network.twin"));
}

TEST_CASE("a click in the twin's half selects in both") {
    Stage stage(test::ScriptedOptions{}, 900, 420);
    race(stage);
    PanelHost host(kind_of("feature-maps"));
    stage.show([&](FrameContext& context) { host.draw(context, {"", 0.0F, 0.0F, 900.0F, 420.0F}); });
    stage.frames(4);
    stage.click("feature-maps.twin.maps", 0.05F, 0.15F);
    CHECK(stage.selection.channel >= 0);
}

TEST_CASE("what is thrown in one half leaves the other as it is") {
    static bool first = true;
    struct Breaking final : Panel {
        bool breaks = std::exchange(first, false);
        std::string_view id() const override { return "breaking"; }
        std::string_view title() const override { return "Breaking"; }
        std::string_view help() const override { return "It breaks. Then it says so."; }
        void draw(FrameContext& context) override {
            if (breaks) throw std::runtime_error("broken");
            note_item(style_of(context), "whole");
        }
    };
    Stage stage(test::ScriptedOptions{}, 900, 420);
    race(stage);
    PanelHost host(PanelKind{[]() -> std::unique_ptr<Panel> { return std::make_unique<Breaking>(); }, {}});
    stage.show([&](FrameContext& context) { host.draw(context, {"", 0.0F, 0.0F, 900.0F, 420.0F}); });
    stage.frames(3);
    CHECK(host.failed());
    CHECK(stage.shows("breaking.try-again"));
    CHECK_FALSE(stage.shows("breaking.twin.try-again"));
    stage.click("breaking.try-again");
    first = false;
}

TEST_CASE("the strip says who is ahead, switches what is looked at, and ends the race") {
    Stage stage;
    race(stage, 120);
    RaceWindow window(stage);
    stage.frames(4);
    stage.click("race.view/3");
    CHECK(stage.settings.twin_view == TwinView::Difference);
    stage.click("race.view/0");
    CHECK(stage.settings.twin_view == TwinView::Run);
    stage.click("race.end");
    stage.frames(3);
    CHECK_FALSE(stage.shows("race"));
    CHECK_FALSE(stage.shows("feature-maps.twin"));
}

TEST_CASE("who is ahead is said, and so is that it is too early to say") {
    Stage stage;
    race(stage, 5);
    stage.show([](FrameContext& context) { draw_twin_strip(context, 0.0F, 34.0F); });
    stage.frames(3);
    CHECK(stage.written().find("Too early to say") != std::string::npos);
    stage.session.advance(100);
    stage.frames(2);
    CHECK(stage.written().find("The twin is ahead: loss") != std::string::npos);
    stage.session.scripted_twin().fail("out of memory");
    stage.frames(2);
    CHECK(stage.written().find("The twin has stopped: out of memory") != std::string::npos);
}

TEST_CASE("without a twin there is no strip, no half, and nothing is looked at beside the run") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(30);
    RaceWindow window(stage);
    stage.frames(5);
    CHECK_FALSE(stage.shows("race"));
    CHECK_FALSE(stage.shows("feature-maps.run-name"));
    CHECK(stage.session.scripted_twin().watch_count() == 0);
}

TEST_CASE("the page begins the race that is clicked on, from here or from the start, and says who cannot be raced") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(20);
    RaceWindow window(stage);
    stage.send(ui::NextTwinView{});
    stage.frames(4);
    REQUIRE(stage.shows("twin.rate-up"));
    stage.click("twin.silence");  // nothing is selected
    CHECK(stage.session.commands().empty());
    stage.click("twin.beginning/1");
    stage.click("twin.rate-up");
    const auto begun = std::get<command::BeginTwin>(stage.session.commands().back());
    CHECK(begun.from_start);
    CHECK(std::get<command::SetLearningRate>(begun.difference.at(0)).learning_rate == Approx(0.01));
    CHECK(stage.controller().page() == Page::None);
    stage.frames(3);
    CHECK(stage.shows("race.standing"));

    stage.send(ui::TogglePage{Page::Twin});
    stage.frames(4);
    stage.click("twin.end");
    CHECK(std::holds_alternative<command::EndTwin>(stage.session.commands().back()));
}

TEST_CASE("another rate than those on offer is typed on the page, and a wrong one refused there") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(20);
    TwinPage page;
    stage.show([&](FrameContext& context) { page.draw(context); });
    stage.frames(4);
    stage.click("twin.rate");
    stage.type("-3");
    stage.click("twin.beginning/0");
    CHECK(stage.session.commands().empty());
    stage.point(5.0F, 5.0F);  // away from tooltips
    CHECK_THAT(stage.written(), contains_text("The learning rate is a number"));
    stage.click("twin.rate");
    stage.type("0.02");
    stage.click("twin.beginning/0");
    REQUIRE_FALSE(stage.session.commands().empty());
    const auto begun = std::get<command::BeginTwin>(stage.session.commands().back());
    CHECK(std::get<command::SetLearningRate>(begun.difference.at(0)).learning_rate == Approx(0.02));
}

TEST_CASE("in twice the type, and in a small window, the strip and the page stay within it") {
    for (const float scale : {1.0F, 2.0F}) {
        for (const int width : {640, 1280}) {
            Stage stage(test::ScriptedOptions{}, width, 800);
            stage.film->spec.scale = scale;
            race(stage, 60);
            RaceWindow window(stage);
            stage.send(ui::TogglePage{Page::Twin});
            stage.frames(4);
            INFO(width << " pixels, scale " << scale);
            const auto within = [&](const char* name) {
                INFO(name);
                const AnchorRect rect = stage.anchor(name);
                CHECK(rect.left >= 0.0F);
                CHECK(rect.right <= static_cast<float>(width));
                CHECK(rect.right > rect.left + 4.0F);
            };
            for (const char* name : {"race.view/3", "race.other", "race.end", "twin.rate-up", "twin.beginning/1"})
                within(name);
            CHECK(stage.anchor("race.view/3").right <= stage.anchor("race.other").left);
        }
    }
}

TEST_CASE("in the scene the two stand one above the other, seen from the same place") {
    Stage stage;
    race(stage);
    RaceWindow window(stage);
    stage.settings.workspace = workspace_of("scene");
    stage.settle();
    CHECK(stage.anchor("scene.run-name").bottom < stage.anchor("scene.twin.name").top);
    // Dragging in either half turns both.
    const float before = stage.film->frames().scene_view.navigator().goal().yaw;
    const AnchorRect twin = stage.anchor("scene.twin");
    stage.point(twin.x(), twin.y());
    stage.press(true);
    stage.frame();
    stage.point(twin.x() + 80.0F, twin.y());
    stage.press(false);
    stage.frames(3);
    CHECK(stage.film->frames().scene_view.navigator().goal().yaw != before);
}

TEST_CASE("in steady state two halves allocate nothing in a frame, nor does a difference") {
    for (const TwinView view : {TwinView::Beside, TwinView::Difference}) {
        for (const PanelKind& kind : panel_kinds()) {
            if (kind.twinned == Twinned::No) continue;
            Stage stage(test::ScriptedOptions{}, 900, 420);
            race(stage);
            stage.settings.twin_view = view;
            PanelHost host(kind);
            INFO("panel " << std::string(host.id()) << ", view " << static_cast<int>(view));
            stage.show([&](FrameContext& context) { host.draw(context, {"", 0.0F, 0.0F, 900.0F, 420.0F}); });
            stage.frames(20);
            CHECK(stage.allocations() == 0);
        }
    }
}
