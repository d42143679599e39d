// The timeline: drawn whole in every state of a run, its buttons and its strip, and the veil over what is on its way.
#include "viz/app/timeline.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/shell.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using test::ScriptedOptions;
using test::ScriptedSession;
using test::Stage;

namespace {

constexpr int kLength = 300;
constexpr float kHeight = 30.0F;  // of the timeline, at scale 1

struct State {
    const char* name;
    ScriptedOptions options;
    void (*prepare)(ScriptedSession&);
};

const State kStates[] = {
    {"no snapshot yet", {}, [](ScriptedSession&) {}},
    {"starting", {}, [](ScriptedSession& s) { s.publish_starting(); }},
    {"a fresh run", {.paused = true}, [](ScriptedSession& s) { s.begin(); }},
    {"running",
     {},
     [](ScriptedSession& s) {
         s.begin();
         s.advance(130);
     }},
    {"a long run with changes",
     {},
     [](ScriptedSession& s) {
         s.begin();
         for (int i = 0; i < 6; ++i) {
             s.advance(350);
             s.post(command::SetLearningRate{0.01 / (i + 1)});
         }
     }},
    {"in the past",
     {},
     [](ScriptedSession& s) {
         s.begin();
         s.advance(1870);
         s.post(command::GoTo{412});
     }},
    {"on the way",
     {.travels = true},
     [](ScriptedSession& s) {
         s.begin();
         s.advance(1870);
         s.post(command::GoTo{412});
     }},
    {"following what is known",
     {},
     [](ScriptedSession& s) {
         s.begin();
         s.advance(200);
         s.post(command::GoTo{100});
         s.post(command::Run{});
     }},
    {"in a branch",
     {},
     [](ScriptedSession& s) {
         s.begin();
         s.advance(200);
         s.post(command::GoTo{100});
         s.post(command::SetLearningRate{0.1});
         s.advance(20);
     }},
    {"finished",
     {.epochs = 2, .iterations_per_epoch = 15},
     [](ScriptedSession& s) {
         s.begin();
         s.advance(30);
     }},
    {"failed",
     {},
     [](ScriptedSession& s) {
         s.begin();
         s.advance(12);
         s.fail("the loss is not a number since iteration 12");
     }},
};

constexpr const char* kParts[] = {"timeline.breakpoints", "timeline.start",   "timeline.back",
                                  "timeline.run",         "timeline.forward", "timeline.newest",
                                  "timeline.lanes",       "timeline.strip",   "timeline.place"};

// The whole window with a run of `kLength` iterations, paused at its end.
struct Desk {
    explicit Desk(ScriptedOptions options = {.paused = true}) : stage(options) {
        stage.session.begin();
        stage.session.advance(kLength);
        stage.show([this](FrameContext& context) { shell.draw(context, {.notices = notices, .page = page}); });
        stage.frames(3);
    }
    std::int64_t iteration() const { return stage.lane.shown()->iteration; }
    std::vector<std::int64_t> journeys() const {
        std::vector<std::int64_t> places;
        for (const Command& command : stage.session.commands())
            if (const auto* go = std::get_if<command::GoTo>(&command)) places.push_back(go->iteration);
        return places;
    }
    void point_at(float share) { stage.point("timeline.strip", share, 0.5F); }

    Stage stage;
    Shell shell;
    Notices notices;
    Page page = Page::None;
};

}  // namespace

TEST_CASE("in every state, at once and twice the type, all of the timeline stands in one line") {
    const int width = GENERATE(1280, 1920);
    const float scale = GENERATE(1.0F, 2.0F);
    const auto state = GENERATE(from_range(std::begin(kStates), std::end(kStates)));
    INFO(state.name << ", " << width << " pixels wide, type " << scale);
    Stage stage(state.options, width, 200);
    state.prepare(stage.session);
    Timeline timeline;
    stage.film->spec.scale = scale;
    const float top = 40.0F;
    const float height = kHeight * scale;
    stage.show([&](FrameContext& context) { timeline.draw(context, top, height); });
    stage.frames(4);
    if (state.options.travels) CHECK(stage.lane.shown()->line.travelling_to == 412);
    float left = 0.0F;
    for (const char* part : kParts) {
        INFO(part);
        const AnchorRect place = stage.anchor(part);
        CHECK(place.left >= left);
        left = place.right;
        CHECK(place.right <= static_cast<float>(width));
        CHECK(place.top >= top);
        CHECK(place.bottom <= top + height);
        CHECK(place.right - place.left > 6.0F * scale);
    }
    const AnchorRect strip = stage.anchor("timeline.strip");
    CHECK(strip.right - strip.left > 0.3F * static_cast<float>(width));
    CHECK(strip.bottom - strip.top > 20.0F * scale);
}

TEST_CASE("in a narrow window the timeline leaves out the words first, then the strip") {
    Stage stage(ScriptedOptions{}, 320, 240);
    stage.session.begin();
    stage.session.advance(20);
    Shell shell;
    const Notices notices;
    stage.show([&](FrameContext& context) { shell.draw(context, {.notices = notices}); });
    stage.frames(3);
    CHECK(stage.shows("timeline.strip"));
    CHECK_FALSE(stage.shows("timeline.place"));
    stage.film->spec.scale = 2.0F;
    stage.frames(3);
    CHECK_FALSE(stage.shows("timeline.strip"));
    CHECK(stage.shows("timeline.start"));
}

TEST_CASE("every workspace has the timeline, but for the scene with its panels hidden") {
    Desk desk;
    for (int workspace = 0; workspace < static_cast<int>(workspaces().size()); ++workspace) {
        desk.stage.settings.workspace = workspace;
        desk.stage.frames(2);
        CHECK(desk.stage.shows("timeline.strip"));
    }
}

TEST_CASE("the buttons go back and on, to the ends, and play") {
    Desk desk;
    Stage& stage = desk.stage;
    stage.click("timeline.newest");
    CHECK(stage.session.commands().empty());  // one is there
    stage.click("timeline.back");
    CHECK(desk.iteration() == kLength - 1);
    stage.click("timeline.back");
    CHECK(desk.iteration() == kLength - 2);
    stage.click("timeline.forward");
    stage.session.advance(1);  // a step
    stage.frames(2);
    CHECK(desk.iteration() == kLength - 1);
    stage.click("timeline.start");
    CHECK(desk.iteration() == 0);
    const std::size_t before = stage.session.commands().size();
    stage.click("timeline.back");
    stage.click("timeline.start");
    CHECK(stage.session.commands().size() == before);
    stage.click("timeline.newest");
    CHECK(desk.iteration() == kLength);
    stage.click("timeline.run");
    CHECK(stage.lane.shown()->state == SessionState::Running);
    stage.click("timeline.run");
    CHECK(stage.lane.shown()->state == SessionState::Paused);
    CHECK(desk.journeys() == std::vector<std::int64_t>{kLength - 1, kLength - 2, 0, kLength});
    stage.click("timeline.breakpoints");
    CHECK(stage.controller().page() == Page::Breakpoints);
}

TEST_CASE("a click on the strip goes to the iteration that is there, and a tooltip says which one it is") {
    Desk desk;
    desk.point_at(0.25F);
    CHECK(desk.journeys().empty());
    desk.stage.click("timeline.strip", 0.25F, 0.5F);
    REQUIRE(desk.journeys().size() == 1);
    CHECK(std::abs(desk.journeys()[0] - kLength / 4) <= 2);
    CHECK(desk.iteration() == desk.journeys()[0]);
    CHECK(desk.stage.lane.in_past());
    const AnchorRect strip = desk.stage.anchor("timeline.strip");
    desk.stage.click(strip.left + 1.0F, strip.y());
    CHECK(desk.iteration() == 0);
    desk.stage.click(strip.right - 1.0F, strip.y());
    CHECK(desk.iteration() == kLength);
}

TEST_CASE("dragging along the strip asks for one journey at a time, and for where the mouse lets go") {
    Desk desk({.paused = true, .travels = true});
    Stage& stage = desk.stage;
    desk.point_at(0.8F);
    stage.press(true);
    stage.frames(2);
    REQUIRE(desk.journeys().size() == 1);
    for (const float share : {0.7F, 0.6F, 0.5F}) desk.point_at(share);
    CHECK(desk.journeys().size() == 1);
    CHECK(desk.iteration() == kLength);  // it is on its way
    stage.session.arrive();
    stage.frames(3);
    CHECK(desk.iteration() == desk.journeys()[0]);
    REQUIRE(desk.journeys().size() == 2);  // the newest place the mouse was at
    CHECK(std::abs(desk.journeys()[1] - kLength / 2) <= 2);
    desk.point_at(0.2F);
    const AnchorRect strip = stage.anchor("timeline.strip");
    stage.point(strip.left - 50.0F, strip.top - 100.0F);  // outside, which is the nearest end
    CHECK(desk.journeys().size() == 2);
    stage.press(false);
    stage.frames(3);
    REQUIRE(desk.journeys().size() == 3);  // whatever is on its way
    CHECK(desk.journeys()[2] == 0);
    stage.session.arrive();
    stage.frames(2);
    CHECK(desk.iteration() == 0);
}

TEST_CASE("what is on its way for longer than a blink is said over what is shown, but not over a page", "[pixels]") {
    Desk desk({.paused = true, .travels = true});
    Stage& stage = desk.stage;
    const auto there = stage.frame();
    stage.send(ui::MoveInTime{-10});
    stage.frames(3);
    CHECK_FALSE(stage.shows("veil"));
    CHECK(stage.unfinished());  // so that another frame follows
    stage.frame_seconds = 0.1;
    stage.frames(4);
    CHECK(stage.shows("veil"));
    CHECK_FALSE(stage.unfinished());
    const auto away = stage.frame();
    CHECK_FALSE(std::equal(there.at(640, 300), there.at(640, 300) + 3, away.at(640, 300)));  // dimmed
    desk.page = Page::Recipe;
    stage.frames(2);
    CHECK_FALSE(stage.shows("veil"));
    desk.page = Page::None;
    stage.session.arrive();
    stage.frames(2);
    CHECK_FALSE(stage.shows("veil"));
}

TEST_CASE("the strip is pale beyond the place that is shown, and draws nothing anew in steady state", "[pixels]") {
    Stage stage(ScriptedOptions{.paused = true}, 1280, 200);
    stage.session.begin();
    stage.session.advance(kLength);
    Timeline timeline;
    stage.show([&](FrameContext& context) { timeline.draw(context, 40.0F, kHeight); });
    const auto newest = stage.frames(3);
    stage.send(ui::GoToIteration{kLength / 2});
    stage.point(640.0F, 150.0F);
    const auto past = stage.frames(3);
    const AnchorRect strip = stage.anchor("timeline.strip");
    const auto row = static_cast<int>(strip.bottom) - 2;
    const auto changed = [&](float share) {
        const auto x = static_cast<int>(strip.left + share * (strip.right - strip.left));
        return !std::equal(newest.at(x, row), newest.at(x, row) + 3, past.at(x, row));
    };
    for (const float share : {0.1F, 0.2F, 0.3F, 0.4F}) CHECK_FALSE(changed(share));
    for (const float share : {0.55F, 0.6F, 0.7F, 0.8F}) CHECK(changed(share));
    const bool hovered = GENERATE(false, true);
    if (hovered) stage.point("timeline.strip", 0.3F, 0.5F);
    stage.frames(3);
    CHECK(stage.allocations() == 0);
}

TEST_CASE("what was left behind is on the strip too, as long as its lane is there, and draws nothing anew",
          "[pixels]") {
    Stage stage(ScriptedOptions{.paused = true}, 1280, 200);
    stage.session.begin();
    stage.session.advance(kLength);
    stage.session.post(command::GoTo{100});
    stage.session.post(command::SetLearningRate{0.1});
    stage.session.advance(kLength - 100);
    Timeline timeline;
    stage.show([&](FrameContext& context) { timeline.draw(context, 40.0F, kHeight); });
    stage.point(640.0F, 150.0F);
    const auto with_ghost = stage.frames(4);
    CHECK(stage.allocations() == 0);
    const AnchorRect strip = stage.anchor("timeline.strip");
    stage.session.post(command::DeleteLane{stage.lane.shown()->line.lanes->front().id});
    const auto without = stage.frames(4);
    const auto changed = [&](float from, float to) {
        int count = 0;
        for (int y = static_cast<int>(strip.top); y < static_cast<int>(strip.bottom); ++y)
            for (int x = static_cast<int>(strip.left + from * (strip.right - strip.left));
                 x < static_cast<int>(strip.left + to * (strip.right - strip.left)); ++x)
                if (!std::equal(with_ghost.at(x, y), with_ghost.at(x, y) + 3, without.at(x, y))) ++count;
        return count;
    };
    CHECK(changed(0.0F, 0.32F) == 0);  // before the two part
    CHECK(changed(0.35F, 1.0F) > 200);
}
