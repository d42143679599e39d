// The panels that float over the scene, in the program's own shell.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/shell.h"
#include "viz/app/workspaces.h"
#include "viz/panels/panel.h"

#include <algorithm>
#include <string>
#include <string_view>

using namespace convscope;
using test::Stage;

namespace {

// The window with the scene's workspace.
struct Desk {
    Desk() {
        stage.settings.workspace = find_workspace("scene").value();
        stage.session.begin();
        stage.session.advance(20);
        stage.show([this](FrameContext& context) { shell.draw(context, {.notices = notices}); });
        stage.settle();
    }
    bool shows(std::string_view panel) const { return stage.shows(panel); }
    bool shows_bars() const { return stage.shows("top.help"); }
    void press_h() {
        stage.requests.toggle_panels = true;
        stage.frames(3);
    }

    Stage stage;
    Shell shell{make_panels()};
    Notices notices;
};

std::size_t index_of_floating(std::string_view panel) {
    const auto all = floating_panels();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.panel == panel; });
    REQUIRE(found != all.end());
    return static_cast<std::size_t>(found - all.begin());
}

}  // namespace

TEST_CASE("every panel that floats over the scene opens, is remembered in the settings, and closes") {
    Desk desk;
    for (std::size_t i = 0; i < floating_panels().size(); ++i) {
        const std::string_view panel = floating_panels()[i].panel;
        INFO(panel);
        CHECK_FALSE(desk.shows(panel));
        desk.stage.settings.floating[i] = true;
        desk.stage.frames(3);
        CHECK(desk.shows(panel));
        Shell again(make_panels());  // another start of the program, with the same settings
        desk.stage.show([&](FrameContext& context) { again.draw(context, {.notices = desk.notices}); });
        desk.stage.frames(3);
        CHECK(desk.shows(panel));
        desk.stage.show([&](FrameContext& context) { desk.shell.draw(context, {.notices = desk.notices}); });
        desk.stage.settings.floating[i] = false;
        desk.stage.frames(3);
        CHECK_FALSE(desk.shows(panel));
    }
}

TEST_CASE("the words over the scene open and close its panels, and a panel's own sign closes it") {
    Desk desk;
    const auto count = [&] {
        return std::count(desk.stage.settings.floating.begin(), desk.stage.settings.floating.end(), true);
    };
    const std::size_t performance = index_of_floating("performance");
    desk.stage.click("floating.performance");
    CHECK(desk.stage.settings.floating[performance]);
    CHECK(count() == 1);
    desk.stage.frames(2);
    CHECK(desk.shows("performance"));
    desk.stage.click("floating.performance");
    CHECK(count() == 0);
    desk.stage.settings.floating[performance] = true;
    desk.stage.frames(3);
    desk.stage.click("performance.close");
    CHECK(count() == 0);
    desk.stage.frames(2);
    CHECK_FALSE(desk.shows("performance"));
}

TEST_CASE("H hides every panel and bar over the scene and shows them again, and another workspace shows all") {
    Desk desk;
    desk.stage.settings.floating[index_of_floating("curves")] = true;
    desk.stage.frames(3);
    CHECK(desk.shows("curves"));
    CHECK(desk.shows_bars());
    desk.press_h();
    CHECK(desk.shows("scene"));
    CHECK_FALSE(desk.shows("curves"));
    CHECK_FALSE(desk.shows_bars());
    CHECK(desk.stage.settings.floating[index_of_floating("curves")]);
    desk.press_h();
    CHECK(desk.shows("curves"));
    CHECK(desk.shows_bars());
    desk.press_h();
    desk.stage.settings.workspace = 0;
    desk.stage.frames(3);
    CHECK(desk.shows_bars());
    desk.stage.settings.workspace = find_workspace("scene").value();
    desk.stage.frames(3);
    CHECK(desk.shows("curves"));
}

TEST_CASE("a press on a panel over the scene neither turns the scene nor selects in it") {
    Desk desk;
    desk.stage.settings.floating[index_of_floating("performance")] = true;
    desk.stage.settle();
    const Selection before = desk.stage.selection;
    desk.stage.requests.store_bookmark = 1;
    desk.stage.frame();
    desk.stage.point("performance", 0.5F, 0.6F);
    desk.stage.press(true);
    desk.stage.frame();
    desk.stage.point("performance", 0.5F, 0.7F);
    desk.stage.press(false);
    desk.stage.frames(3);
    desk.stage.wheel(3.0F);
    desk.stage.settle();
    desk.stage.requests.store_bookmark = 2;
    desk.stage.frame();
    CHECK(desk.stage.settings.bookmarks[1] == desk.stage.settings.bookmarks[2]);
    CHECK(desk.stage.selection.layer == before.layer);
    CHECK(desk.stage.selection.channel == before.channel);
}
