// The whole window as a picture: top bar, every workspace, status line, help page.
#include "viz/app/shell.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/workspaces.h"

// A window's scrolling is not to be had from outside it.
#include <imgui_internal.h>

#include <string_view>

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

TEST_CASE("at 1280x800 the control and performance panels need no scrolling, whatever the workspace") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(130);
    Shell shell(make_panels());
    Notices notices;
    int found = 0;
    for (int workspace = 0; workspace < static_cast<int>(workspaces().size()); ++workspace) {
        stage.settings.workspace = workspace;
        stage.frames(4, [&](FrameContext& context) { shell.draw(context, {notices, false}); });
        for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows) {
            const std::string_view name = window->Name;
            if (!window->WasActive || !name.starts_with("##panel-") || name.find("/content_") == name.npos) continue;
            if (name.find("control") == name.npos && name.find("performance") == name.npos) continue;
            INFO(workspaces()[static_cast<std::size_t>(workspace)].id << ": " << name);
            CHECK(window->ScrollMax.y == 0.0F);
            ++found;
        }
    }
    CHECK(found == 5);  // control in three workspaces, performance in two
}
