// The whole window as a picture: top bar, every workspace, status line, help page.
#include "viz/app/shell.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/workspaces.h"

using namespace convscope;
using test::Stage;

TEST_CASE("every workspace draws at 1280x800 and says what it watches") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(130);
    Shell shell(make_panels());
    Notices notices;
    for (int workspace = 0; workspace < static_cast<int>(workspaces().size()); ++workspace) {
        stage.settings.workspace = workspace;
        stage.frames(4, [&](FrameContext& context) { shell.draw(context, {notices, false}); });
        CHECK(test::gl_error() == 0U);
        CHECK_FALSE(stage.session.watched().empty());
        stage.frame([&](FrameContext& context) {
            shell.draw(context, {notices, false});
            CHECK(context.engine.complete());
        });
    }
}

TEST_CASE("the help page and a notice change the picture and nothing else") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(10);
    Shell shell(make_panels());
    Notices none;
    Notices some;
    some.add(event::Notice::Severity::Error, "the disk is full", 0.5);
    auto picture = [&](const Notices& notices, bool help) {
        return stage.frames(3, [&](FrameContext& context) { shell.draw(context, {notices, help}); }).pixels;
    };
    const auto plain = picture(none, false);
    CHECK(picture(some, false) != plain);
    CHECK(picture(none, true) != plain);
    CHECK(test::gl_error() == 0U);
}

TEST_CASE("a window far too small, or before the first snapshot, is drawn without harm") {
    Stage stage({}, 320, 240);
    Shell shell(make_panels());
    Notices notices;
    stage.frames(2, [&](FrameContext& context) { shell.draw(context, {notices, true}); });
    stage.session.begin();
    stage.session.advance(3);
    stage.frames(3, [&](FrameContext& context) { shell.draw(context, {notices, false}); });
    CHECK(test::gl_error() == 0U);
}
