// The whole window as a picture: top bar, every workspace, status line, help page.
#include "viz/app/shell.h"

#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/workspaces.h"

// A window's scrolling is not to be had from outside it.
#include <imgui_internal.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace convscope;
using test::Stage;

TEST_CASE("every workspace draws at 1280x800 and says what it watches") {
    Stage stage;
    stage.session.begin();
    stage.session.advance(130);
    Shell shell(make_panels());
    Notices notices;
    bool complete = false;
    stage.show([&](FrameContext& context) {
        shell.draw(context, {notices, false});
        complete = context.engine.complete();
    });
    for (int workspace = 0; workspace < static_cast<int>(workspaces().size()); ++workspace) {
        stage.settings.workspace = workspace;
        stage.frames(5);
        CHECK_FALSE(stage.session.watched().empty());
        CHECK(complete);
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
        stage.show([&](FrameContext& context) { shell.draw(context, {notices, help}); });
        return stage.frames(3).pixels;
    };
    const auto plain = picture(none, false);
    CHECK(picture(some, false) != plain);
    CHECK(picture(none, true) != plain);
}

TEST_CASE("the recipe's page shows its sections, without a scrollbar at 1280x800, and says when there are none yet") {
    Stage stage;
    stage.session.begin();
    Shell shell(make_panels());
    Notices notices;
    std::vector<RecipeSection> sections = recipe_sections("name = \"mine\"\n[[layer]]\nkind = \"conv2d\"");
    sections[0].rows.emplace_back("description", std::string(200, 'x') + " and more");
    stage.show([&](FrameContext& context) { shell.draw(context, {notices, false, true, {}}); });
    const auto empty = stage.frames(3).pixels;
    stage.show([&](FrameContext& context) { shell.draw(context, {notices, false, true, sections}); });
    CHECK(stage.frames(3).pixels != empty);
    for (int i = 0; i < 12; ++i) sections.insert(sections.end(), {"layer", {{"a", "1"}, {"b", "2"}, {"c", "3"}}});
    stage.frames(3);
    for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows)
        if (window->WasActive && std::string_view(window->Name).starts_with("##recipe page/"))
            CHECK(window->ScrollMax.y == 0.0F);
}

TEST_CASE("a window far too small, or before the first snapshot, is drawn without harm") {
    Stage stage(test::ScriptedOptions{}, 320, 240);
    Shell shell(make_panels());
    Notices notices;
    stage.show([&](FrameContext& context) { shell.draw(context, {notices, true}); });
    stage.frames(2);
    stage.session.begin();
    stage.session.advance(3);
    stage.show([&](FrameContext& context) { shell.draw(context, {notices, false}); });
    stage.frames(3);
}

TEST_CASE("at 1280x800 the control, performance and probe panels need no scrolling, but for the probe among all") {
    const bool scheduled = GENERATE(false, true);  // with the row about the schedule, and without
    Stage stage({.validation = scheduled, .schedule = scheduled});
    stage.session.begin();
    stage.session.advance(130);
    Shell shell(make_panels());
    Notices notices;
    stage.show([&](FrameContext& context) { shell.draw(context, {notices, false}); });
    const auto check_panels = [&] {
        int found = 0;
        for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows) {
            const std::string_view name = window->Name;
            if (!window->WasActive || !name.starts_with("##panel-") || name.find("/content_") == name.npos ||
                std::count(name.begin(), name.end(), '/') > 1)
                continue;
            const bool probe = name.find("probe") != name.npos && stage.settings.workspace != 3;
            if (name.find("control") == name.npos && name.find("performance") == name.npos && !probe) continue;
            INFO(workspaces()[static_cast<std::size_t>(stage.settings.workspace)].id << ": " << name);
            CHECK(window->ScrollMax.y == 0.0F);
            ++found;
        }
        return found;
    };
    int found = 0;
    for (int workspace = 0; workspace < static_cast<int>(workspaces().size()); ++workspace) {
        stage.settings.workspace = workspace;
        stage.frames(4);
        found += check_panels();
    }
    CHECK(found == 8);  // control and the probe in three workspaces each, performance in two
    for (const float section : {50.0F, 120.0F, 190.0F, 260.0F})  // the buttons for what is shown below
        for (const int workspace : {0, 3}) {
            stage.settings.workspace = workspace;
            const auto before = stage.frames(4).pixels;
            stage.click(section, 272.0F);
            stage.frames(2);
            if (section > 100.0F) CHECK(stage.frame().pixels != before);
            check_panels();
        }
    CHECK(stage.session.commands().empty());  // nothing else was hit
}
