// The list of lanes: whole in every state of a run, its buttons and names, and what pointing at a lane does elsewhere.
#include "viz/app/lane_list.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/shell.h"
#include "viz/panels/ghost_curves.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace convscope;
using test::ScriptedOptions;
using test::ScriptedSession;
using test::Stage;

namespace {

constexpr float kBelow = 60.0F;  // of the window: the bars

void branch_at(ScriptedSession& s, std::int64_t from, double rate) {
    s.post(command::GoTo{from});
    s.post(command::SetLearningRate{rate});
    s.advance(20);
}

struct State {
    const char* name;
    ScriptedOptions options;
    std::size_t rows;
    void (*prepare)(ScriptedSession&);
};

const State kStates[] = {
    {"no snapshot yet", {}, 0, [](ScriptedSession&) {}},
    {"starting", {}, 0, [](ScriptedSession& s) { s.publish_starting(); }},
    {"a fresh run", {.paused = true}, 1, [](ScriptedSession& s) { s.begin(); }},
    {"running",
     {},
     1,
     [](ScriptedSession& s) {
         s.begin();
         s.advance(130);
     }},
    {"a branch that has just begun",
     {.paused = true},
     2,
     [](ScriptedSession& s) {
         s.begin();
         s.advance(200);
         s.post(command::GoTo{100});
         s.post(command::SetLearningRate{0.1});
         s.apply();
     }},
    {"branches of branches, with long names, on a validation set",
     {.paused = true, .iterations_per_epoch = 30, .validation = true},
     7,
     [](ScriptedSession& s) {
         s.begin();
         s.advance(1870);
         for (int i = 0; i < 6; ++i) branch_at(s, 1000 + 15 * i, 0.0123456 * (i + 1));
         const RunId first = s.latest()->line.lanes->front().id;
         s.post(command::NameLane{first, "what it would have been, had nobody touched it"});
         s.apply();
     }},
    {"in the past of a branch",
     {.paused = true},
     2,
     [](ScriptedSession& s) {
         s.begin();
         s.advance(200);
         branch_at(s, 100, 0.1);
         s.post(command::GoTo{50});
         s.apply();
     }},
    {"finished",
     {.epochs = 2, .iterations_per_epoch = 15},
     1,
     [](ScriptedSession& s) {
         s.begin();
         s.advance(30);
     }},
    {"failed",
     {},
     2,
     [](ScriptedSession& s) {
         s.begin();
         s.advance(40);
         branch_at(s, 20, 0.1);
         s.fail("the loss is not a number since iteration 40");
     }},
};

// The whole window with a run of 200 iterations and a branch of 20 that left it at 100, its list open.
struct Desk {
    explicit Desk(int width = 1280, int height = 800) : stage(ScriptedOptions{.paused = true}, width, height) {
        stage.session.begin();
        stage.session.advance(200);
        first = stage.session.latest()->line.lane;
        branch_at(stage.session, 100, 0.1);
        branch = stage.session.latest()->line.lane;
        stage.settings.workspace = 2;  // Training, with the curves
        stage.show([this](FrameContext& context) {
            shell.draw(context, {.notices = notices, .lanes_open = stage.controller().lanes_open()});
        });
        stage.send(ui::ToggleLanes{});
        stage.frames(4);
    }
    template <typename Wanted>
    std::vector<Wanted> posted() const {
        std::vector<Wanted> all;
        for (const Command& command : stage.session.commands())
            if (const auto* one = std::get_if<Wanted>(&command)) all.push_back(*one);
        return all;
    }
    const RunLine& line() const { return stage.lane.shown()->line; }

    Stage stage;
    Shell shell;
    Notices notices;
    RunId first, branch;
};

}  // namespace

TEST_CASE("in every state, at once and twice the type, wide and narrow, every lane is there and nothing is cut off") {
    const float scale = GENERATE(1.0F, 2.0F);
    const int width = GENERATE(300, 1280);
    const auto state = GENERATE(from_range(std::begin(kStates), std::end(kStates)));
    const ThemeKind theme = GENERATE(ThemeKind::Dark, ThemeKind::Light);
    INFO(state.name << ", " << width << " pixels wide times " << scale);
    const int wide = static_cast<int>(static_cast<float>(width) * scale);
    const int high = static_cast<int>(1000.0F * scale);
    Stage stage(state.options, wide, high);
    state.prepare(stage.session);
    LaneList lanes;
    stage.film->spec.scale = scale;
    stage.settings.theme = theme;
    const float bottom = static_cast<float>(high) - kBelow * scale;
    stage.show([&](FrameContext& context) { lanes.draw(context, 40.0F * scale, bottom); });
    stage.frames(5);
    const AnchorRect list = stage.anchor("lanes");
    CHECK(list.left >= 0.0F);
    CHECK(list.right <= static_cast<float>(wide));
    CHECK(list.top >= 40.0F * scale);
    CHECK(list.bottom <= bottom);
    CHECK(stage.shows("lanes.close"));
    CHECK(stage.shows("lanes.help"));
    CHECK(stage.shows("lanes.empty") == (state.rows < 2));
    CHECK_FALSE(stage.shows("lanes.row/" + std::to_string(state.rows)));
    const float inner = list.right - 5.0F * scale;  // what is cut off is so at the list's own edge
    float above = list.top;
    for (std::size_t i = 0; i < state.rows; ++i) {
        const auto part = [&](const char* name) { return stage.anchor("lanes." + (name + ("/" + std::to_string(i)))); };
        INFO("row " << i);
        CHECK(part("row").top >= above - 8.0F * scale);
        above = part("row").bottom;
        CHECK(part("name").right - part("name").left >= 40.0F * scale);
        CHECK(part("delete").left >= part("name").right);
        for (const char* name : {"name", "delete", "story", "loss", "accuracy"}) {
            INFO(name);
            CHECK(part(name).left >= list.left);
            CHECK(part(name).right <= inner);
            CHECK(part(name).bottom <= list.bottom);
        }
        const std::string index = "/" + std::to_string(i);
        const bool present = stage.shows("lanes.present" + index);
        CHECK(stage.shows("lanes.return" + index) != present);
        CHECK(stage.shows("lanes.difference" + index) != present);
    }
}

TEST_CASE("more lanes than there is room for are reached with the wheel") {
    Stage stage(ScriptedOptions{.paused = true}, 400, 420);
    stage.session.begin();
    stage.session.advance(300);
    for (int i = 0; i < 9; ++i) branch_at(stage.session, 200 + i, 0.01 * (i + 1));
    LaneList lanes;
    stage.show([&](FrameContext& context) { lanes.draw(context, 40.0F, 360.0F); });
    stage.frames(5);
    CHECK(stage.anchor("lanes").top >= 40.0F);
    CHECK(stage.shows("lanes.return/0"));
    CHECK_FALSE(stage.shows("lanes.delete/9"));
    stage.point("lanes", 0.5F, 0.5F);
    for (int i = 0; i < 30; ++i) stage.wheel(-5.0F);
    stage.frames(3);
    CHECK(stage.shows("lanes.delete/9"));
}

TEST_CASE("the list is opened and closed by its key, by the timeline's button and by its own sign") {
    Desk desk;
    Stage& stage = desk.stage;
    REQUIRE(stage.shows("lanes.row/1"));
    stage.click("lanes.close");
    stage.frames(2);
    CHECK_FALSE(stage.shows("lanes"));
    stage.click("timeline.lanes");
    stage.frames(3);
    CHECK(stage.shows("lanes"));
    stage.click("timeline.lanes");
    stage.frames(2);
    CHECK_FALSE(stage.shows("lanes"));
}

TEST_CASE("a lane is named in its place, and the name is there at once") {
    Desk desk;
    Stage& stage = desk.stage;
    stage.click("lanes.name/0");
    stage.type("as it was");
    CHECK(desk.posted<command::NameLane>().empty());  // while it is typed
    stage.click("lanes.name/1");                      // leaving one for another ends it
    stage.frames(2);
    REQUIRE(desk.posted<command::NameLane>().size() == 1);
    CHECK(desk.posted<command::NameLane>()[0].lane == desk.first);
    CHECK(desk.posted<command::NameLane>()[0].name == "as it was");
    CHECK(desk.line().lanes->front().name == "as it was");
    stage.type("faster");
    stage.click("lanes", 0.4F, 0.05F);
    stage.frames(2);
    CHECK(desk.posted<command::NameLane>().size() == 2);
    CHECK(desk.line().lanes->back().name == "faster");
    stage.click("lanes.name/0");  // clicked and left, nothing is typed
    stage.click("lanes", 0.4F, 0.05F);
    stage.frames(2);
    CHECK(desk.posted<command::NameLane>().size() == 2);
}

TEST_CASE("one returns to a lane, and what is left can be deleted, but not where one is") {
    Desk desk;
    Stage& stage = desk.stage;
    CHECK(stage.shows("lanes.present/1"));
    stage.click("lanes.delete/1");
    CHECK(desk.posted<command::DeleteLane>().empty());
    stage.click("lanes.return/0");
    stage.frames(3);
    REQUIRE(desk.posted<command::GoToLane>().size() == 1);
    CHECK(desk.posted<command::GoToLane>()[0].lane == desk.first);
    CHECK(desk.posted<command::GoToLane>()[0].iteration < 0);
    CHECK(desk.line().lane == desk.first);
    CHECK(stage.lane.shown()->iteration == 200);
    CHECK(stage.shows("lanes.present/0"));
    stage.click("lanes.delete/0");
    CHECK(desk.posted<command::DeleteLane>().empty());
    stage.take_notices();
    stage.click("lanes.delete/1");  // one is asked
    CHECK(stage.shows("lanes.question/1"));
    CHECK_FALSE(stage.shows("lanes.return/1"));
    stage.click("lanes.keep/1");
    CHECK_FALSE(stage.shows("lanes.question/1"));
    CHECK(desk.posted<command::DeleteLane>().empty());
    stage.click("lanes.delete/1");
    stage.click("lanes.delete for good/1");
    stage.frames(3);
    REQUIRE(desk.posted<command::DeleteLane>().size() == 1);
    CHECK_FALSE(desk.line().lanes);
    CHECK(stage.shows("lanes.empty"));
    CHECK_FALSE(stage.shows("lanes.row/1"));
    const auto notices = stage.take_notices();
    CHECK(std::any_of(notices.begin(), notices.end(),
                      [](const event::Notice& one) { return one.text.find("is deleted") != std::string::npos; }));
}

TEST_CASE("the marks of a lane are on the curves again when one comes back to it") {
    Desk desk;
    Stage& stage = desk.stage;
    const auto marks = [&] {
        std::vector<std::string> words;
        for (const ChangeMark& mark : stage.lane.link.history().marks()) words.push_back(mark.what);
        return words;
    };
    const std::vector<std::string> in_branch = marks();
    REQUIRE(in_branch.size() == 2);
    CHECK(in_branch.back() == "learning rate 0.001 -> 0.1");
    stage.click("lanes.return/0");
    stage.frames(3);
    CHECK(marks() == std::vector<std::string>{"came back to it"});
    stage.click("lanes.return/1");
    stage.frames(3);
    CHECK(marks() == std::vector<std::string>{in_branch[0], in_branch[1], "came back to it"});
}

TEST_CASE("pointing at a lane shows it on the curves and on the timeline, as long as one points at it", "[pixels]") {
    Desk desk;
    Stage& stage = desk.stage;
    stage.point("curves", 0.5F, 0.01F);
    const auto plain = stage.frames(3);
    stage.point("lanes.story/0", 0.1F, 0.5F);
    const auto pointed = stage.frames(3);
    CHECK(stage.lane.pointed_lane == desk.first);
    const auto changed = [](const AnchorRect& rect, const gfx::Image& a, const gfx::Image& b) {
        int count = 0;
        for (int y = static_cast<int>(rect.top); y < static_cast<int>(rect.bottom); ++y)
            for (int x = static_cast<int>(rect.left); x < static_cast<int>(rect.right); ++x)
                if (!std::equal(a.at(x, y), a.at(x, y) + 3, b.at(x, y))) ++count;
        return count;
    };
    for (const char* place : {"curves.loss", "curves.accuracy", "timeline.strip"}) {
        INFO(place);
        CHECK(changed(stage.anchor(place), plain, pointed) > 30);
    }
    stage.point("curves", 0.5F, 0.01F);
    const auto after = stage.frames(3);
    CHECK(stage.lane.pointed_lane == RunId{});
    CHECK(changed(stage.anchor("curves"), plain, after) == 0);
    stage.point("lanes.story/0", 0.1F, 0.5F);
    stage.send(ui::ToggleLanes{});
    stage.frames(3);
    CHECK(stage.lane.pointed_lane == RunId{});
}

TEST_CASE("the list is moved by its title, and stays in the window") {
    Desk desk;
    Stage& stage = desk.stage;
    const AnchorRect before = stage.anchor("lanes");
    const auto drag = [&](float x, float y) {
        const AnchorRect title = stage.anchor("lanes.move");
        stage.point("lanes.move");
        stage.press(true);
        stage.frame();
        stage.point(title.x() + x, title.y() + y);
        stage.press(false);
        stage.frames(3);
        return stage.anchor("lanes");
    };
    const AnchorRect moved = drag(300.0F, -200.0F);
    CHECK(moved.left == before.left + 300.0F);
    CHECK(moved.top == before.top - 200.0F);
    const AnchorRect far = drag(2000.0F, 2000.0F);
    CHECK(far.right <= 1280.0F);
    CHECK(far.bottom <= stage.anchor("timeline.strip").top);
    CHECK(drag(0.0F, -3000.0F).top >= 0.0F);
}

TEST_CASE("the list allocates nothing in steady state, pointed at or not") {
    Stage stage(ScriptedOptions{.paused = true}, 600, 500);
    stage.session.begin();
    stage.session.advance(300);
    branch_at(stage.session, 200, 0.1);
    LaneList lanes;
    stage.show([&](FrameContext& context) { lanes.draw(context, 0.0F, 500.0F); });
    stage.frames(4);
    const char* place = GENERATE("", "lanes.difference/0", "lanes.loss/1", "lanes.accuracy/0", "lanes.name/0",
                                 "lanes.return/0", "lanes.delete/1");
    INFO(place);
    if (*place) stage.point(place);
    stage.frames(4);
    CHECK(stage.allocations() == 0);
}

TEST_CASE("of very many lanes the newest are drawn as ghosts, and the one that is pointed at, the others faint then") {
    auto history = std::make_shared<RunHistory>();
    for (std::int64_t i = 1; i <= 50; ++i) history->add({.iteration = i});
    std::vector<RunLane> all{{.id = RunId{1}, .furthest = 50, .history = history}};
    for (std::uint64_t id = 2; id <= 12; ++id)
        all.push_back({.id = RunId{id}, .parent = RunId{1}, .from = 20, .furthest = 50, .history = history});
    all.back().history = nullptr;
    const RunLine line{
        .lane = RunId{12}, .furthest = 40, .lanes = std::make_shared<const std::vector<RunLane>>(std::move(all))};
    std::vector<Ghost> ghosts;
    const auto ids = [&] {
        std::vector<std::uint64_t> found;
        for (const Ghost& ghost : ghosts) found.push_back(ghost.lane->id.value);
        return found;
    };
    find_ghosts(line, {}, ghosts);
    CHECK(ids() == std::vector<std::uint64_t>{6, 7, 8, 9, 10, 11});
    for (const Ghost& ghost : ghosts) CHECK(ghost.look == Ghost::Look::Plain);
    find_ghosts(line, RunId{3}, ghosts);
    CHECK(ids() == std::vector<std::uint64_t>{3, 7, 8, 9, 10, 11});
    CHECK(ghosts.front().look == Ghost::Look::Pointed);
    CHECK(ghosts.back().look == Ghost::Look::Faint);
    find_ghosts(line, RunId{12}, ghosts);  // the present one
    CHECK(ids().size() == 6);
    for (const Ghost& ghost : ghosts) CHECK(ghost.look == Ghost::Look::Faint);
}
