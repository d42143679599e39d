// The page of breakpoints, with a mouse and a keyboard.
#include "viz/app/breakpoints_page.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/shell.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace convscope;
using test::Stage;

namespace {

std::vector<std::string> lines_of(const std::vector<Breakpoint>& list) {
    std::vector<std::string> lines;
    for (const Breakpoint& one : list) lines.push_back(to_string(one));
    return lines;
}

using Lines = std::vector<std::string>;

// The window with the page open.
struct BreakpointDesk {
    explicit BreakpointDesk(int width = 1280, int height = 800) : stage({.paused = true}, width, height) {
        stage.session.begin();
        stage.session.advance(5);
        stage.send(ui::TogglePage{Page::Breakpoints});
        stage.show([this](FrameContext& context) {
            shell.draw(context, {.notices = notices, .page = stage.controller().page()});
        });
        stage.frames(3);
    }
    void add(const char* text) {
        stage.click("breakpoints.new");
        stage.type(text);
        stage.click("breakpoints.add");
        stage.frames(3);
    }
    Lines list() const { return lines_of(*stage.snapshot()->breakpoints); }

    Stage stage;
    Shell shell;
    Notices notices;
};

}  // namespace

TEST_CASE("a breakpoint is added as it is typed, switched off and on, and taken away") {
    BreakpointDesk desk;
    CHECK(desk.list() == Lines{"loss is no number"});
    desk.add("loss<0.5");
    CHECK(desk.list() == Lines{"loss is no number", "loss < 0.5"});
    desk.stage.click("breakpoints.on/0");
    desk.stage.frames(3);
    CHECK(desk.list() == Lines{"loss is no number (off)", "loss < 0.5"});
    desk.stage.click("breakpoints.on/0");
    desk.stage.frames(3);
    CHECK(desk.list() == Lines{"loss is no number", "loss < 0.5"});
    CHECK(lines_of(desk.stage.settings.breakpoints) == desk.list());
    desk.stage.click("breakpoints.remove/0");
    desk.stage.frames(3);
    CHECK(desk.list() == Lines{"loss < 0.5"});
    desk.stage.click("breakpoints.remove/0");
    desk.stage.frames(3);
    CHECK(desk.list().empty());
    CHECK_FALSE(desk.stage.shows("breakpoints.on/0"));
}

TEST_CASE("a line that is no breakpoint is refused beside the field and stays there to be mended") {
    BreakpointDesk desk;
    desk.add("loss = 1");
    CHECK(desk.stage.shows("breakpoints.refusal"));
    CHECK(desk.list() == Lines{"loss is no number"});
    desk.stage.click("breakpoints.new");
    desk.stage.type("2");
    desk.stage.frames(2);
    CHECK_FALSE(desk.stage.shows("breakpoints.refusal"));
    desk.add("gradient_norm(nowhere) > 1");
    CHECK(desk.stage.shows("breakpoints.refusal"));
    CHECK(desk.list() == Lines{"loss is no number"});
}

TEST_CASE("a click on a kind writes one of this run into the field, ready to be added") {
    BreakpointDesk desk;
    for (const BreakpointKindRow& row : breakpoint_kinds()) {
        if (row.kind == BreakpointKind::LossIsNoNumber) continue;
        CAPTURE(row.words);
        const std::size_t before = desk.list().size();
        desk.stage.click("breakpoints.kind." + std::string(row.words));
        desk.stage.click("breakpoints.add");
        desk.stage.frames(3);
        REQUIRE(desk.list().size() == before + 1);
        CHECK(desk.stage.snapshot()->breakpoints->back().kind == row.kind);
        CHECK_FALSE(desk.stage.shows("breakpoints.refusal"));
    }
}

TEST_CASE("the pause of a breakpoint is said in the line below until the run goes on", "[pixels]") {
    BreakpointDesk desk;
    desk.stage.send(ui::ClosePage{});
    const gfx::Image before = desk.stage.frames(4);
    const auto line_differs = [&before](const gfx::Image& now) {
        for (int y = before.height - 20; y < before.height - 4; ++y)
            for (int x = 0; x < before.width / 2; ++x)
                if (!std::equal(before.at(x, y), before.at(x, y) + 3, now.at(x, y))) return true;
        return false;
    };
    CHECK_FALSE(line_differs(desk.stage.frames(2)));
    desk.stage.session.pause_by({.breakpoint = {.kind = BreakpointKind::EpochEnds},
                                 .run = desk.stage.snapshot()->run_info->run,
                                 .iteration = 5,
                                 .what = "Breakpoint at iteration 5: epoch ends"});
    desk.stage.session.apply();
    CHECK(line_differs(desk.stage.frames(3)));
    desk.stage.session.post(command::Step{1});
    desk.stage.session.advance(1);
    CHECK_FALSE(line_differs(desk.stage.frames(3)));
}

TEST_CASE("the page of breakpoints draws in every size, with a long list and what this run lacks") {
    const float scale = GENERATE(1.0F, 2.0F);
    const int width = GENERATE(332, 1280);
    BreakpointDesk desk(width, 800);
    desk.stage.film->spec.scale = scale;
    std::vector<Breakpoint> list;
    for (int i = 1; i < 30; ++i) list.push_back({.kind = BreakpointKind::Iteration, .value = 1000.0 * i});
    list.insert(list.begin(), {.kind = BreakpointKind::FirstPrediction, .of = "a class that is nowhere to be found"});
    desk.stage.session.post(command::SetBreakpoints{list});
    desk.stage.session.apply();
    desk.stage.frames(5);
    CHECK(desk.stage.shows("breakpoints.on/0"));
    CHECK(desk.stage.shows("breakpoints.remove/0"));
    const AnchorRect remove = desk.stage.anchor("breakpoints.remove/0");
    CHECK(remove.right - remove.left > 20.0F * scale);
    desk.stage.session.fail("it broke");
    desk.stage.frames(3);
    CHECK(desk.stage.shows("breakpoints.on/0"));
}

TEST_CASE("before there is a run the page of breakpoints stands, and what is added is kept") {
    Stage stage;
    Shell shell;
    const Notices notices;
    stage.send(ui::TogglePage{Page::Breakpoints});
    stage.show(
        [&](FrameContext& context) { shell.draw(context, {.notices = notices, .page = stage.controller().page()}); });
    stage.frames(2);
    stage.session.publish_starting();
    stage.frames(3);
    CHECK(stage.shows("breakpoints.new"));
}
