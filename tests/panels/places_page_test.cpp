// The page of named places and their flags on the timeline, with a mouse and a keyboard.
#include "viz/app/places_page.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/shell.h"
#include "viz/view/named_places.h"

#include <string>
#include <vector>

using namespace convscope;
using test::Stage;

namespace {

// The window of a run at iteration 400.
struct PlacesDesk {
    explicit PlacesDesk(int width = 1280, int height = 800) : stage({.paused = true}, width, height) {
        stage.session.begin();
        stage.session.advance(400);
        stage.show([this](FrameContext& context) {
            shell.draw(context, {.notices = notices, .page = stage.controller().page()});
        });
        open();
    }
    void open() {
        stage.send(ui::TogglePage{Page::Places});
        stage.frames(3);
    }
    void name(const char* text) {
        stage.click("places.new");
        stage.type(text);
        stage.click("places.add");
        stage.frames(3);
    }
    std::vector<NamedPlace> places() const {
        const auto all = named_places(stage.snapshot()->line);
        return {all.begin(), all.end()};
    }

    Stage stage;
    Shell shell;
    Notices notices;
};

using Places = std::vector<NamedPlace>;

}  // namespace

TEST_CASE("the iteration that is shown is named, gone back to with a click, and its name taken away") {
    PlacesDesk desk;
    desk.name("first seven");
    CHECK(desk.places() == Places{{400, "first seven"}});
    desk.stage.send(ui::ClosePage{});
    desk.stage.session.post(command::GoTo{120});
    desk.stage.frames(3);
    desk.open();
    desk.name("   ");
    CHECK(desk.places().size() == 1);
    desk.name("wobbles");
    CHECK(desk.places() == Places{{120, "wobbles"}, {400, "first seven"}});
    desk.stage.click("places.go/1");
    desk.stage.frames(3);
    CHECK(desk.stage.snapshot()->iteration == 400);
    CHECK(desk.stage.controller().page() == Page::None);
    desk.open();
    desk.stage.click("places.remove/0");
    desk.stage.frames(3);
    CHECK(desk.places() == Places{{400, "first seven"}});
}

TEST_CASE("what is named is the iteration at which the page was opened, however far the run has come meanwhile") {
    PlacesDesk desk;
    desk.stage.session.advance(50);
    desk.stage.frames(3);
    desk.name("then");
    CHECK(desk.places() == Places{{400, "then"}});
    desk.name("now");
    CHECK(desk.places() == Places{{400, "then"}, {450, "now"}});
}

TEST_CASE("a page of many long names stays within its window, at twice the type as well") {
    for (const float scale : {1.0F, 2.0F}) {
        PlacesDesk desk(800, 600);
        desk.stage.settings.font_scale = scale;
        for (std::int64_t i = 0; i < 40; ++i)
            desk.stage.session.post(command::NamePlace{10 * i, std::string(120, 'w')});
        desk.stage.frames(4);
        REQUIRE(desk.stage.shows("places.new"));
        REQUIRE(desk.stage.shows("places.remove/0"));
    }
}
