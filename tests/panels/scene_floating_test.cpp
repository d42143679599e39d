// The panels that float over the scene, in the program's own shell.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/shell.h"
#include "viz/app/workspaces.h"
#include "viz/panels/panel.h"

#include <string>
#include <string_view>
#include <vector>

using namespace convscope;
using test::Stage;

namespace {

// The window with the scene's workspace.
struct Desk {
    Desk() {
        stage.settings.workspace = find_workspace("scene").value();
        stage.session.begin();
        stage.session.advance(20);
        stage.show([this](FrameContext& context) { draw(shell, context); });
        stage.settle();
    }
    void draw(Shell& one, FrameContext& context) const {
        one.draw(context, {.notices = notices, .panels_hidden = stage.controller().panels_hidden()});
    }
    bool shows(std::string_view panel) const { return stage.shows(panel); }
    bool shows_bars() const { return stage.shows("top.help"); }
    void press_h() {
        stage.send(ui::TogglePanels{});
        stage.frames(3);
    }

    Stage stage;
    Shell shell;
    Notices notices;
};

void open(Desk& desk, const std::string& panel, bool open = true) { desk.stage.send(ui::FloatPanel{panel, open}); }

}  // namespace

TEST_CASE("every panel that floats over the scene opens, is remembered in the settings, and closes") {
    Desk desk;
    for (const PanelKind& kind : panel_kinds()) {
        if (kind.floating.width == 0.0F) continue;
        const std::string panel(kind.make()->id());
        INFO(panel);
        CHECK_FALSE(desk.shows(panel));
        open(desk, panel);
        desk.stage.frames(3);
        CHECK(desk.shows(panel));
        Shell again;  // another start of the program, with the same settings
        desk.stage.show([&](FrameContext& context) { desk.draw(again, context); });
        desk.stage.frames(3);
        CHECK(desk.shows(panel));
        desk.stage.show([&](FrameContext& context) { desk.draw(desk.shell, context); });
        open(desk, panel, false);
        desk.stage.frames(3);
        CHECK_FALSE(desk.shows(panel));
    }
}

TEST_CASE("the words over the scene open and close its panels, and a panel's own sign closes it") {
    Desk desk;
    const std::vector<std::string>& floating = desk.stage.settings.floating;
    desk.stage.click("floating.performance");
    CHECK(floating == std::vector<std::string>{"performance"});
    desk.stage.frames(2);
    CHECK(desk.shows("performance"));
    desk.stage.click("floating.performance");
    CHECK(floating.empty());
    open(desk, "performance");
    desk.stage.frames(3);
    desk.stage.click("performance.close");
    CHECK(floating.empty());
    desk.stage.frames(2);
    CHECK_FALSE(desk.shows("performance"));
}

TEST_CASE("H hides every panel and bar over the scene and shows them again, and another workspace shows all") {
    Desk desk;
    open(desk, "curves");
    desk.stage.frames(3);
    CHECK(desk.shows("curves"));
    CHECK(desk.shows_bars());
    desk.press_h();
    CHECK(desk.shows("scene"));
    CHECK_FALSE(desk.shows("curves"));
    CHECK_FALSE(desk.shows_bars());
    CHECK_FALSE(desk.shows("scene.map"));
    CHECK(desk.stage.settings.floating == std::vector<std::string>{"curves"});
    desk.press_h();
    CHECK(desk.shows("curves"));
    CHECK(desk.shows_bars());
    desk.press_h();
    desk.stage.send(ui::OpenWorkspace{0});
    desk.stage.frames(3);
    CHECK(desk.shows_bars());
    desk.stage.send(ui::OpenWorkspace{find_workspace("scene").value()});
    desk.stage.frames(3);
    CHECK(desk.shows("curves"));
}

TEST_CASE("panels that float over the scene have places of their own, off the words that open them") {
    Desk desk;
    const char* opened[] = {"control", "probe", "curves", "performance"};
    for (const char* panel : opened) {
        open(desk, panel);
        desk.stage.frames(3);
    }
    const auto apart = [](const AnchorRect& a, const AnchorRect& b) {
        return a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    };
    for (const char* one : opened) {
        INFO(one);
        for (const char* other : opened)
            if (one != other) CHECK(apart(desk.stage.anchor(one), desk.stage.anchor(other)));
        CHECK(apart(desk.stage.anchor(one), desk.stage.anchor("floating.performance")));
    }
    REQUIRE(desk.stage.settings.places.size() == 4);
}

TEST_CASE("the scene is seen in what panels over it leave free, and in all of the window when they are gone") {
    Desk desk;
    const auto apart = [](const AnchorRect& a, const AnchorRect& b) {
        return a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    };
    const AnchorRect before = desk.stage.anchor("scene.trail/0");
    for (const char* panel : {"minibatch", "why"}) {
        open(desk, panel);
        desk.stage.settle();
    }
    const AnchorRect trail = desk.stage.anchor("scene.trail/0");
    for (const char* other : {"minibatch", "why", "floating.control"}) {
        INFO(other);
        CHECK(apart(trail, desk.stage.anchor(other)));
    }
    CHECK(trail.left != before.left);
    for (const char* panel : {"minibatch", "why"}) open(desk, panel, false);
    desk.stage.settle();
    CHECK(desk.stage.anchor("scene.trail/0").left == before.left);
    CHECK(desk.stage.anchor("scene.trail/0").top == before.top);
}

TEST_CASE("a panel that was moved by the mouse is kept where it was put, in this window and the next") {
    Desk desk;
    open(desk, "performance");
    desk.stage.settle();
    const AnchorRect before = desk.stage.anchor("performance");
    desk.stage.point("performance", 0.3F, 0.02F);
    desk.stage.press(true);
    desk.stage.frame();
    desk.stage.point(before.left + 0.3F * (before.right - before.left) + 300.0F, before.top + 60.0F);
    desk.stage.frame();
    desk.stage.press(false);
    desk.stage.frames(3);
    const AnchorRect moved = desk.stage.anchor("performance");
    CHECK(moved.left == Approx(before.left + 300.0F).margin(2.0));
    REQUIRE(desk.stage.settings.places.size() == 1);
    Shell again;
    desk.stage.show([&](FrameContext& context) { desk.draw(again, context); });
    desk.stage.frames(3);
    CHECK(desk.stage.anchor("performance").left == moved.left);
    CHECK(desk.stage.anchor("performance").top == moved.top);
}

TEST_CASE("a press on a panel over the scene neither turns the scene nor selects in it") {
    Desk desk;
    open(desk, "performance");
    desk.stage.settle();
    const Selection before = desk.stage.selection;
    desk.stage.send(ui::KeepBookmark{1});
    desk.stage.frame();
    desk.stage.point("performance", 0.5F, 0.6F);
    desk.stage.press(true);
    desk.stage.frame();
    desk.stage.point("performance", 0.5F, 0.7F);
    desk.stage.press(false);
    desk.stage.frames(3);
    desk.stage.wheel(3.0F);
    desk.stage.settle();
    desk.stage.send(ui::KeepBookmark{2});
    desk.stage.frame();
    CHECK(desk.stage.settings.bookmarks[1] == desk.stage.settings.bookmarks[2]);
    CHECK(desk.stage.selection.layer == before.layer);
    CHECK(desk.stage.selection.channel == before.channel);
}
